"""Which call is spoken next: first come, first spoken, none that is a minute old. Pure.

A number that was called again, or elsewhere, before its turn is spoken as it was called last. One
that was taken back is not spoken at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from lobby_display.stage import FRESH_MS
from shared.protocol import CallShown, DisplayView

WAITING_MAX: Final = 100


class CallsToSpeak:
    """The calls that wait to be spoken."""

    def __init__(self) -> None:
        self._waiting: list[CallShown] = []

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, news: Sequence[CallShown]) -> None:
        """These were called, in this order."""
        again = {call.number for call in news}
        still = [call for call in self._waiting if call.number not in again]
        self._waiting = [*still, *news][-WAITING_MAX:]

    def heard(self, view: DisplayView) -> None:
        """What the branch does not hold to any more is not said."""
        ids = {call.id for call in view.calls}
        moved = {
            call.number: max(c.id for c in view.calls if c.number == call.number)
            for call in view.calls
        }
        self._waiting = [
            call for call in self._waiting if call.id in ids and moved[call.number] == call.id
        ]

    def next(self, now: int) -> CallShown | None:
        """The call whose turn it is at this instant (ms of the branch), if there is one."""
        while self._waiting:
            call = self._waiting.pop(0)
            if now - call.at < FRESH_MS:
                return call
        return None
