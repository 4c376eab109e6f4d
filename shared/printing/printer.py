"""One printer, and the papers that wait for it: each is printed once, or known not to be.

Asks before and after: a paper out, an open cover or a silent printer is told, and the ticket stays
on the screen, where it was first. A paper of which some may have been printed is never sent again
by itself. Papers grow old: nobody waits for one whose customer has gone.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias

from msgspec import Struct

from shared.printing.devices import Device, NotPrinted
from shared.printing.escpos import Width, as_text, state_of
from shared.printing.paper import Paper
from shared.protocol import PrinterState

log = logging.getLogger(__name__)

WAITING_MAX: Final = 8
GOOD_FOR_SECONDS: Final = 60.0
"""So long a paper waits for a printer that is mended; its ticket was on the screen as long."""

LOOK_SECONDS: Final = 2.0
"""How often an idle printer is asked. With the patience of an answer and a second until it is told,
staff know of a fault within five."""

USABLE: Final[frozenset[PrinterState]] = frozenset({"ready", "paper_low", "unknown"})
"""A printer that says nothing of itself may well print: it is tried."""


Encode: TypeAlias = Callable[[Paper, Width], bytes]
"""What the device is sent for a paper: `as_text`, `as_picture`, or a PNG."""


class Waiting(Struct, frozen=True):
    """A paper, and since when it waits."""

    paper: Paper
    since: float


class PrinterAtWork:
    """See above."""

    def __init__(
        self,
        device: Device,
        *,
        encode: Encode = as_text,
        width: Width | None = None,
        now: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.state: PrinterState = "unknown"
        self._device = device
        self._width = width or Width()
        self._encode = encode
        self._now = now
        self._sleep = sleep
        self._waiting: deque[Waiting] = deque(maxlen=WAITING_MAX)
        self._bell = asyncio.Event()

    def print(self, paper: Paper) -> None:
        """Print it as soon as the printer can, once."""
        self._waiting.append(Waiting(paper, self._now()))
        self._bell.set()

    async def run(self) -> None:
        """Look after the printer, for ever."""
        while True:
            await self.look()
            while self._waiting and self.state in USABLE:
                await self._print(self._waiting.popleft())
            await self._rest()
            self._bell.clear()

    async def _rest(self) -> None:
        """Until there is a paper, or it is time to look again."""
        either = [
            asyncio.ensure_future(self._bell.wait()),
            asyncio.ensure_future(self._sleep(LOOK_SECONDS)),
        ]
        try:
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for waiting in either:
                waiting.cancel()

    async def look(self) -> None:
        """Ask the printer how it is."""
        try:
            self._become(state_of(await self._device.ask()))
        except NotPrinted as silent:
            log.info("the printer cannot be reached: %s", silent)
            self._become("offline")

    async def _print(self, waiting: Waiting) -> None:
        if self._now() - waiting.since > GOOD_FOR_SECONDS:
            log.warning("a paper was not printed in time: its customer has gone")
            return
        try:
            await self._device.send(self._encode(waiting.paper, self._width))
        except NotPrinted as refused:
            log.warning("not printed: %s", refused)
            if not refused.sent:
                # None of it has left: it is the first again when the printer is back.
                self._waiting.appendleft(waiting)
            self._become("offline")
            return
        await self.look()

    def _become(self, state: PrinterState) -> None:
        if state != self.state:
            log.info("the printer is %s", state)
            self.state = state
