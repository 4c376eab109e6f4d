"""What the person at the kiosk has chosen so far, and what a touch does to it. Pure.

    kiosk, effects = touched(kiosk, "service:A", view)

A touch is the word behind a tile or a key; what is shown for a state is left to `pages`, carrying
out an effect to `app`. Nothing here outlives the customer: `fresh` forgets everything.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal, TypeAlias, get_args

from msgspec import Struct
from msgspec.structs import replace

from shared.protocol import (
    Accepted,
    HelpWanted,
    KioskView,
    Lane,
    Language,
    Need,
    Refused,
    Reply,
    ServiceShown,
    VisitId,
    WaitShown,
)

Step: TypeAlias = Literal["welcome", "services", "needs", "confirm", "asking", "ticket", "told"]

Speech: TypeAlias = Literal["off", "on", "loud"]

LOUDER: Final[dict[Speech, Speech]] = {"off": "on", "on": "loud", "loud": "off"}
"""One key for all of it: it speaks, it speaks louder, it is quiet."""

NEEDS: Final[tuple[Need, ...]] = get_args(Need)


class Choices(Struct, frozen=True):
    """How this customer wants it: the kiosk has a language of its own to go back to."""

    language: Language = "zh"
    large: bool = False
    speech: Speech = "off"
    care: bool = False
    needs: tuple[Need, ...] = ()


class Ticket(Struct, frozen=True):
    """A number that was just given. `ahead`: people before it, where the server knows."""

    visit: VisitId
    number: str
    service: str
    at: int
    ahead: int | None = None
    wait: WaitShown | None = None
    link: str = ""
    short_code: str = ""


class Kiosk(Struct, frozen=True):
    """Where the customer is. `home` is the language to go back to; `told` a sentence of the
    catalogue that is to be read and put away."""

    step: Step = "welcome"
    choices: Choices = Choices()
    home: Language = "zh"
    page: int = 0
    service: str = ""
    ticket: Ticket | None = None
    told: str = ""
    told_values: tuple[tuple[str, str], ...] = ()
    back_to: Step = "welcome"


class Take(Struct, frozen=True):
    """Ask for a number."""

    service: str
    lanes: tuple[Lane, ...]
    needs: tuple[Need, ...]
    language: Language


class Call(Struct, frozen=True):
    """Call whoever is on duty."""

    wanted: HelpWanted


class Print(Struct, frozen=True):
    """Put the ticket on paper, if there is a printer."""

    ticket: Ticket
    choices: Choices


Effect: TypeAlias = Take | Call | Print
Next: TypeAlias = tuple[Kiosk, Sequence[Effect]]

LONG_LINE: Final = 10
"""So many waiting, and the customer is asked whether to queue all the same."""


def fresh(language: Language) -> Kiosk:
    """A kiosk that nobody stands at."""
    return Kiosk(choices=Choices(language=language), home=language)


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
        case "back":
            return _back(kiosk), ()
        case "next":
            return replace(kiosk, page=kiosk.page + 1), ()
        case "previous":
            return replace(kiosk, page=max(0, kiosk.page - 1)), ()
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
        )
        shown = replace(kiosk, step="ticket", ticket=ticket, page=0)
        return shown, (Print(ticket, kiosk.choices),)
    if isinstance(reply, Refused):
        return _tell(kiosk, "kiosk.refused", "services", text=reply.text), ()
    return _tell(kiosk, "link.unknown_outcome", "welcome"), ()


def is_asking(kiosk: Kiosk) -> bool:
    """Whether the server has been asked for a number, and has not answered."""
    return "asking" in (kiosk.step, kiosk.back_to if kiosk.step == "told" else "")


def called(kiosk: Kiosk, wanted: HelpWanted, reply: Reply | None) -> Kiosk:
    """Somebody was called, or could not be."""
    if isinstance(reply, Accepted):
        return _tell(kiosk, f"kiosk.called.{wanted}", kiosk.step)
    if isinstance(reply, Refused):
        return _tell(kiosk, "kiosk.refused", kiosk.step, text=reply.text)
    return _tell(kiosk, "screen.offline", kiosk.step)


def service_of(view: KioskView | None, service: str) -> ServiceShown | None:
    """A service as the kiosk shows it."""
    shown = view.services if view else ()
    return next((one for one in shown if one.id == service), None)


def _at_step(kiosk: Kiosk, word: str, value: str, view: KioskView | None, long_line: int) -> Next:
    match kiosk.step, word:
        case "welcome", "start" | "care":
            choices = replace(kiosk.choices, care=word == "care")
            return replace(kiosk, step="services", choices=choices, page=0), ()
        case "services", "service":
            return _chosen(kiosk, service_of(view, value), long_line)
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


def _chosen(kiosk: Kiosk, service: ServiceShown | None, long_line: int) -> Next:
    if service is None:
        return kiosk, ()
    if service.status != "open":
        return _tell(kiosk, f"kiosk.closed.{service.status}", "services", service=service.id), ()
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


def _tell(kiosk: Kiosk, key: str, back_to: Step, **values: str) -> Kiosk:
    # What is told in place of something told leads back to where that would have led.
    back = kiosk.back_to if back_to == "told" else back_to
    return replace(
        kiosk, step="told", told=key, told_values=tuple(sorted(values.items())), back_to=back
    )
