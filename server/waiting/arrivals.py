"""Who is still to come: a usual day by its quarters of an hour, and what today makes of it.

Counts of a day are more scattered than chance alone, and days go wrong in ways no calendar knows.
So the level of today is inferred from who has come (C.3, on counts: a gamma prior and Poisson
counts are its square-root form where counts are large, and hold where they are small), under
several suppositions at once: the whole day is a little off the usual, or something changed at
some quarter of it. Each run draws one of them by its probability (Adams & MacKay 2007, with one
change).
"""

from __future__ import annotations

from collections.abc import Sequence
from math import lgamma, log
from typing import Final

import numpy as np
from msgspec import Struct

from server.waiting.chance import Floats, Whole, gamma, spread
from shared.protocol import Lane

SLOT_MINUTES: Final = 15.0

CHANGE_PER_SLOT: Final = 0.015
"""How likely a day changes in any one quarter of an hour. More than half of all days then change
at some time, which is too often for most branches: an unusual day is to be noticed soon."""

CHANGED_SHAPE: Final = 3.0
"""How far a changed level may be off: mean 1, spread 0.58."""


class Kind(Struct, frozen=True):
    """Whom an arrival rate is for: the service and the lanes of a ticket."""

    service: str
    lanes: tuple[Lane, ...]


class Arrivals(Struct, frozen=True, kw_only=True):
    """A usual day. `per_slot[weekday][slot]` people in a quarter of an hour since `begins`, of
    whom `shares[kind][slot]` are of each kind. `named` days have so many times as many.

    `shape` says how alike days are: the gamma shape of their levels.
    """

    kinds: tuple[Kind, ...] = ()
    per_slot: tuple[tuple[float, ...], ...] = ((),) * 7
    shares: tuple[tuple[float, ...], ...] = ()
    named: dict[str, float] = {}
    shape: float = 30.0

    def expected(self, weekday: int, names: Sequence[str]) -> Floats:
        """People in each quarter of an hour of such a day."""
        factor = 1.0
        for name in names:
            factor *= self.named.get(name, 1.0)
        return np.array(self.per_slot[weekday]) * factor


class Levels(Struct, frozen=True):
    """What may be the level of today: probabilities, and the gamma law of each."""

    weights: tuple[float, ...]
    shapes: tuple[float, ...]
    rates: tuple[float, ...]

    @property
    def mean(self) -> float:
        """How many times as many as usual are to be expected from now on."""
        each = zip(self.weights, self.shapes, self.rates, strict=True)
        return sum(weight * shape / rate for weight, shape, rate in each)

    def draws(self, seed: int, runs: int) -> Floats:
        """(runs,) levels."""
        u = spread(seed, "level", np.arange(2), runs)
        which = np.searchsorted(np.cumsum(self.weights), u[:, 0])
        which = np.minimum(which, len(self.weights) - 1)
        shapes = np.array(self.shapes)[which]
        drawn: Floats = gamma(u[:, 1], shapes) * shapes / np.array(self.rates)[which]
        return drawn


def levels_today(expected: Floats, came: Sequence[int], into_slot: float, shape: float) -> Levels:
    """The level of today, from who came in each quarter so far; `into_slot` is how much of the
    last one is over (0..1)."""
    n = min(len(came), len(expected))
    if n == 0:
        return Levels((1.0,), (shape,), (shape,))
    due = expected[:n].copy()
    due[-1] *= into_slot
    counts = np.array(came[:n], dtype=float)
    after = np.cumsum(counts[::-1])[::-1]
    due_after = np.cumsum(due[::-1])[::-1]
    usual = _evidence(after[0], due_after[0], shape) + (n - 1) * log(1.0 - CHANGE_PER_SLOT)
    logs, shapes, rates = [usual], [shape + after[0]], [shape + due_after[0]]
    for slot in range(n):
        before, due_before = after[0] - after[slot], due_after[0] - due_after[slot]
        logs.append(
            log(CHANGE_PER_SLOT)
            + _evidence(before, due_before, shape)
            + _evidence(after[slot], due_after[slot], CHANGED_SHAPE)
        )
        shapes.append(CHANGED_SHAPE + after[slot])
        rates.append(CHANGED_SHAPE + due_after[slot])
    weights = np.exp(np.array(logs) - max(logs))
    weights /= weights.sum()
    return Levels(tuple(map(float, weights)), tuple(map(float, shapes)), tuple(map(float, rates)))


def _evidence(count: float, due: float, shape: float) -> float:
    """The log of how likely such a count is at a level of that gamma shape and mean 1, but for
    what all suppositions share."""
    return (
        lgamma(shape + count)
        - lgamma(shape)
        + shape * log(shape)
        - (shape + count) * log(shape + due)
    )


def to_come(
    seed: int,
    kind_number: int,
    rates: Floats,
    now: float,
    begins: float,
    until: float,
    level: Floats,
) -> Floats:
    """(runs, people) when people of one kind come after `now`, ordered; NEVER beyond `until`.

    `rates` are people in each quarter since `begins`; chance is drawn on the scale of the
    expected number and mapped back, so that it is the same however many are expected.
    """
    edges, passed = _intensity(rates, now, begins, until)
    total = passed[-1]
    most = int(total * 1.5 + 4 * np.sqrt(total * 1.5) + 3) if total > 0 else 0
    if most == 0:
        return np.empty((len(level), 0))
    ids: Whole = np.arange(most) + kind_number * 100_000
    gaps = -np.log(spread(seed, "gap", ids, len(level)))
    reached = np.cumsum(gaps, axis=1) / np.maximum(level, 1e-9)[:, None]
    times: Floats = np.interp(reached, passed, edges, right=np.inf)
    return times


def _intensity(rates: Floats, now: float, begins: float, until: float) -> tuple[Floats, Floats]:
    """Times, and how many are expected up to each of them."""
    inner = begins + SLOT_MINUTES * np.arange(len(rates) + 1)
    edges = np.concatenate(([now], inner[(inner > now) & (inner < until)], [max(until, now)]))
    middle = (edges[1:] + edges[:-1]) / 2
    slot = np.floor((middle - begins) / SLOT_MINUTES).astype(int)
    inside = (slot >= 0) & (slot < len(rates))
    per_minute = np.where(inside, rates[np.clip(slot, 0, max(len(rates) - 1, 0))], 0.0)
    expected = per_minute / SLOT_MINUTES * np.diff(edges)
    return edges, np.concatenate(([0.0], np.cumsum(expected)))
