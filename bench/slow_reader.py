"""Displays that stop reading, among fifty healthy ones, while twenty tellers work.

How long until the server cuts them, what they cost in memory until then, and what the others
notice: from the press of "call next" to each display that shows the call, against the same work
on a fresh server where nobody stalls. A stalled display keeps its connection open and its
system's buffers as they are; it just never reads again, like a frozen program.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import cycle
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct
from websockets.asyncio.client import ClientConnection

from bench.branch import SERVICES, Terminals, furnish, hello
from bench.figures import Report, command_line, share, tell
from bench.process import ServerProcess, serving
from bench.wire import Wire, ids, welcomed, wire
from shared.protocol import Accepted, CallNext, FinishService, OpenCounter, StartService, TakeTicket

HEALTHY: Final = 50
TELLERS: Final = 20
STALLED: Final = 20
WARM_UP_SECONDS: Final = 3.0
STALL_SECONDS: Final = 12.0
PAUSE_SECONDS: Final = 0.25
"""Between two presses of a teller: eighty commands a second in all, a branch in a hurry."""

LINE: Final = 60
LOOK_SECONDS: Final = 0.05
REPETITIONS: Final = 3

CUT_SECONDS_MAX: Final = 6.0
ADDED_MB_MAX: Final = 1.0
SHOWN_MS_MAX: Final = 500.0

_GAUGE: Final = re.compile(r'^lobby_connections\{role="display"\} ([0-9.]+)$', re.MULTILINE)


class Seq(Struct):
    """All of a view that is needed here."""

    seq: int = 0


class Watched(Struct):
    """When each call was pressed, by its sequence, and how long each display took to show it."""

    pressed: dict[int, float] = {}
    shown_seconds: list[float] = []


class Cost(Struct, frozen=True):
    """What one run has shown."""

    shown_seconds: list[float]
    added_mb: float
    cut_seconds: list[float]


# --- People and screens ----------------------------------------------------------------------


class Lobby:
    """The people at work, and the healthy displays."""

    def __init__(self, day: str, pause_seconds: float) -> None:
        self.watched = Watched()
        self._day = day
        self._pause_seconds = pause_seconds
        self._room = asyncio.Semaphore(LINE)

    async def keep_line_filled(self, kiosk: Wire, place: int = 1) -> None:
        """Take tickets whenever there is room in the line, for ever."""
        new = ids(f"kiosk-{place}")
        for service in cycle(SERVICES):
            await self._room.acquire()
            await kiosk.ask(TakeTicket(id=next(new), day=self._day, service=service))

    async def serve(self, teller: Wire, counter: int) -> None:
        """Call, serve and call again, for ever."""
        new = ids(f"teller-{counter}")
        await teller.ask(OpenCounter(id=next(new), day=self._day, counter=counter))
        due = time.perf_counter() + self._pause_seconds * counter / TELLERS
        while True:
            due = await self._pause(due)
            pressed = time.perf_counter()
            reply = await teller.ask(CallNext(id=next(new), day=self._day, counter=counter))
            if isinstance(reply, Accepted):
                self.watched.pressed[reply.seq] = pressed
                self._room.release()
                due = await self._pause(due)
                await teller.ask(StartService(id=next(new), day=self._day, counter=counter))
                due = await self._pause(due)
                await teller.ask(FinishService(id=next(new), day=self._day, counter=counter))

    async def _pause(self, due: float) -> float:
        """Wait until then; when the next press is due, however long the answers take."""
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        return due + self._pause_seconds

    async def show(self, display: ClientConnection) -> None:
        """A healthy display: reads whatever comes, for ever."""
        decode = msgspec.json.Decoder(Seq).decode
        arrived: dict[int, float] = {}
        seen = 0
        while True:
            data = await display.recv(decode=False)
            now = time.perf_counter()
            seq = decode(data).seq if data.startswith(b'{"type":"DisplayView"') else 0
            # The press is known by its sequence only when its reply is in: after the view.
            arrived |= dict.fromkeys(range(seen + 1, seq + 1), now)
            seen = max(seen, seq)
            for n in arrived.keys() & self.watched.pressed.keys():
                self.watched.shown_seconds.append(arrived.pop(n) - self.watched.pressed[n])


@asynccontextmanager
async def lobby_at_work(server: ServerProcess, pause_seconds: float) -> AsyncIterator[Lobby]:
    """Tellers, a kiosk and the healthy displays, while the block runs."""
    lobby, address = Lobby(server.day, pause_seconds), server.address
    async with AsyncExitStack() as stack:
        kiosk = await stack.enter_async_context(wire(address, hello("kiosk-1")))
        tasks = [asyncio.create_task(lobby.keep_line_filled(kiosk))]
        for n in range(1, HEALTHY + 1):
            display, _ = await stack.enter_async_context(welcomed(address, hello(f"display-{n}")))
            tasks.append(asyncio.create_task(lobby.show(display)))
        for n in range(1, TELLERS + 1):
            teller = await stack.enter_async_context(wire(address, hello(f"counter-{n}")))
            tasks.append(asyncio.create_task(lobby.serve(teller, n)))
        yield lobby
        for task in tasks:
            task.cancel()
        for ended in await asyncio.gather(*tasks, return_exceptions=True):
            # One that was cut off would be a healthy client harmed: not to be passed over.
            if isinstance(ended, Exception):
                raise ended


@asynccontextmanager
async def stalled(address: str, count: int) -> AsyncIterator[None]:
    """So many more displays, healthy until all are there; then none of them reads any more."""
    async with AsyncExitStack() as stack:
        displays = [
            await stack.enter_async_context(wire(address, hello(f"display-{n}")))
            for n in range(HEALTHY + 1, HEALTHY + count + 1)
        ]
        for display in displays:
            await display.stop_reading()
        yield


# --- Looking at the server -------------------------------------------------------------------


async def displays_connected(port: int) -> int:
    """As the server itself counts them."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n")
    page = await reader.read()
    writer.close()
    found = _GAUGE.search(page.decode())
    assert found is not None, page
    return int(float(found[1]))


