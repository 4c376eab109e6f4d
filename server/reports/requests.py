"""What customers asked for and somebody took up: how much, and what is still open."""

from __future__ import annotations

from collections import Counter as Tally
from typing import get_args

from server.domain.events import Event, RequestClosed, RequestEscalated, RequestTakenUp
from server.domain.state import Branch, Stamp
from server.reports.replay import Subject
from server.reports.report import RequestFigures, RequestOpen
from shared.protocol import AlertOutcome


class Requests(Subject):
    """Counts what became of requests on this day, whenever they were taken up."""

    def __init__(self) -> None:
        self._taken_up = self._escalated = 0
        self._outcomes: Tally[AlertOutcome] = Tally()

    def sees(self, branch: Branch, event: Event, stamp: Stamp) -> None:  # noqa: ARG002 - a subject is shown the whole
        match event:
            case RequestTakenUp():
                self._taken_up += 1
            case RequestEscalated():
                self._escalated += 1
            case RequestClosed():
                self._outcomes[event.outcome] += 1
            case _:
                pass

    def figures(self, branch: Branch) -> RequestFigures:
        """The figures of the day that this branch has lived."""
        return RequestFigures(
            taken_up=self._taken_up,
            escalated=self._escalated,
            closed=self._outcomes.total(),
            outcomes={outcome: self._outcomes[outcome] for outcome in get_args(AlertOutcome)},
            open=len(branch.requests),
        )


def still_open(branch: Branch) -> tuple[RequestOpen, ...]:
    """The requests of the day that nobody has closed, oldest first."""
    return tuple(
        RequestOpen(request=one.id, kind=one.kind, owner=one.owner, number=one.number, at=one.at)
        for one in branch.requests.values()
    )
