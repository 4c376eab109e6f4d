"""The fairness of a month: how long each lane waits, who is overtaken, and by what rule. Pure.

Priorities move waiting, they do not remove it: so the month is held against the same days played
again first come first served, and every call that passed somebody over against the window within
which the rule lets anybody overtake (`order.overtaking_window`).
"""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from server.domain import hours, order
from server.domain.configuration import Preset
from server.domain.events import Event, TicketCalled
from server.domain.state import Branch, Stamp, Visit
from server.reports.again import FIRST_COME, Called, play
from server.reports.one_day import NothingToReport, OneDay
from server.reports.past import Past, PastDay
from server.reports.replay import Subject, live
from server.reports.report import (
    Conservation,
    FairnessReport,
    LaneFairness,
    Outside,
    Overtaken,
    Times,
)
from server.reports.shares import Piece, ratio, share, spread
from server.reports.visits import COUNTED_LANES, Transactions, lane_of
from shared.protocol import CallRule, CounterId, Lane

MINUTE_MS = 60_000

BY_THE_RULE: Final[frozenset[CallRule]] = frozenset({"lane_advantage", "escalated", "longest_wait"})
"""Calls whose overtaking is bounded by a window. The others have reasons of their own: promoted
or called by number by staff, care first at a care counter, nobody else to call."""

SLACK_MINUTES: Final = 1e-6

LANES: Final[tuple[Lane, ...]] = ("ordinary", *COUNTED_LANES)

OUTSIDE_MAX: Final = 20
"""Told one by one; all are counted."""


def fairness(days: Iterable[OneDay], month: str) -> FairnessReport:
    """The report of these days, all of one branch. Raises `NothingToReport` without any."""
    lived = [_Lived(one) for one in days]
    if not lived:
        raise NothingToReport(f"The journal has no business day in {month}.")
    last = lived[-1].one
    outside = [found for one in lived for found in one.overtaking.outside]
    return FairnessReport(
        kind=last.kind,
        branch=last.config.id,
        name=last.config.name,
        month=month,
        days=len(lived),
        lanes=tuple(_lane(lived, lane) for lane in LANES),
        overtaken=_overtaken(lived),
        outside=tuple(outside[:OUTSIDE_MAX]),
        outside_count=len(outside),
        conservation=_conservation(lived),
    )


class _Lived:
    """One day, lived once and played again twice."""

    def __init__(self, one: OneDay) -> None:
        self.one = one
        self.overtaking, transactions = Overtaking(one.opened.day), Transactions()
        past = Past(hours.instant(one.config, one.opened.day, "00:00"))
        branch = live(one, [transactions, past, self.overtaking])
        self.visits = {v.id: v for v in branch.visits.values() if not v.practice}
        self.waits = [p for p in transactions.pieces if p.what == "wait" and p.visit in self.visits]
        day: PastDay = past.day(branch, one.opened.day)
        preset, one_in = self.overtaking.preset, branch.config.calling.vip_ahead_one_in
        self.by_rule = _counted(play(day, preset or order.preset_in_force(branch), one_in))
        self.first_come = _counted(play(day, FIRST_COME))

    def of(self, lane: Lane) -> list[Piece]:
        """The waits of a lane."""
        return [piece for piece in self.waits if lane_of(self.visits[piece.visit]) == lane]


def _counted(called: Iterable[Called]) -> list[Called]:
    return [one for one in called if one.job.counts]


def _lane(lived: Sequence[_Lived], lane: Lane) -> LaneFairness:
    waits = [piece for one in lived for piece in one.of(lane)]
    return LaneFairness(
        lane=lane,
        wait=spread(piece.ms for piece in waits),
        on_time=share(sum(piece.on_time for piece in waits), len(waits)),
        by_rule=spread(_ms(c) for one in lived for c in one.by_rule if c.job.lane == lane),
        first_come=spread(_ms(c) for one in lived for c in one.first_come if c.job.lane == lane),
    )


def _ms(called: Called) -> int:
    return round(called.waited * MINUTE_MS)


# --- Overtaking ----------------------------------------------------------------------------------


