"""A bank's telephone queue of 1999 as the forecast sees it: rolling origin, agents inferred.

Each call is forecast at its arrival, from calls finished before and from the state at that moment
(bench/bank_told.py). A learned layer (bench/waiting_layer.py) corrects the simulation from the
day on which it has beaten it: on days before, each corrected by what the days before that one
had taught, by more than the interval of the difference.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from math import sqrt
from pathlib import Path
from statistics import fmean, stdev
from typing import Final

import numpy as np

from bench.bank_days import CallDay, read
from bench.bank_told import Teller, scored, taught_by, waited
from bench.waiting_figures import Told
from bench.waiting_layer import fitted
from bench.waiting_real import Split
from bench.waiting_sample import Sample

FILE: Final = Path("bank_1999/calls_jan_feb.csv.gz")
SPLIT_A: Final = Split(date(1999, 2, 14), date(1999, 2, 15), date(1999, 2, 28))

K0_MINUTES: Final = 0.5
QUICK_ONE_IN: Final = 30
REHEARSED_DAYS: Final = 9
"""Days before those asked about that are forecast too: for the layer and the calibration."""

LAYER_CALLS: Final = 3_000
"""Finished calls before there is a layer."""

WINS_DAYS: Final = 4
WINS_SPREADS: Final = 1.96


@dataclass
class DayTold:
    """A day as the simulation told it and as the layer did, and what the layer looks at."""

    told: list[Told]
    features: list[list[float]]
    layered: list[tuple[float, float]] = field(default_factory=list)
    used: bool = False


def asked(file: Path, split: Split, *, quick: bool = False) -> Sample:
    """What every call was told; a file of other days is split by its own dates."""
    days = read(file)
    if not split.said and SPLIT_A.test_from in days:
        split = SPLIT_A
    taught, tested = split.of(list(days))
    rehearsed = [] if quick else taught[1:][-REHEARSED_DAYS:]
    before: list[DayTold] = []
    took: list[float] = []
    for day in (*rehearsed, *tested):
        known = [one for one in (*taught, *tested) if one < day]
        teller = _teller(days, known, day)
        before.append(_asked(teller, before, quick=quick))
        took += teller.took
    asked_days = before[len(rehearsed) :]
    told = [one for each in asked_days for one in each.told]
    alone = [(one.mean, one.fan[1]) for one in told]
    for each in before:
        _apply(each)
    for one, (mean, median) in zip(told, alone, strict=True):
        one.others |= {"simulation alone, mean": mean, "simulation alone, median": median}
    head = {
        "scenario": "bank",
        "unit": "seconds",
        "learned_until": str(taught[-1]),
        "from": str(tested[0]),
        "until": str(tested[-1]),
        "layer_days": sum(each.used for each in asked_days),
    }
    return Sample(
        head,
        told,
        {"ms_per_refresh": round(float(np.median(took)), 2)},
        before=[one for each in before[: len(rehearsed)] for one in each.told],
        k0_minutes=K0_MINUTES,
        printed=False,
    )


def _teller(days: dict[date, CallDay], known: list[date], day: date) -> Teller:
    model, skills = taught_by([days[one] for one in known])
    waits = [waited(call) for one in known for call in days[one].calls if scored(call)]
    return Teller(days[day], model, skills, waits)


def _asked(teller: Teller, before: list[DayTold], *, quick: bool) -> DayTold:
    """A day's calls, told by the simulation, and by the layer that the days before have taught."""
    found = DayTold([], [])
    for call in teller.day.calls:
        if scored(call) and (not quick or call.id % QUICK_ONE_IN == 0):
            told = teller.tell(call)
            found.told.append(told)
            found.features.append(teller.features(call, told))
    past = [one for day in before for one in day.told]
    if len(past) < LAYER_CALLS or not found.told:
        return found
    features = np.array([row for day in before for row in day.features])
    waits, now = np.array([one.wait for one in past]), np.array(found.features)
    base, own = (np.array([(one.mean, one.fan[1]) for one in some]) for some in (past, found.told))
    means = fitted(features, base[:, 0], waits, "mean").corrected(now, own[:, 0])
    medians = fitted(features, base[:, 1], waits, "median").corrected(now, own[:, 1])
    found.layered = list(zip(map(float, means), map(float, medians), strict=True))
    found.used = _wins([day for day in before if day.layered])
    return found


def _wins(days: list[DayTold]) -> bool:
    """Whether the layer's medians have erred less, day by day, by more than the interval."""
    if len(days) < WINS_DAYS:
        return False
    gains = [_gain(day) for day in days]
    return fmean(gains) > WINS_SPREADS * stdev(gains) / sqrt(len(gains))


def _gain(day: DayTold) -> float:
    """By how many minutes the layer's medians have erred less, in the mean."""
    pairs = zip(day.told, day.layered, strict=True)
    return fmean(abs(one.fan[1] - one.wait) - abs(own - one.wait) for one, (_, own) in pairs)


def _apply(day: DayTold) -> None:
    """Where the layer is used its points count, and the range moves with the median."""
    if not day.used:
        return
    for one, (mean, median) in zip(day.told, day.layered, strict=True):
        low, middle, high = one.fan
        part = (median + K0_MINUTES) / (middle + K0_MINUTES)
        one.mean = mean
        one.fan = (min(median, low * part), median, median + (high - middle) * part)
