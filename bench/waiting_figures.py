"""What was told of sampled tickets, and the figures that are made of it: the same for simulated
days, where the optimum is known, and for recorded ones, where it is not.

Each score has the point that is best for it: `mae` is that of the median, `rmse` and `bias` are
those of the mean. Intervals draw whole days again (a day-block bootstrap).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from math import isnan, nan, sqrt
from typing import Any, Final, TypeAlias

import numpy as np

from server.waiting.calibrate import Calibration, Range
from server.waiting.chance import Floats
from server.waiting.promise import first_promise
from shared.protocol import Lane

BIN_MIN: Final = 50
"""Tickets of a lane and depth before they are looked at by themselves."""

DRAWN: Final = 1_000
SEED: Final = 1
MINUTE_MS: Final = 60_000


@dataclass
class Told:
    """One sampled ticket: what was said, what the optimum was, and what happened (minutes).
    `branch`: where there are several, each with a calibration of its own."""

    day: int
    lane: Lane
    ahead: int
    at: float
    wait: float
    mean: float
    fan: tuple[float, float, float]
    best: float = nan
    best_noise: float = 0.0
    best_width: float = nan
    others: dict[str, float] = field(default_factory=dict)
    told: tuple[float, float] = (0.0, 0.0)
    latest: float = 0.0
    branch: str = ""

    @property
    def range(self) -> Range:
        """As it was forecast."""
        return Range(*self.fan, lane=self.lane, ahead=self.ahead)

    @property
    def optimum_known(self) -> bool:
        return not isnan(self.best)


def calibrate(every: Iterable[Told], calibration: Calibration, *, printed: bool = True) -> None:
    """What would have been shown: each knows of the waits that had ended by then.

    `printed`: the latest time is one of the clock's full five minutes, as on a ticket.
    """
    waiting: list[Told] = []
    for one in sorted(every, key=lambda told: (told.day, told.at)):
        over = [w for w in waiting if w.day < one.day or w.at + w.wait <= one.at]
        for ended in sorted(over, key=lambda w: (w.day, w.at + w.wait)):
            calibration.ended(ended.range, ended.wait, ended.latest if printed else None)
            waiting.remove(ended)
        shown = calibration.told(one.range)
        one.told = (shown.low, shown.high)
        one.latest = _printed(one.at, shown.latest) if printed else shown.latest
        waiting.append(one)
    for ended in waiting:
        calibration.ended(ended.range, ended.wait, ended.latest if printed else None)


def _printed(at: float, latest: float) -> float:
    now = round(at * MINUTE_MS)
    return (first_promise(now, latest).until - now) / MINUTE_MS


Says: TypeAlias = Callable[[Told], float]


@dataclass(frozen=True)
class Score:
    """A figure: `of` the means over all tickets of these `terms`."""

    terms: Callable[[Told], tuple[float, ...]]
    of: Callable[[Floats], float] = lambda means: float(means[0])

    def value(self, every: Sequence[Told]) -> float:
        """Of all."""
        return self.of(np.array([self.terms(one) for one in every]).mean(axis=0))

    def interval(self, every: Sequence[Told]) -> list[float]:
        """95 in 100, by drawing whole days again."""
        days = sorted({one.day for one in every})
        place = {day: n for n, day in enumerate(days)}
        terms = np.array([self.terms(one) for one in every])
        sums, counts = np.zeros((len(days), terms.shape[1])), np.zeros(len(days))
        which = np.array([place[one.day] for one in every])
        np.add.at(sums, which, terms)
        np.add.at(counts, which, 1.0)
        drawn = np.random.default_rng(SEED).integers(0, len(days), (DRAWN, len(days)))
        means = sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1)[:, None]
        low, high = np.quantile([self.of(one) for one in means], (0.025, 0.975))
        return [_rounded(low), _rounded(high)]


def mae(says: Says) -> Score:
    """The mean error of a point, without its sign."""
    return Score(lambda one: (abs(says(one) - one.wait),))


def rmse(says: Says) -> Score:
    """The root of the mean squared error of a point."""
    return Score(lambda one: ((says(one) - one.wait) ** 2,), lambda means: sqrt(means[0]))


def ratio(says: Says) -> Score:
    """sqrt(1 + E[(forecast - optimum)²] / E[(wait - optimum)²]), both without the noise of the
    optimum's own sampling (SCIENCE.md, E.1)."""
    return Score(
        lambda one: (
            (says(one) - one.best) ** 2 - one.best_noise,
            (one.wait - one.best) ** 2 - one.best_noise,
        ),
        lambda means: sqrt(1.0 + max(0.0, means[0]) / means[1]),
    )


