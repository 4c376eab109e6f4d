"""The line as each counter would call it, and as a customer stands in it.

Counters with the same work have the same line, and customers of a service the same people before
them: each is worked out once.
"""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple

from server.domain import order
from server.domain.state import Branch, Counter, Visit
from server.domain.views_tickets import Tickets
from shared.protocol import TicketShown, WhyCalled

COUNTER_LINE_MAX = 20
"""Tickets of its line that a counter shows; `line_count` counts all."""


class LineShown(NamedTuple):
    """The line of one kind of counter: who is first and why, those shown, and how many."""

    first: Visit | None
    why: WhyCalled | None
    shown: tuple[TicketShown, ...]
    length: int


NO_LINE = LineShown(None, None, (), 0)


class Lines:
    """The lines of one branch at one moment."""

    def __init__(self, branch: Branch, now: int, tickets: Tickets) -> None:
        self._branch, self._now, self._tickets = branch, now, tickets
        self._line = order.Line(branch, now)
        self._lines: dict[tuple[object, ...], LineShown] = {}
        self._best: dict[int, Counter | None] = {}
        self._ready: dict[str, list[order.Key]] = {}

    def at(self, counter: Counter) -> LineShown:
        """Whom this counter would call, in that order."""
        branch = self._branch
        if counter.state == "closed":
            return NO_LINE
        setup = order.counter_config(branch, counter)
        key = (
            frozenset(counter.services),
            frozenset(setup.when_idle),
            setup.low,
            setup.vip,
            setup.care_first,
            order.vip_counts(branch, counter),
            counter.id if self._somebody_is_meant else None,
        )
        if key not in self._lines:
            self._lines[key] = self._line_at(counter)
        return self._lines[key]

    def best_here(self, counter: Counter, first: Visit | None) -> bool:
        """Whether, of the free counters, this one should take the first of its line."""
        if first is None or counter not in self._idle:
            return False
        if first.id not in self._best:
            self._best[first.id] = order.counter_for(self._branch, first, self._idle)
        return self._best[first.id] is counter

    def people_ahead(self, visit: Visit) -> int:
        """How many are called before this customer, as things are."""
        service = visit.service
        if service not in self._ready:
            self._ready[service] = order.ready_in_service(self._branch, service, self._now)
        return order.people_ahead(self._branch, visit, self._now, self._ready[service])

    def is_soon(self, visit: Visit, ahead: int | None) -> bool:
        """Near the front; nobody who has stepped back, or is before the opening, is."""
        if ahead is None or order.held(visit, self._now) or visit.waiting_since > self._now:
            return False
        page, wait = self._branch.config.phone, self._tickets.wait(visit)
        return ahead <= page.soon_people or (wait is not None and wait.high <= page.soon_minutes)

    def _line_at(self, counter: Counter) -> LineShown:
        line = self._line.at(counter)
        if not line:
            return NO_LINE
        return LineShown(
            first=line[0].visit,
            why=order.why(self._branch, counter, line, self._now),
            shown=tuple(self._tickets.shown(one.visit) for one in line[:COUNTER_LINE_MAX]),
            length=len(line),
        )

    @cached_property
    def _somebody_is_meant(self) -> bool:
        """Whether somebody waits for one counter alone."""
        return any(visit.only_counter is not None for visit in self._branch.waiting())

    @cached_property
    def _idle(self) -> list[Counter]:
        counters = self._branch.counters.values()
        return [c for c in counters if c.state == "open" and c.visit is None]
