"""The phones of a bench, in a process of their own: what they read takes no time from the tellers.

The process is told what to do over a pipe: to come, to remember from now on, to say what it has
seen, to dial again after a kill. It speaks of times on the machine's clock that cannot be set,
which is the same in every process.
"""

from __future__ import annotations

import asyncio
import os
import random
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any, Final

from msgspec import Struct
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from bench.figures import run
from bench.wire import welcomed
from shared.protocol import VERSION, VIEW_BYTES_MAX, Hello, encode

SOON_SECONDS: Final = 1.0
LATER_SECONDS: Final = 15.0
"""As the page does it: at random within a second once, then within a quarter of a minute."""

QUIET_SECONDS: Final = 1.0
"""When nothing has come for so long, all that was sent has been read."""

AT_ONCE: Final = 50
"""Phones that come at the same moment before the work begins."""

SEQ: Final = re.compile(rb'"seq":(\d+),"at":(\d+)')


class Seen(Struct):
    """What one page was told while it was remembered: views as (sequence, s), the newest of them
    whole; the bytes of all messages; and the server's time when the clock here was nought (s)."""

    branch: str
    views: list[tuple[int, float]]
    newest: bytes
    bytes: int
    server_began: float


class Phone:
    """One page: reads what comes, and when."""

    def __init__(self, branch: str, secret: str) -> None:
        self.seen = Seen(branch, [], b"", 0, -1e18)
        self._first = Hello(version=VERSION, ticket=secret, language="en")
        self._socket: Any = None
        self._reading: asyncio.Task[None] | None = None

    async def come(self, address: str) -> None:
        """Open the page; returns when it is welcomed, and reads on."""
        self._socket = await connect(
            address, compression=None, max_size=VIEW_BYTES_MAX, proxy=None, close_timeout=1
        )
        await self._socket.send(encode(self._first), text=True)
        await self._socket.recv(decode=False)
        self._reading = asyncio.create_task(self._read())

    async def leave(self) -> None:
        """Close the page."""
        await self._socket.close()

    async def back(self, address: str, killed: float, chance: random.Random) -> float:
        """Dial until welcomed again, as patiently as the page does; seconds since the kill."""
        return await back(address, self._first, killed, patience(chance))

    def remember(self) -> None:
        """From now on; only what is shown already stays."""
        self.seen.views, self.seen.bytes = self.seen.views[-1:], 0

    async def _read(self) -> None:
        try:
            while True:
                data = await self._socket.recv(decode=False)
                self._take(data, time.perf_counter())
        except ConnectionClosed:
            pass

    def _take(self, data: bytes, now: float) -> None:
        self.seen.bytes += len(data)
        found = SEQ.search(data)
        if found is None:
            return
        # The message that was quickest tells best what the time is at the server.
        self.seen.server_began = max(self.seen.server_began, int(found[2]) / 1000 - now)
        if data.startswith(b'{"type":"TicketView"'):
            self.seen.views.append((int(found[1]), now))
            self.seen.newest = data


def patience(chance: random.Random) -> Iterator[float]:
    """What a page waits before its attempts (s)."""
    yield chance.uniform(0, SOON_SECONDS)
    while True:
        yield chance.uniform(0, LATER_SECONDS)


async def back(address: str, first: Hello, killed: float, waits: Iterator[float]) -> float:
    """Dial until welcomed, and shown something; seconds since the kill."""
    for wait in waits:
        await asyncio.sleep(wait)
        with suppress(OSError, ConnectionClosed, InvalidHandshake, TimeoutError):
            async with welcomed(address, first) as (socket, _):
                await socket.recv(decode=False)
                return time.perf_counter() - killed
    raise AssertionError("it is tried for ever")


class Crowd:
    """The process, from outside. `with` ends it."""

    def __init__(self) -> None:
        context = get_context("spawn")
        self._pipe, other = context.Pipe()
        self._process = context.Process(target=_live, args=(other,), daemon=True)

    def __enter__(self) -> Crowd:
        self._process.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.join()

    async def come(self, address: str, links: Sequence[tuple[str, str]]) -> None:
        """Open a page for each link, given as branch and secret."""
        await self._do("come", address, links)

    async def leave(self) -> None:
        """Close all pages."""
        await self._do("leave")

    async def remember(self) -> None:
        """Count what comes from now on."""
        await self._do("remember")

    async def seen(self) -> list[Seen]:
        """What each page was told since then."""
        found: list[Seen] = await self._do("seen")
        return found

    async def back(self, address: str, killed: float, more: int, seed: int) -> list[float]:
        """All pages dial again, and so many with the links of some: seconds since the kill."""
        found: list[float] = await self._do("back", address, killed, more, seed)
        return found

    async def _do(self, *order: object) -> Any:
        self._pipe.send(order)
        return await asyncio.to_thread(self._pipe.recv)


def _live(pipe: Connection) -> None:
    # In life every phone has a processor of its own; here they share the server's and the tellers',
    # and get what is left. To be nice is not enough: whoever wakes up would still wait for the end
    # of a turn, milliseconds.
    os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    run(_obey(pipe))


async def _read_on(phones: Sequence[Phone]) -> None:
    """On a busy machine there may be much that waits to be read."""
    before = -1
    while (views := sum(len(one.seen.views) for one in phones)) != before:
        before = views
        await asyncio.sleep(QUIET_SECONDS)


async def _obey(pipe: Connection) -> None:
    phones: list[Phone] = []
    while True:
        match await asyncio.to_thread(pipe.recv):
            case ("come", address, links):
                phones = [Phone(*link) for link in links]
                for n in range(0, len(phones), AT_ONCE):
                    await asyncio.gather(*(one.come(address) for one in phones[n : n + AT_ONCE]))
                pipe.send(None)
            case ("leave",):
                for n in range(0, len(phones), AT_ONCE):
                    await asyncio.gather(*(one.leave() for one in phones[n : n + AT_ONCE]))
                pipe.send(None)
            case ("remember",):
                for phone in phones:
                    phone.remember()
                pipe.send(None)
            case ("seen",):
                await _read_on(phones)
                pipe.send([phone.seen for phone in phones])
            case ("back", address, killed, more, seed):
                chance = random.Random(seed)
                dialling = [
                    phone.back(address, killed, chance) for phone in (*phones, *phones[:more])
                ]
                pipe.send(await asyncio.gather(*dialling))
            case unknown:
                raise AssertionError(unknown)
