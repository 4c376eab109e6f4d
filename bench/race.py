"""Fifty tellers press "call next" at the same instant, wave after wave, over real sockets.

Kiosks keep the line filled meanwhile. Afterwards the journal is read: no ticket at two counters,
no number twice among the living, no command carried out twice, every reply true and every
command answered once. Speed is told as part of what the bare path does with the same waves.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import cycle
from pathlib import Path
from typing import Final

from msgspec import Struct

from bench.audit import Audit, rows_of, unanswered
from bench.branch import SERVICES, Terminals, furnish, hello
from bench.figures import Report, command_line, share, tell
from bench.process import BareProcess, ServerProcess, serving
from bench.wire import Wire, ids, wire
from shared.feeds import Bell
from shared.protocol import (
    Accepted,
    CallNext,
    Command,
    FinishService,
    Hello,
    OpenCounter,
    Reply,
    StartService,
    TakeTicket,
)

TELLERS: Final = 50
KIOSKS: Final = 10
LINE: Final = 150
LINE_MIN: Final = 100
"""How many people the kiosks keep in the line: always more than there are tellers, though not
everybody can be served at every counter."""

CALLS: Final = 20_000
ROUND_CALLS: Final = 5_000
"""Calls of one business day, on a server of its own: more than any branch has."""

QUICK_CALLS: Final = 1_000
QUICK_ROUND_CALLS: Final = 500

COMMANDS_A_CALL: Final = 4
CALL_MS_MAX: Final = 300.0
BARE_PART: Final = 4
"""The bare path, which only sets the measure, is asked for a quarter of the calls."""


class Answered(Struct):
    """Every reply, by the command's id, and how long each call took."""

    replies: dict[str, Reply] = {}
    call_seconds: list[float] = []
    problems: list[str] = []

    async def ask(self, wire: Wire, command: Command) -> Reply:
        """Send it and keep the reply."""
        reply = await wire.ask(command)
        if command.id in self.replies:
            self.problems.append(f"{command.id} was answered twice")
        self.replies[command.id] = reply
        return reply


class Race:
    """The people of one round, and what they were told."""

    def __init__(self, day: str) -> None:
        self.answered = Answered()
        self.called = 0
        self._day = day
        self._waiting = 0
        self._coming = 0
        self._closing = False
        self._bell = Bell()

    @asynccontextmanager
    async def line_filled(self, kiosks: list[Wire]) -> AsyncIterator[None]:
        """Tickets are taken whenever there is room in the line, while the block runs."""
        async with asyncio.TaskGroup() as tasks:
            for n, kiosk in enumerate(kiosks, start=1):
                tasks.create_task(self._let_in(kiosk, ids(f"kiosk-{n}")))
            yield
            self._closing = True
            self._bell.ring()

    async def _let_in(self, kiosk: Wire, new: Iterator[str]) -> None:
        for service in cycle(SERVICES):
            while self._waiting + self._coming >= LINE and not self._closing:
                await self._bell.wait()
            if self._closing:
                return
            self._coming += 1
            command = TakeTicket(id=next(new), day=self._day, service=service)
            taken = await self.answered.ask(kiosk, command)
            assert isinstance(taken, Accepted), taken
            self._coming -= 1
            self._waiting += 1
            self._bell.ring()

    async def line_formed(self) -> None:
        """Wait until there is somebody for everyone."""
        while self._waiting < LINE_MIN:
            await self._bell.wait()

    async def open(self, teller: Wire, counter: int, new: Iterator[str]) -> None:
        """Open the counter."""
        await self._at_counter(OpenCounter, teller, counter, new)

    async def call(self, teller: Wire, counter: int, new: Iterator[str]) -> bool:
        """Press "call next"; whether somebody was called."""
        pressed = time.perf_counter()
        reply = await self._at_counter(CallNext, teller, counter, new)
        self.answered.call_seconds.append(time.perf_counter() - pressed)
        if isinstance(reply, Accepted):
            self.called += 1
            self._waiting -= 1
            self._bell.ring()
        return isinstance(reply, Accepted)

    async def serve(self, teller: Wire, counter: int, new: Iterator[str]) -> None:
        """Serve whoever was called, at once."""
        await self._at_counter(StartService, teller, counter, new)
        await self._at_counter(FinishService, teller, counter, new)

    async def _at_counter(
        self,
        command: type[OpenCounter | CallNext | StartService | FinishService],
        teller: Wire,
        counter: int,
        new: Iterator[str],
    ) -> Reply:
        return await self.answered.ask(
            teller, command(id=next(new), day=self._day, counter=counter)
        )


