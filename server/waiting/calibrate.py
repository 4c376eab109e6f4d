"""Ranges that hold as often as they say: adaptive conformal calibration (A.7).

A forecast is never quite right about itself. So each wait that ends is scored by how far outside
(or inside) its range it fell, and the ranges to come are widened or narrowed by a quantile of the
last scores; the level of that quantile moves with every miss and every hit (Gibbs & Candès 2021),
which holds whatever the days do. Scores are kept by lane and by how many were ahead (Mondrian),
and all together too: the fewer a lane and depth has of its own, the more the others speak for it.

The latest time is printed rounded up, so what has to hold nine times in ten is the rounded time:
a wait is scored by the least latest time that would still have been rounded up far enough. Scored
by the wait itself, every promise would be too long by half the rounding, and would hold too often.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from functools import cached_property
from math import ceil
from typing import Final

from msgspec import Struct

from server.waiting.promise import ROUND_MINUTES, SOON_MINUTES
from shared.protocol import Lane

K0_MINUTES: Final = 2.0
"""Added to the median that scores are measured by: short waits must not weigh without bound."""

SCORES_KEPT: Final = 1_000
SCORES_HALF: Final = 50
"""Scores of a lane and depth that count as much as all scores together. A bound from which they
would count alone leaves a seldom lane with the quantile of others for weeks, and then with one of
few scores from one wait to the next."""

SCORES_LEAST: Final = 40
"""Scores before a range is touched at all."""

STEP: Final = 0.005
"""As the authors have it. A wait tells how well its range held when it ends, and tens of others
were told meanwhile: a level that took larger steps would go too far before it hears of it, and in
bad hours end at its bound, where misses count no more, so that too few ranges hold. Smaller ones
would take weeks to mend what the first days had wrong."""

LEVEL_MIN: Final = 0.01
LEVEL_MAX: Final = 0.6

OUTSIDE: Final = 0.2
"""Of an 80 % range; of the promise, half of it: it has one side."""
LATE: Final = 0.1


class Range(Struct, frozen=True):
    """Quantiles of a wait as forecast (minutes), and where the ticket stood: to be scored when
    the wait ends."""

    p10: float
    p50: float
    p90: float
    lane: Lane = "ordinary"
    ahead: int = 0

    @property
    def bin(self) -> str:
        """Its lane and depth."""
        depth = "0" if self.ahead == 0 else "1-2" if self.ahead < 3 else "3+"
        return f"{self.lane} {depth}"


class Told(Struct, frozen=True):
    """A calibrated range (minutes): low and high hold 80 times in 100 together, `latest` 90 once
    it is rounded up as it is printed."""

    low: float
    high: float
    latest: float


class Track(Struct, dict=True):
    """The last scores of a lane and depth, the oldest first, and the level that goes with them."""

    target: float
    level: float
    scores: list[float] = []

    @cached_property
    def _ranked(self) -> list[float]:
        return sorted(self.scores)

    def add(self, score: float, missed: bool) -> None:
        """Take in a wait that ended."""
        insort(self._ranked, score)
        self.scores.append(score)
        for oldest in self.scores[:-SCORES_KEPT]:
            del self._ranked[bisect_left(self._ranked, oldest)]
        del self.scores[:-SCORES_KEPT]
        level = self.level + STEP * (self.target - missed)
        self.level = min(LEVEL_MAX, max(LEVEL_MIN, level))

    def quantile(self) -> float:
        """By how much (in medians) a range is to be widened; negative narrows it."""
        n = len(self.scores)
        rank = min(n, ceil((n + 1) * (1.0 - self.level)))
        return self._ranked[rank - 1]


class Calibration(Struct):
    """All tracks of a branch: `range` of both sides, `late` of the upper one; "" is the pool."""

    k0_minutes: float = K0_MINUTES
    range: dict[str, Track] = {}
    late: dict[str, Track] = {}

    def told(self, one: Range) -> Told:
        """The range to be shown."""
        wide = self._quantile(self.range, one) * (one.p50 + self.k0_minutes)
        later = self._quantile(self.late, one, _unseen(one, self.k0_minutes))
        later *= one.p50 + self.k0_minutes
        low, high = max(0.0, one.p10 - wide), max(0.0, one.p90 + wide)
        if high < low:
            low = high = (low + high) / 2
        return Told(low, high, max(0.0, one.p90 + later))

    def ended(self, one: Range, wait: float, printed: float | None = None) -> None:
        """Learn from a wait that ended with a call. `printed` is the latest time as people were
        told it (minutes), rounded as it was: that is what has to hold nine times in ten."""
        unit, told = one.p50 + self.k0_minutes, self.told(one)
        score = max((one.p10 - wait) / unit, (wait - one.p90) / unit)
        outside = not told.low <= wait <= told.high
        late = wait > (told.latest if printed is None else printed)
        self._add(self.range, OUTSIDE, one, score, outside)
        needed = wait if printed is None else _needed(wait, printed)
        self._add(self.late, LATE, one, (needed - one.p90) / unit, late)

    def left(self, one: Range, waited: float) -> None:
        """Somebody went away: a miss if it was too long already, else it says nothing."""
        if waited > self.told(one).high:
            self.ended(one, waited)

    def _quantile(self, tracks: dict[str, Track], one: Range, unseen: float = 0.0) -> float:
        own, pool = tracks.get(one.bin), tracks.get("")
        if pool is None or len(pool.scores) < SCORES_LEAST:
            return unseen
        if own is None:
            return pool.quantile()
        part = len(own.scores) / (len(own.scores) + SCORES_HALF)
        return part * own.quantile() + (1.0 - part) * pool.quantile()

    def _add(
        self, tracks: dict[str, Track], target: float, one: Range, score: float, missed: bool
    ) -> None:
        for key in ("", one.bin):
            track = tracks.setdefault(key, Track(target=target, level=target, scores=[]))
            track.add(score, missed)


def _needed(wait: float, printed: float) -> float:
    """The least latest time (minutes) that would have been printed as one that holds; no time
    is printed that is sooner than soon."""
    steps = ceil((wait - printed) / ROUND_MINUTES)
    needed = printed + ROUND_MINUTES * (steps - 1)
    return needed if needed >= SOON_MINUTES else 0.0


def _unseen(one: Range, k0_minutes: float) -> float:
    """Before there are scores: what rounding up adds in the mean, taken off."""
    return -ROUND_MINUTES / 2 / (one.p50 + k0_minutes)
