"""What generated days draw by chance: arrivals over a day, service times, kinds of people.

Pure: the generator is handed in, and the same one gives the same day.
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from typing import Final, TypeVar

SLOT_SECONDS: Final = 1_800

PROFILE: Final = (
    *(0.6, 0.8, 1.0, 1.15, 1.2, 1.2, 1.1, 1.0),
    *(0.9, 0.9, 1.0, 1.1, 1.1, 1.0, 0.8, 0.5),
)
"""How busy each half hour of an eight-hour day is, against its mean."""

Kind = TypeVar("Kind")


def arrivals(
    chance: random.Random, per_minute: float, begin_seconds: float, profile: Sequence[float]
) -> list[float]:
    """Times of the day at which somebody comes: Poisson, at a rate that changes by the slot."""
    came: list[float] = []
    for n, part in enumerate(profile):
        slot = begin_seconds + n * SLOT_SECONDS
        at = slot + chance.expovariate(per_minute * part / 60)
        while at < slot + SLOT_SECONDS:
            came.append(round(at, 3))
            at += chance.expovariate(per_minute * part / 60)
    return came


def lasting(chance: random.Random, mean_seconds: float, variation: float) -> float:
    """A lognormal time with that mean and coefficient of variation, in whole seconds."""
    sigma_squared = math.log(1 + variation**2)
    drawn = chance.lognormvariate(math.log(mean_seconds) - sigma_squared / 2, sigma_squared**0.5)
    return float(max(1, round(drawn)))


def one_of(chance: random.Random, shares: Mapping[Kind, float]) -> Kind:
    """One of these, by their shares."""
    return chance.choices(list(shares), list(shares.values()))[0]
