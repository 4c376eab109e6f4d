"""Asks the forecast about sampled tickets of played days, and the optimum with it.

The forecast learns from the days before, is asked at the moment a ticket begins to wait, and its
ranges are calibrated by waits that had ended by then: those of the last days of the past, each
forecast by what had been learned before it, and those of the days asked about. The optimum is
many simulations with the true laws from the same state; its own noise is taken out of the ratio.
"""

from __future__ import annotations

import dataclasses
import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import inf
from multiprocessing import get_context
from typing import Final

import numpy as np
from msgspec.structs import replace

from bench.waiting_figures import Told
from bench.waiting_lobby import observed, snapshot_at, today_known, true_model, untaught
from bench.waiting_rules import baselines
from bench.waiting_sample import Sample
from bench.waiting_world import Customer, DayPlayed, Scenario, play
from server.waiting.chance import Floats
from server.waiting.forecast import LIMIT_MINUTES, RUNS, fan, sampled
from server.waiting.learn import learn
from server.waiting.model import Model

DAYS_MIN: Final = 8
DAYS_MAX: Final = 120
PER_DAY: Final = 100
OPTIMUM_TICKETS: Final = 1_500
"""The optimum takes ten times as long as the forecast: of more tickets it is asked for every so
many of them."""

ORACLE_RUNS: Final = 2_000
REHEARSED_DAYS: Final = 5
FIRST_TEST_DAY: Final = 1_000
OPENS_MINUTE: Final = 540
REFRESHED_ONE_IN: Final = 4
"""Tickets for which the whole lobby is forecast, and timed."""


@dataclass(frozen=True)
class Asked:
    """A day to ask about: so many tickets, by what was learned before; `usual` is the mean wait
    so far. The optimum is asked for of every `optimum_one_in` of them; without `oracle_runs` of
    none. `first`: nothing was learned."""

    scenario: Scenario
    day: int
    tickets: int
    model: Model
    usual: float = 0.0
    oracle_runs: int = 0
    first: bool = False
    optimum_one_in: int = 1


@dataclass
class Answered:
    """What was told on a day, and what it took (ms)."""

    told: list[Told] = field(default_factory=list)
    refresh_ms: list[float] = field(default_factory=list)
    outside: int = 0


