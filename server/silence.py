"""Which counters' terminals have gone: asked from time to time, told once each way.

A terminal that is cut off for a moment comes back by itself and is nobody's affair. What it means
for a branch that a terminal stays away is decided in `server/domain`.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from typing import Final, TypeAlias

from shared.protocol import BranchId, CounterId

PATIENCE_SECONDS: Final = 15.0
"""Longer than a terminal takes to start again, shorter than a customer waits in vain."""

Place: TypeAlias = tuple[BranchId, CounterId]


class Silence:
    """Remembers since when each is away (monotonic seconds), and what was last told of it."""

    def __init__(self) -> None:
        self._away: dict[Place, float] = {}
        self._told: dict[Place, bool] = {}

    def look(
        self, paired: AbstractSet[Place], there: AbstractSet[Place], now: float
    ) -> list[tuple[Place, bool]]:
        """Every counter of which something else is true than was told before: whether it is
        silent. A counter that has no terminal at all is none of those that could be."""
        news = []
        for place in sorted(paired):
            if place in there:
                self._away.pop(place, None)
                silent = False
            elif now - self._away.setdefault(place, now) >= PATIENCE_SECONDS:
                silent = True
            else:
                continue  # not yet
            if self._told.get(place) is not silent:
                self._told[place] = silent
                news.append((place, silent))
        return news
