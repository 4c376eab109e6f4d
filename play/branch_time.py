"""The branch's time as its terminals know it: what the server said, carried on at its rate.

At six hundred times the speed of life a millisecond on the network is more than half a second in
the branch. So nobody trusts a message to have come at once: of the messages of the last seconds
the one counts that took the shortest way. And who must act at an instant acts a little before:
by as much as a command has taken lately to take effect.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from statistics import median
from typing import Final, Protocol

WINDOW_SECONDS: Final = 10.0
"""How long (real) a message speaks for the server's clock. Two clocks drift apart by less than a
millisecond meanwhile."""

LAGS: Final = 15
"""So many commands tell how long one takes: enough to forgive a stall, few enough to follow."""


class Time(Protocol):
    """What the people of a played day know of time (ms, the branch's), which runs `rate` times
    as fast as life."""

    rate: float

    def now(self) -> float:
        """The branch's time."""

    def heard(self, at: int) -> None:
        """A message says what time it was when it was written."""

    def took_effect(self, sent: float, at: int) -> None:
        """A command that was sent then took effect then."""

    @property
    def lead(self) -> float:
        """How long before its time a command has to be sent."""

    async def until(self, at: float) -> None:
        """Wait for an instant."""


class BranchTime:
    """The `Time` of a server whose branch runs `rate` times as fast as life."""

    def __init__(self, rate: float, real: Callable[[], float]) -> None:
        self.rate = rate
        self._real = real
        self._before: float | None = None
        self._ahead: float | None = None
        self._since = real()
        self._lags: deque[float] = deque([0.0], maxlen=LAGS)

    def now(self) -> float:
        known = [offset for offset in (self._before, self._ahead) if offset is not None]
        assert known, "nobody has told the time yet"
        return self._scaled() + max(known)

    def heard(self, at: int) -> None:
        offset = at - self._scaled()
        if self._real() - self._since > WINDOW_SECONDS:
            self._before, self._ahead, self._since = self._ahead, None, self._real()
        self._ahead = offset if self._ahead is None else max(self._ahead, offset)

    def took_effect(self, sent: float, at: int) -> None:
        self._lags.append(at - sent)

    @property
    def lead(self) -> float:
        return max(0.0, median(self._lags))

    async def until(self, at: float) -> None:
        while (left := at - self.now()) > 0:  # noqa: ASYNC110 - waits for time, not for an event
            await asyncio.sleep(left / 1000 / self.rate)

    def _scaled(self) -> float:
        return self._real() * 1000 * self.rate
