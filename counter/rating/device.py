"""A rating panel of its own hardware: lamps and keys, spoken to in lines of text.

Towards the device: `ASK 17 zh`, `BLANK`. From the device: `SHOWN 17`, `KEY 3`. A key counts only
for the question that the device has said it shows, so that whatever is still on the wire when the
next customer comes is nobody's answer. The device may come and go; how it is reached is in
`wires`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Final, TypeAlias

from msgspec import Struct

from shared.protocol import Language

log = logging.getLogger(__name__)

LINE_BYTES_MAX: Final = 64
"""No line is longer: a device that says more has lost its mind."""

RETRY_SECONDS: Final = 2.0

Wire: TypeAlias = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Connect: TypeAlias = Callable[[], Awaitable[Wire]]
Sleep: TypeAlias = Callable[[float], Awaitable[None]]


class Asked(Struct, frozen=True):
    """What the device is to show; `again` puts the same question once more."""

    question: int
    language: Language
    again: bool = False


class Device:
    """See above. `shown` and `scored` are called with the question, and the score."""

    def __init__(
        self,
        connect: Connect,
        scores: Mapping[str, int],
        shown: Callable[[int], None],
        scored: Callable[[int, int], None],
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._connect, self._scores, self._sleep = connect, scores, sleep
        self._tell_shown, self._tell_scored = shown, scored
        self._wanted: Asked | None = None
        self._shows: int | None = None
        self._news = asyncio.Event()

    def show(self, asked: Asked | None) -> None:
        """From now on show this question, or nothing."""
        if asked != self._wanted:
            self._wanted, self._shows = asked, None
            self._news.set()

    async def run(self) -> None:
        """Speak with it for ever; connect again whenever it has gone."""
        while True:
            try:
                await self._converse(*await self._connect())
            except (OSError, EOFError, ValueError) as error:
                log.warning("the rating panel's device: %s", error)
            self._shows = None
            await self._sleep(RETRY_SECONDS)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        telling = asyncio.create_task(self._tell(writer))
        hearing = asyncio.create_task(self._hear(reader))
        try:
            done, _ = await asyncio.wait({telling, hearing}, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in (telling, hearing):
                task.cancel()
            await asyncio.gather(telling, hearing, return_exceptions=True)
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    async def _tell(self, writer: asyncio.StreamWriter) -> None:
        while True:
            self._news.clear()
            asked = self._wanted
            line = f"ASK {asked.question} {asked.language}" if asked else "BLANK"
            writer.write(f"{line}\n".encode())
            await writer.drain()
            await self._news.wait()

    async def _hear(self, reader: asyncio.StreamReader) -> None:
        while line := await reader.readline():
            if len(line) > LINE_BYTES_MAX:
                raise ValueError("a line that is too long")
            self._heard(line.decode("ascii", "replace").split())
        raise EOFError("it has gone")

    def _heard(self, words: list[str]) -> None:
        match words:
            case ["SHOWN", question] if self._wanted and question == str(self._wanted.question):
                self._shows = self._wanted.question
                self._tell_shown(self._shows)
            case ["KEY", key] if self._shows is not None and key in self._scores:
                self._tell_scored(self._shows, self._scores[key])
            case _:
                pass  # of an earlier question, or a key that means nothing
