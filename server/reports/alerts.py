"""What wanted a person, and what became of it."""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from typing import get_args

from msgspec import Struct

from server.domain.events import AlertCeased, AlertClosed, AlertRaised, Event
from server.domain.state import Branch, Stamp
from server.reports.replay import Subject
from server.reports.report import AlertFigures
from server.reports.shares import split, spread
from shared.protocol import AlertKind, AlertOutcome, VisitId


class Story(Struct):
    """One alert of the day. What has been closed may still cease, and was closed all the same."""

    kind: AlertKind
    at: int
    visit: VisitId | None
    outcome: AlertOutcome | None = None
    closed_at: int | None = None
    ceased: bool = False


class Alerts(Subject):
    """Follows every alert to its end."""

    def __init__(self) -> None:
        self._stories: dict[int, Story] = {}

    def sees(self, branch: Branch, event: Event, stamp: Stamp) -> None:  # noqa: ARG002 - a subject is shown the branch
        match event:
            case AlertRaised():
                self._stories[event.alert] = Story(event.kind, stamp.at, event.visit)
            case AlertClosed():
                story = self._stories[event.alert]
                story.outcome, story.closed_at = event.outcome, stamp.at
            case AlertCeased():
                self._stories[event.alert].ceased = True
            case _:
                pass

    def stories(self, practice: AbstractSet[VisitId]) -> list[Story]:
        """The alerts, but for those about practice visits."""
        return [story for story in self._stories.values() if story.visit not in practice]


def by_kind(stories: Iterable[Story]) -> tuple[AlertFigures, ...]:
    """The figures of each kind that was raised, in the order of the kinds."""
    kinds: dict[AlertKind, list[Story]] = split(stories, lambda story: story.kind)
    return tuple(figures(kinds[kind], kind) for kind in get_args(AlertKind) if kind in kinds)


def figures(stories: Iterable[Story], kind: AlertKind | None = None) -> AlertFigures:
    """The figures of these alerts."""
    stories = list(stories)
    closed = [story for story in stories if story.outcome is not None]
    ceased = [story for story in stories if story.outcome is None and story.ceased]
    outcomes = Tally(story.outcome for story in closed)
    return AlertFigures(
        kind=kind,
        raised=len(stories),
        closed=len(closed),
        outcomes={outcome: outcomes[outcome] for outcome in get_args(AlertOutcome)},
        ceased=len(ceased),
        open=len(stories) - len(closed) - len(ceased),
        to_close=spread(s.closed_at - s.at for s in closed if s.closed_at is not None),
    )
