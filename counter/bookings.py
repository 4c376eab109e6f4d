"""Appointments at the counter: booking for a customer, moving, cancelling. Pure.

Nobody is asked for a name or a number here; a mail address may be left, after the privacy notice,
so that the customer is reminded. Which times are free is looked up (`Look`), and comes
back in `looked_up`; a booking is two commands, which `Book` stands for.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from msgspec.structs import replace

from counter import questions as ask
from counter.state import Book, Desk, Give, Look, Next, further, put_away, tell
from counter.words import Speaker
from shared import protocol as p
from shared.free_times import Free, free_at, in_words
from shared.mail_addresses import is_mail

DAYS: Final = 31
QUESTIONS: Final = frozenset(
    "booking booking_do cancel_booking book_service book_wishes book_day book_time "
    "book_note book_mail".split()
)


def begun(desk: Desk, view: p.CounterView, say: Speaker, now: int) -> Desk:
    """Which one, of the day; or a new one."""
    return replace(desk, question=ask.bookings(view, say, now), free=())


def chosen(desk: Desk, words: Sequence[str], note: str, view: p.CounterView, say: Speaker) -> Next:
    """What the answer to a question about appointments does."""
    question = desk.question
    assert question is not None, "there is a question where there is an answer"
    word = words[0] if words else ""
    after = replace(put_away(desk), told="", refused=False)
    match question.name:
        case "booking" if word == ask.NEW:
            return further(desk, ask.book_service(view, say), word), ()
        case "booking":
            what = _what(_appointment(word, view), say)
            return further(desk, ask.booking_do(what, say), word), ()
        case "booking_do" if word == "cancel":
            what = _what(_appointment(desk.so_far[0], view), say)
            return further(desk, ask.cancel_booking(what, say), word), ()
        case "booking_do":
            return _look_to_move(after, desk.so_far[0], view, say)
        case "cancel_booking":
            return after, (Give(p.CancelAppointment, _named(desk.so_far[0])),)
        case "book_service":
            return further(desk, ask.book_wishes(say), word), ()
        case "book_wishes":
            wished = ",".join(words)
            so_far = (*desk.so_far, wished)
            service = desk.so_far[1]
            return replace(after, so_far=so_far), (Look(_query(service, wished)),)
        case "book_day":
            return further(desk, ask.book_time(desk.free, word, say), word), ()
        case "book_time" if desk.so_far[0] == ask.NEW:
            when = next(one for one in desk.free if str(one.at) == word)
            return further(desk, ask.book_note(when, say), word), ()
        case "book_time":
            fields = {**_named(desk.so_far[0]), "slot": int(word)}
            return after, (Give(p.MoveAppointment, fields),)
        case "book_note":
            return further(desk, ask.book_mail(say), note.strip()), ()
        case _ if (mail := note.strip()) and not is_mail(mail):
            return tell(desk, say("refusal.MailNotValid"), refused=True), ()
        case _:
            return after, (_booking(desk.so_far, mail, view, say),)


def looked_up(desk: Desk, reply: p.HouseReply | None, say: Speaker) -> Desk:
    """The free times have come; or why they have not."""
    if not desk.so_far:
        return desk  # something else was begun meanwhile
    match reply:
        case p.SlotsFound(slots=slots) if slots:
            free = tuple(free_at(slot.at, say.zone) for slot in slots)
            return replace(desk, free=free, question=ask.book_day(free, say))
        case p.SlotsFound():
            return tell(put_away(desk), say("counter.no_times"), refused=True)
        case p.Refused():
            return tell(put_away(desk), reply.text, refused=True)
        case _:
            return tell(put_away(desk), say("screen.offline"), refused=True)


def booked(command: p.BookAppointment | p.MoveAppointment, reply: p.Accepted, say: Speaker) -> str:
    """What the customer takes along."""
    key = "counter.booked" if isinstance(command, p.BookAppointment) else "counter.moved"
    when = in_words(free_at(reply.slot or 0, say.zone), say.language)
    return say(key, time=when, code=reply.short_code)


def _look_to_move(desk: Desk, word: str, view: p.CounterView, say: Speaker) -> Next:
    one = _appointment(word, view)
    if one is None:
        return tell(put_away(desk), say("counter.changed"), refused=True), ()
    wished = "low_counter" if "low_counter" in one.needs else ""
    looking = replace(desk, question=None, so_far=(word, "move"))
    return looking, (Look(_query(one.service, wished)),)


def _query(service: str, wished: str) -> dict[str, object]:
    wishes = wished.split(",")
    speaks = next((word for word in ask.SPOKEN if word in wishes), None)
    low = "low_counter" in wishes
    return {"service": service, "days": DAYS, "low_counter": low, "speaks": speaks}


def _booking(so_far: Sequence[str], mail: str, view: p.CounterView, say: Speaker) -> Book:
    _, service, wished, _, slot, note = so_far
    query = _query(service, wished)
    hold = {
        "service": service,
        "slot": int(slot),
        "needs": ("low_counter",) if query["low_counter"] else (),
        "speaks": query["speaks"],
        "language": query["speaks"] or (view.current.language if view.current else say.language),
    }
    return Book(hold, note, mail)


def _named(word: str) -> dict[str, int]:
    return {"appointment": int(word.partition(":")[2])}


def _appointment(word: str, view: p.CounterView) -> p.AppointmentShown | None:
    return next((one for one in view.appointments if f"appointment:{one.id}" == word), None)


def _what(one: p.AppointmentShown | None, say: Speaker) -> str:
    if one is None:
        return say("counter.changed")
    when: Free = free_at(one.slot, say.zone)
    return f"{say.service(one.service)} · {in_words(when, say.language)}"
