"""What people are told: a range in whole minutes, and the latest time, which does not slip (A.8).

A wait longer than was announced hurts more than a shorter one pleases, so the range begins at the
median and both ends are rounded up. The latest time printed on a ticket stays; the ticket's own
page may improve freely, and may worsen only when the new median lies beyond what was promised:
then it says why.
"""

from __future__ import annotations

from math import ceil
from typing import Final

from msgspec import Struct

from shared.protocol import Lane, WaitReason

ROUND_MINUTES: Final = 5
SHORT_MINUTES: Final = 10
"""Below it a range says no more than "within ten minutes"."""

SOON_MINUTES: Final = 5
"""No latest time lies nearer: it has to be read, and people walk back from the kiosk. Below the ten
minutes of a short range, or most short waits would hold by much, and "within ten minutes" be
followed by a time a quarter of an hour away."""

MINUTE_MS: Final = 60_000


class Minutes(Struct, frozen=True):
    """A wait as it is told, in whole minutes."""

    low: int
    high: int


class Promise(Struct, frozen=True):
    """The latest time (ms) a ticket was promised, and why it had to slip, if it did."""

    until: int
    slipped: WaitReason | None = None


def shown(p50: float, latest: float) -> Minutes:
    """A range of whole minutes: both ends up to five minutes, short waits as "within ten"."""
    if latest < SHORT_MINUTES:
        return Minutes(low=0, high=SHORT_MINUTES)
    high = _up(latest)
    return Minutes(low=min(_up(p50), high), high=high)


def first_promise(now: int, latest: float) -> Promise:
    """What is printed on the ticket: the latest time, on a full five minutes of the clock."""
    step = ROUND_MINUTES * MINUTE_MS
    at_least = max(latest, float(SOON_MINUTES)) * MINUTE_MS
    return Promise(ceil((now + at_least) / step) * step)


def kept(promise: Promise, now: int, p50: float, latest: float, why: WaitReason) -> Promise:
    """The promise after a new forecast: it stands unless even the median lies beyond it."""
    if now + p50 * MINUTE_MS <= promise.until:
        return promise
    return Promise(max(promise.until, first_promise(now, latest).until), why)


def overtakers(window_minutes: dict[Lane, float], per_minute: dict[Lane, float]) -> int:
    """About how many with an advantage can still come and be called before a ticket (A.8)."""
    return ceil(sum(window * per_minute.get(lane, 0.0) for lane, window in window_minutes.items()))


def _up(minutes: float) -> int:
    return ceil(minutes / ROUND_MINUTES) * ROUND_MINUTES
