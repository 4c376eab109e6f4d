"""Commands per second, and how long each takes, over the whole path: socket, rules, disk, reply.

Measured against the bare path (`bench/bare.py bare`: the same messages and the same durable
commit, no rules and no views) and against a plain websocket echo, right after one another, so
that a busy machine slows all of them.

- *line*: lobby assistants take tickets and give them back; all of them see the kiosk's view.
- *counters*: tellers call the next of a hundred waiting and return the ticket; each sees its own
  counter's view. The dearest the server can be asked: every command changes every view.

`wire` is the lightest possible client, `link` is what terminals use. CPU is the server's, all
threads, per command: the figure that a busy machine changes least.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Final, TypeAlias

from msgspec import Struct
from websockets.asyncio.client import connect

from bench.branch import SERVICES, Terminals, furnish, hello
from bench.figures import Report, command_line, share, tell
from bench.process import BareProcess, ServerProcess, serving
from bench.wire import ids, wire
from shared.link import Link
from shared.protocol import (
    Accepted,
    CallNext,
    Command,
    LeaveLine,
    OpenCounter,
    Reply,
    ReturnTicket,
    TakeTicket,
    encode,
)

CONNECTIONS: Final = (1, 8, 50)
WAITING: Final = 100
SECONDS: Final = 2.0
REPETITIONS: Final = 5
P99_MS_MAX: Final = 300.0
"""From the press of a button to its answer, with everybody pressing without a pause."""

Ask: TypeAlias = Callable[[Command], Awaitable[Reply]]
Opened: TypeAlias = AbstractAsyncContextManager[list[Ask]]
Work: TypeAlias = Callable[[Ask, int, str, Iterator[str]], Awaitable[None]]


class Sample(Struct, frozen=True):
    """One measurement: each command's seconds, the whole time, and the server's CPU."""

    latencies: list[float]
    seconds: float
    cpu_seconds: float

    @property
    def rate(self) -> float:
        """Commands a second."""
        return len(self.latencies) / self.seconds

    @property
    def cpu_ms(self) -> float:
        """The server's CPU per command."""
        return self.cpu_seconds * 1000 / len(self.latencies)


# --- What the people do ----------------------------------------------------------------------


async def line(ask: Ask, n: int, day: str, new: Iterator[str]) -> None:
    """Take a ticket and give it back."""
    service = SERVICES[n % len(SERVICES)]
    taken = await ask(TakeTicket(id=next(new), day=day, service=service))
    assert isinstance(taken, Accepted), taken
    assert taken.visit is not None
    await ask(LeaveLine(id=next(new), day=day, visit=taken.visit))


async def counters(ask: Ask, n: int, day: str, new: Iterator[str]) -> None:
    """Call the next, and put the ticket back where it was."""
    called = await ask(CallNext(id=next(new), day=day, counter=n))
    assert isinstance(called, Accepted), called
    await ask(ReturnTicket(id=next(new), day=day, counter=n))


async def prepare(address: str, open_counters: int) -> None:
    """Open the counters and let a line form."""
    async with AsyncExitStack() as wires:
        kiosk = await wires.enter_async_context(wire(address, hello("kiosk-1")))
        day = kiosk.welcome.day or ""
        new = ids("prepare")
        for n in range(WAITING):
            service = SERVICES[n % len(SERVICES)]
            await kiosk.ask(TakeTicket(id=next(new), day=day, service=service))
        for n in range(1, open_counters + 1):
            teller = await wires.enter_async_context(wire(address, hello(f"counter-{n}")))
            await teller.ask(OpenCounter(id=next(new), day=day, counter=n))


# --- Measuring -------------------------------------------------------------------------------


async def drive(
    server: ServerProcess, asks: list[Ask], work: Work, seconds: float, name: str
) -> Sample:
    """Everybody works for so long, each one thing at a time."""
    latencies: list[float] = []
    began, cpu = time.perf_counter(), server.cpu_seconds()
    until = began + seconds

    def timed(ask: Ask) -> Ask:
        async def wrapped(command: Command) -> Reply:
            sent = time.perf_counter()
            reply = await ask(command)
            latencies.append(time.perf_counter() - sent)
            return reply

        return wrapped

    async def person(n: int, ask: Ask) -> None:
        new = ids(f"{name}-{n}")
        while time.perf_counter() < until:
            await work(timed(ask), n, server.day, new)

    await asyncio.gather(*(person(n, ask) for n, ask in enumerate(asks, start=1)))
    return Sample(latencies, time.perf_counter() - began, server.cpu_seconds() - cpu)