async def run_race(
    address: str,
    calls: int,
    day: str,
    hello_of: Callable[[str], Hello] = hello,
    kiosks: int = KIOSKS,
) -> tuple[Race, float]:
    """Until so many have been called; the people, and how many seconds it took."""
    race = Race(day)
    async with AsyncExitStack() as stack:

        async def connect(station: str) -> Wire:
            return await stack.enter_async_context(wire(address, hello_of(station)))

        doors = [await connect(f"kiosk-{n}") for n in range(1, kiosks + 1)]
        tellers = [
            (await connect(f"counter-{n}"), n, ids(f"teller-{n}")) for n in range(1, TELLERS + 1)
        ]
        await asyncio.gather(*(race.open(*teller) for teller in tellers))
        async with race.line_filled(doors):
            began = time.perf_counter()
            while race.called < calls:
                await race.line_formed()
                somebody = await asyncio.gather(*(race.call(*teller) for teller in tellers))
                busy = [teller for teller, one in zip(tellers, somebody, strict=True) if one]
                await asyncio.gather(*(race.serve(*teller) for teller in busy))
            seconds = time.perf_counter() - began
    return race, seconds


class Run(Struct):
    """One race: the people, how long it took, and what the server's CPU spent on it."""

    race: Race
    seconds: float
    cpu_seconds: float

    @property
    def rate(self) -> float:
        """Calls a second."""
        return self.race.called / self.seconds

    @property
    def cpu_ms(self) -> float:
        """CPU per call, with its share of all the rest."""
        return self.cpu_seconds * 1000 / self.race.called


async def race_at(server: ServerProcess, calls: int) -> Run:
    """One race on a server that has just started."""
    async with serving(server):
        before = server.cpu_seconds()
        race, seconds = await run_race(server.address, calls, server.day)
        return Run(race, seconds, server.cpu_seconds() - before)


def problems(race: Race, audit: Audit) -> list[str]:
    """Everything that must not be."""
    found = [*audit.problems, *race.answered.problems]
    found += unanswered(audit, race.answered.replies)
    if audit.counted.get("TicketCalled") != race.called:
        found.append(f"{race.called} calls were acknowledged, {audit.counted} are in the journal")
    return found


async def measure(options: argparse.Namespace, report: Report) -> None:
    """As many rounds as the calls need."""
    calls = options.calls or (QUICK_CALLS if options.quick else CALLS)
    most = QUICK_ROUND_CALLS if options.quick else ROUND_CALLS
    rounds = [most] * (calls // most) + [calls % most]
    runs: list[Run] = []
    bares: list[Run] = []
    found: list[str] = []
    for size in filter(None, rounds):
        tell(f"race: {size:,} calls, round {len(runs) + 1}")
        with tempfile.TemporaryDirectory(prefix="lobby-bench-") as name:
            folder = Path(name) / "data"
            await furnish(folder, Terminals(counters=TELLERS, kiosks=KIOSKS))
            runs.append(await race_at(ServerProcess(folder), size))
            audit = Audit()
            audit.read(rows_of(folder))
            found += problems(runs[-1].race, audit)
            bare = BareProcess(Path(name), "bare")
            bares.append(await race_at(bare, size // BARE_PART))
    _tell(report, runs, bares)
    report.check(
        "no ticket at two counters, all answers true", sum(run.race.called for run in runs), found
    )


def _tell(report: Report, runs: list[Run], bares: list[Run]) -> None:
    report.add("calls, each served and replaced", "/s", [run.rate for run in runs])
    report.add("commands", "/s", [run.rate * COMMANDS_A_CALL for run in runs])
    for key, part in (("p50", 0.5), ("p99", 0.99)):
        values = [share(run.race.answered.call_seconds, part) * 1000 for run in runs]
        figure = report.add(f"a call when all {TELLERS} press at once: {key}", "ms", values)
    report.hold_to(figure, at_most=CALL_MS_MAX)
    report.add("server CPU", "ms/call", [run.cpu_ms for run in runs])
    pairs = list(zip(runs, bares, strict=True))
    ratios = [run.rate / bare.rate for run, bare in pairs]
    report.add("rate as part of what the bare path does", "", ratios)
    ratios = [run.cpu_ms / bare.cpu_ms for run, bare in pairs]
    report.add("CPU in times of what the bare path needs", "", ratios)


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--calls", type=int, help=f"how many in all (default: {CALLS:,})")


if __name__ == "__main__":
    sys.exit(command_line("race", __doc__, measure, _options))
