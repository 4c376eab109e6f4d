"""How soon everybody is back: a hundred terminals, and a server that is killed and started again.

Back means: welcomed again, and showing a view newer than the kill. The limit is the server's own
return, from the kill to listening again; the rest is the terminals' patience, spread on purpose
so that they do not come all at once. The kills follow each other before anyone's patience is
reset, which is the worst for them.

Then the opposite: terminals that are sent away each time they come, and how often they come
again; beside them the library's own reconnecting, which is what the link is there to replace.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Final, TypeAlias

from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from bench.branch import Terminals, furnish, hello
from bench.figures import Report, command_line, share, tell
from bench.process import ServerProcess, serving
from shared.link import REAL_TIME, Link
from shared.protocol import VERSION, Refused, Welcome, encode
from shared.timing import Timing

TERMINALS: Final = Terminals(counters=50, kiosks=5, displays=45)
KILLS: Final = 8
SEED: Final = 20261116
BACK_SECONDS_MAX: Final = 10.0

KICKED_SECONDS: Final = 60.0
REFUSED_ATTEMPTS_MAX: Final = 1.0

Handler: TypeAlias = Callable[[ServerConnection], Awaitable[None]]


# --- Back after a kill -----------------------------------------------------------------------


@asynccontextmanager
async def everyone(address: str, timing: Timing = REAL_TIME) -> AsyncIterator[list[Link]]:
    """All terminals, live and with a view to show."""
    stations = [f"counter-{n}" for n in range(1, TERMINALS.counters + 1)]
    stations += [f"kiosk-{n}" for n in range(1, TERMINALS.kiosks + 1)]
    stations += [f"display-{n}" for n in range(1, TERMINALS.displays + 1)]
    async with AsyncExitStack() as stack:
        links = [Link(address, hello(station), timing=timing) for station in stations]
        for link in links:
            await stack.enter_async_context(link)
        await asyncio.gather(*(link.until(1) for link in links))
        yield links


async def back(link: Link, seq: int, killed: float) -> float:
    """Seconds from the kill until the link is live and shows more than was there before."""
    await link.until(seq + 1)
    assert link.state == "live", link.state
    return time.perf_counter() - killed


async def measure_comeback(report: Report, kills: int) -> None:
    """Kill, start, wait for everybody; again."""
    chance = random.Random(SEED)
    listening: list[float] = []
    backs: list[list[float]] = []
    with tempfile.TemporaryDirectory(prefix="lobby-bench-") as name:
        folder = Path(name) / "data"
        await furnish(folder, TERMINALS)
        async with serving(ServerProcess(folder)) as server, everyone(server.address) as links:
            for n in range(1, kills + 1):
                tell(f"comeback: kill {n} of {kills}")
                await asyncio.sleep(chance.uniform(0.5, 2.0))
                seq = max(link.welcome.seq for link in links if link.welcome)
                killed = time.perf_counter()
                server.kill()
                await server.ended()
                await server.start()
                listening.append(time.perf_counter() - killed)
                backs.append(await asyncio.gather(*(back(link, seq, killed) for link in links)))
    report.add(f"terminals on {kills} kills", "", [len(one) for one in backs])
    report.add("from the kill to listening again", "s", listening)
    report.add("from the kill to half of them back", "s", [share(one, 0.5) for one in backs])
    last = report.add("from the kill to all of them back", "s", [max(one) for one in backs])
    report.hold_to(last, at_most=BACK_SECONDS_MAX)
    ratios = [max(one) / limit for one, limit in zip(backs, listening, strict=True)]
    report.add("all back, in times of the server's own return", "", ratios)


# --- Sent away -------------------------------------------------------------------------------


async def _welcome(socket: ServerConnection) -> None:
    await socket.recv()
    welcome = Welcome(
        version=VERSION,
        branch="main",
        station="kiosk-1",
        role="kiosk",
        epoch="kicked",
        seq=0,
        at=0,
        heartbeat_ms=5_000,
    )
    await socket.send(encode(welcome), text=True)


async def kicks(socket: ServerConnection) -> None:
    """Welcomed, then closed without a reason."""
    await _welcome(socket)


async def asks_for_patience(socket: ServerConnection) -> None:
    """Welcomed, then closed, to come back in ten seconds."""
    await _welcome(socket)
    await socket.close(4503, '{"retry_after_ms": 10000}')


async def bars(socket: ServerConnection) -> None:
    """Welcomed, then closed for good: not allowed."""
    await _welcome(socket)
    await socket.close(4403)


async def refuses(socket: ServerConnection) -> None:
    """Refused by name, for good."""
    await socket.recv()
    refused = Refused(id="", code="NotKnown", text="Not known.", final=True)
    await socket.send(encode(refused), text=True)


class Unwelcoming:
    """A server that counts how often it is asked, and sends everyone away."""

    def __init__(self, handler: Handler) -> None:
        self.attempts = 0
        self._handler = handler

    @asynccontextmanager
    async def at(self) -> AsyncIterator[str]:
        """Its address."""
        async with serve(self._count, "127.0.0.1", 0, compression=None) as server:
            yield f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/ws"

    async def _count(self, socket: ServerConnection) -> None:
        self.attempts += 1
        with suppress(ConnectionClosed):
            await self._handler(socket)


async def a_link(address: str, seconds: float) -> None:
    """What a terminal does in so long a time."""
    async with Link(address, hello("kiosk-1")):
        await asyncio.sleep(seconds)


async def the_library(address: str, seconds: float) -> None:
    """What the library's own reconnecting does."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            async for socket in connect(address, compression=None, proxy=None):
                with suppress(ConnectionClosed):
                    await socket.send(encode(hello("kiosk-1")), text=True)
                    while True:
                        await socket.recv()


async def attempts(
    handler: Handler, client: Callable[[str, float], Awaitable[None]], seconds: float
) -> int:
    """How often such a client comes to such a server."""
    server = Unwelcoming(handler)
    async with server.at() as address:
        await client(address, seconds)
    return server.attempts


async def measure_sent_away(report: Report, seconds: float) -> None:
    """All of them at the same time, and the library alone, since it leaves no time for others."""
    tell(f"comeback: sent away, {seconds:.0f} s")
    handlers = (kicks, asks_for_patience, bars, refuses)
    kicked, patient, barred, refused = await asyncio.gather(
        *(attempts(handler, a_link, seconds) for handler in handlers)
    )
    library = await attempts(kicks, the_library, seconds / 20) * 20
    minutes = seconds / 60
    report.add("a link, kicked each time: attempts", "/min", [kicked / minutes])
    report.add("a link, asked to wait 10 s each time: attempts", "/min", [patient / minutes])
    report.add("the library's own reconnecting, kicked: attempts", "/min", [library / minutes])
    report.add("a kicked link as part of the library", "", [kicked / library])
    for name, times in (("told that it may not", barred), ("refused by name", refused)):
        figure = report.add(f"a link, {name}: attempts in all", "", [times])
        report.hold_to(figure, at_most=REFUSED_ATTEMPTS_MAX)


async def measure(options: argparse.Namespace, report: Report) -> None:
    """Both."""
    await measure_comeback(report, options.kills or (2 if options.quick else KILLS))
    await measure_sent_away(report, 10.0 if options.quick else KICKED_SECONDS)


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--kills", type=int, help=f"how many (default: {KILLS})")


if __name__ == "__main__":
    sys.exit(command_line("comeback", __doc__, measure, _options))
