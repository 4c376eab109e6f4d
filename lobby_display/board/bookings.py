"""The day's appointments, and what booking for a customer asks: which day, what time. Pure.

A booking at the board asks for no name and no telephone number: whoever books here is in front of
somebody. A mail address may be left, after the privacy notice, so that the customer is reminded.
What was left elsewhere is shown masked, as the view has it.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any, Final

from lobby_display.board.asks import (
    Ask,
    Given,
    Leads,
    Unfit,
    one_of,
    some_of,
    ticket_numbered,
    ticket_of,
    typed,
)
from lobby_display.board.sheet import Column, Kind, Row, Section
from lobby_display.board.words import Desk
from shared import protocol as p
from shared.free_times import Free, day_in_words, free_at
from shared.mail_addresses import LENGTH_MAX, is_mail
from shared.typed_numbers import plain
from shared.ui.choice import Option

DAYS: Final = 31
CODE_DIGITS: Final = 6
TO_COME: Final[tuple[p.AppointmentStatus, ...]] = ("expected", "due", "late")
KINDS: Final[dict[p.AppointmentStatus, Kind]] = {
    "due": "wants",
    "late": "late",
    "missing": "late",
    "arrived": "quiet",
    "walked_in": "quiet",
}
"""What is still to be looked after stands out; each is told by its word too."""


def the_day(desk: Desk) -> Section:
    """Due, arrived, late, missing: in the order of their times."""
    shown = desk.view.appointments
    left = sum(one.status in TO_COME for one in shown)
    return Section(
        title=desk.board("booked.title", n=len(shown), left=left),
        columns=(
            Column(desk.board("head.at")),
            Column(desk.board("head.service")),
            Column(desk.board("head.state")),
            Column(desk.board("head.number")),
            Column(desk.board("head.remarks"), rest=True),
        ),
        rows=tuple(
            Row(
                cells=(
                    desk.local(one.slot),
                    desk.service(one.service),
                    state(desk, one),
                    one.number or "",
                    remarks(desk, one),
                ),
                pick=f"appointment:{one.id}",
                kind=KINDS.get(one.status, "plain"),
            )
            for one in shown
        ),
        empty=desk.board("booked.none"),
    )


def state(desk: Desk, one: p.AppointmentShown) -> str:
    """How it stands, and by how much somebody is late."""
    said = desk.say(f"appointment_status.{one.status}")
    if one.status not in ("late", "missing"):
        return said
    return f"{said} {desk.minutes(desk.now - one.slot)}"


def remarks(desk: Desk, one: p.AppointmentShown) -> str:
    """Whose it is, masked, and what was wished for it."""
    person = one.person
    said = [desk.board("confirmed")] if one.confirmed else []
    said += [desk.say(f"need.{need}") for need in one.needs]
    if one.language != "zh":
        said.append(desk.say(f"language.{one.language}"))
    if person is not None:
        said.append(" ".join(filter(None, (person.name, person.phone))))
    return desk.all([words for words in said if words])


# --- Which one -------------------------------------------------------------------------------


def appointment_of(given: Given) -> p.AppointmentShown | p.AppointmentFound | None:
    """The appointment it is about: of the day's list, or found by its code."""
    shown = given.desk.view.appointments
    todays = next((one for one in shown if given.is_about("appointment", one.id)), None)
    if todays is not None or given.found is None:
        return todays
    return given.found if given.is_about("appointment", given.found.appointment) else None


def is_to_come(given: Given) -> bool:
    """It can be moved or cancelled."""
    one = appointment_of(given)
    if isinstance(one, p.AppointmentShown):
        return one.status in TO_COME
    return one is not None and one.state == "booked"


def is_to_be_confirmed(given: Given) -> bool:
    """Nobody has said yet that its customer will come."""
    one = appointment_of(given)
    return is_to_come(given) and not (isinstance(one, p.AppointmentShown) and one.confirmed)


def is_of_today(given: Given) -> bool:
    """Its customer could check in."""
    one = appointment_of(given)
    return isinstance(one, p.AppointmentShown) and one.status in (*TO_COME, "missing")


def is_to_come_today(given: Given) -> bool:
    """Its customer could wait like everybody instead."""
    return is_of_today(given) and is_to_come(given)


def of_appointment(given: Given) -> dict[str, Any]:
    """The appointment that was picked."""
    return {"appointment": int(given.key)}


def as_a_walk_in(given: Given) -> dict[str, Any]:
    """The same, to wait like everybody from now on."""
    return {**of_appointment(given), "walk_in": True}


# --- Which time ------------------------------------------------------------------------------


def service_of(given: Given) -> str:
    """The service that a time is looked for."""
    one, ticket = appointment_of(given), ticket_of(given)
    if one is not None:
        return one.service
    return given.get("service") or (ticket.service if ticket is not None else "")


