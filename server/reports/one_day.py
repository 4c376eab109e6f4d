"""Takes the events of one business day out of a journal, and what was undone out of the day.

An undone action and its undo leave together. Between the two no event touched the ticket, nor
another action the counter (the domain refuses the undo otherwise), so what remains is a day that
could have happened and ends in the same state: the one everybody agreed on.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from msgspec import Struct

from server.domain.apply import UNDOABLE
from server.domain.apply_ratings import OF_RATING
from server.domain.configuration import BranchConfig
from server.domain.events import (
    ActionUndone,
    BranchConfigured,
    DayClosed,
    DayOpened,
    Event,
    RatingWithdrawn,
    RehearsalMarked,
)
from server.domain.state import Stamp
from server.reports.report import Kind

Happened: TypeAlias = tuple[Event, Stamp]


class NothingToReport(Exception):
    """There is no such day, or not of that kind; says what to ask for instead."""


class OneDay(Struct, frozen=True):
    """A business day as it counts: from its opening on, nothing undone in it.

    `config` is what was in force when it opened; `undone` are the actions that were taken back.
    """

    kind: Kind
    config: BranchConfig
    opened: DayOpened
    events: list[Happened]
    undone: list[UNDOABLE]


def cut(events: Iterable[Happened], day: str | None, kind: Kind) -> OneDay:
    """The day of that date, or the last one. Reads no further than it must.

    The events may begin anywhere in the journal, as long as the configuration in force, and the
    mark of a rehearsal, come before the opening of the day.
    """
    config: BranchConfig | None = None
    rehearsal = inside = False
    found: tuple[BranchConfig, DayOpened, list[Happened]] | None = None
    for event, stamp in events:
        if isinstance(event, RehearsalMarked):
            rehearsal = True
        elif isinstance(event, BranchConfigured):
            config = event.config
        elif isinstance(event, DayOpened) and day in (None, event.day):
            assert config is not None, "a journal begins with a configuration"
            found, inside = (config, event, []), True
        if found is not None and inside:
            found[2].append((event, stamp))
            inside = not isinstance(event, DayClosed)
            if day is not None and not inside:
                break
    refuse_other_kind(rehearsal, kind)
    if found is None:
        raise NothingToReport(f"The journal has no business day {day or 'yet'}.")
    left, undone = without_undone(found[2])
    return OneDay(kind, found[0], found[1], left, undone)


def refuse_other_kind(rehearsal: bool, kind: Kind) -> None:
    """Whoever wants practice has to say so, and gets nothing else."""
    if rehearsal and kind == "real":
        raise NothingToReport("This journal is a rehearsal; ask for the report of a rehearsal.")
    if not rehearsal and kind == "rehearsal":
        raise NothingToReport("This journal holds real days; it has no rehearsal to report.")


def without_undone(events: Iterable[Happened]) -> tuple[list[Happened], list[UNDOABLE]]:
    """The events without those that were undone and their undoing; and the undone ones.

    With the end of a service goes what was asked about it: it was not rated, or it would have
    stayed finished.
    """
    left: dict[int, Happened] = {}
    undone: list[UNDOABLE] = []
    last_action: dict[int, int] = {}
    withdrawn: set[int] = set()
    for n, (event, stamp) in enumerate(events):
        if isinstance(event, ActionUndone):
            action, _ = left.pop(last_action.pop(event.counter))
            assert isinstance(action, UNDOABLE) and type(action).__name__ == event.undone
            undone.append(action)
            continue
        if isinstance(event, RatingWithdrawn):
            withdrawn.add(event.question)
        left[n] = (event, stamp)
        if isinstance(event, UNDOABLE):
            last_action[event.counter] = n
    return [one for one in left.values() if not _about(one[0], withdrawn)], undone


def _about(event: Event, questions: set[int]) -> bool:
    return isinstance(event, OF_RATING) and event.question in questions