async def watch(server: ServerProcess, count: int, seconds: float) -> tuple[list[float], float]:
    """When each of so many was cut, and the most memory the server held meanwhile (MB)."""
    began, cut, most = time.perf_counter(), list[float](), 0.0
    while (elapsed := time.perf_counter() - began) < seconds:
        left = await displays_connected(server.port) - HEALTHY
        cut += [elapsed] * (count - left - len(cut))
        most = max(most, server.memory_mb())
        await asyncio.sleep(LOOK_SECONDS)
    return cut, most


async def one_run(count: int, seconds: float, pause_seconds: float) -> Cost:
    """A fresh server, the same work, so many stalled displays."""
    with tempfile.TemporaryDirectory(prefix="lobby-bench-") as name:
        folder = Path(name) / "data"
        terminals = Terminals(counters=TELLERS, kiosks=1, displays=HEALTHY + count, skills=5)
        await furnish(folder, terminals)
        async with (
            serving(ServerProcess(folder)) as server,
            lobby_at_work(server, pause_seconds) as lobby,
        ):
            await asyncio.sleep(WARM_UP_SECONDS)
            lobby.watched.shown_seconds.clear()
            before = server.memory_mb()
            async with stalled(server.address, count):
                cut, most = await watch(server, count, seconds)
            return Cost(lobby.watched.shown_seconds, most - before, cut)


async def measure(options: argparse.Namespace, report: Report) -> None:
    """With and without, by turns."""
    # A quieter branch takes longer to fill the buffers, and so to find out.
    seconds = (8.0 if options.quick else STALL_SECONDS) * max(1.0, options.pause / PAUSE_SECONDS)
    repetitions = 1 if options.quick else REPETITIONS
    alone, disturbed = [], []
    for n in range(1, repetitions + 1):
        tell(f"slow_reader: repetition {n} of {repetitions}")
        alone.append(await one_run(0, seconds, options.pause))
        disturbed.append(await one_run(options.stalled, seconds, options.pause))
    _tell(report, options.stalled, alone, disturbed)


def _tell(report: Report, count: int, alone: list[Cost], disturbed: list[Cost]) -> None:
    cuts = [cut for one in disturbed for cut in one.cut_seconds]
    never = count * len(disturbed) - len(cuts)
    problems = [f"{never} were never cut"] if never else []
    report.check("every stalled display is cut", len(cuts), problems)
    cut = report.add("from the last byte read to the cut", "s", cuts)
    report.hold_to(cut, at_most=CUT_SECONDS_MAX)
    pairs = list(zip(disturbed, alone, strict=True))
    added_mb = [(one.added_mb - other.added_mb) / count for one, other in pairs]
    added = report.add("memory added by each stalled display", "MB", added_mb)
    report.hold_to(added, at_most=ADDED_MB_MAX)
    for name, part in (("p50", 0.5), ("p99", 0.99)):
        without = [share(one.shown_seconds, part) * 1000 for one in alone]
        with_stalled = [share(one.shown_seconds, part) * 1000 for one in disturbed]
        report.add(f"call pressed to shown, {name}: nobody stalls", "ms", without)
        shown = report.add(f"call pressed to shown, {name}: {count} stalled", "ms", with_stalled)
        ratios = [one / other for one, other in zip(with_stalled, without, strict=True)]
        report.add(f"call pressed to shown, {name}: times as long", "", ratios)
        report.hold_to(shown, at_most=SHOWN_MS_MAX)


def _options(parser: argparse.ArgumentParser) -> None:
    pause = f"seconds between two presses of a teller (default: {PAUSE_SECONDS})"
    parser.add_argument("--pause", type=float, default=PAUSE_SECONDS, help=pause)
    parser.add_argument(
        "--stalled", type=int, default=STALLED, help=f"how many (default: {STALLED})"
    )


if __name__ == "__main__":
    sys.exit(command_line("slow_reader", __doc__, measure, _options))
