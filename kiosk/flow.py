"""What a touch and an answer do to what the customer has chosen so far. Pure.

    kiosk, effects = touched(kiosk, "service:A", view)

A touch is the word behind a tile or a key; what is shown for a state is left to `pages`, carrying
out an effect to `app`, and all that has to do with appointments to `booking`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from kiosk.state import (
    BOOKING_STEPS,
    MINUTE_MS,
    NEEDS,
    Call,
    Errand,
    Kiosk,
    Next,
    Order,
    Print,
    Punctual,
    Speech,
    Take,
    Ticket,
    fresh,
    service_of,
    tell,
)
from shared.protocol import (
    Accepted,
    HelpWanted,
    KioskView,
    Lane,
    Language,
    Refused,
    ServiceShown,
)

if TYPE_CHECKING:
    from shared.protocol import Reply

LOUDER: Final[dict[Speech, Speech]] = {"off": "on", "on": "loud", "loud": "off"}
"""One key for all of it: it speaks, it speaks louder, it is quiet."""

LONG_LINE: Final = 10
"""So many waiting, and the customer is asked whether to queue all the same."""


def touched(kiosk: Kiosk, touch: str, view: KioskView | None, long_line: int = LONG_LINE) -> Next:
    """What a touch does. One that makes no sense where the customer is does nothing."""
    word, _, value = touch.partition(":")
    match word:
        case "language":
            other: Language = "en" if kiosk.choices.language == "zh" else "zh"
            return _choose(kiosk, language=other)
        case "large":
            return _choose(replace(kiosk, page=0), large=not kiosk.choices.large)
        case "speech":
            return _choose(kiosk, speech=LOUDER[kiosk.choices.speech])
        case "help" | "complaint" if kiosk.step != "told":
            return kiosk, (Call(word),)
        case "back" if kiosk.step not in BOOKING_STEPS:
            return _back(kiosk), ()
        case "next":
            return replace(kiosk, page=kiosk.page + 1), ()
        case "previous":
            return replace(kiosk, page=max(0, kiosk.page - 1)), ()
        case _ if kiosk.step in BOOKING_STEPS:
            return _about_appointment(kiosk, word, value, view)
        case _:
            return _at_step(kiosk, word, value, view, long_line)


def answered(kiosk: Kiosk, service: str, reply: Reply | None, at: int) -> Next:
    """The server has answered to `Take`; None: it will not, and nobody knows what became of it."""
    if isinstance(reply, Accepted) and reply.number is not None and reply.visit is not None:
        ticket = Ticket(
            visit=reply.visit,
            number=reply.number,
            service=service,
            at=at,
            ahead=reply.people_ahead,
            wait=reply.wait,
            link=reply.link or "",
            short_code=reply.short_code or "",
            came=_came(reply, at),
        )
        shown = replace(kiosk, step="ticket", ticket=ticket, page=0, errand=Errand())
        return shown, (Print(ticket, kiosk.choices),)
    if isinstance(reply, Refused):
        return tell(kiosk, "kiosk.refused", "services", text=reply.text), ()
    return tell(kiosk, "link.unknown_outcome", "welcome"), ()


def _came(reply: Accepted, at: int) -> Punctual | None:
    """How a booked customer came; None: this one was not booked."""
    slot = reply.slot
    if slot is None:
        return None
    if reply.late_minutes is not None:
        return Punctual("late", reply.late_minutes, slot)
    if at < slot:
        return Punctual("early", -(-(slot - at) // MINUTE_MS), slot)
    late = (at - slot) // MINUTE_MS
    return Punctual("grace", late, slot) if late else Punctual("on_time", 0, slot)


def is_asking(kiosk: Kiosk) -> bool:
    """Whether the server has been asked for something, and has not answered."""
    asking = {kiosk.step, kiosk.back_to if kiosk.step == "told" else ""}
    return bool(asking & {"asking", "working"})


def ordered(
    kiosk: Kiosk, order: Order, reply: Reply | None, at: int, view: KioskView | None
) -> Next:
    """The server has answered to a command about an appointment."""
    from kiosk import booking
    from shared.protocol import CheckIn

    if order.kind is CheckIn and isinstance(reply, Accepted):
        if order.fields.get("walk_in"):
            reply = replace(reply, slot=None)  # the booked time means nothing any more
        return answered(kiosk, kiosk.errand.service, reply, at)
    return booking.ordered(kiosk, order.kind, reply, at, view)


def left(kiosk: Kiosk) -> Next:
    """Nobody is there any more: everything is forgotten, and what was kept is given back."""
    if not kiosk.errand.held:
        return fresh(kiosk.home), ()
    from kiosk import booking

    return fresh(kiosk.home), booking.let_go(kiosk)


def called(kiosk: Kiosk, wanted: HelpWanted, reply: Reply | None) -> Kiosk:
    """Somebody was called, or could not be."""
    if isinstance(reply, Accepted):
        return tell(kiosk, f"kiosk.called.{wanted}", kiosk.step, wanted=wanted)
    if isinstance(reply, Refused):
        return tell(kiosk, "kiosk.refused", kiosk.step, text=reply.text, wanted=wanted)
    return tell(kiosk, "screen.offline", kiosk.step, wanted=wanted)


def _about_appointment(kiosk: Kiosk, word: str, value: str, view: KioskView | None) -> Next:
    # Here and not above: most customers have none, and many kiosks never offer one.
    from kiosk import booking

    return booking.touched(kiosk, word, value, view)


def _at_step(kiosk: Kiosk, word: str, value: str, view: KioskView | None, long_line: int) -> Next:
    match kiosk.step, word:
        case "welcome", "appointments":
            return replace(kiosk, step="appointments", page=0), ()
        case "welcome", "scan" | "check_in":
            return _about_appointment(replace(kiosk, step="appointments"), word, value, view)
        case "welcome", "start" | "care":
            choices = replace(kiosk.choices, care=word == "care")
            return replace(kiosk, step="services", choices=choices, page=0), ()
        case "services", "service":
            return _chosen(kiosk, service_of(view, value), view, long_line)
        case "services", "needs":
            return replace(kiosk, step="needs", page=0), ()
        case "needs", "need" if value in NEEDS:
            return _toggled(kiosk, value), ()
        case "confirm", "yes":
            return _ask(kiosk, kiosk.service)
        case "ticket", "print" if kiosk.ticket is not None:
            return kiosk, (Print(kiosk.ticket, kiosk.choices),)
        case "ticket", "done":
            return fresh(kiosk.home), ()
        case _:
            return kiosk, ()


def _chosen(
    kiosk: Kiosk, service: ServiceShown | None, view: KioskView | None, long_line: int
) -> Next:
    if service is None:
        return kiosk, ()
    if service.only_booked:
        return _about_appointment(kiosk, "service", service.id, view)
    if service.status != "open":
        return tell(kiosk, f"kiosk.closed.{service.status}", "services", service=service.id), ()
    if service.waiting >= long_line:
        return replace(kiosk, step="confirm", service=service.id), ()
    return _ask(kiosk, service.id)


def _ask(kiosk: Kiosk, service: str) -> Next:
    choices = kiosk.choices
    lanes: tuple[Lane, ...] = ("care",) if choices.care else ()
    take = Take(service=service, lanes=lanes, needs=choices.needs, language=choices.language)
    return replace(kiosk, step="asking", service=service), (take,)


def _toggled(kiosk: Kiosk, need: str) -> Kiosk:
    chosen: set[str] = {*kiosk.choices.needs} ^ {need}
    needs = tuple(one for one in NEEDS if one in chosen)
    return replace(kiosk, choices=replace(kiosk.choices, needs=needs))


def _choose(kiosk: Kiosk, **changes: object) -> Next:
    return replace(kiosk, choices=replace(kiosk.choices, **changes)), ()


def _back(kiosk: Kiosk) -> Kiosk:
    match kiosk.step:
        case "told":
            return replace(kiosk, step=kiosk.back_to, told="", told_values=(), back_to="welcome")
        case "needs" | "confirm":
            return replace(kiosk, step="services", page=0)
        case "asking":
            return kiosk  # the server has been asked: there is no way back
        case _:
            return fresh(kiosk.home)
