"""What a verb asks before it can be given: questions, and how an answer becomes a field. Pure.

A question is drawn by `shared/ui/choice`: by number keys, arrows and touch. What was typed is read
here; what cannot be read is said in a sentence, and asked again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any, Final, TypeAlias, get_args
from zoneinfo import ZoneInfo

from msgspec import Struct

from lobby_display.board.words import Desk
from shared.protocol import AppointmentFound, Lane, Need, Reason, SlotShown
from shared.typed_numbers import plain, ticket_number
from shared.ui.choice import LineKind, Option

Answers: TypeAlias = tuple[tuple[str, Any], ...]
"""What has been answered so far, by the names of fields, in the order of the questions."""


class Unfit(Exception):
    """What was typed means nothing here; `key` of the sentence that says what would."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


class Leads(Struct, frozen=True):
    """An answer that nobody need be asked about: it is on the board, such as `ticket:17`."""

    to: str


class Given(Struct, frozen=True):
    """All a question may look at: the desk, what the verb is about, and earlier answers; the free
    times that were looked up, and the appointment that was found by its code."""

    desk: Desk
    about: str = ""
    answers: Answers = ()
    free: tuple[SlotShown, ...] | None = None
    found: AppointmentFound | None = None

    def get(self, field: str) -> Any:
        """An earlier answer; None: not asked."""
        return dict(self.answers).get(field)

    @property
    def key(self) -> str:
        """What it is about, without its kind: the 17 of `ticket:17`."""
        return self.about.partition(":")[2]

    def is_about(self, kind: str, number: int | None) -> bool:
        """Whether it is about the one with that number; tickets and appointments have the same."""
        return self.about == f"{kind}:{number}"


Options: TypeAlias = Callable[[Given], Sequence[Option]]
Read: TypeAlias = Callable[[Given, tuple[str, ...], str], Any]


class Ask(Struct, frozen=True):
    """One question. A `field` that begins with an underscore is not sent, only looked at. `slots`:
    free times are looked up before it is asked."""

    field: str
    options: Options
    read: Read
    several: bool = False
    least: int = 0
    line: LineKind = "none"
    required: bool = False
    length_max: int = 60
    skip: Callable[[Given], bool] = lambda _given: False
    lines: Callable[[Given], tuple[str, ...]] = lambda _given: ()
    before: Callable[[Given], tuple[str, ...]] = lambda _given: ()
    """What is ticked before anybody has chosen."""
    slots: bool = False


# --- Kinds of questions ----------------------------------------------------------------------


def one_of(field: str, options: Options, read: Callable[[str], Any] = str, **more: Any) -> Ask:
    """Exactly one."""
    return Ask(field, options, lambda _given, words, _note: read(words[0]), **more)


def some_of(field: str, options: Options, **more: Any) -> Ask:
    """Any number of them."""
    return Ask(field, options, lambda _given, words, _note: words, several=True, **more)


def typed(field: str, read: Callable[[Given, str], Any], **more: Any) -> Ask:
    """A line to type in."""
    return Ask(
        field,
        lambda _given: (),
        lambda given, _words, note: read(given, note),
        line="note",
        **more,
    )


def reason(*reasons: Reason) -> Ask:
    """Why; those that this verb may have."""
    return one_of("reason", words("reason", *reasons, "other"))


def confirmed(sentence: str) -> Ask:
    """Asked only where undoing is hard."""
    return one_of(
        "_sure",
        lambda given: (Option("yes", given.desk.board("sure")),),
        lines=lambda given: (given.desk.board(sentence),),
    )


# --- What is offered -------------------------------------------------------------------------


def words(vocabulary: str, *offered: str) -> Options:
    """Words of the catalogue."""
    return lambda given: [Option(one, given.desk.say(f"{vocabulary}.{one}")) for one in offered]


LANES: Final = words("lane", *get_args(Lane)[1:])
NEEDS: Final = words("need", *get_args(Need))


def services(given: Given) -> list[Option]:
    """The branch's services."""
    desk = given.desk
    return [
        Option(one.id, f"{one.id} {desk.name(one.name)}", desk.board("n_waiting", n=one.waiting))
        for one in desk.view.services
    ]


def other_services(given: Given) -> list[Option]:
    """Those a ticket does not wait for."""
    ticket = ticket_of(given)
    return [one for one in services(given) if ticket is None or one.word != ticket.service]