@asynccontextmanager
async def wires(address: str, station: str, n: int, *views: str) -> AsyncIterator[list[Ask]]:
    """So many of the lightest clients."""
    async with AsyncExitStack() as stack:
        opened = [wire(address, hello(f"{station}-{i}", *views)) for i in range(1, n + 1)]
        yield [(await stack.enter_async_context(one)).ask for one in opened]


@asynccontextmanager
async def links(address: str, station: str, n: int, *views: str) -> AsyncIterator[list[Ask]]:
    """So many terminals, without the outbox: its disk is the terminal's own."""
    async with AsyncExitStack() as stack:
        opened = [Link(address, hello(f"{station}-{i}", *views)) for i in range(1, n + 1)]
        for link in opened:
            await stack.enter_async_context(link)
        for link in opened:
            while await link.next_state("connecting") != "live":
                pass
        yield [link.send for link in opened]


@asynccontextmanager
async def echoes(address: str, n: int) -> AsyncIterator[list[Ask]]:
    """So many connections to the echo; each message comes back as it went."""
    async with AsyncExitStack() as stack:
        opened = [connect(address, compression=None, proxy=None) for _ in range(n)]
        sockets = [await stack.enter_async_context(one) for one in opened]

        def ask_of(n: int) -> Ask:
            async def ask(command: Command) -> Reply:
                await sockets[n].send(encode(command), text=True)
                await sockets[n].recv(decode=False)
                return Accepted(id=command.id, seq=0, visit=1)

            return ask

        yield [ask_of(n) for n in range(n)]


async def measure_once(folder: Path, seconds: float) -> dict[str, Sample]:
    """All loads and both limits, those that are compared right after one another."""
    most = max(CONNECTIONS)
    await furnish(folder / "lobby", Terminals(counters=most, kiosks=1, assistants=most))
    samples: dict[str, Sample] = {}

    async def take(name: str, server: ServerProcess, work: Work, opened: Opened) -> None:
        async with opened as asks:
            samples[name] = await drive(
                server, asks, work, seconds, "".join(filter(str.isalnum, name))
            )

    async with (
        serving(ServerProcess(folder / "lobby")) as lobby,
        serving(BareProcess(folder, "bare")) as bare,
        serving(BareProcess(folder, "echo")) as echo,
    ):
        await prepare(lobby.address, most)
        for n in CONNECTIONS:
            here = lobby.address
            await take(f"line, {n} wires", lobby, line, wires(here, "assistant", n, "KioskView"))
            await take(f"bare, {n} wires", bare, line, wires(bare.address, "assistant", n))
            await take(f"echo, {n} wires", echo, line, echoes(echo.address, n))
            await take(f"counters, {n} wires", lobby, counters, wires(here, "counter", n))
            await take(f"line, {n} links", lobby, line, links(here, "assistant", n, "KioskView"))
            await take(f"counters, {n} links", lobby, counters, links(here, "counter", n))
    return samples


async def measure(options: argparse.Namespace, report: Report) -> None:
    """All of it, so many times, each time on fresh servers."""
    seconds = 0.5 if options.quick else SECONDS
    repetitions = 2 if options.quick else REPETITIONS
    found: dict[str, list[Sample]] = {}
    for repetition in range(1, repetitions + 1):
        tell(f"path: repetition {repetition} of {repetitions}")
        with tempfile.TemporaryDirectory(prefix="lobby-bench-") as name:
            for key, sample in (await measure_once(Path(name), seconds)).items():
                found.setdefault(key, []).append(sample)
    _tell(report, found)


def _tell(report: Report, found: dict[str, list[Sample]]) -> None:
    for key, samples in found.items():
        report.add(f"{key}: commands", "/s", [sample.rate for sample in samples])
        for name, part in (("p50", 0.5), ("p99", 0.99)):
            values = [share(sample.latencies, part) * 1000 for sample in samples]
            figure = report.add(f"{key}: {name}", "ms", values)
        if key.startswith(("line", "counters")):
            report.hold_to(figure, at_most=P99_MS_MAX)
        report.add(f"{key}: server CPU", "ms/command", [sample.cpu_ms for sample in samples])
    for n in CONNECTIONS:
        for load in ("line", "counters"):
            for limit in ("bare", "echo"):
                samples, bounds = found[f"{load}, {n} wires"], found[f"{limit}, {n} wires"]
                pairs = list(zip(samples, bounds, strict=True))
                ratios = [one.rate / other.rate for one, other in pairs]
                report.add(f"{load}, {n} wires: rate as part of {limit}", "", ratios)
                ratios = [one.cpu_ms / other.cpu_ms for one, other in pairs]
                report.add(f"{load}, {n} wires: CPU in times of {limit}", "", ratios)


if __name__ == "__main__":
    sys.exit(command_line("path", __doc__, measure))
