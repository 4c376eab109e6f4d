"""The scenario S3: a lobby of seven counters with scarce skills, four lanes and a busy day.

The same day by which calling rules and forecasts are judged, so that their figures can be seen
happen. Pure: a seed in, a plan out.
"""

from __future__ import annotations

import random
from typing import Final

from play import draws
from play.plan import CounterPlan, Customer, DayPlan, LaneScore, Shift, in_order
from shared.protocol import Lane

OPENS: Final = 9 * 3_600.0
PER_MINUTE: Final = 0.88

SKILLS: Final = (
    ("S0",),
    ("S0",),
    ("S0", "S1"),
    ("S0", "S1"),
    ("S0", "S1", "S2"),
    ("S1", "S2"),
    ("S2",),
)
"""What each counter does."""

BREAK_MINUTES: Final = 30
BREAKS_BEGIN_MINUTES: Final = (180, 210, 240, 270)
"""After the opening; counters take them in turn."""

MEAN_MINUTES: Final = {"S0": 4, "S1": 8, "S2": 14}
VARIATION: Final = {"S0": 0.8, "S1": 0.7, "S2": 0.6}

LANES: Final[dict[Lane, float]] = {"ordinary": 0.62, "care": 0.18, "vip": 0.08, "appointment": 0.12}

MIX: Final[dict[Lane, dict[str, float]]] = {
    "ordinary": {"S0": 0.6, "S1": 0.28, "S2": 0.12},
    "care": {"S0": 0.7, "S1": 0.2, "S2": 0.1},
    "vip": {"S0": 0.2, "S1": 0.4, "S2": 0.4},
    "appointment": {"S0": 0.0, "S1": 0.4, "S2": 0.6},
}
"""What the people of each lane come for."""

ABSENT_SHARE: Final = 0.06

SCORES: Final[dict[Lane, LaneScore]] = {
    "ordinary": LaneScore(head_start_minutes=0, rate=1, escalate_minutes=45),
    "care": LaneScore(head_start_minutes=5, rate=2, escalate_minutes=25),
    "vip": LaneScore(head_start_minutes=8, rate=3, escalate_minutes=20),
    "appointment": LaneScore(head_start_minutes=15, rate=2, escalate_minutes=15),
}


def s3_day(seed: int) -> DayPlan:
    """Eight hours, and until everybody is served."""
    chance = random.Random(seed)
    came = draws.arrivals(chance, PER_MINUTE, OPENS, draws.PROFILE)
    counters = [_counter(n, skills) for n, skills in enumerate(SKILLS)]
    return DayPlan(
        customers=in_order([_customer(chance, at) for at in came]),
        counters=tuple(counters),
        scores=SCORES,
    )


def _customer(chance: random.Random, at: float) -> Customer:
    lane = draws.one_of(chance, LANES)
    service = draws.one_of(chance, MIX[lane])
    seconds = draws.lasting(chance, MEAN_MINUTES[service] * 60, VARIATION[service])
    return Customer(
        arrival_seconds=at,
        services=(service,),
        service_seconds=(seconds,),
        lanes=() if lane == "ordinary" else (lane,),
        comes=chance.random() >= ABSENT_SHARE,
    )


def _counter(n: int, skills: tuple[str, ...]) -> CounterPlan:
    begin = OPENS + BREAKS_BEGIN_MINUTES[n % len(BREAKS_BEGIN_MINUTES)] * 60
    lunch = (begin, begin + BREAK_MINUTES * 60)
    shift = Shift(begin_seconds=OPENS, breaks=(lunch,))
    return CounterPlan(counter=n + 1, services=skills, shifts=(shift,))
