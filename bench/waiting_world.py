"""Lobbies to judge forecasts by: days played ticket by ticket, in plain Python, with the
production rule of `server/domain/order.py`; nothing of `server/waiting` decides here.

The scenarios are those of SCIENCE.md, E.1. Times are minutes since the opening.
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from math import exp, inf, log, sqrt
from typing import Final, TypeVar

from server.domain.configuration import LaneRule, Preset
from server.domain.order import lane_score
from shared.protocol import Lane

T = TypeVar("T")

DAY: Final = 480.0
PROFILE: Final = (0.6, 0.8, 1, 1.15, 1.2, 1.2, 1.1, 1, 0.9, 0.9, 1, 1.1, 1.1, 1, 0.8, 0.5)
FLAT: Final = (1.0,) * 16
LANES: Final[tuple[Lane, ...]] = ("ordinary", "care", "vip", "appointment")

ORDINARY: Final = LaneRule(head_start_minutes=0, rate=1, escalate_minutes=45)
SCORES: Final = Preset(
    ordinary=ORDINARY,
    care=LaneRule(head_start_minutes=5, rate=2, escalate_minutes=25),
    vip=LaneRule(head_start_minutes=8, rate=3, escalate_minutes=20),
    appointment=LaneRule(head_start_minutes=15, rate=2, escalate_minutes=15),
)
PATIENT: Final = Preset(
    ordinary=LaneRule(head_start_minutes=0, rate=1, escalate_minutes=60),
    care=LaneRule(head_start_minutes=5, rate=2, escalate_minutes=30),
    vip=LaneRule(head_start_minutes=8, rate=3, escalate_minutes=25),
    appointment=LaneRule(head_start_minutes=15, rate=2, escalate_minutes=15),
)
FIRST_COME: Final = Preset(ordinary=ORDINARY, care=ORDINARY, vip=ORDINARY, appointment=ORDINARY)


@dataclass(frozen=True)
class Scenario:
    """A lobby. `skills` are the services of each counter, fewest first."""

    name: str
    skills: tuple[tuple[int, ...], ...]
    means: tuple[float, ...]
    variation: tuple[float, ...]
    per_minute: float
    profile: tuple[float, ...] = PROFILE
    lanes: tuple[float, ...] = (1.0, 0.0, 0.0, 0.0)
    mix: tuple[tuple[float, ...], ...] = ((1.0,),) * 4
    no_show: float = 0.0
    breaks: bool = False
    preset: Preset = SCORES
    speeds: tuple[float, ...] = ()
    history_days: int = 20
    vanishes: bool = False
    more_from: float = inf
    booked_share: float = 0.0
    exponential: bool = False
    prior_error: float = 0.0

    def rate(self, minute: float) -> float:
        """People a minute, walk-ins and all."""
        more = 1.5 if minute >= self.more_from else 1.0
        return self.per_minute * self.profile[min(15, int(minute // 30))] * more


LOBBY: Final = Scenario(
    name="S3",
    skills=((0,), (0,), (2,), (0, 1), (0, 1), (1, 2), (0, 1, 2)),
    means=(4.0, 8.0, 14.0),
    variation=(0.8, 0.7, 0.6),
    per_minute=0.88,
    lanes=(0.62, 0.18, 0.08, 0.12),
    mix=((0.6, 0.28, 0.12), (0.7, 0.2, 0.1), (0.2, 0.4, 0.4), (0.0, 0.4, 0.6)),
    no_show=0.06,
    breaks=True,
)
MMC: Final = Scenario(
    name="S1",
    skills=((0,),) * 4,
    means=(6.0,),
    variation=(1.0,),
    per_minute=0.9 * 4 / 6,
    profile=FLAT,
    preset=FIRST_COME,
    exponential=True,
)
VARIED: Final = (0.75, 1.2, 0.9, 1.35, 1.0, 0.85, 1.1)

SCENARIOS: Final = {
    "S1": MMC,
    "S2": replace(MMC, name="S2", exponential=False, variation=(0.9,)),
    "S3": LOBBY,
    "S4": replace(
        LOBBY,
        name="S4",
        skills=((0, 1, 2),) * 2,
        means=(4.0, 9.0, 14.0),
        per_minute=0.29,
        lanes=(0.7, 0.2, 0.1, 0.0),
        preset=PATIENT,
    ),
    "S5": replace(LOBBY, name="S5", speeds=VARIED),
    "S6": replace(LOBBY, name="S6", speeds=VARIED, history_days=3),
    "S7": replace(LOBBY, name="S7", vanishes=True),
    "S8": replace(LOBBY, name="S8", more_from=120.0),
    "S9": replace(LOBBY, name="S9", lanes=(0.7, 0.21, 0.09, 0.0), booked_share=0.4),
    "S10": replace(LOBBY, name="S10", history_days=0, prior_error=0.25),
}

BOOKED_ABSENT: Final = 0.12
LATE_MEAN: Final = -4.0
LATE_SPREAD: Final = 6.0
"""Booked customers come four minutes early in the mean, with a spread of six; before the slot
they are not called (the scenario leaves open whether they may)."""

ABSENT_MINUTES: Final = 1.0
AWAY_MINUTES: Final = 120.0


@dataclass
class Customer:
    """Whoever came; `since` is when the wait began."""

    id: int
    since: float
    lane: Lane
    service: int
    work: float
    comes: bool = True
    slot: float | None = None
    counter: int = -1
    called: float = inf
    ended: float = inf


@dataclass
class DayPlayed:
    """A day: its customers, the absences of each counter that were planned, and the one that was
    not (counter, from, to). `no_shows` are the slots of booked customers who never came."""

    customers: list[Customer]
    planned: tuple[tuple[tuple[float, float], ...], ...]
    vanished: tuple[int, float, float] | None
    no_shows: list[tuple[float, int]] = field(default_factory=list)


def play(scenario: Scenario, seed: int) -> DayPlayed:
    """One day."""
    chance = random.Random(f"{scenario.name} {seed}")
    customers, no_shows = _customers(scenario, chance)
    count = len(scenario.skills)
    starts = [180.0 + 30.0 * (n % 4) for n in range(count)]
    planned = tuple(((s, s + 30.0),) if scenario.breaks else () for s in starts)
    vanished = None
    if scenario.vanishes:
        begins = chance.uniform(90.0, 240.0)
        vanished = (chance.randrange(count), begins, begins + AWAY_MINUTES)
    day = DayPlayed(customers, planned, vanished, no_shows)
    _serve(scenario, day)
    return day


def _customers(
    scenario: Scenario, chance: random.Random
) -> tuple[list[Customer], list[tuple[float, int]]]:
    top = scenario.per_minute * max(scenario.profile) * 1.5
    found: list[Customer] = []
    no_shows: list[tuple[float, int]] = []
    minute = chance.expovariate(top)
    while minute < DAY:
        if chance.random() * top < scenario.rate(minute):
            booked = chance.random() < scenario.booked_share
            lane: Lane = "appointment" if booked else _one_of(chance, LANES, scenario.lanes)
            mix = scenario.mix[0 if booked else LANES.index(lane)]
            service = _one_of(chance, range(len(mix)), mix)
            customer = Customer(0, minute, lane, service, _work(scenario, chance, service))
            customer.comes = booked or chance.random() >= scenario.no_show
            if booked:
                customer.slot = minute // 15 * 15
                customer.since = customer.slot + max(0.0, chance.gauss(LATE_MEAN, LATE_SPREAD))
            if booked and chance.random() < BOOKED_ABSENT:
                no_shows.append((minute // 15 * 15, service))
            else:
                found.append(customer)
        minute += chance.expovariate(top)
    found.sort(key=lambda one: one.since)
    for n, customer in enumerate(found):
        customer.id = n + 1
    return found, no_shows


def _work(scenario: Scenario, chance: random.Random, service: int) -> float:
    mean = scenario.means[service]
    if scenario.exponential:
        return chance.expovariate(1 / mean)
    sigma = sqrt(log(1 + scenario.variation[service] ** 2))
    return exp(chance.gauss(log(mean) - sigma**2 / 2, sigma))


def _one_of(chance: random.Random, things: Sequence[T], weights: Sequence[float]) -> T:
    return chance.choices(things, weights[: len(things)])[0]


def absences(day: DayPlayed, counter: int) -> list[tuple[float, float]]:
    """All times a counter is away."""
    own = list(day.planned[counter])
    if day.vanished is not None and day.vanished[0] == counter:
        own.append(day.vanished[1:])
    return sorted(own)


def score(preset: Preset, lane: Lane, waited: float) -> float:
    """The production score."""
    return lane_score(preset.rule(lane), preset.top_rate, max(0.0, waited))


def _serve(scenario: Scenario, day: DayPlayed) -> None:
    """Everybody is called; the calls are noted in the customers."""
    away = [absences(day, n) for n in range(len(scenario.skills))]
    speeds = scenario.speeds or (1.0,) * len(scenario.skills)
    free = [(0.0, n) for n in range(len(scenario.skills))]
    heapq.heapify(free)
    coming = sorted(day.customers, key=lambda one: one.since, reverse=True)
    waiting: list[Customer] = []
    idle: set[int] = set()
    while coming or free:
        if coming and (not free or coming[-1].since < free[0][0]):
            now = coming[-1].since
            waiting.append(coming.pop())
        else:
            now, counter = heapq.heappop(free)
            gone = next((to for begins, to in away[counter] if begins <= now < to), None)
            if gone is not None:
                heapq.heappush(free, (gone, counter))
                continue
            idle.add(counter)
        for counter in sorted(idle):
            gone = next((to for begins, to in away[counter] if begins <= now < to), None)
            if gone is not None:
                idle.discard(counter)
                heapq.heappush(free, (gone, counter))
                continue
            called = _next(scenario, waiting, counter, now)
            if called is not None:
                waiting.remove(called)
                idle.discard(counter)
                took = called.work * speeds[counter] if called.comes else ABSENT_MINUTES
                called.called, called.ended, called.counter = now, now + took, counter
                heapq.heappush(free, (now + took, counter))
        if not coming and not waiting:
            break


def _next(scenario: Scenario, waiting: list[Customer], counter: int, now: float) -> Customer | None:
    able = [one for one in waiting if one.service in scenario.skills[counter]]
    return max(
        able,
        key=lambda one: (score(scenario.preset, one.lane, now - one.since), -one.since, -one.id),
        default=None,
    )


def days(scenario: Scenario, first: int, count: int) -> Iterator[DayPlayed]:
    """So many days, one after the other."""
    for n in range(count):
        yield play(scenario, first + n)
