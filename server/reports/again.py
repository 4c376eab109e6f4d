"""Plays a day of the past again by another rule of calling: the same people at the same counters.

The rule is that of `server/domain/order.py`, score for score (tests hold them together); what
staff decide by hand, who is put before all or called by number, is left out. Counters that are
free at one moment call in the order of their fewest skills.
"""

from __future__ import annotations

import heapq
from bisect import insort
from collections.abc import Sequence
from typing import Final, TypeAlias

from msgspec import Struct

from server.domain.configuration import LaneRule, Preset
from server.reports.past import Desk, Job, PastDay, Span
from shared.protocol import Lane

FIRST_COME: Final = Preset(
    ordinary=LaneRule(), care=LaneRule(), vip=LaneRule(), appointment=LaneRule()
)
"""Nobody has an advantage."""

NEVER: Final = float("inf")

Rule: TypeAlias = tuple[float, float, float]
"""head start, rate, minutes until it escalates."""

Marks: TypeAlias = tuple[str, tuple[Lane, ...], bool]
"""Service, lanes and whether only a low counter will do: alike for a whole line."""

Place: TypeAlias = tuple[float, int, Job]
"""Since when it waits, its place among those who came at once."""


class Called(Struct, frozen=True):
    """A job that was called, and after how long (minutes)."""

    job: Job
    at: float

    @property
    def waited(self) -> float:
        """Nobody waits before the time that the wait counts from."""
        return max(0.0, self.at - self.job.since)


def play(day: PastDay, preset: Preset, vip_ahead_one_in: int = 0) -> list[Called]:
    """Everybody who is called, in that order."""
    return _Day(day, preset, vip_ahead_one_in).play()


class _Day:
    def __init__(self, day: PastDay, preset: Preset, one_in: int) -> None:
        self._day, self._preset, self._one_in = day, preset, one_in
        self._top = preset.top_rate
        self._desks = sorted(day.desks, key=_skills)
        self._coming = sorted(day.jobs, key=lambda job: (job.here, job.visit))
        self._lines: dict[Marks, list[Place]] = {}
        self._free: list[tuple[float, int]] = []
        self._idle: set[int] = set()
        self._busy_until = [0.0] * len(self._desks)
        self._since_vip = [0] * len(self._desks)
        self._rules: dict[tuple[tuple[Lane, ...], bool], tuple[Rule, ...]] = {}
        self._called: list[Called] = []

    def play(self) -> list[Called]:
        """Moment after moment: who comes stands in line before anybody calls."""
        for number, desk in enumerate(self._desks):
            if desk.spans:
                heapq.heappush(self._free, (desk.spans[0].start, number))
        come = 0
        while self._free or come < len(self._coming):
            next_free = self._free[0][0] if self._free else NEVER
            next_here = self._coming[come].here if come < len(self._coming) else NEVER
            now = min(next_free, next_here)
            arrived = False
            while come < len(self._coming) and self._coming[come].here <= now:
                self._enter(self._coming[come], come)
                come, arrived = come + 1, True
            ready = sorted(self._idle) if arrived else []
            while self._free and self._free[0][0] <= now:
                ready.append(heapq.heappop(self._free)[1])
            for number in sorted(ready):
                self._call(number, now)
        return self._called

    def _enter(self, job: Job, number: int) -> None:
        line = self._lines.setdefault((job.service, job.lanes, job.low), [])
        insort(line, (job.since, number, job), key=lambda place: place[:2])

    def _call(self, number: int, now: float) -> None:
        self._idle.discard(number)
        if now < self._busy_until[number]:
            return
        desk = self._desks[number]
        span = _span_at(desk, now)
        if span is None:
            self._come_back(number, now)
            return
        vips = desk.vip or 0 < self._one_in <= self._since_vip[number] + 1
        marks = self._best(desk, span, vips, now)
        if marks is None:
            self._idle.add(number)
            self._come_back(number, now)
            return
        job = self._lines[marks].pop(0)[2]
        was_vip = vips and "vip" in job.lanes
        self._since_vip[number] = 0 if was_vip else self._since_vip[number] + 1
        self._called.append(Called(job, now))
        self._busy_until[number] = now + job.work
        heapq.heappush(self._free, (now + job.work, number))

    def _come_back(self, number: int, now: float) -> None:
        """Look again when it is there again, perhaps for other services."""
        later = [span.start for span in self._desks[number].spans if span.start > now]
        if later:
            heapq.heappush(self._free, (min(later), number))

    def _best(self, desk: Desk, span: Span, vips: bool, now: float) -> Marks | None:
        """The line whose first is to be called here, if anybody is."""
        best: tuple[tuple[float, ...], Marks] | None = None
        for marks, line in self._lines.items():
            while line and line[0][2].leaves <= now:
                line.pop(0)
            if not line:
                continue
            serves = self._serves(desk, span, marks)
            if serves is None:
                continue
            key = (serves, *self._key(desk, marks, line[0], vips, now))
            if best is None or key < best[0]:
                best = key, marks
        return None if best is None else best[1]

    def _serves(self, desk: Desk, span: Span, marks: Marks) -> bool | None:
        """False: as its own service; True: only when idle; None: not at all."""
        service, lanes, low = marks
        if low and service in self._day.low_services and not desk.low:
            return None
        if service in span.services or (desk.vip and "vip" in lanes):
            return False
        return True if service in desk.when_idle else None

    def _key(
        self, desk: Desk, marks: Marks, place: Place, vips: bool, now: float
    ) -> tuple[float, ...]:
        """The smallest is called: as `order.line_for` sorts."""
        since, number, _ = place
        lanes = marks[1]
        if "appointment" in lanes and since > now:
            return (1, since, number)  # early: when nobody else is there
        behind_care = desk.care_first and "care" not in lanes
        return (0, behind_care, -self._score(lanes, vips, max(0.0, now - since)), since, number)

    def _score(self, lanes: tuple[Lane, ...], vips: bool, waited: float) -> float:
        best = 0.0
        for head_start, rate, escalates in self._rules_of(lanes, vips):
            if waited <= escalates:
                score = head_start + rate * waited
            else:
                score = head_start + rate * escalates + self._top * (waited - escalates)
            best = max(best, score)
        return best

    def _rules_of(self, lanes: tuple[Lane, ...], vips: bool) -> tuple[Rule, ...]:
        rules = self._rules.get((lanes, vips))
        if rules is None:
            counted: Sequence[Lane] = [one for one in lanes if one != "vip" or vips]
            each = [self._preset.rule(lane) for lane in ("ordinary", *counted)]
            rules = tuple((r.head_start_minutes, r.rate, r.escalate_minutes) for r in each)
            self._rules[lanes, vips] = rules
        return rules


def _skills(desk: Desk) -> tuple[int, int]:
    return (max((len(span.services) for span in desk.spans), default=0), desk.counter)


def _span_at(desk: Desk, now: float) -> Span | None:
    return next((span for span in desk.spans if span.start <= now < span.end), None)
