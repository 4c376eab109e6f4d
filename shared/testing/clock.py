"""A clock that stands still until it is moved by hand, with chance and ids that repeat.

Stands in for the server's clock and for a link's timing. Time passes only in `advance`; whoever
sleeps until then is woken in the order of the hours they asked for.
"""

from __future__ import annotations

import asyncio
import math
import random  # noqa: TID251 - a stand-in for the clock gives chance too, one that repeats
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from shared.feeds import Bell

MONDAY_AT_NINE: Final = "2026-11-16T09:00"

SEED: Final = 20261116


class ManualClock:
    """Monday, 16 November 2026, nine o'clock in Shanghai, until told otherwise.

    One time drives everything: the branch's (`now_ms`), the machine's (`wall_ms`) and the
    monotonic one. `step_wall` sets the machine's clock wrong, as an operator would; the other
    two do not notice.
    """

    rate: Final = 1.0

    def __init__(self, start: str = MONDAY_AT_NINE, zone: str = "Asia/Shanghai") -> None:
        local = datetime.fromisoformat(start).replace(tzinfo=ZoneInfo(zone))
        self._start_ms = round(local.timestamp() * 1000)
        self._passed_ms = 0
        self._stepped_ms = 0
        self._sleepers: list[tuple[int, asyncio.Future[None]]] = []
        self._tokens = 0
        self._random = random.Random(SEED)  # noqa: S311 - protects nothing
        self._bell = Bell()

    # --- What a clock can do -----------------------------------------------------------------

    def now_ms(self) -> int:
        """The branch's time: UTC, in ms."""
        return self._start_ms + self._passed_ms

    def wall_ms(self) -> int:
        """What the machine's clock says: UTC, in ms."""
        return self.now_ms() + self._stepped_ms

    def monotonic(self) -> float:
        """Seconds since this clock was made."""
        return self._passed_ms / 1000

    async def sleep_until(self, at_ms: int) -> None:
        """Return once the branch's time has come that far."""
        if at_ms <= self.now_ms():
            await asyncio.sleep(0)
            return
        sleeper = (at_ms, asyncio.get_running_loop().create_future())
        self._sleepers.append(sleeper)
        self._bell.ring()
        try:
            await sleeper[1]
        finally:
            self._sleepers.remove(sleeper)

    async def sleep(self, seconds: float) -> None:
        """Return once so much time has passed."""
        await self.sleep_until(self.now_ms() + _ms_up(seconds))

    def token(self) -> str:
        """32 characters; the next one each time, the same ones in each test."""
        self._tokens += 1
        return f"{self._tokens:032x}"

    def uniform(self, low: float, high: float) -> float:
        """A number between; the same ones in each test."""
        return self._random.uniform(low, high)

    # --- What a test can do ------------------------------------------------------------------

    def advance(self, *, seconds: float = 0, minutes: float = 0, hours: float = 0) -> None:
        """Let time pass at once. Sleepers wake when the test next awaits, the earliest first,
        and find the time that it is by then."""
        passed = _ms_up(seconds + 60 * minutes + 3600 * hours)
        assert passed >= 0, "this time never goes back: see step_wall"
        self._passed_ms += passed
        for _, wakes in sorted(self._due(), key=lambda sleeper: sleeper[0]):
            wakes.set_result(None)

    def step_wall(self, ms: int) -> None:
        """Set the machine's clock forward or back; no time passes."""
        self._stepped_ms += ms

    @property
    def naps(self) -> list[float]:
        """How long each sleeper still sleeps, in seconds, the shortest first."""
        return sorted(
            (at - self.now_ms()) / 1000 for at, wakes in self._sleepers if not wakes.done()
        )

    async def asleep(self, count: int = 1) -> None:
        """Wait until at least so many are sleeping; then time may pass without missing them."""
        while len(self.naps) < count:
            await self._bell.wait()

    def _due(self) -> list[tuple[int, asyncio.Future[None]]]:
        return [
            (at, wakes) for at, wakes in self._sleepers if at <= self.now_ms() and not wakes.done()
        ]


def _ms_up(seconds: float) -> int:
    """Whole ms, never less than asked for: who sleeps must not wake before the time."""
    return math.ceil(round(seconds * 1000, 6))  # 0.8 + 0.4 is a little more than 1.2
