"""How long something lasts, as a law: a table of quantiles, drawn from and cut off at an age.

Service times of a bank are nearly log-normal (Brown et al. 2005): that is the prior. What was
observed takes its place from 30 observations on.
"""

from __future__ import annotations

from functools import lru_cache
from statistics import NormalDist
from typing import Final

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from server.waiting.chance import Floats

GRID: Final = np.concatenate(
    ([0.0, 0.001, 0.0025, 0.005], np.linspace(0.01, 0.99, 197), [0.995, 0.9975, 0.999, 1.0])
)
"""The levels of the quantiles: finer where the tails are."""

CELLS: Final = 4_096
"""Even levels that draws are looked up at."""

_TOPMOST: Final = 0.9998
_LOWEST: Final = 0.0002
_NORMAL: Final = np.array([NormalDist().inv_cdf(min(max(u, _LOWEST), _TOPMOST)) for u in GRID])

PRIOR_COUNT: Final = 20
"""Observations that a prior is worth."""

PRIOR_UNSURE: Final = 0.3
"""How far a guess of a mean is usually off."""

ENOUGH: Final = 30
"""Observations from which the sample speaks for itself."""

TAIL: Final = 0.3
"""Beyond the longest observation: this part of it, exponentially."""


class Law(Struct, frozen=True):
    """Quantiles (minutes) at the levels of `GRID`, and how many observations made them.

    `unsure` is how far its mean may be off, as a spread of logarithms: few observations, or none,
    leave room for error, and a forecast that forgets it is too sure of itself.
    """

    quantiles: tuple[float, ...]
    count: int = 0
    unsure: float = 0.0

    @property
    def mean(self) -> float:
        """Its mean (minutes)."""
        return float(np.trapezoid(_table(self), GRID))

    def draws(self, u: Floats) -> Floats:
        """As many draws as uniforms."""
        (fine, steps), place = _fine(self), u * CELLS
        cell = place.astype(np.intp)
        place -= cell
        place *= steps[cell]
        drawn: Floats = fine[cell]
        drawn += place
        return drawn

    def rest(self, u: Floats, age: float | Floats) -> Floats:
        """What is left after it has lasted `age` minutes, one for all or one each (A.6, 1)."""
        table, ages = _table(self), np.asarray(age, dtype=float)
        steps = table + np.arange(len(table)) * 1e-12
        passed = np.where(ages > 0.0, np.interp(ages, steps, GRID), 0.0)
        within = np.maximum(0.0, self.draws(passed + (1.0 - passed) * u) - np.maximum(ages, 0.0))
        beyond = -np.log1p(-u) * (TAIL * max(float(table[-1]), 1.0))
        rest: Floats = np.where((ages > 0.0) & (ages >= table[-1]), beyond, within)
        return rest

    def mean_rest(self, age: float) -> float:
        """The mean of what is left (A.5, b)."""
        return float(self.rest((np.arange(200) + 0.5) / 200, age).mean())


@lru_cache(maxsize=512)
def _fine(law: Law) -> tuple[Floats, Floats]:
    """The table at even levels, found by counting, not by searching, and the steps between them.
    The last one is there twice, for draws of exactly 1."""
    fine = np.interp(np.arange(CELLS + 1) / CELLS, GRID, _table(law))
    fine = np.append(fine, fine[-1])
    return fine, np.diff(fine, append=fine[-1])


@lru_cache(maxsize=512)
def _table(law: Law) -> Floats:
    return np.array(law.quantiles)


def lognormal(mean: float, variation: float, count: int = 0) -> Law:
    """The law of that mean (minutes) and coefficient of variation."""
    sigma = float(np.sqrt(np.log1p(variation**2)))
    return _of_logs(float(np.log(mean)) - sigma**2 / 2, sigma, count, mean)


def believed(mean: float, variation: float) -> Law:
    """The same, as somebody's guess: its mean may be off."""
    return replace(lognormal(mean, variation), unsure=PRIOR_UNSURE)


def exactly(minutes: float) -> Law:
    """Always as long."""
    return Law((minutes,) * len(GRID))


def learned(values: Floats, prior: Law) -> Law:
    """The law of a sample (minutes, above 0): the smoothed sample itself, or while there are few
    observations a log-normal between theirs and the prior."""
    n = len(values)
    if n == 0:
        return prior
    if n < ENOUGH:
        return _between(values, prior)
    ordered = np.sort(values)
    levels = (np.arange(n) + 0.5) / n
    table = np.interp(GRID, levels, ordered)
    law = _with_mean(table, float(values.mean()), n)
    logs = np.log(np.maximum(values, 1e-3))
    return replace(law, unsure=_unsure(float(logs.var()), n, prior))


def _unsure(var: float, n: int, prior: Law) -> float:
    """What is left of the prior's error after so many observations of that variance of logs."""
    if prior.unsure <= 0.0:
        return 0.0
    return float((prior.unsure**-2 + n / max(var, 1e-3)) ** -0.5)


def _between(values: Floats, prior: Law) -> Law:
    n = len(values)
    weight = n / (n + PRIOR_COUNT)
    logs = np.log(np.maximum(values, 1e-3))
    own = np.log(np.maximum(_table(prior), 1e-3))
    mu = float(np.trapezoid(own, GRID))
    var = float(np.trapezoid((own - mu) ** 2, GRID))
    mean_log = weight * float(logs.mean()) + (1 - weight) * mu
    # The spread is about the mean that is believed in, or one observation would have none.
    spread_var = weight * float(((logs - mean_log) ** 2).mean()) + (1 - weight) * var
    sigma = max(0.05, spread_var**0.5)
    law = _of_logs(mean_log, sigma, n, float(np.exp(mean_log + sigma**2 / 2)))
    return replace(law, unsure=_unsure(spread_var, n, prior))


def _of_logs(mu: float, sigma: float, count: int, mean: float) -> Law:
    return _with_mean(np.exp(mu + sigma * _NORMAL), mean, count)


def _with_mean(table: Floats, mean: float, count: int) -> Law:
    """The table cuts its tails off; its mean is put right."""
    has = float(np.trapezoid(table, GRID))
    scaled = table * (mean / has if has > 0 else 1.0)
    return Law(tuple(float(value) for value in scaled), count)
