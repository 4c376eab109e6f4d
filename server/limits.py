"""How often something may be done. Buckets that fill evenly and are emptied by doing it.

Pure: whoever asks says what time it is, in seconds of a clock that nobody sets. How much is
allowed to whom is configured (`RateLimits` in `server/config.py`), what happens beyond is left
to whoever asks.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Final, Generic, TypeVar

from msgspec import Struct

Thing = TypeVar("Thing")

KEYS_MAX: Final = 10_000
"""Callers, addresses and branches remembered at a time; the one not asked about for longest is
forgotten first, and begins anew."""

JUST_ENOUGH: Final = 1e-9
"""What adding up seconds may lose: whoever comes back when told to is not sent away again."""


class Limit(Struct, frozen=True):
    """So many a minute; at once as many as `at_once`, after a pause."""

    a_minute: float
    at_once: float


class Bucket:
    """What is left of a limit."""

    __slots__ = ("_at", "_left", "_limit")

    def __init__(self, limit: Limit) -> None:
        self._limit = limit
        self._left = limit.at_once
        self._at = 0.0

    def wait(self, now: float, leave: float = 0.0) -> float:
        """Seconds until one can be taken that leaves so many behind; 0.0 when it can be now."""
        passed = max(0.0, now - self._at)
        a_second = self._limit.a_minute / 60
        self._left = min(self._limit.at_once, self._left + passed * a_second)
        self._at = now
        missing = 1.0 + leave - self._left
        return missing / a_second if missing > JUST_ENOUGH else 0.0

    def take(self, now: float, leave: float = 0.0) -> float:
        """Take one; where there is none, nothing is taken: seconds until there is."""
        seconds = self.wait(now, leave)
        if not seconds:
            self._left -= 1.0
        return seconds

    def give_back(self) -> None:
        """Put one back that was taken for what turned out to be right."""
        self._left = min(self._limit.at_once, self._left + 1.0)


class Pace:
    """How fast one sender may go, and how long it is put up with when it goes faster.

    As much as is allowed may also be refused; whoever keeps on beyond that is `unbearable`.
    """

    def __init__(self, limit: Limit) -> None:
        self._allowed = Bucket(limit)
        self._put_up_with = Bucket(limit)
        self.unbearable = False

    def take(self, now: float) -> float:
        """One more: 0.0 when it is allowed, else seconds until the next one is."""
        seconds = self._allowed.take(now)
        self.unbearable = bool(seconds and self._put_up_with.take(now))
        return seconds


class Kept(Generic[Thing]):
    """One thing for each key, made when it is first asked for; never more than `keys_max`."""

    def __init__(self, make: Callable[[], Thing], keys_max: int = KEYS_MAX) -> None:
        self._make = make
        self._keys_max = keys_max
        self._things: OrderedDict[Hashable, Thing] = OrderedDict()

    def of(self, key: Hashable) -> Thing:
        """The thing of that key."""
        if key not in self._things:
            self._things[key] = self._make()
            if len(self._things) > self._keys_max:
                self._things.popitem(last=False)
        self._things.move_to_end(key)
        return self._things[key]

    def __len__(self) -> int:
        return len(self._things)