def share(holds: Callable[[Told], bool]) -> Score:
    """How often something holds."""
    return Score(lambda one: (float(holds(one)),))


def _mean(told: Told) -> float:
    return told.mean


def _median(told: Told) -> float:
    return told.fan[1]


COVERED: Final = share(lambda one: one.told[0] <= one.wait <= one.told[1])
COVERED_RAW: Final = share(lambda one: one.fan[0] <= one.wait <= one.fan[2])
IN_TIME: Final = share(lambda one: one.wait <= one.latest)
BIAS: Final = Score(lambda one: (one.mean - one.wait,))
WIDTH: Final = Score(lambda one: (one.told[1] - one.told[0],))
WIDTH_RATIO: Final = Score(
    lambda one: (one.told[1] - one.told[0], one.best_width), lambda means: means[0] / means[1]
)


def figures(every: Sequence[Told]) -> dict[str, Any]:
    """All figures but those of the machine. What needs the optimum is of the tickets of which it
    is known, and None without any."""
    found: dict[str, Any] = {"n": len(every), "days": len({one.day for one in every})}
    compared = [one for one in every if one.optimum_known]
    for name, score, of in (
        ("ratio", ratio(_mean), compared),
        ("mae", mae(_median), every),
        ("rmse", rmse(_mean), every),
        ("bias", BIAS, every),
        ("coverage80", COVERED, every),
        ("width_ratio", WIDTH_RATIO, compared),
        ("latest_share", IN_TIME, every),
    ):
        found[name] = _rounded(score.value(of)) if of else None
        found[f"{name}_ci"] = score.interval(of) if of else None
    groups = _groups(every)
    return found | {
        "n_optimum": len(compared),
        "coverage80_raw": _rounded(COVERED_RAW.value(every)),
        "coverage80_worst": min(
            (one["coverage80"] for one in groups.values()), default=found["coverage80"]
        ),
        "groups": groups,
        "mae_of_mean": _rounded(mae(_mean).value(every)),
        "rmse_of_median": _rounded(rmse(_median).value(every)),
        "mean_wait": _rounded(float(np.mean([one.wait for one in every]))),
        "width": _rounded(WIDTH.value(every)),
        "baselines": _rules([one for one in every if one.others], known=bool(compared)),
    }


def _rules(every: Sequence[Told], *, known: bool) -> dict[str, dict[str, float | None]]:
    return {name: _rule(every, name, known) for name in every[0].others} if every else {}


def _rule(every: Sequence[Told], name: str, known: bool) -> dict[str, float | None]:
    def says(told: Told) -> float:
        return told.others[name]

    return {
        "mae": _rounded(mae(says).value(every)),
        "rmse": _rounded(rmse(says).value(every)),
        "ratio": _rounded(ratio(says).value(every)) if known else None,
    }


def _groups(every: Sequence[Told]) -> dict[str, dict[str, Any]]:
    """How often ranges held by lane and depth, where there are enough tickets to tell."""
    bins: dict[str, list[Told]] = {}
    for one in every:
        bins.setdefault(one.range.bin, []).append(one)
    return {
        name: {
            "n": len(own),
            "coverage80": _rounded(COVERED.value(own)),
            "coverage80_ci": COVERED.interval(own),
            "latest_share": _rounded(IN_TIME.value(own)),
        }
        for name, own in sorted(bins.items())
        if len(own) >= BIN_MIN
    }


def _rounded(value: float) -> float:
    return round(float(value), 4)
