"""What was told of sampled tickets, and the figures that are made of it: the same for simulated
days, where the optimum is known, and for recorded ones, where it is not.

Each score has the point that is best for it: `mae` is that of the median, `rmse` and `bias` are
those of the mean. Intervals draw whole days again (a day-block bootstrap).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from math import isnan, nan
from typing import Any, Final

import numpy as np

from server.waiting.calibrate import Calibration, Range
from server.waiting.promise import first_promise
from shared.protocol import Lane

BIN_MIN: Final = 50
"""Tickets of a lane and depth before they are looked at by themselves."""

DRAWN: Final = 400
MINUTE_MS: Final = 60_000


@dataclass
class Told:
    """One sampled ticket: what was said, what the optimum was, and what happened (minutes)."""

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


def figures(every: Sequence[Told]) -> dict[str, Any]:
    """All figures but those of the machine; what needs the optimum is None without it."""
    known = all(one.optimum_known for one in every)
    return {
        "n": len(every),
        "days": len({one.day for one in every}),
        "ratio": round(_ratio(every, _mean), 4) if known else None,
        "ratio_ci": interval(every, lambda some: _ratio(some, _mean)) if known else None,
        "mae": _rounded(mae(every, _median)),
        "mae_ci": interval(every, lambda some: mae(some, _median)),
        "mae_of_mean": _rounded(mae(every, _mean)),
        "rmse": _rounded(rmse(every, _mean)),
        "rmse_ci": interval(every, lambda some: rmse(some, _mean)),
        "rmse_of_median": _rounded(rmse(every, _median)),
        "bias": _rounded(float(np.mean([one.mean - one.wait for one in every]))),
        "mean_wait": _rounded(float(np.mean([one.wait for one in every]))),
        "optimum_rmse": _rounded(float(np.sqrt(_optimum_error(every)))) if known else None,
        "coverage80_raw": round(_share(every, lambda t: t.fan[0] <= t.wait <= t.fan[2]), 4),
        "coverage80": round(_coverage(every), 4),
        "coverage80_ci": interval(every, _coverage),
        "coverage80_worst": _worst(every),
        "width": _rounded(_width(every)),
        "width_ratio": round(_width_ratio(every), 3) if known else None,
        "latest_share": round(_share(every, _in_time), 4),
        "latest_share_ci": interval(every, lambda some: _share(some, _in_time)),
        "baselines": {name: _rule(every, name, known) for name in every[0].others},
    }


def _rule(every: Sequence[Told], name: str, known: bool) -> dict[str, float | None]:
    def says(told: Told) -> float:
        return told.others[name]

    return {
        "mae": _rounded(mae(every, says)),
        "rmse": _rounded(rmse(every, says)),
        "ratio": round(_ratio(every, says), 3) if known else None,
    }


def mae(some: Sequence[Told], says: Callable[[Told], float]) -> float:
    """The mean error of a point, without its sign."""
    return float(np.mean([abs(says(one) - one.wait) for one in some]))


def rmse(some: Sequence[Told], says: Callable[[Told], float]) -> float:
    """The root of the mean squared error of a point."""
    return float(np.sqrt(np.mean([(says(one) - one.wait) ** 2 for one in some])))


def interval(some: Sequence[Told], figure: Callable[[Sequence[Told]], float]) -> list[float]:
    """95 in 100, by drawing whole days again."""
    by_day: dict[int, list[Told]] = {}
    for one in some:
        by_day.setdefault(one.day, []).append(one)
    blocks, chance = list(by_day.values()), random.Random(1)
    values = sorted(
        figure([one for block in chance.choices(blocks, k=len(blocks)) for one in block])
        for _ in range(DRAWN)
    )
    cut = DRAWN // 40
    return [_rounded(values[cut]), _rounded(values[-1 - cut])]


def _ratio(some: Sequence[Told], says: Callable[[Told], float]) -> float:
    """sqrt(1 + E[(forecast - optimum)²] / E[(wait - optimum)²]), both without the noise of the
    optimum's own sampling (SCIENCE.md, E.1)."""
    excess = float(np.mean([(says(one) - one.best) ** 2 - one.best_noise for one in some]))
    return float(np.sqrt(1.0 + max(0.0, excess) / _optimum_error(some)))


def _optimum_error(some: Sequence[Told]) -> float:
    return float(np.mean([(one.wait - one.best) ** 2 - one.best_noise for one in some]))


def _mean(told: Told) -> float:
    return told.mean


def _median(told: Told) -> float:
    return told.fan[1]


def _in_time(told: Told) -> bool:
    return told.wait <= told.latest


def _share(some: Sequence[Told], holds: Callable[[Told], bool]) -> float:
    return sum(holds(one) for one in some) / max(1, len(some))


def _coverage(some: Sequence[Told]) -> float:
    return _share(some, lambda one: one.told[0] <= one.wait <= one.told[1])


def _worst(every: Sequence[Told]) -> float:
    """Of the lanes and depths with enough tickets, the one whose ranges hold least."""
    bins: dict[str, list[Told]] = {}
    for one in every:
        bins.setdefault(one.range.bin, []).append(one)
    shares = [_coverage(own) for own in bins.values() if len(own) >= BIN_MIN]
    return round(min(shares, default=_coverage(every)), 4)


def _width(every: Sequence[Told]) -> float:
    return float(np.mean([one.told[1] - one.told[0] for one in every]))


def _width_ratio(every: Sequence[Told]) -> float:
    return _width(every) / float(np.mean([one.best_width for one in every]))


def _rounded(value: float) -> float:
    return round(value, 3)