def counters(given: Given) -> list[Option]:
    """The branch's counters."""
    desk = given.desk
    return [
        Option(str(one.id), f"{one.id} {desk.name(one.name)}", desk.doing(one))
        for one in desk.view.counters
    ]


def open_counters(given: Given) -> list[Option]:
    """Those that are not closed."""
    open_ = {str(one.id) for one in given.desk.view.counters if one.state != "closed"}
    return [one for one in counters(given) if one.word in open_]


def working_machines(given: Given) -> list[Option]:
    """A faulty machine is never advised."""
    desk = given.desk
    return [
        Option(one.id, desk.name(one.name) or one.id)
        for one in desk.view.machines
        if one.state == "working"
    ]


SHIPPED: Final = ("simple", "balanced", "care", "strict")
"""The presets that have words of their own; a branch may have others."""


def presets(given: Given) -> list[Option]:
    """The calling presets of this branch, but for the one in force."""
    desk = given.desk
    return [
        Option(one, desk.say(f"preset.{one}") if one in SHIPPED else one)
        for one in desk.view.presets
        if one != desk.view.preset
    ]


def pagers(given: Given) -> list[Option]:
    """The pagers that are out."""
    desk = given.desk
    return [
        Option(
            str(one.pager),
            desk.say("screen.pager", pager=one.pager),
            f"{one.number} · {desk.say(f'pager_state.{one.state}')}",
        )
        for one in desk.view.pagers
    ]


def ticket_of(given: Given) -> Any:
    """The ticket it is about; None: it is not here any more."""
    return next((one for one in _here(given) if given.is_about("ticket", one.visit)), None)


def ticket_numbered(given: Given, typed_number: str) -> Leads | None:
    """The ticket with that number; None where nobody here has it."""
    wanted = ticket_number(typed_number)
    found = (one for one in _here(given) if one.number == wanted)
    ticket = next(found, None)
    return Leads(f"ticket:{ticket.visit}") if ticket is not None else None


def _here(given: Given) -> tuple[Any, ...]:
    """All who wait, are somewhere else in the branch, or are at a counter."""
    view = given.desk.view
    current = [counter.current for counter in view.counters if counter.current]
    return (*view.line, *view.off_line, *current)


def counter_of(given: Given) -> Any:
    """The counter it is about."""
    return next((c for c in given.desk.view.counters if str(c.id) == given.key), None)


# --- What was typed --------------------------------------------------------------------------

CLOCK: Final = re.compile(r"([01]?[0-9]|2[0-3])[:.\uff1a]?([0-5][0-9])\Z")
PAGER: Final = re.compile(r"0*[1-9][0-9]{0,3}\Z", re.ASCII)
NUMBER: Final = re.compile(r"[A-Z]{0,2}[0-9]{1,6}\Z")
STAFF: Final = re.compile(r"[0-9A-Za-z_.-]{1,32}\Z")


def moment(given: Given, note: str) -> int:
    """A time of the open day, as 0905 or 9:05, in the branch's zone."""
    found = CLOCK.match(plain(note))
    if found is None or given.desk.view.day is None:
        raise Unfit("board.unfit.time")
    on = date.fromisoformat(given.desk.view.day)
    zone = ZoneInfo(given.desk.zone)
    local = datetime(on.year, on.month, on.day, int(found[1]), int(found[2]), tzinfo=zone)
    return round(local.timestamp() * 1000)


def number(_given: Given, note: str) -> str:
    """A ticket number, in small letters too."""
    wanted = plain(note).upper()
    if not NUMBER.match(wanted):
        raise Unfit("board.unfit.number")
    return wanted


def pager(_given: Given, note: str) -> int:
    """The number that stands on a vibrating pager."""
    if not PAGER.match(plain(note)):
        raise Unfit("board.unfit.pager")
    return int(plain(note))


def staff(_given: Given, note: str) -> str:
    """Who: the name somebody signs in with."""
    if not STAFF.match(plain(note)):
        raise Unfit("board.unfit.staff")
    return plain(note)


def sentence(_given: Given, note: str) -> str:
    """Words for people."""
    if not note.strip():
        raise Unfit("board.unfit.words")
    return note.strip()


def free(_given: Given, note: str) -> str:
    """Words, or none."""
    return note.strip()
