"""The numbers of a reconnecting link, and its clock, sleep and chance as values.

Tests hand in their own clock and play hours without waiting. The real ones are chosen in
`shared/link.py`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from msgspec import Struct

EXPONENT_MAX: Final = 16
"""Beyond it only the cap counts; a power without a bound overflows on the second day."""

RETRY_AFTER_SECONDS_MAX: Final = 60.0
"""The longest that a server's `retry_after_ms` is obeyed: a wrong figure silences nobody."""


class Timing(Struct, frozen=True, kw_only=True):
    """How patient a link is; all in seconds.

    The defaults are a station's. After a crash every attempt fails at once and the next comes
    within `cap_seconds`; where a machine is off, an attempt hangs `open_seconds` at most. So a
    hundred stations are back within 9 s of the server's return, spread over 5. One that is sent
    away each time asks every 2.5 s on average (half the cap).
    """

    sleep: Callable[[float], Awaitable[None]]
    now: Callable[[], float]
    uniform: Callable[[float, float], float]
    base_seconds: float = 0.25
    cap_seconds: float = 5.0
    healthy_seconds: float = 20.0
    stale_seconds: float = 10.0
    answer_seconds: float = 20.0
    open_seconds: float = 4.0
    close_seconds: float = 1.0

    def backoff(self, attempt: int) -> float:
        """How long to wait before an attempt, the first being 0: full jitter, ever growing."""
        longest = self.base_seconds * 2 ** min(attempt, EXPONENT_MAX)
        return self.uniform(0.0, min(self.cap_seconds, longest))

    def later(self, retry_after_ms: int) -> float:
        """How long to wait when told to: never less, and not everyone at the same instant."""
        told = min(max(retry_after_ms, 0) / 1000, RETRY_AFTER_SECONDS_MAX)
        return told + self.uniform(0.0, told / 2)
