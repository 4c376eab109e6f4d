"""Minutes for each who is ahead: what is left to say where nobody knows what the counters do.

The best of the simple rules on real lobbies (SCIENCE.md, §0, second fallback). A service's pace is
the weighted median of wait over people ahead, which errs least; a service with few waits behind it
has that of all. `telling.py` decides when it speaks.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Iterable
from typing import Final

import numpy as np
from msgspec import Struct

from server.waiting.calibrate import Range
from server.waiting.chance import Floats
from server.waiting.seen import Seen
from shared.protocol import Lane

ENOUGH: Final = 10
"""Waits of a service before it has a pace of its own."""

SPEAKS_FROM: Final = 30
"""Waits of a service before anybody is told minutes by it."""

LONGEST_LEVEL: Final = 0.995
"""Nobody is told more than this quantile of all waits: a count of those ahead can be wrong."""

OFFSET_MINUTES: Final = 2.0
"""Added to waits that are compared as shares."""


class Pace(Struct, frozen=True):
    """Minutes for each who is ahead, by service, and of all.

    `low` and `high`: the tenth and the ninetieth of a hundred waits, as parts of what it says.
    `waits` counts what each service's pace was learned from.
    """

    services: dict[str, float]
    usual: float
    longest: float
    low: float = 1.0
    high: float = 1.0
    waits: dict[str, int] = {}

    def minutes(self, service: str, ahead: float) -> float:
        """How long somebody waits with so many ahead."""
        return min(self.longest, self.services.get(service, self.usual) * ahead)

    def range(self, service: str, lane: Lane, ahead: int) -> Range | None:
        """The quantiles of a wait, the one who waits counted as one of those ahead; None where too
        little is known."""
        if self.waits.get(service, 0) < SPEAKS_FROM:
            return None
        middle = self.minutes(service, ahead + 1)
        offset = middle + OFFSET_MINUTES
        low, high = offset * self.low - OFFSET_MINUTES, offset * self.high - OFFSET_MINUTES
        return Range(min(middle, max(0.0, low)), middle, max(middle, high), lane, ahead)


def paced(waits: dict[str, tuple[Floats, Floats]]) -> Pace:
    """From the waits (minutes) of each service and how many were ahead of each, at least one."""
    every = [np.concatenate(both) for both in zip(*waits.values(), strict=True)] if waits else []
    if not every or not len(every[0]):
        return Pace({}, 0.0, 0.0)
    own = {s: _median(*both) for s, both in waits.items() if len(both[0]) >= ENOUGH}
    usual = _median(every[0], every[1])
    said = np.concatenate([own.get(s, usual) * ahead for s, (_, ahead) in waits.items()])
    parts = (every[0] + OFFSET_MINUTES) / (said + OFFSET_MINUTES)
    low, high = (float(part) for part in np.quantile(parts, (0.1, 0.9)))
    longest = float(np.quantile(every[0], LONGEST_LEVEL))
    return Pace(own, usual, longest, low, high, {s: len(both[0]) for s, both in waits.items()})


def pace_of(seen: Iterable[Seen]) -> Pace:
    """The pace of the last days: of those who found somebody waiting for their service."""
    lines: dict[tuple[int, str], list[Seen]] = {}
    for one in seen:
        if not one.missed:
            lines.setdefault((one.day, one.service), []).append(one)
    found: dict[str, list[tuple[float, float]]] = {}
    for (_, service), line in lines.items():
        over: list[float] = []
        for one in sorted(line, key=lambda one: one.came):
            ahead = len(over) - bisect_right(over, one.came)
            until = one.left if one.called is None else one.called
            if one.called is not None and ahead and one.called >= one.came:
                found.setdefault(service, []).append((one.called - one.came, ahead + 1.0))
            if until is not None:
                insort(over, until)
    both = {service: np.array(waits).T for service, waits in found.items()}
    return paced({service: (waits, ahead) for service, (waits, ahead) in both.items()})


def _median(waits: Floats, ahead: Floats) -> float:
    """The pace whose errors are least in sum: half of those ahead have had a quicker one."""
    each = waits / ahead
    order = np.argsort(each)
    passed = np.cumsum(ahead[order])
    return float(each[order][np.searchsorted(passed, passed[-1] / 2)])