def asked(scenario: Scenario, tickets: int, oracle_runs: int, jobs: int = 1) -> Sample:
    """What was told in one scenario."""
    past = [play(_as_usual(scenario), n) for n in range(scenario.history_days)]
    model, usual = learned(scenario, past), _mean_wait(past)
    per_day = max(20, min(PER_DAY, -(-tickets // DAYS_MIN)))
    one_in = max(1, tickets // OPTIMUM_TICKETS)
    questions = [
        Asked(scenario, FIRST_TEST_DAY + n, per_day, model, usual, oracle_runs, not past, one_in)
        for n in range(DAYS_MAX)
    ]
    sample = Answered()
    with _answering(jobs) as answer:
        rehearsed = list(answer(_rehearsal(scenario, past, per_day)))
        for day in answer(questions):
            sample.told += day.told
            sample.refresh_ms += day.refresh_ms
            sample.outside += day.outside
            if len(sample.told) >= tickets:
                break
    return Sample(
        {"scenario": scenario.name, "unit": "minutes"},
        sample.told,
        {
            "outside_window": sample.outside,
            "ms_per_refresh": round(float(np.median(sample.refresh_ms)), 2),
        },
        before=[one for day in rehearsed for one in day.told],
        first=not past,
    )


@contextmanager
def _answering(jobs: int) -> Iterator[Callable[[Sequence[Asked]], Iterator[Answered]]]:
    """Days are asked about in so many processes at a time, and answered in their order."""
    if jobs == 1:
        yield lambda asked: map(answered, asked)
        return
    with get_context("spawn").Pool(jobs) as pool:  # ends whatever is not wanted any more
        yield lambda asked: pool.imap(answered, asked)


def _as_usual(scenario: Scenario) -> Scenario:
    """The scenario on an ordinary day: what happens only on the test days was never seen."""
    return dataclasses.replace(scenario, more_from=inf, vanishes=False, slower=1.0, down_until=0.0)


def learned(scenario: Scenario, past: Sequence[DayPlayed]) -> Model:
    """What is known after these days."""
    prior = untaught(scenario)
    if not past:
        return prior
    seen = [one for n, day in enumerate(past) for one in observed(day, n)]
    return learn(prior, seen, today_known(len(past)))


def _rehearsal(scenario: Scenario, past: Sequence[DayPlayed], tickets: int) -> list[Asked]:
    """The last days of the past, each by what was known before it."""
    first = max(1, len(past) - REHEARSED_DAYS)
    usual = _as_usual(scenario)
    return [Asked(usual, n, tickets, learned(scenario, past[:n])) for n in range(first, len(past))]


def _mean_wait(past: Sequence[DayPlayed]) -> float:
    waits = [c.called - c.since for day in past for c in day.customers if c.since < c.called < inf]
    return float(np.mean(waits)) if waits else 0.0


def answered(asked: Asked) -> Answered:
    """One day's sampled tickets, in the order in which they began to wait."""
    scenario, found = asked.scenario, Answered()
    day = play(scenario, asked.day)
    found.outside = len(day.outside)
    waited = [one for one in day.customers if one.since < one.called < inf]
    chance = random.Random(f"{scenario.name} {asked.day}")
    picked = chance.sample(waited, min(asked.tickets, len(waited)))
    for customer in sorted(picked, key=lambda one: one.since):
        told = tell(asked, day, customer, found)
        if asked.oracle_runs and len(found.told) % asked.optimum_one_in == 0:
            _compare(asked, day, customer, told)
        found.told.append(told)
    return found


def tell(asked: Asked, day: DayPlayed, customer: Customer, found: Answered) -> Told:
    """What one customer is told at the moment the wait begins."""
    scenario, now, model = asked.scenario, customer.since, asked.model
    lobby = snapshot_at(scenario, day, now)
    if asked.first:
        model = learn(model, observed(day, 0, until=now), today_known(1, today=0))
    every = len(found.told) % REFRESHED_ONE_IN == 0
    began = time.process_time()
    # Who is asked about alone has the same draws, and the others need not be waited for.
    only = None if every else [customer.id]
    waits = sampled(lobby, model, [], runs=RUNS, seed=customer.id, only=only).tickets[customer.id]
    if every:
        found.refresh_ms.append((time.process_time() - began) * 1000)
    # A wait without an end is one of the longest.
    waits = np.minimum(waits, LIMIT_MINUTES)
    ahead = fan(waits, model.staying(str(customer.service), 0.0, waits))
    assert ahead is not None, "every wait has an end"
    return Told(
        day=asked.day,
        lane=customer.lane,
        ahead=sum(1 for t in lobby.tickets if t.service == str(customer.service)) - 1,
        at=OPENS_MINUTE + now,
        wait=customer.called - now,
        mean=ahead.mean,
        fan=(ahead.p10, ahead.p50, ahead.p90),
    )


def _compare(asked: Asked, day: DayPlayed, customer: Customer, told: Told) -> None:
    """The optimum, and what rules of thumb say."""
    scenario, now, model = asked.scenario, customer.since, asked.model
    truth, own = snapshot_at(scenario, day, now, knowing_all=True), [customer.id]
    seed, runs = customer.id + 7, asked.oracle_runs
    laws = true_model(scenario)
    waits = sampled(truth, laws, [], runs=runs, seed=seed, only=own).tickets[customer.id]
    waits = np.minimum(waits, LIMIT_MINUTES)
    staying = laws.staying(str(customer.service), 0.0, waits)
    if (best := fan(waits, staying)) is not None:
        told.best, told.best_width = best.mean, best.p90 - best.p10
        told.best_noise = _noise(waits, best.mean, staying)
    nobody_comes = replace(model, arrivals=replace(model.arrivals, kinds=(), shares=()))
    alone = replace(snapshot_at(scenario, day, now), booked=())
    few = sampled(alone, nobody_comes, [], runs=50, seed=customer.id).tickets[customer.id]
    told.others = {
        "MC without arrivals": float(np.minimum(few, LIMIT_MINUTES).mean()),
        **baselines(scenario, day, customer, asked.usual),
    }


def _noise(waits: Floats, mean: float, weights: Floats | None) -> float:
    """The variance of a (weighted) mean of the optimum's runs."""
    share = np.full(len(waits), 1.0 / len(waits)) if weights is None else weights / weights.sum()
    return float((share**2 * (waits - mean) ** 2).sum())