def wishes(given: Given) -> dict[str, Any]:
    """A low counter, or a language, as it was wished."""
    one, ticket = appointment_of(given), ticket_of(given)
    wished = given.get("_wishes") or ()
    needs = one.needs if one is not None else ticket.needs if ticket is not None else ()
    low = "low_counter" in wished or "low_counter" in needs
    speaks = next((word for word in ("zh", "en") if word in wished), None)
    if isinstance(one, p.AppointmentFound):
        speaks = one.speaks
    return {"low_counter": low, "speaks": speaks}


def language_of(given: Given) -> p.Language:
    """The customer's, as far as it is known: of the appointment, of the ticket, wished for; else
    the one that is spoken at this board."""
    known = appointment_of(given) or ticket_of(given)
    if known is not None:
        return known.language
    speaks: p.Language | None = wishes(given)["speaks"]
    return speaks or given.desk.language


def query(given: Given, query_id: str) -> p.FindSlots:
    """Which times are free for that."""
    return p.FindSlots(id=query_id, service=service_of(given), days=DAYS, **wishes(given))


def bookable(given: Given) -> list[Option]:
    """The services that can be booked."""
    desk = given.desk
    return [
        Option(one.id, f"{one.id} {desk.name(one.name)}")
        for one in desk.view.services
        if one.bookable
    ]


def wished(given: Given) -> list[Option]:
    """What a counter may have."""
    say = given.desk.say
    return [Option(word, say(f"kiosk.wish.{word}")) for word in ("low_counter", "zh", "en")]


def free_of(given: Given) -> list[Free]:
    """The free times, as the branch's clocks show them."""
    return [free_at(slot.at, given.desk.zone) for slot in given.free or ()]


def days(given: Given) -> Sequence[Option]:
    """The days with a free time."""
    language = given.desk.language
    return [
        Option(day, day_in_words(day, language), given.desk.say("kiosk.n_times", n=len([*free])))
        for day, free in groupby(free_of(given), lambda one: one.day)
    ]


def times(given: Given) -> Sequence[Option]:
    """The free times of the chosen day."""
    chosen = given.get("_day")
    return [Option(str(one.at), one.time) for one in free_of(given) if one.day == chosen]


DAY: Final = one_of("_day", days, slots=True)
TIME: Final = one_of("slot", times, int)


def held(given: Given) -> dict[str, Any]:
    """What is wished for the time that is kept."""
    wish = wishes(given)
    needs = ("low_counter",) if wish["low_counter"] else ()
    fields = {"needs": needs, "speaks": wish["speaks"], "language": language_of(given)}
    return fields if given.get("service") else {"service": service_of(given), **fields}


def booking(given: Given, kept: p.Accepted, command_id: str, day: str) -> p.BookAppointment:
    """The booking of the time that has just been kept."""
    ticket = ticket_of(given)
    return p.BookAppointment(
        id=command_id,
        day=day,
        appointment=kept.appointment or 0,
        note=given.get("_note") or "",
        amount=given.get("_amount") or "",
        mail=given.get("_mail") or "",
        visit=ticket.visit if ticket is not None else None,
    )


def can_be_booked(given: Given) -> bool:
    """The ticket's service can be booked, and its customer waits."""
    ticket = ticket_of(given)
    bookable_ones = {one.id for one in given.desk.view.services if one.bookable}
    return ticket is not None and ticket.state == "waiting" and ticket.service in bookable_ones


def something_is_booked(given: Given) -> bool:
    """This branch takes appointments."""
    return given.desk.view.booking is not None


def wants_no_amount(given: Given) -> bool:
    """Whoever books this service says no amount."""
    wanted = given.get("service")
    return not any(s.id == wanted and s.asks_amount for s in given.desk.view.services)


def _digits(length: tuple[int, ...]) -> Any:
    def read(_given: Given, note: str) -> str:
        line = plain(note)
        if len(line) not in length or (line and not (line.isascii() and line.isdigit())):
            raise Unfit("board.unfit.digits")
        return line

    return read


def _number_or_code(given: Given, note: str) -> str | Leads:
    """A ticket that is here is found by its number; everything else by its six digits."""
    found = ticket_numbered(given, note)
    if found is not None:
        return found
    code = plain(note)
    if not (code.isascii() and code.isdigit() and len(code) == CODE_DIGITS):
        raise Unfit("board.unfit.number_or_code")
    return code


def _note(_given: Given, note: str) -> str:
    return note.strip()


def _mail(_given: Given, note: str) -> str:
    line = note.strip()
    if line and not is_mail(line):
        raise Unfit("refusal.MailNotValid")
    return line


AMOUNT: Final = typed("_amount", _digits((0, *range(1, 10))), length_max=9, skip=wants_no_amount)
NOTE: Final = typed("_note", _note)
MAIL: Final = typed(
    "_mail",
    _mail,
    lines=lambda given: (given.desk.say("screen.privacy"),),
    length_max=LENGTH_MAX,
)
WISHES: Final = some_of("_wishes", wished)
SERVICE: Final = one_of("service", bookable)
CODE: Final[tuple[Ask, ...]] = (
    typed("code", _number_or_code, length_max=7),
    typed("digits", _digits((0, 4)), length_max=4),
)
