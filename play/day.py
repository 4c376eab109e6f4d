"""A day to play: who comes when, wants what, takes how long, and does not come when called.

Pure: a seed and the branch's services in, customers out. Playing them is left to `people.py`.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

from msgspec import Struct

from shared.protocol import Lane, Need, ServiceShown

MINUTE_MS = 60_000

CARE_SHARE = 0.18
"""Share of customers in the care lane."""

NO_SHOW_SHARE = 0.06
"""Share of customers who do not come when called."""

LEAVING_SHARE = 0.03
"""Share of customers who leave the line before they are called."""

SPREAD = 0.6
"""Sigma of the lognormal service time: a few take very long, as in life."""

DEMAND = {"A": 6.0, "F": 3.0, "L": 0.6, "W": 0.8, "Q": 1.2}
"""What people come for, by the letter of the service: mostly cash."""


class Customer(Struct, frozen=True):
    """One customer. `arrives_at` in ms of branch time, service and patience in minutes."""

    arrives_at: int
    service: str
    service_minutes: float
    lanes: tuple[Lane, ...] = ()
    needs: tuple[Need, ...] = ()
    comes: bool = True
    leaves_after_minutes: float | None = None
    papers_missing: bool = False


def generate(
    seed: int, services: Sequence[ServiceShown], starts_at: int, ends_at: int, people: int
) -> list[Customer]:
    """So many customers between two instants, in the order of their arrival."""
    chance = random.Random(seed)
    open_today = [s for s in services if s.status not in ("not_today", "closed")]
    arrivals = sorted(chance.randrange(starts_at, ends_at) for _ in range(people))
    return [_customer(chance, open_today, at) for at in arrivals]


def _customer(chance: random.Random, services: Sequence[ServiceShown], at: int) -> Customer:
    service = _weighted(chance, services)
    care = chance.random() < CARE_SHARE
    leaves = chance.random() < LEAVING_SHARE
    return Customer(
        arrives_at=at,
        service=service.id,
        service_minutes=_minutes(chance, service.usual_minutes),
        lanes=("care",) if care else (),
        needs=("low_counter",) if care and chance.random() < 0.1 else (),
        comes=chance.random() >= NO_SHOW_SHARE,
        leaves_after_minutes=chance.uniform(2, 20) if leaves else None,
        papers_missing=chance.random() < 0.05,
    )


def _weighted(chance: random.Random, services: Sequence[ServiceShown]) -> ServiceShown:
    weights = [DEMAND.get(service.id, 1.0) for service in services]
    return chance.choices(services, weights)[0]


def _minutes(chance: random.Random, usual: float) -> float:
    """Lognormal with the usual duration as its mean; never shorter than half a minute."""
    return max(0.5, usual * chance.lognormvariate(-(SPREAD**2) / 2, SPREAD))