class Overtaking(Subject):
    """Watches every call: whom it passes over, and whether the rule lets it."""

    def __init__(self, day: str) -> None:
        self.day = day
        self.preset: Preset | None = None
        self.suffered: Tally[int] = Tally()
        self.rules: Tally[str] = Tally()
        self.outside: list[Outside] = []

    def sees(self, branch: Branch, event: Event, stamp: Stamp) -> None:
        if not isinstance(event, TicketCalled) or branch.visits[event.visit].practice:
            return
        self.preset = order.preset_in_force(branch)
        for passed in _passed_over(branch, event, stamp.at):
            self.suffered[passed.id] += 1
            self.rules[event.why.rule] += 1
        self.outside += outside_window(branch, event, stamp.at, self.day)


def outside_window(branch: Branch, event: TicketCalled, now: int, day: str = "") -> list[Outside]:
    """Whom this call passes over although the rule does not let it. `branch` is as it was before
    the call; the window is the one of B.2 of the method, and does not depend on the load."""
    if event.why.rule not in BY_THE_RULE:
        return []
    called, preset = branch.visits[event.visit], order.preset_in_force(branch)
    found: list[Outside] = []
    for passed in _passed_over(branch, event, now):
        later = (called.waiting_since - passed.waiting_since) / MINUTE_MS
        behind = _counted_lanes(branch, event.counter, passed)
        window = min(order.overtaking_window(preset, event.why.lane, lane) for lane in behind)
        if later > window + SLACK_MINUTES:
            found.append(
                Outside(
                    day=day,
                    at=now,
                    number=passed.number,
                    by=called.number,
                    minutes_later=round(later, 2),
                    window_minutes=round(window, 2),
                )
            )
    return found


def _passed_over(branch: Branch, event: TicketCalled, now: int) -> Iterator[Visit]:
    why = event.why
    if why.passed_over_count > len(why.passed_over):
        # The reason names only the first of them.
        line = order.line_for(branch, branch.counters[event.counter], now)
        yield from order.passed_over(line, branch.visits[event.visit], now)
    else:
        yield from (branch.visits[visit] for visit in why.passed_over)


def _counted_lanes(branch: Branch, counter: CounterId, visit: Visit) -> list[Lane]:
    vips = order.vip_counts(branch, branch.counters[counter])
    own = [lane for lane in visit.lanes if lane not in ("ordinary", *(() if vips else ("vip",)))]
    return ["ordinary", *own]


def _overtaken(lived: Sequence[_Lived]) -> Overtaken:
    """Of the ordinary tickets that were called: how often each was overtaken."""
    suffered = [
        one.overtaking.suffered[piece.visit] for one in lived for piece in one.of("ordinary")
    ]
    rules = sum((one.overtaking.rules for one in lived), Tally[str]())
    return Overtaken(
        tickets=len(suffered),
        never=sum(1 for times in suffered if not times),
        mean=round(sum(suffered) / len(suffered), 2) if suffered else None,
        most=max(suffered, default=0),
        by_rule=tuple(Times(name=rule, times=n) for rule, n in rules.most_common()),
    )


# --- Conservation --------------------------------------------------------------------------------


def _conservation(lived: Sequence[_Lived]) -> Conservation:
    """Work-weighted mean waits, both of them played: what was measured has idle counters in it."""
    by_rule = _weighted([c for one in lived for c in one.by_rule])
    first_come = _weighted([c for one in lived for c in one.first_come])
    return Conservation(
        by_rule_ms=round(by_rule),
        first_come_ms=round(first_come),
        ratio=ratio(round(by_rule), round(first_come)),
    )


def _weighted(called: Sequence[Called]) -> float:
    """Sum of rho W over the lanes, by the sum of rho (ms)."""
    loads, total = 0.0, 0.0
    for lane in LANES:
        own = [one for one in called if one.job.lane == lane]
        load = sum(one.job.work for one in own)
        loads += load
        total += load * (sum(one.waited for one in own) / len(own) if own else 0.0)
    return total / loads * MINUTE_MS if loads else 0.0
