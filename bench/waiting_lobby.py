"""A day of bench/waiting_world.py as the forecast sees it: a snapshot of any moment, what can be
learned from a day that is over, and the true laws, for the optimum."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf
from typing import Final

import numpy as np
from msgspec.structs import replace

from bench.waiting_world import (
    ABSENT_MINUTES,
    BOOKED_ABSENT,
    DAY,
    LANES,
    LATE_MEAN,
    LATE_SPREAD,
    Customer,
    DayPlayed,
    Scenario,
    absences,
)
from server.waiting.arrivals import Arrivals, Kind
from server.waiting.chance import normal
from server.waiting.laws import GRID, Law, exactly, lognormal
from server.waiting.model import Model, Patience
from server.waiting.seen import Days, Seen
from server.waiting.snapshot import Booked, Counter, Lasted, Snapshot, Waiting
from shared.protocol import Lane

SLOTS: Final = 32
CERTAIN: Final = 1e6
"""The gamma shape of days that are all alike."""

MISSED_MINUTES: Final = 20.0
"""Who has booked and is so late has missed it."""

UNUSUAL_SHAPE: Final = 2.0
PRIOR_PER_SLOT: Final = 11.0
PRIOR_LANES: Final = (0.7, 0.15, 0.05, 0.1)


def snapshot_at(
    scenario: Scenario, day: DayPlayed, now: float, *, knowing_all: bool = False
) -> Snapshot:
    """The lobby at a moment, with whoever came at that moment. `knowing_all` also knows when a
    counter will vanish and come back."""
    came = [one for one in day.customers if one.came <= now]
    slots = [0] * (int(now // 15) + 1)
    for one in came:
        if one.slot is None:
            slots[int(one.since // 15)] += 1
    return Snapshot(
        branch=scenario.name,
        day="bench",
        now=now,
        begins=0.0,
        last_tickets={str(n): DAY for n in range(len(scenario.means))},
        came=() if knowing_all else tuple(slots),
        lasted=() if knowing_all else tuple(_lasted(came, now)),
        tickets=tuple(
            _waiting(one) for one in came if one.waits_until >= now and one.called > one.came
        ),
        counters=tuple(
            _counter(scenario, day, n, now, knowing_all) for n in range(len(scenario.skills))
        ),
        booked=_booked(day, now),
        preset=scenario.preset,
        vip_ahead_one_in=1,  # always; a VIP counter would also serve VIPs what it does not do
    )


def _lasted(came: list[Customer], now: float) -> Iterator[Lasted]:
    for one in came:
        if one.comes and one.ended <= now:
            took = one.ended - one.called
            yield Lasted(
                service=str(one.service), counter=one.counter + 1, minutes=took, ended=one.ended
            )


def _waiting(one: Customer) -> Waiting:
    return Waiting(
        id=one.id,
        service=str(one.service),
        lanes=_lanes(one.lane),
        since=one.since,
        taken=one.came,
        booked_at=one.slot,
    )


def _lanes(lane: Lane) -> tuple[Lane, ...]:
    return () if lane == "ordinary" else (lane,)


def _counter(scenario: Scenario, day: DayPlayed, n: int, now: float, knowing_all: bool) -> Counter:
    services = tuple(str(service) for service in scenario.skills[n])
    told = list(day.planned[n]) if scenario.breaks_told else []
    planned = absences(day, n) if knowing_all else told
    to_come = tuple(gap for gap in planned if gap[1] > now)
    gone = next((gap for gap in absences(day, n) if gap[0] <= now < gap[1]), None)
    busy = next((c for c in day.customers if c.counter == n and c.called < now < c.ended), None)
    still = Counter(id=n + 1, services=services, away=to_come)
    if busy is not None and busy.comes:
        return replace(still, state="serving", service=str(busy.service), since=busy.called)
    if busy is not None:
        back = busy.called + ABSENT_MINUTES
        return replace(still, state="away", since=busy.called, until=back)
    if gone is not None:
        # When a counter comes back that nobody said would go, nobody knows.
        until = gone[1] if gone in planned else None
        return replace(still, state="away", since=gone[0], until=until)
    return still


def _booked(day: DayPlayed, now: float) -> tuple[Booked, ...]:
    come = [(c.slot, c.service) for c in day.customers if c.slot is not None and c.came > now]
    gone = [(slot, service) for slot, service in day.no_shows if slot + MISSED_MINUTES > now]
    return tuple(
        Booked(id=n, service=str(service), slot=slot)
        for n, (slot, service) in enumerate(sorted([*come, *gone]))
    )


# --- What is known -------------------------------------------------------------------------------


def observed(day: DayPlayed, number: int, until: float = 1e9) -> list[Seen]:
    """What a day tells, as far as it has happened."""
    missed = [
        Seen(day=number, service=str(service), came=slot, booked=slot, missed=True)
        for slot, service in day.no_shows
        if slot + MISSED_MINUTES <= until
    ]
    return missed + [
        Seen(
            day=number,
            service=str(one.service),
            lanes=_lanes(one.lane),
            came=one.since,
            counter=one.counter + 1 if one.called <= until else None,
            called=one.called if one.called <= until else None,
            started=one.called if one.comes and one.called <= until else None,
            ended=one.ended if one.ended <= until else None,
            left=one.leaves if one.leaves < one.called and one.leaves <= until else None,
            booked=one.slot,
            late=None if one.slot is None else one.came - one.slot,
        )
        for one in day.customers
        if one.came <= until
    ]


def today_known(days: int, today: int | None = None) -> Days:
    """So many days, weekdays in turn."""
    return Days(weekdays={n: n % 5 for n in range(days)}, begins=0.0, slots=SLOTS, today=today)


def untaught(scenario: Scenario) -> Model:
    """Before the first day: service means as configured (wrong, where the scenario says so), the
    arrivals of a middling branch of any kind, and what the scenario makes known."""
    off = (1 + scenario.prior_error, 1 - scenario.prior_error, 1 + scenario.prior_error)
    means = [mean * off[n % 3] for n, mean in enumerate(scenario.means)]
    count = len(scenario.means)
    kinds = tuple(Kind(str(n), _lanes(lane)) for n in range(count) for lane in LANES)
    shares = tuple((p / count,) * SLOTS for n in range(count) for p in PRIOR_LANES)
    unknown = not scenario.history_days
    return Model(
        services={str(n): lognormal(mean, 0.8) for n, mean in enumerate(means)},
        walk=exactly(0.0),
        gap=exactly(0.0),
        absent=exactly(ABSENT_MINUTES),
        booked_no_show=BOOKED_ABSENT,
        late=_late(),
        arrivals=Arrivals(
            kinds=kinds if unknown else (),
            per_slot=((PRIOR_PER_SLOT,) * SLOTS,) * 7,
            shares=shares if unknown else (),
            shape=UNUSUAL_SHAPE if unknown else 30.0,
        ),
        priors=True,
    )


def true_model(scenario: Scenario) -> Model:
    """The laws the days are made of."""
    means = [mean * scenario.slower for mean in scenario.means]
    laws = {
        str(n): _exponential(mean) if scenario.exponential else lognormal(mean, variation)
        for n, (mean, variation) in enumerate(zip(means, scenario.variation, strict=True))
    }
    kinds, shares = _true_kinds(scenario)
    walk_in = 1.0 - scenario.booked_share
    per_slot = tuple(scenario.rate(15.0 * n + 7.5) * 15.0 * walk_in for n in range(SLOTS))
    return Model(
        services=laws,
        speeds={n + 1: speed for n, speed in enumerate(scenario.speeds)},
        walk=exactly(0.0),
        gap=exactly(0.0),
        absent=exactly(ABSENT_MINUTES),
        no_show=scenario.no_show,
        booked_no_show=BOOKED_ABSENT,
        late=_late(),
        arrivals=Arrivals(kinds=kinds, per_slot=(per_slot,) * 7, shares=shares, shape=CERTAIN),
        patience=_patience(scenario),
    )


def _patience(scenario: Scenario) -> dict[str, Patience]:
    if scenario.patience == inf:
        return {}
    minutes = np.linspace(0.0, 8.0, 400) * scenario.patience
    staying = np.exp(-minutes / scenario.patience)
    law = Patience(tuple(map(float, minutes)), tuple(map(float, staying)))
    return {str(n): law for n in range(len(scenario.means))}


def _true_kinds(scenario: Scenario) -> tuple[tuple[Kind, ...], tuple[tuple[float, ...], ...]]:
    kinds, shares = [], []
    for n, lane in enumerate(LANES):
        for service, part in enumerate(scenario.mix[n]):
            if part * scenario.lanes[n] > 0:
                kinds.append(Kind(str(service), _lanes(lane)))
                shares.append((part * scenario.lanes[n],) * SLOTS)
    return tuple(kinds), tuple(shares)


def _exponential(mean: float) -> Law:
    table = -np.log1p(-np.minimum(GRID, 0.9998)) * mean
    return Law(tuple(map(float, table * mean / np.trapezoid(table, GRID))))


def _late() -> Law:
    table = LATE_MEAN + LATE_SPREAD * normal(np.clip(GRID, 0.0002, 0.9998))
    return Law(tuple(map(float, table)))
