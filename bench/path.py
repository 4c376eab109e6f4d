"""Commands per second, and how long each takes, over the whole path: socket, rules, disk, reply.

Measured against the bare path (`bench/bare.py bare`: the same messages and the same durable
commit, no rules and no views) and against a plain websocket echo, one after the other in each
repetition, so that a busy machine slows all of them.

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
from contextlib import AsyncExitStack, asynccontextmanager
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
    server: ServerProcess, asks: list[Ask], work: Work, day: str, seconds: float, name: str
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
            await work(timed(ask), n, day, new)

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


async def measure_lobby(folder: Path, seconds: float, clients: str) -> dict[str, Sample]:
    """Both loads on a fresh server."""
    most = max(CONNECTIONS)
    furnish(folder, Terminals(counters=most, kiosks=1, assistants=most))
    open_many = wires if clients == "wire" else links
    samples = {}
    async with serving(ServerProcess(folder)) as server:
        await prepare(server.address, most)
        day = server.day
        for n in CONNECTIONS:
            async with open_many(server.address, "assistant", n, "KioskView") as asks:
                samples[f"lobby, line, {n}"] = await drive(
                    server, asks, line, day, seconds, f"line-{n}"
                )
            async with open_many(server.address, "counter", n) as asks:
                samples[f"lobby, counters, {n}"] = await drive(
                    server, asks, counters, day, seconds, f"counters-{n}"
                )
    return samples


async def measure_limits(folder: Path, seconds: float) -> dict[str, Sample]:
    """The bare path and the echo."""
    samples = {}
    async with serving(BareProcess(folder, "bare")) as server:
        for n in CONNECTIONS:
            async with wires(server.address, "assistant", n) as asks:
                samples[f"bare, {n}"] = await drive(server, asks, line, server.day, seconds, "b")
    async with serving(BareProcess(folder, "echo")) as server:
        for n in CONNECTIONS:
            async with echoes(server.address, n) as asks:
                samples[f"echo, {n}"] = await drive(server, asks, line, server.day, seconds, "e")
    return samples


async def measure(options: argparse.Namespace, report: Report) -> None:
    """All loads and both limits, so many times."""
    seconds = 0.5 if options.quick else SECONDS
    repetitions = 2 if options.quick else REPETITIONS
    found: dict[str, list[Sample]] = {}
    for repetition in range(1, repetitions + 1):
        tell(f"path: repetition {repetition} of {repetitions}")
        with tempfile.TemporaryDirectory(prefix="lobby-bench-") as name:
            folder = Path(name)
            for clients in ("wire", "link"):
                samples = await measure_lobby(folder / clients, seconds, clients)
                for key, sample in samples.items():
                    found.setdefault(f"{key} {clients}s", []).append(sample)
            for key, sample in (await measure_limits(folder, seconds)).items():
                found.setdefault(f"{key} wires", []).append(sample)
    _tell(report, found)


def _tell(report: Report, found: dict[str, list[Sample]]) -> None:
    for key, samples in found.items():
        report.add(f"{key}: commands", "/s", [sample.rate for sample in samples])
        for name, part in (("p50", 0.5), ("p99", 0.99)):
            values = [share(sample.latencies, part) * 1000 for sample in samples]
            figure = report.add(f"{key}: {name}", "ms", values)
        if key.startswith("lobby"):
            report.hold_to(figure, at_most=P99_MS_MAX)
        report.add(f"{key}: server CPU", "ms/command", [sample.cpu_ms for sample in samples])
    for n in CONNECTIONS:
        for load in ("line", "counters"):
            for limit in ("bare", "echo"):
                lobby, bound = found[f"lobby, {load}, {n} wires"], found[f"{limit}, {n} wires"]
                ratios = [one.rate / other.rate for one, other in zip(lobby, bound, strict=True)]
                report.add(f"{load}, {n} wires: rate as part of {limit}", "", ratios)


if __name__ == "__main__":
    sys.exit(command_line("path", __doc__, measure))
