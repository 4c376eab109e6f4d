"""Lobbies to judge forecasts by: days played ticket by ticket, in plain Python, with the
production rule of `server/domain/order.py`; nothing of `server/waiting` decides here.

The scenarios are those of SCIENCE.md, E.1. Times are minutes since the opening.
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from math import exp, inf, log, sqrt
from typing import Final, TypeAlias, TypeVar

from server.domain.configuration import LaneRule, Preset
from server.domain.order import lane_score, overtaking_window
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
    """A lobby. `skills` are the services of each counter, fewest first; `breaks` when each begins
    its half hour away, known beforehand if `breaks_told`; on each day all are later or earlier
    together, by so many minutes (`breaks_off`, a spread). `slower`: everything takes so many times
    as long, all day; nobody told. `burst`: so many come at once, as from a bus. `down_until`: until
    then nobody is called at all, on the days asked about; nobody told. `patience`: after so many
    minutes in the mean people leave. `in_and_out`: the first counter comes and goes all day.
    """

    name: str
    skills: tuple[tuple[int, ...], ...]
    means: tuple[float, ...]
    variation: tuple[float, ...]
    per_minute: float
    profile: tuple[float, ...] = PROFILE
    lanes: tuple[float, ...] = (1.0, 0.0, 0.0, 0.0)
    mix: tuple[tuple[float, ...], ...] = ((1.0,),) * 4
    no_show: float = 0.0
    breaks: tuple[float, ...] = ()
    preset: Preset = SCORES
    speeds: tuple[float, ...] = ()
    history_days: int = 20
    vanishes: bool = False
    more_from: float = inf
    booked_share: float = 0.0
    exponential: bool = False
    prior_error: float = 0.0
    vips_ahead: bool = True
    slower: float = 1.0
    breaks_told: bool = True
    burst: int = 1
    breaks_off: float = 0.0
    down_until: float = 0.0
    patience: float = inf
    in_and_out: bool = False

    def scored(self, lane: Lane) -> Lane:
        """The lane whose score counts for one: VIPs may be as everybody at shared counters."""
        return "ordinary" if lane == "vip" and not self.vips_ahead else lane

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
    # In turn as SCIENCE.md lists the counters (and play/s3_day.py has them): of the three that do
    # the long service one is away at a time.
    breaks=(180.0, 210.0, 240.0, 240.0, 270.0, 210.0, 180.0),
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
        breaks=(180.0, 210.0),
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
    # Not in SCIENCE.md: a quieter branch on days when its computers are slow from the opening on.
    "S11": replace(LOBBY, name="S11", per_minute=0.62, slower=1.5),
    # Three odd branches. One counter, where most take a few minutes and some an hour.
    "S12": Scenario(
        name="S12",
        skills=((0,),),
        means=(8.0,),
        variation=(2.0,),
        per_minute=0.8 / 8,
        profile=FLAT,
        preset=FIRST_COME,
    ),
    # All are at lunch together, and no plan says so.
    "S13": replace(LOBBY, name="S13", per_minute=0.8, breaks=(210.0,) * 7, breaks_told=False),
    # Whoever comes, comes by a bus of twenty.
    "S14": replace(
        MMC,
        name="S14",
        skills=((0,),) * 3,
        means=(4.0,),
        variation=(0.6,),
        per_minute=0.7 * 3 / 4,
        exponential=False,
        burst=20,
    ),
    # The lobby S3 whose plan nobody tells: each counter goes to lunch at its own time, every day.
    "S15": replace(LOBBY, name="S15", breaks_told=False),
    # All at lunch together, and nobody knows when: twenty minutes earlier or later, as it comes.
    "S16": replace(
        LOBBY,
        name="S16",
        per_minute=0.8,
        breaks=(210.0,) * 7,
        breaks_told=False,
        breaks_off=20.0,
    ),
    # Far too many come, and half of them leave.
    "S17": replace(LOBBY, name="S17", per_minute=1.5, patience=25.0),
    # Nothing works for the first hour and a half, and all who came wait for it.
    "S18": replace(LOBBY, name="S18", per_minute=0.62, down_until=90.0),
}

BOOKED_ABSENT: Final = 0.12
LATE_MEAN: Final = -4.0
LATE_SPREAD: Final = 6.0
"""Booked customers come four minutes early in the mean, with a spread of six; before the slot
they are called only where nobody else waits."""

ABSENT_MINUTES: Final = 1.0
BREAK_MINUTES: Final = 30.0
AWAY_MINUTES: Final = 120.0
IN_MINUTES: Final = 30.0
OUT_MINUTES: Final = 20.0
"""How long a counter that comes and goes is there, and is not, in the mean."""

BURST_APART_MINUTES: Final = 0.15
"""Those of a bus take their numbers one after the other."""

INSTANT: Final = 1e-9
"""Minutes that arithmetic may be off by."""


@dataclass
class Customer:
    """Whoever `came`; `since` is when the wait began, for who is early for a slot the slot.
    `overtaken` counts those who came later and were called before; it `leaves` if it was not
    called by then."""

    id: int
    came: float
    since: float
    lane: Lane
    service: int
    work: float
    comes: bool = True
    slot: float | None = None
    counter: int = -1
    called: float = inf
    ended: float = inf
    overtaken: int = 0
    leaves: float = inf

    @property
    def waits_until(self) -> float:
        """When it is called, or leaves."""
        return min(self.called, self.leaves)


Rule: TypeAlias = Callable[[list[Customer], float], Customer]
"""Whom a counter calls of those it can serve, all of whom wait."""


@dataclass
class DayPlayed:
    """A day: its customers, the absences of each counter that were planned, and those that were
    not (counter, from, to). `no_shows` are the slots of booked customers who never came.
    `outside` are those called before somebody although they came after the overtaking window."""

    customers: list[Customer]
    planned: tuple[tuple[tuple[float, float], ...], ...]
    unplanned: list[tuple[int, float, float]] = field(default_factory=list)
    no_shows: list[tuple[float, int]] = field(default_factory=list)
    outside: list[tuple[int, int]] = field(default_factory=list)


def play(
    scenario: Scenario, seed: int, rule: Rule | None = None, *, in_turn: bool = False
) -> DayPlayed:
    """One day, by the production rule or by another one. `in_turn`: what services take is given
    out in the order in which they begin, so that rules differ in nothing else."""
    chance = random.Random(f"{scenario.name} {seed}")
    customers, no_shows = _customers(scenario, chance)
    count = len(scenario.skills)
    off = chance.gauss(0.0, scenario.breaks_off) if scenario.breaks_off else 0.0
    breaks = [begins + off for begins in scenario.breaks]
    planned: tuple[tuple[tuple[float, float], ...], ...]
    planned = tuple(((begins, begins + BREAK_MINUTES),) for begins in breaks)
    planned = planned or ((),) * count
    day = DayPlayed(customers, planned, list(_unplanned(scenario, chance)), no_shows)
    _serve(scenario, day, rule, in_turn)
    return day


def _unplanned(scenario: Scenario, chance: random.Random) -> Iterator[tuple[int, float, float]]:
    """Absences that nobody foresees: counter, from and to."""
    count = len(scenario.skills)
    if scenario.vanishes:
        begins = chance.uniform(90.0, 240.0)
        yield chance.randrange(count), begins, begins + AWAY_MINUTES
    if scenario.down_until:
        yield from ((counter, 0.0, scenario.down_until) for counter in range(count))
    minute = chance.expovariate(1 / IN_MINUTES) if scenario.in_and_out else DAY
    while minute < DAY:
        back = minute + chance.expovariate(1 / OUT_MINUTES)
        yield 0, minute, back
        minute = back + chance.expovariate(1 / IN_MINUTES)


def _customers(
    scenario: Scenario, chance: random.Random
) -> tuple[list[Customer], list[tuple[float, int]]]:
    top = scenario.per_minute * max(scenario.profile) * 1.5 / scenario.burst
    found: list[Customer] = []
    no_shows: list[tuple[float, int]] = []
    minute = chance.expovariate(top)
    while minute < DAY:
        if chance.random() * top * scenario.burst < scenario.rate(minute):
            for n in range(scenario.burst):
                _comes(scenario, chance, minute + n * BURST_APART_MINUTES, found, no_shows)
        minute += chance.expovariate(top)
    found.sort(key=lambda one: one.since)
    for n, customer in enumerate(found):
        customer.id = n + 1
    return found, no_shows


def _comes(
    scenario: Scenario,
    chance: random.Random,
    minute: float,
    found: list[Customer],
    no_shows: list[tuple[float, int]],
) -> None:
    booked = chance.random() < scenario.booked_share
    lane: Lane = "appointment" if booked else _one_of(chance, LANES, scenario.lanes)
    mix = scenario.mix[0 if booked else LANES.index(lane)]
    service = _one_of(chance, range(len(mix)), mix)
    work = _work(scenario, chance, service)
    customer = Customer(0, minute, minute, lane, service, work)
    customer.comes = booked or chance.random() >= scenario.no_show
    if booked:
        customer.slot = minute // 15 * 15
        late = chance.gauss(LATE_MEAN, LATE_SPREAD)
        customer.came = max(0.0, customer.slot + late)
        customer.since = max(customer.slot, customer.came)
    if scenario.patience < inf:
        customer.leaves = customer.since + chance.expovariate(1 / scenario.patience)
    if booked and chance.random() < BOOKED_ABSENT:
        no_shows.append((minute // 15 * 15, service))
    else:
        found.append(customer)


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
    unplanned = [one[1:] for one in day.unplanned if one[0] == counter]
    return sorted([*day.planned[counter], *unplanned])


def score(preset: Preset, lane: Lane, waited: float) -> float:
    """The production score."""
    return lane_score(preset.rule(lane), preset.top_rate, max(0.0, waited))


def by_score(scenario: Scenario) -> Rule:
    """The production rule of those who wait."""
    preset = scenario.preset
    lanes = {lane: scenario.scored(lane) for lane in LANES}

    def highest(able: list[Customer], now: float) -> Customer:
        return max(
            able, key=lambda one: (score(preset, lanes[one.lane], now - one.since), -one.since)
        )

    return highest


def _serve(scenario: Scenario, day: DayPlayed, rule: Rule | None, in_turn: bool) -> None:
    """Everybody is called; the calls are noted in the customers."""
    turns = iter([(one.work, one.comes) for one in day.customers]) if in_turn else None
    rule = rule or by_score(scenario)
    away = [absences(day, n) for n in range(len(scenario.skills))]
    speeds = scenario.speeds or (1.0,) * len(scenario.skills)
    free = [(0.0, n) for n in range(len(scenario.skills))]
    heapq.heapify(free)
    coming = sorted(day.customers, key=lambda one: one.came, reverse=True)
    waiting: list[Customer] = []
    idle: set[int] = set()
    while coming or free:
        if coming and (not free or coming[-1].came < free[0][0]):
            now = coming[-1].came
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
            waiting[:] = [one for one in waiting if one.leaves > now]
            called = _next(scenario, waiting, counter, now, rule)
            if called is not None:
                waiting.remove(called)
                idle.discard(counter)
                if turns is not None:
                    called.work, called.comes = next(turns)
                took = called.work * speeds[counter] * scenario.slower
                took = took if called.comes else ABSENT_MINUTES
                called.called, called.ended, called.counter = now, now + took, counter
                _note_overtaken(scenario, day, waiting, called, now)
                heapq.heappush(free, (now + took, counter))
        if not coming and not waiting:
            break


def _next(
    scenario: Scenario, waiting: list[Customer], counter: int, now: float, rule: Rule
) -> Customer | None:
    able = [one for one in waiting if one.service in scenario.skills[counter]]
    ready = [one for one in able if one.since <= now]
    if ready:
        return rule(ready, now)
    return min(able, key=lambda one: (one.since, one.id), default=None)


def _note_overtaken(
    scenario: Scenario, day: DayPlayed, waiting: list[Customer], called: Customer, now: float
) -> None:
    """Who came before the one called, could have been called there, and was not."""
    for one in waiting:
        if one.since < called.since <= now and one.service in scenario.skills[called.counter]:
            one.overtaken += 1
            ahead, behind = scenario.scored(called.lane), scenario.scored(one.lane)
            window = _window(scenario.preset, ahead, behind)
            if called.since - one.since > window + INSTANT:
                day.outside.append((one.id, called.id))


@lru_cache(maxsize=256)
def _window(preset: Preset, ahead: Lane, behind: Lane) -> float:
    return overtaking_window(preset, ahead, behind)


def days(scenario: Scenario, first: int, count: int) -> Iterator[DayPlayed]:
    """So many days, one after the other."""
    for n in range(count):
        yield play(scenario, first + n)
