"""What can be done at the board with appointments. Part of the one table in `verbs`."""

from __future__ import annotations

from typing import Final

from lobby_display.board import bookings
from lobby_display.board.asks import confirmed
from lobby_display.board.possible import day_is_open
from lobby_display.board.verb import Verb
from shared import protocol as p

APPOINTMENT: Final[tuple[Verb, ...]] = (
    Verb(
        "check_in",
        p.CheckIn,
        "appointment",
        possible=lambda given: day_is_open(given) and bookings.is_of_today(given),
        fixed=bookings.of_appointment,
    ),
    Verb(
        "check_in_walk_in",
        p.CheckIn,
        "appointment",
        possible=lambda given: day_is_open(given) and bookings.is_to_come_today(given),
        fixed=bookings.as_a_walk_in,
    ),
    Verb(
        "move_booking",
        p.MoveAppointment,
        "appointment",
        (bookings.DAY, bookings.TIME),
        bookings.is_to_come,
        bookings.of_appointment,
    ),
    Verb(
        "confirm_booking",
        p.ConfirmAppointment,
        "appointment",
        (),
        bookings.is_to_be_confirmed,
        bookings.of_appointment,
    ),
    Verb(
        "cancel_booking",
        p.CancelAppointment,
        "appointment",
        (confirmed("sure_of.cancel_booking"),),
        bookings.is_to_come,
        bookings.of_appointment,
    ),
)

OF_A_TICKET: Final[tuple[Verb, ...]] = (
    Verb(
        "book_instead",
        p.HoldSlot,
        "ticket",
        (bookings.DAY, bookings.TIME, bookings.MAIL),
        bookings.can_be_booked,
        bookings.held,
        bookings.booking,
    ),
)

OF_THE_BRANCH: Final[tuple[Verb, ...]] = (
    Verb(
        "book",
        p.HoldSlot,
        "branch",
        (
            bookings.SERVICE,
            bookings.WISHES,
            bookings.DAY,
            bookings.TIME,
            bookings.AMOUNT,
            bookings.NOTE,
            bookings.MAIL,
        ),
        bookings.something_is_booked,
        bookings.held,
        bookings.booking,
    ),
    Verb(
        "find_booking",
        p.FindAppointment,
        "branch",
        bookings.CODE,
    ),
)
