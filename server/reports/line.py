"""Who waits for whom: whether somebody is in the line whom a counter could call.

Asked for every free counter at every moment of the day. What a counter can do for a ticket
depends on a few of its marks, so tickets with the same ones are asked about together; the answer
itself is the domain's (`order.can_serve`).
"""

from __future__ import annotations

from typing import TypeAlias

from server.domain import order
from server.domain.events import (
    ActionUndone,
    BranchConfigured,
    CounterClosed,
    CounterOpened,
    CounterServicesChanged,
    Event,
    TicketHappening,
)
from server.domain.state import Branch, Counter, Visit
from shared.protocol import CounterId, Lane, Need, VisitId

Marks: TypeAlias = tuple[str, tuple[Lane, ...], tuple[Need, ...], CounterId | None]

CHANGES_COUNTERS = CounterOpened | CounterClosed | CounterServicesChanged | BranchConfigured


class Line:
    """The line by marks. Practice does not wait."""

    def __init__(self) -> None:
        self._since: dict[Marks, dict[VisitId, int]] = {}
        self._marks: dict[VisitId, Marks] = {}
        self._touched: set[VisitId] = set()
        self._able: dict[tuple[CounterId, Marks], bool] = {}

    def sees(self, event: Event) -> None:
        """An event is about to be applied; what it changes is looked up when it is asked for."""
        assert not isinstance(event, ActionUndone), "the day has been rid of these"
        if isinstance(event, TicketHappening):
            self._touched.add(event.visit)
        elif isinstance(event, CHANGES_COUNTERS):
            self._able.clear()

    def somebody_for(self, branch: Branch, counter: Counter, since: int, until: int) -> int:
        """From when on, in this stretch of time, somebody waits whom the counter could call;
        `until` when nobody does."""
        self._catch_up(branch)
        first = until
        for marks, waiting in self._since.items():
            if self._can_serve(branch, counter, marks):
                first = min(first, _earliest(waiting, since))
                if first <= since:
                    return since
        return first

    def _catch_up(self, branch: Branch) -> None:
        for visit_id in self._touched:
            self._forget(visit_id)
            visit = branch.visits[visit_id]
            if visit.state == "waiting" and not visit.practice:
                marks = (visit.service, visit.lanes, visit.needs, visit.only_counter)
                self._marks[visit_id] = marks
                self._since.setdefault(marks, {})[visit_id] = _waits_from(visit)
        self._touched.clear()

    def _forget(self, visit_id: VisitId) -> None:
        marks = self._marks.pop(visit_id, None)
        if marks is not None:
            del self._since[marks][visit_id]
            if not self._since[marks]:
                del self._since[marks]

    def _can_serve(self, branch: Branch, counter: Counter, marks: Marks) -> bool:
        able = self._able.get((counter.id, marks))
        if able is None:
            anybody = branch.visits[next(iter(self._since[marks]))]
            able = order.can_serve(branch, counter, anybody, idle=True)
            self._able[counter.id, marks] = able
        return able


def _waits_from(visit: Visit) -> int:
    """Nobody waits before the opening, nor before a time that the customer has named."""
    hold = visit.hold
    asked_for = hold.until if hold is not None and hold.strict else 0
    return max(visit.transaction.queued_at, asked_for)


def _earliest(waiting: dict[VisitId, int], since: int) -> int:
    one = next(iter(waiting.values()))
    return one if one <= since else min(waiting.values())
