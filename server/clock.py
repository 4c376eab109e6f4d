"""The only reader of clock, ids and chance; everyone else is given the value or a `Clock`.

Our time is milliseconds UTC and never goes back. It is anchored to the wall clock at start and
carried on by a clock nobody can set. Small differences to the wall are made up gradually; a
larger one (somebody set the machine's clock) is reported by `step_ms` and followed only when
`adopt` is called: whoever calls it knows that nobody is waiting.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable
from typing import Final, Protocol

MILLISECOND_NS: Final = 1_000_000
SECOND_NS: Final = 1_000_000_000

STEP_NS: Final = 2 * SECOND_NS
"""A difference to the wall that is no drift any more: the machine's clock was set."""

SLEW_PART: Final = 20
"""A drift is made up by one part in twenty: no wait on a screen visibly jumps or stalls."""

NAP_SECONDS_MAX: Final = 5.0
"""Nobody sleeps longer in one go: the event loop's clock stands still while the machine is
suspended, and our time may jump forward when it adopts the wall's."""

TOKEN_BYTES: Final = 24  # 192 bits: nobody guesses one


class Clock(Protocol):
    """Time, ids and chance, as the server uses them."""

    @property
    def rate(self) -> float:
        """How many times as fast as life our time runs."""

    def now_ms(self) -> int:
        """Our time: milliseconds UTC, never going back."""

    def wall_ms(self) -> int:
        """What the wall clock says now, right or wrong."""

    def monotonic(self) -> float:
        """Seconds since some moment, for durations within one run."""

    async def sleep_until(self, at_ms: int) -> None:
        """Return when our time has reached `at_ms`; at once if it has."""

    def token(self) -> str:
        """A new id or secret that cannot be guessed: letters, digits, `-` and `_`."""

    def uniform(self, low: float, high: float) -> float:
        """A number by chance between the two."""


def _elapsed_ns() -> int:
    """A clock that cannot be set and, where the system has one, counts suspend."""
    boottime = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic_ns() if boottime is None else time.clock_gettime_ns(boottime)


async def _sleep(seconds_left: Callable[[], float]) -> None:
    while (seconds := seconds_left()) > 0:  # noqa: ASYNC110 - waits for time, not for an event
        await asyncio.sleep(min(seconds, NAP_SECONDS_MAX))


class _Chance:
    """Ids and chance, the same for every clock of the server."""

    def token(self) -> str:
        return secrets.token_urlsafe(TOKEN_BYTES)

    def uniform(self, low: float, high: float) -> float:
        return secrets.SystemRandom().uniform(low, high)


class SystemClock(_Chance):
    """The clock of a real day. See `Clock`."""

    rate: Final = 1.0

    def __init__(
        self,
        wall_ns: Callable[[], int] = time.time_ns,
        elapsed_ns: Callable[[], int] = _elapsed_ns,
    ) -> None:
        self._wall_ns = wall_ns
        self._elapsed_ns = elapsed_ns
        self._at_ns = wall_ns()
        self._seen_ns = elapsed_ns()

    def now_ms(self) -> int:
        self._advance()
        return self._at_ns // MILLISECOND_NS

    def wall_ms(self) -> int:
        return self._wall_ns() // MILLISECOND_NS

    def monotonic(self) -> float:
        return self._elapsed_ns() / SECOND_NS

    async def sleep_until(self, at_ms: int) -> None:
        await _sleep(lambda: (at_ms - self.now_ms()) / 1000)

    def step_ms(self) -> int:
        """How far the wall is ahead of our time (negative: behind) since it was set; else 0."""
        self._advance()
        distance_ns = self._wall_ns() - self._at_ns
        return 0 if abs(distance_ns) < STEP_NS else distance_ns // MILLISECOND_NS

    def adopt(self) -> None:
        """Take over the wall's time, unless that would go back."""
        self._advance()
        self._at_ns = max(self._at_ns, self._wall_ns())

    def _advance(self) -> None:
        seen_ns = self._elapsed_ns()
        passed_ns = max(0, seen_ns - self._seen_ns)
        drift_ns = self._wall_ns() - (self._at_ns + passed_ns)
        if abs(drift_ns) < STEP_NS:
            slew_ns = passed_ns // SLEW_PART
            passed_ns += max(-slew_ns, min(slew_ns, drift_ns))
        self._at_ns += passed_ns
        self._seen_ns = seen_ns


class ScaledClock(_Chance):
    """The clock of a rehearsal: starts when it is told and runs `rate` times as fast.

    Only a branch's own time is scaled. `monotonic` stays real, and so do all deadlines of the
    network, which ask the event loop.
    """

    def __init__(self, start_ms: int, rate: float, clock: Clock) -> None:
        assert rate > 0, "a rehearsal goes forward"
        self.rate = rate
        self._start_ms = start_ms
        self._clock = clock
        self._began = clock.monotonic()

    def now_ms(self) -> int:
        return self._start_ms + int((self._clock.monotonic() - self._began) * 1000 * self.rate)

    def wall_ms(self) -> int:
        return self.now_ms()

    def monotonic(self) -> float:
        return self._clock.monotonic()

    async def sleep_until(self, at_ms: int) -> None:
        await _sleep(lambda: (at_ms - self.now_ms()) / 1000 / self.rate)


class Alarm:
    """Calls `ring` when the earliest time it was set to has come; one task, however often set.

    May ring early (a time that was taken back still rings): whoever hears it looks again.
    """

    def __init__(self, clock: Clock, ring: Callable[[], None]) -> None:
        self._clock = clock
        self._ring = ring
        self._at_ms: int | None = None
        self._task: asyncio.Task[None] | None = None

    def set(self, at_ms: int) -> None:
        """Ring at this time, or sooner if it is set to a sooner one already."""
        if self._at_ms is not None and self._at_ms <= at_ms:
            return
        self.stop()
        self._at_ms = at_ms
        self._task = asyncio.create_task(self._wait(at_ms), name="alarm")

    def stop(self) -> None:
        """Never ring again, unless set again."""
        if self._task is not None:
            self._task.cancel()
        self._task = self._at_ms = None

    async def _wait(self, at_ms: int) -> None:
        await self._clock.sleep_until(at_ms)
        self._at_ms = self._task = None
        self._ring()
