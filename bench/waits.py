"""How good the forecast of waits is, against the optimum where it is known.

python -m bench.waits [--scenario S1 ...] [--quick] [--json] [--tickets N] [--keep FOLDER]

Days of a scenario are played ticket by ticket (bench/waiting_world.py); the forecast learns from
the days before, and is asked at the arrival of sampled tickets. The optimum is the mean of many
simulations with the true laws from the same state. The ratio is that of root mean square errors,
exact (SCIENCE.md, E.1): sqrt(1 + E[(forecast - optimum)²] / E[(wait - optimum)²]), with the
optimum's own sampling noise taken out. Intervals are bootstrapped over days. One JSON object for
each scenario: docs/accuracy.md describes its keys.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import random
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
from msgspec.structs import replace

from bench.waiting_lobby import observed, snapshot_at, today_known, true_model, untaught
from bench.waiting_rules import baselines
from bench.waiting_world import LANES, SCENARIOS, Customer, DayPlayed, Scenario, play
from server.waiting.calibrate import Calibration, Range
from server.waiting.forecast import RUNS, sampled
from server.waiting.learn import learn
from server.waiting.model import Model
from server.waiting.promise import first_promise
from shared.protocol import Lane

TICKETS: Final = 1_500
DAYS_MIN: Final = 8
DAYS_MAX: Final = 60
PER_DAY: Final = 60
ORACLE_RUNS: Final = 2_000
WARM_SHARE: Final = 0.15
"""Of the sampled tickets, the first ones only teach the calibration."""

QUICK_TICKETS: Final = 220
QUICK_ORACLE_RUNS: Final = 250
FIRST_TEST_DAY: Final = 1_000
BIN_MIN: Final = 50
OPENS_MINUTE: Final = 540
MINUTE_MS: Final = 60_000


@dataclass
class Told:
    """One sampled ticket: what was said, what the optimum was, and what happened."""

    day: int
    lane: Lane
    ahead: int
    wait: float
    mean: float
    fan: tuple[float, float, float]
    best: float
    best_noise: float
    best_width: float
    others: dict[str, float]
    range: tuple[float, float, float] = (0.0, 0.0, 0.0)
    printed: float = 0.0


@dataclass
class Sample:
    """Everything of one scenario."""

    told: list[Told] = field(default_factory=list)
    refresh_ms: list[float] = field(default_factory=list)


def main() -> int:
    options = _options()
    for name in options.scenario:
        found = measure(SCENARIOS[name], options.tickets, options.oracle_runs)
        print(json.dumps(found) if options.json else _on_paper(found), flush=True)
        if options.keep:
            Path(options.keep, f"{name}.json").write_text(json.dumps(found, indent=1) + "\n")
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.waits", description=__doc__)
    parser.add_argument("--scenario", nargs="+", choices=SCENARIOS, default=list(SCENARIOS))
    parser.add_argument("--json", action="store_true", help="one JSON object for each scenario")
    parser.add_argument("--quick", action="store_true", help="at least 200 tickets")
    parser.add_argument("--tickets", type=int, default=0, help="tickets to sample")
    parser.add_argument("--oracle-runs", type=int, default=0, help="simulations of the optimum")
    parser.add_argument("--keep", help="a folder to leave the JSON in")
    options = parser.parse_args()
    options.tickets = options.tickets or (QUICK_TICKETS if options.quick else TICKETS)
    few = QUICK_ORACLE_RUNS if options.quick else ORACLE_RUNS
    options.oracle_runs = options.oracle_runs or few
    return options


def measure(scenario: Scenario, tickets: int, oracle_runs: int) -> dict[str, Any]:
    """All figures of one scenario."""
    sample = Sample()
    chance = random.Random(scenario.name)
    model, past = _history(scenario)
    usual = _mean_wait(past)
    day_number, per_day = FIRST_TEST_DAY, max(20, min(PER_DAY, tickets // DAYS_MIN + 1))
    while len(sample.told) < tickets and day_number < FIRST_TEST_DAY + DAYS_MAX:
        day = play(scenario, day_number)
        waited = [one for one in day.customers if one.called > one.since]
        picked = chance.sample(waited, min(per_day, len(waited)))
        for customer in sorted(picked, key=lambda one: one.since):
            told = _tell(scenario, day, customer, model, oracle_runs, sample)
            if told is not None:
                told.day = day_number
                told.others |= baselines(scenario, day, customer, usual)
                sample.told.append(told)
        day_number += 1
    _calibrate(sample.told)
    return _figures(scenario, sample)


def _history(scenario: Scenario) -> tuple[Model, list[DayPlayed]]:
    prior = untaught(scenario)
    past = [play(_as_usual(scenario), n) for n in range(scenario.history_days)]
    if not past:
        return prior, past
    seen = [one for n, day in enumerate(past) for one in observed(day, n)]
    return learn(prior, seen, today_known(len(past))), past


def _as_usual(scenario: Scenario) -> Scenario:
    """The scenario on an ordinary day: what happens only on the test days was never seen."""
    return dataclasses.replace(scenario, more_from=float("inf"), vanishes=False)


def _mean_wait(past: Sequence[DayPlayed]) -> float:
    waits = [c.called - c.since for day in past for c in day.customers if c.called > c.since]
    return float(np.mean(waits)) if waits else 0.0


def _tell(
    scenario: Scenario,
    day: DayPlayed,
    customer: Customer,
    model: Model,
    oracle_runs: int,
    sample: Sample,
) -> Told | None:
    now = customer.since
    lobby = snapshot_at(scenario, day, now)
    if not scenario.history_days:
        model = learn(model, observed(day, 0, until=now), today_known(1, today=0))
    began = time.process_time()
    waits = sampled(lobby, model, [], runs=RUNS, seed=customer.id).tickets[customer.id]
    sample.refresh_ms.append((time.process_time() - began) * 1000)
    nobody_comes = replace(model, arrivals=replace(model.arrivals, kinds=(), shares=()))
    closed = replace(lobby, booked=())
    alone = sampled(closed, nobody_comes, [], runs=50, seed=customer.id).tickets[customer.id]
    truth = snapshot_at(scenario, day, now, knowing_all=True)
    best = sampled(
        truth, true_model(scenario), [], runs=oracle_runs, seed=customer.id + 7, only=[customer.id]
    ).tickets[customer.id]
    waits, best = np.minimum(waits, 720.0), np.minimum(best, 720.0)
    p10, p50, p90 = (float(q) for q in np.quantile(waits, (0.1, 0.5, 0.9)))
    low, high = np.quantile(best, (0.1, 0.9))
    ahead = sum(1 for t in lobby.tickets if t.service == str(customer.service)) - 1
    return Told(
        day=0,
        lane=customer.lane,
        ahead=ahead,
        wait=customer.called - now,
        mean=float(waits.mean()),
        fan=(p10, p50, p90),
        best=float(best.mean()),
        best_noise=float(best.var() / len(best)),
        best_width=float(high - low),
        others={"MC without arrivals": float(np.minimum(alone, 720.0).mean())},
    )


def _calibrate(every: list[Told]) -> None:
    """Ranges as they would have been shown: each learns only from waits that had ended."""
    calibration = Calibration()
    for told in every:
        one = Range(*told.fan, lane=told.lane, ahead=told.ahead)
        shown = calibration.told(one)
        told.range = (shown.low, shown.high, shown.latest)
        at = OPENS_MINUTE * MINUTE_MS
        told.printed = (first_promise(at, shown.latest).until - at) / MINUTE_MS
        calibration.ended(one, told.wait, told.printed)


# --- Figures ------------------------------------------------------------------------------------


def _figures(scenario: Scenario, sample: Sample) -> dict[str, Any]:
    every = sample.told
    shown = every[int(len(every) * WARM_SHARE) :]
    error = [one.mean - one.wait for one in every]
    others = {name: _ratio_of(every, name) for name in every[0].others}
    return {
        "scenario": scenario.name,
        "n": len(every),
        "days": len({one.day for one in every}),
        "ratio": round(_ratio(every, lambda t: t.mean), 4),
        "ratio_ci": _interval(every, lambda some: _ratio(some, lambda t: t.mean)),
        "mae": round(float(np.mean(np.abs(error))), 3),
        "mae_median": round(float(np.mean([abs(t.fan[1] - t.wait) for t in every])), 3),
        "rmse": round(float(np.sqrt(np.mean(np.square(error)))), 3),
        "bias": round(float(np.mean(error)), 3),
        "mean_wait": round(float(np.mean([t.wait for t in every])), 3),
        "oracle_rmse": round(float(np.sqrt(_optimum_error(every))), 3),
        "oracle_bias": round(float(np.mean([t.best - t.wait for t in every])), 3),
        "coverage80_raw": round(_share(every, lambda t: t.fan[0] <= t.wait <= t.fan[2]), 4),
        "coverage80": round(_coverage(shown), 4),
        "coverage80_ci": _interval(shown, _coverage),
        "coverage80_worst": _worst(shown),
        "width_ratio": round(
            float(np.mean([t.range[1] - t.range[0] for t in shown]))
            / float(np.mean([t.best_width for t in shown])),
            3,
        ),
        "latest_share": round(_share(shown, lambda t: t.wait <= t.printed), 4),
        "ms_per_refresh": round(float(np.median(sample.refresh_ms)), 2),
        "baselines": {name: round(value, 3) for name, value in others.items()},
    }


def _ratio(some: Sequence[Told], predicted: Callable[[Told], float]) -> float:
    excess = np.mean([(predicted(t) - t.best) ** 2 - t.best_noise for t in some])
    return float(np.sqrt(1.0 + max(0.0, float(excess)) / _optimum_error(some)))


def _ratio_of(some: Sequence[Told], rule: str) -> float:
    return _ratio(some, lambda told: told.others[rule])


def _optimum_error(some: Sequence[Told]) -> float:
    return float(np.mean([(t.wait - t.best) ** 2 - t.best_noise for t in some]))


def _share(some: Sequence[Told], holds: Callable[[Told], bool]) -> float:
    return sum(holds(one) for one in some) / max(1, len(some))


def _coverage(some: Sequence[Told]) -> float:
    return _share(some, lambda t: t.range[0] <= t.wait <= t.range[1])


def _worst(shown: Sequence[Told]) -> float:
    """Of the lanes and depths with enough tickets, the one whose ranges hold least."""
    shares = []
    for lane in LANES:
        for depth in ("0", "1-2", "3+"):
            own = [t for t in shown if Range(0, 0, 0, lane, t.ahead).bin == f"{t.lane} {depth}"]
            if len(own) >= BIN_MIN:
                shares.append(_coverage(own))
    return round(min(shares, default=_coverage(shown)), 4)


def _interval(some: Sequence[Told], figure: Callable[[Sequence[Told]], float]) -> list[float]:
    """95 in 100, by drawing whole days again."""
    by_day: dict[int, list[Told]] = {}
    for told in some:
        by_day.setdefault(told.day, []).append(told)
    blocks, chance = list(by_day.values()), random.Random(1)
    values = sorted(
        figure([one for block in chance.choices(blocks, k=len(blocks)) for one in block])
        for _ in range(400)
    )
    return [round(values[10], 4), round(values[-11], 4)]


def _on_paper(found: dict[str, Any]) -> str:
    rows = [f"{key:18}{value}" for key, value in found.items() if key != "baselines"]
    rows += [f"  {name:24}{value:.2f}" for name, value in found["baselines"].items()]
    return "\n".join(rows) + "\n"


if __name__ == "__main__":
    sys.exit(main())
