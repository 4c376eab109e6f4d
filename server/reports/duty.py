"""Whether somebody was on duty while the lobby was open to the public."""

from __future__ import annotations

from server.domain.events import BranchConfigured, DayOpened, Event
from server.domain.state import Branch, Stamp
from server.reports.replay import Subject
from server.reports.report import Duty, Gap
from server.reports.shares import ratio


class Cover(Subject):
    """Adds up the public hours, and keeps the gaps."""

    def __init__(self) -> None:
        self._public: tuple[int, int] | None = None
        self._required = True
        self._public_ms = 0
        self._gaps: list[Gap] = []

    def sees(self, branch: Branch, event: Event, stamp: Stamp) -> None:  # noqa: ARG002 - a subject is shown the whole
        if isinstance(event, DayOpened | BranchConfigured) and event.hours:
            opens = min(today.tickets_from for today in event.hours.values())
            self._public = opens, max(today.closes for today in event.hours.values())

    def passes(self, branch: Branch, since: int, until: int) -> None:
        self._required = branch.config.duty_required
        if self._public is None:
            return
        opens, closes = self._public
        since = max(since, opens)
        if until > closes and all(visit.practice for visit in branch.here()):
            # As long as anybody is here, closed doors do not end the duty.
            until = closes
        if since >= until:
            return
        self._public_ms += until - since
        if branch.day is not None and not branch.day.duty:
            self._add_gap(since, until)

    def _add_gap(self, since: int, until: int) -> None:
        if self._gaps and self._gaps[-1].until == since:
            since = self._gaps.pop().since
        self._gaps.append(Gap(since=since, until=until))

    def figures(self) -> Duty:
        """The cover of the day."""
        uncovered_ms = sum(gap.until - gap.since for gap in self._gaps)
        covered_ms = self._public_ms - uncovered_ms
        return Duty(
            required=self._required,
            public_ms=self._public_ms,
            covered_ms=covered_ms,
            cover=ratio(covered_ms, self._public_ms),
            gaps=tuple(self._gaps),
        )
