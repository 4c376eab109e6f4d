"""A day to live through, 6: a booked business account.

Booked the day before, moved, eight minutes late, and the rights are kept; papers are missing, the
list is on the customer's own page, and a new time is booked. (Reminders are told elsewhere.)
"""

from msgspec.structs import replace

from server.domain.configuration import Appointments, Bookable
from server.domain.events import AppointmentCheckedIn, AppointmentMoved, TicketTaken
from shared.protocol import (
    BookAppointment,
    CheckIn,
    FinishService,
    HoldSlot,
    MoveAppointment,
)
from tests.server.domain.story import MINUTE, Story, a_branch, like


def branch():
    # As much as the one counter for businesses takes.
    booking = Bookable(length_minutes=15, share=1.0)
    config = a_branch(services={"Q": {"booking": booking}})
    return replace(config, appointments=Appointments(overbooking=False))


def book(story, time, **said):
    """By the lobby's staff; the appointment's id."""
    story.given(HoldSlot, service="Q", slot=story.moment(time), by="lobby_assistant")
    appointment = story.branch.last_appointment
    story.given(BookAppointment, appointment=appointment, by="lobby_assistant", **said)
    return appointment


def test_a_booked_business_account():
    story = Story(branch(), "2026-11-16 15:00")
    appointment = book(story, "2026-11-17 10:00", name="王小明", phone="13800138000")

    # It is moved by its link, in the evening, with no day open.
    story.at("21:00")
    story.when(
        MoveAppointment,
        appointment=appointment,
        slot=story.moment("2026-11-17 10:30"),
        by="booked_customer",
    ).then(like(AppointmentMoved, sequence=1))

    # The next day walk-ins wait for the one counter that does it.
    story.at("2026-11-17 10:20")
    story.open(6)
    for _ in range(3):
        story.take("Q")
    story.serve(6)

    # Eight minutes late: rights kept, and due before those who came without.
    story.at("10:38")
    assert story.board.appointments[0].status == "due"
    story.when(CheckIn, appointment=appointment, by="lobby_assistant").then(
        like(TicketTaken, number="Y001", lanes=("appointment",)),
        like(AppointmentCheckedIn, appointment=appointment),
    )
    story.at("10:45")
    story.finish(6)
    assert story.serve(6) == "Y001"
    why = story.visit("Y001").why
    assert why is not None
    assert (why.lane, why.waited_ms) == ("appointment", 7 * MINUTE)

    # The seal is missing: it stands on the customer's page, and there is a new time.
    story.at("10:50")
    story.given(FinishService, counter=6, outcome="papers_missing", papers=("印鉴",))
    assert story.feed(f"TicketView:{story.visit('Y001').id}").missing_papers == ("印鉴",)
    again = book(story, "2026-11-18 10:00")
    assert story.branch.appointments[again].state == "booked"
    story.replays()
