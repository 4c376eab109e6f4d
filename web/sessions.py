"""Who is at which station: one page at a time, and behind it one process.

A station is one terminal, with one outbox on disk, and the server lets the newest connection of it
win. So a page that is newly opened takes the station over from another, and the program of the
other has to be gone first. What bounds the processes is therefore the number of stations.
"""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Final

import msgspec
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from web.app_process import AppProcess
from web.places import Place

log = logging.getLogger(__name__)

ENDED: Final = 4000
"""The program has ended: the page comes back by itself."""

ELSEWHERE: Final = 4001
"""Another page has taken the station over: this one waits until it is free."""

SEND_SECONDS: Final = 10.0
"""A page that takes nothing for so long is gone, whatever its connection says."""

WIDTH_MAX: Final = 500
HEIGHT_MAX: Final = 250

_decode = msgspec.json.Decoder().decode


class Page:
    """One connection of one page."""

    def __init__(self, socket: ServerConnection, name: str) -> None:
        self.socket = socket
        self.name = name
        self.taken = asyncio.Event()


class Seat:
    """One station, and the page that has it."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self._holder: Page | None = None
        self._turn = asyncio.Lock()

    def is_free_for(self, page: str) -> bool:
        """Whether a page of that name would take it from nobody else."""
        return self._holder is None or self._holder.name == page

    async def sit(self, page: Page, width: int, height: int) -> None:
        """Show the program on that page, until the page goes, the program ends, or another page
        takes the station."""
        if self._holder is not None:
            self._holder.taken.set()
        self._holder = page
        try:
            async with self._turn:
                # Whoever waited longest may have been overtaken meanwhile.
                if not page.taken.is_set():
                    await _show(self.place, page, width, height)
        finally:
            if self._holder is page:
                self._holder = None
        code = ELSEWHERE if page.taken.is_set() else ENDED
        await page.socket.close(code)


async def _show(place: Place, page: Page, width: int, height: int) -> None:
    process = AppProcess(place)
    try:
        await process.start(*_bounded(width, height))
        works = (_draw(process, page), _type(process, page), page.taken.wait())
        tasks = [asyncio.ensure_future(work) for work in works]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            for fault in await asyncio.gather(*tasks, return_exceptions=True):
                _tell_of(fault)
    finally:
        # Also when we are told to stop meanwhile: a program must not outlive its page.
        await asyncio.shield(process.stop())


def _tell_of(fault: object) -> None:
    expected = (asyncio.CancelledError, ConnectionClosed, ConnectionError)
    if isinstance(fault, BaseException) and not isinstance(fault, expected):
        log.error("a page has ended with a fault", exc_info=fault)


async def _draw(process: AppProcess, page: Page) -> None:
    async for packet in process.drawn():
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await page.socket.send(packet)
        except TimeoutError:
            # The library would wait for it to take the goodbye, too.
            page.socket.transport.abort()
            return


async def _type(process: AppProcess, page: Page) -> None:
    async for message in page.socket:
        match _decoded(message):
            case ["stdin", str(keys)]:
                await process.typed(keys)
            case ["resize", {"width": int(width), "height": int(height)}]:
                columns, rows = _bounded(width, height)
                await process.tell("resize", width=columns, height=rows)
            case ["focus" | "blur" as kind]:
                await process.tell(kind)
            case ["ping", str(said)]:
                await page.socket.send(json.dumps(["pong", said]), text=True)
            case _:
                pass  # nothing that our page says


def _decoded(message: str | bytes) -> object:
    try:
        return _decode(message)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _bounded(width: int, height: int) -> tuple[int, int]:
    return min(max(1, width), WIDTH_MAX), min(max(1, height), HEIGHT_MAX)
