"""A range as it was shown, to be kept: what was told to whom, on what it was based.

Plain values. `store.py` keeps them, `outcomes.py` finds out what then happened.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct

from shared.protocol import Lane, WaitReason

Ending: TypeAlias = Literal["called", "left", "changed"]
"""How a wait ended that was told: by a call; without one; or it became another wait, because the
ticket stood back, was moved, or got other rights."""


class Shown(Struct, frozen=True, kw_only=True):
    """One range, from the moment at which it was shown first. Without `visit` it stood for
    whoever would take a number next.

    `low` and `high` are the whole minutes that people read, `until` is the latest time that was
    promised (ms). The others are minutes as forecast: the quantiles before calibration, the
    calibrated 80 % range `sure_low` to `sure_high`, and `latest`, from which a promise is made.
    `learned` is false while it rests on what is configured as usual. `ahead`, `counters` and
    `waiting` are the lobby it was told in.
    """

    day: str
    at: int
    visit: int | None
    service: str
    lane: Lane
    low: int
    high: int
    until: int | None = None
    slipped: WaitReason | None = None
    first: bool = False
    p10: float
    p50: float
    p90: float
    sure_low: float
    sure_high: float
    latest: float
    learned: bool
    ahead: int = 0
    counters: int = 0
    waiting: int = 0


class Taken(Struct, frozen=True):
    """Somebody took a number on seeing the range for whoever would be next."""

    day: str
    service: str
    lane: Lane
    visit: int
    at: int


Note: TypeAlias = Shown | Taken


class End(Struct, frozen=True):
    """What became of a ticket's wait; None takes back what was noted before."""

    visit: int
    how: Ending | None
    at: int


class Over(Struct, frozen=True):
    """A ticket's wait that is over: what it was told first, how long it was, and by when it was
    to be at the latest (minutes from then on)."""

    told: Shown
    waited_minutes: float
    printed_minutes: float
    called: bool
