"""Would a layer learned on top of the forecast win where the counters are known? By rolling origin.

python -m bench.waiting_rolling [--scenario S3 ...] [--days N] [--json] [--jobs N] [--keep FOLDER]

Days of a scenario are played one after the other. Each is forecast by what the days before it have
taught; then the layer (bench/waiting_layer.py), taught by all the days that were forecast so far,
corrects it. The layer looks at the forecast, the state of the lobby, and what rules of thumb say.
It would win if it erred less, day by day, by more than the interval of the difference: of its
medians in mean absolute error, of its means in the root of the mean square. Every day of the
scenario is one of those in which it happens (S7: a counter vanishes each day), so that a layer can
learn what the simulation does not foresee. docs/accuracy.md says what came of it.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from math import inf, sqrt
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final

import numpy as np

from bench.waiting_asked import Answered, Asked, learned, tell
from bench.waiting_figures import Score, Told, mae, rmse
from bench.waiting_layer import fitted
from bench.waiting_lobby import snapshot_at
from bench.waiting_rules import baselines
from bench.waiting_world import LANES, SCENARIOS, Customer, DayPlayed, Scenario, play

TAUGHT_DAYS: Final = 20
"""Days before the one that is forecast, of which the forecast learns."""

LAYER_TICKETS: Final = 3_000
"""Finished tickets before there is a layer."""

PER_DAY: Final = 150
DAYS: Final = 60
TAUGHT_ANEW: Final = 5
"""The layer is taught anew every so many days; its next days are then corrected by it."""

FIRST_DAY: Final = 5_000
DEFAULT: Final = ("S3", "S5", "S7", "S11")
NEVER_MINUTES: Final = 600.0


@dataclass
class Day:
    """A day as it was forecast, and what the layer looks at, a row for each ticket."""

    told: list[Told] = field(default_factory=list)
    features: list[list[float]] = field(default_factory=list)


def main() -> int:
    options = _options()
    for name in options.scenario:
        found = measure(SCENARIOS[name], options.days, options.jobs)
        print(json.dumps(found) if options.json else _on_paper(found), flush=True)
        if options.keep:
            file = Path(options.keep, f"layer.{name}.json")
            file.write_text(json.dumps(found, indent=1) + "\n")
    return 0


def measure(scenario: Scenario, count: int, jobs: int = 1) -> dict[str, Any]:
    """So many days are forecast, and those corrected that come after the layer's first ones."""
    numbers = [(scenario, FIRST_DAY + n) for n in range(count)]
    if jobs == 1:
        days = [_forecast(*one) for one in numbers]
    else:
        with get_context("spawn").Pool(jobs) as pool:
            days = pool.starmap(_forecast, numbers, chunksize=max(1, count // jobs // 2))
    return {"scenario": scenario.name, "unit": "minutes", **gains(corrected(days))}


@lru_cache(maxsize=2 * TAUGHT_DAYS)
def _played(scenario: Scenario, number: int) -> DayPlayed:
    return play(scenario, number)


def _forecast(scenario: Scenario, number: int) -> Day:
    """Each sampled ticket at its arrival, by the days before."""
    model = learned(scenario, [_played(scenario, number - n) for n in range(TAUGHT_DAYS, 0, -1)])
    asked, day, found = Asked(scenario, number, PER_DAY, model), _played(scenario, number), Day()
    waited = [one for one in day.customers if one.since < one.called < inf]
    picked = random.Random(number).sample(waited, min(PER_DAY, len(waited)))
    for customer in sorted(picked, key=lambda one: one.since):
        told = tell(asked, day, customer, Answered(told=list(found.told)))
        found.told.append(told)
        found.features.append(_features(scenario, day, customer, told))
    return found


def _features(scenario: Scenario, day: DayPlayed, customer: Customer, told: Told) -> list[float]:
    """The forecast, what rules of thumb say, and the state of the lobby."""
    lobby = snapshot_at(scenario, day, customer.since)
    ages = [lobby.now - one.since for one in lobby.counters if one.state == "serving"]
    away = [lobby.now - one.since for one in lobby.counters if one.state == "away"]
    rules = baselines(scenario, day, customer, 0.0)
    return [
        *(told.mean, *told.fan, *rules.values()),
        *(float(len(lobby.tickets)), float(len(ages)), float(len(away))),
        *(min(away, default=NEVER_MINUTES), max(ages, default=0.0), sum(ages)),
        *(lobby.now, float(LANES.index(customer.lane)), float(customer.service)),
        float(told.ahead),
    ]


def corrected(days: Sequence[Day]) -> list[Told]:
    """The tickets of the days for which there was a layer, with what it says of them."""
    found: list[Told] = []
    n, seen = 0, 0
    while n < len(days):
        past, here = days[:n], days[n : n + TAUGHT_ANEW]
        if seen >= LAYER_TICKETS:
            _correct(past, here)
            found += [one for day in here for one in day.told]
        seen += sum(len(day.told) for day in here)
        n += TAUGHT_ANEW
    return found


def _correct(past: Sequence[Day], here: Sequence[Day]) -> None:
    rows, now = (np.array([row for day in some for row in day.features]) for some in (past, here))
    before, told = ([one for day in some for one in day.told] for some in (past, here))
    waits = np.array([one.wait for one in before])
    base, own = (np.array([(one.mean, one.fan[1]) for one in some]) for some in (before, told))
    means = fitted(rows, base[:, 0], waits, "mean").corrected(now, own[:, 0])
    medians = fitted(rows, base[:, 1], waits, "median").corrected(now, own[:, 1])
    for one, mean, median in zip(told, means, medians, strict=True):
        one.others = {"layer mean": float(mean), "layer median": float(median)}


ABSOLUTE: Final = Score(
    lambda one: (abs(one.fan[1] - one.wait) - abs(one.others["layer median"] - one.wait),)
)
SQUARE: Final = Score(
    lambda one: ((one.mean - one.wait) ** 2, (one.others["layer mean"] - one.wait) ** 2),
    lambda means: sqrt(means[0]) - sqrt(means[1]),
)
"""By how much the layer errs less; what is below nothing it errs more."""


def gains(every: Sequence[Told]) -> dict[str, Any]:
    """The errors with and without a layer, and whether it wins."""
    if not every:
        raise SystemExit(f"no layer before {LAYER_TICKETS} tickets: more days are needed")
    absolute, square = ABSOLUTE.interval(every), SQUARE.interval(every)
    return {
        "n": len(every),
        "days": len({one.day for one in every}),
        "mae": round(mae(lambda one: one.fan[1]).value(every), 4),
        "mae_layer": round(mae(lambda one: one.others["layer median"]).value(every), 4),
        "mae_gain": round(ABSOLUTE.value(every), 4),
        "mae_gain_ci": absolute,
        "rmse": round(rmse(lambda one: one.mean).value(every), 4),
        "rmse_layer": round(rmse(lambda one: one.others["layer mean"]).value(every), 4),
        "rmse_gain": round(SQUARE.value(every), 4),
        "rmse_gain_ci": square,
        "wins": absolute[0] > 0.0 and square[0] > 0.0,
    }


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.waiting_rolling", description=__doc__)
    parser.add_argument("--scenario", nargs="+", choices=SCENARIOS, default=list(DEFAULT))
    parser.add_argument("--days", type=int, default=DAYS, help="days that are forecast")
    parser.add_argument("--json", action="store_true", help="one JSON object for each")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes at a time")
    parser.add_argument("--keep", help="a folder to leave the JSON in")
    return parser.parse_args()


def _on_paper(found: dict[str, Any]) -> str:
    return "\n".join(f"{key:18}{value}" for key, value in found.items()) + "\n"


if __name__ == "__main__":
    sys.exit(main())
