"""Minutes for each who is ahead: what is left to say where nobody knows what the counters do.

The best of the simple rules on real lobbies (SCIENCE.md, §0, second fallback). A service's pace is
the weighted median of wait over people ahead, which errs least; a service with few waits behind it
has that of all.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from msgspec import Struct

from server.waiting.chance import Floats

ENOUGH: Final = 10
"""Waits of a service before it has a pace of its own."""

LONGEST_LEVEL: Final = 0.995
"""Nobody is told more than this quantile of all waits: a count of those ahead can be wrong."""


class Pace(Struct, frozen=True):
    """Minutes for each who is ahead, by service, and of all."""

    services: dict[str, float]
    usual: float
    longest: float

    def minutes(self, service: str, ahead: float) -> float:
        """How long somebody waits with so many ahead."""
        return min(self.longest, self.services.get(service, self.usual) * ahead)


def paced(waits: dict[str, tuple[Floats, Floats]]) -> Pace:
    """From the waits (minutes) of each service and how many were ahead of each, at least one."""
    every = [np.concatenate(both) for both in zip(*waits.values(), strict=True)] if waits else []
    if not every or not len(every[0]):
        return Pace({}, 0.0, 0.0)
    own = {s: _median(*both) for s, both in waits.items() if len(both[0]) >= ENOUGH}
    return Pace(own, _median(every[0], every[1]), float(np.quantile(every[0], LONGEST_LEVEL)))


def _median(waits: Floats, ahead: Floats) -> float:
    """The pace whose errors are least in sum: half of those ahead have had a quicker one."""
    each = waits / ahead
    order = np.argsort(each)
    passed = np.cumsum(ahead[order])
    return float(each[order][np.searchsorted(passed, passed[-1] / 2)])
