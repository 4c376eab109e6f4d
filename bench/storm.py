"""Clients that drop right after sending: what they asked for happens once, or not at all.

Each opens a connection, says hello, gives a command and is gone: at once, after the welcome, in the
middle of a frame, or with several commands on their way. Nobody says goodbye. Meanwhile ordinary
terminals go on working. Afterwards commands are sent again as a terminal would, and the journal is
read: nothing was done twice, nobody waits for a stuck writer, no transaction is open, and the
server has given back what the dropped connections held.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import socket
import struct
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Final

from websockets.frames import Frame, Opcode

from bench.audit import Audit, rows_of
from bench.branch import SERVICES, Terminals, branch_config, furnish, hello
from bench.figures import Report, command_line, share, tell
from bench.process import ServerProcess, serving
from bench.whole import whole_problems
from bench.wire import Wire, wire
from shared.protocol import (
    Accepted,
    Command,
    Hello,
    LeaveLine,
    OpenCounter,
    PauseCounter,
    Refused,
    ResumeCounter,
    TakeTicket,
    encode,
)

DROPS: Final = 100_000
COUNTERS: Final = 40
KIOSKS: Final = 10
TERMINALS: Final = Terminals(counters=COUNTERS, kiosks=KIOSKS + 1, assistants=1)
AT_ONCE: Final = 30
BURST_MAX: Final = 5
GONE_AFTER_SECONDS: Final = (0, 0, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1)
"""The library forgets what it has not handed on when a connection is reset: some stay a moment, so
that the end meets a command that is being decided, written or answered."""

SENT_AGAIN: Final = 5_000
SEED: Final = 20261116

KEPT_KB_MAX: Final = 2.0
"""What a dropped connection may leave behind, with the command that it brought: the day's commands
are remembered until the day ends."""

ANSWER_MS_MAX: Final = 300.0

HANDSHAKE: Final = (
    b"GET /ws HTTP/1.1\r\nHost: bench\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: bG9iYnkgYmVuY2ggc3Rvcg==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
RESET_ON_CLOSE: Final = struct.pack("ii", 1, 0)


def frame(message: Hello | Command) -> bytes:
    """A message as it goes over the line."""
    return Frame(Opcode.TEXT, encode(message)).serialize(mask=True)


async def drop(port: int, first: Hello, commands: Sequence[Command], chance: random.Random) -> None:
    """One connection from its first byte to its sudden end."""
    with suppress(OSError, asyncio.IncompleteReadError):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            writer.write(HANDSHAKE + frame(first))
            if chance.random() < 0.7:
                await reader.readuntil(b'"Welcome"')
            data = b"".join(map(frame, commands))
            writer.write(data[: chance.randrange(len(data))] if chance.random() < 0.1 else data)
            await asyncio.sleep(chance.choice(GONE_AFTER_SECONDS))
            _end(writer, chance)
        finally:
            writer.transport.abort()


def _end(writer: asyncio.StreamWriter, chance: random.Random) -> None:
    """With a reset, as a machine that loses power behind a switch; or only by closing."""
    if chance.random() < 0.5:
        there: socket.socket = writer.get_extra_info("socket")
        there.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)


class Storm:
    """So many dropped connections, and what they asked for."""

    def __init__(self, port: int, day: str, drops: int, seed: int = SEED) -> None:
        self.sent: dict[str, tuple[str, Command]] = {}
        self.problems: list[str] = []
        self._port = port
        self._day = day
        self._drops = drops
        self._seed = seed
        self._chance = random.Random(seed)
        self._stations = [f"counter-{n}" for n in range(1, COUNTERS + 1)]
        self._stations += [f"kiosk-{n}" for n in range(1, KIOSKS + 1)]
        self._commands = {name: self._commands_of(name) for name in self._stations}

    async def blow(self) -> None:
        """All of them, some at a time: of one station one after the other, as they would come."""
        turns = count()

        async def station(mine: Sequence[str]) -> None:
            while next(turns) < self._drops:
                await self._one(self._chance.choice(mine))

        parts = [self._stations[n::AT_ONCE] for n in range(AT_ONCE)]
        await asyncio.gather(*(station(part) for part in parts))

    async def _one(self, station: str) -> None:
        many = self._chance.randint(2, BURST_MAX) if self._chance.random() < 0.2 else 1
        commands = [next(self._commands[station]) for _ in range(many)]
        self.sent |= {command.id: (station, command) for command in commands}
        await drop(self._port, hello(station), commands, self._chance)

    def _commands_of(self, station: str) -> Iterator[Command]:
        counter = int(station.rpartition("-")[2])
        for n in count(1):
            new = f"{station}-{self._seed}-{n:08d}"
            if station.startswith("kiosk"):
                yield TakeTicket(id=new, day=self._day, service=self._chance.choice(SERVICES))
            elif n % 2:
                yield PauseCounter(id=new, day=self._day, counter=counter, reason="meal")
            else:
                yield ResumeCounter(id=new, day=self._day, counter=counter)


async def open_counters(address: str, day: str) -> None:
    """There must be something to pause."""
    for n in range(1, COUNTERS + 1):
        async with wire(address, hello(f"counter-{n}")) as teller:
            await teller.ask(OpenCounter(id=f"open-{n:016d}", day=day, counter=n))


class Cleaner:
    """An assistant who sends everybody away again: ordinary work, and a line that stays short."""

    def __init__(self, terminal: Wire, day: str) -> None:
        self.seconds: list[float] = []
        self._terminal = terminal
        self._day = day

    async def work(self) -> None:
        """Until cancelled."""
        visit = 1
        for n in count(1):
            leave = LeaveLine(id=f"clean-{n:016d}", day=self._day, visit=visit)
            began = time.perf_counter()
            reply = await self._terminal.ask(leave)
            self.seconds.append(time.perf_counter() - began)
            if isinstance(reply, Accepted):
                visit += 1
            else:
                await asyncio.sleep(0.05)


async def sent_again(address: str, storm: Storm, many: int) -> list[str]:
    """The last commands, as each terminal's outbox would send them; whatever is no answer."""
    problems = []
    by_station: dict[str, list[Command]] = {}
    for station, command in list(storm.sent.values())[-many:]:
        by_station.setdefault(station, []).append(command)
    for station, commands in by_station.items():
        async with wire(address, hello(station)) as terminal:
            for command in commands:
                async with asyncio.timeout(10):
                    reply = await terminal.ask(command)
                if isinstance(reply, Refused) and reply.code in ("Busy", "BranchStopped"):
                    problems.append(f"{command.id} was answered {reply.code}")
    return problems


async def measure(options: argparse.Namespace, report: Report) -> None:
    """So many, after a tenth of them to warm up."""
    drops = options.drops or (1_000 if options.quick else DROPS)
    with tempfile.TemporaryDirectory(prefix="lobby-bench-") as name:
        folder = Path(name) / "data"
        await furnish(folder, TERMINALS)
        async with serving(ServerProcess(folder)) as server:
            await open_counters(server.address, server.day)
            async with wire(server.address, hello("assistant-1", "BoardView")) as terminal:
                cleaner = Cleaner(terminal, server.day)
                cleaning = asyncio.create_task(cleaner.work())
                storm, kept_kb, files, seconds = await _blow(server, drops)
                audit = Audit()
                audit.read(rows_of(folder))
                done = sum(command in audit.spans for command in storm.sent)
                problems = await sent_again(server.address, storm, SENT_AGAIN)
                cleaning.cancel()
                await asyncio.wait([cleaning])
            await server.stop()
            if code := await server.ended():
                problems.append(f"the server ended with {code}")
        audit.read(rows_of(folder, audit.seq))
        problems += [*audit.problems, *await whole_problems(folder, branch_config(TERMINALS))]
    report.add("connections dropped", "", [drops])
    report.add("dropped a second", "/s", [drops / seconds])
    report.add("commands they brought", "", [len(storm.sent)])
    report.add("of these done", "", [done])
    late = [share(cleaner.seconds, 0.99) * 1000]
    figure = report.add("an ordinary command meanwhile: p99", "ms", late)
    report.hold_to(figure, at_most=ANSWER_MS_MAX)
    figure = report.add("memory kept for each dropped connection", "kB", [kept_kb])
    report.hold_to(figure, at_most=KEPT_KB_MAX)
    report.add("open files more than before", "", [files])
    report.check("done once or not at all, nothing stuck, file sound", len(storm.sent), problems)


async def _blow(server: ServerProcess, drops: int) -> tuple[Storm, float, int, float]:
    """The storm; what it left behind: kB for each connection, and open files."""
    warm_up = Storm(server.port, server.day, drops // 10)
    await warm_up.blow()
    before_mb, before_files = server.memory_mb(), server.open_files()
    storm = Storm(server.port, server.day, drops, SEED + 1)
    tell(f"storm: {drops:,} connections")
    began = time.perf_counter()
    await storm.blow()
    seconds = time.perf_counter() - began
    await asyncio.sleep(1)  # the last ones have to be noticed
    kept_kb = (server.memory_mb() - before_mb) * 1024 / drops
    return storm, kept_kb, server.open_files() - before_files, seconds


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--drops", type=int, help=f"how many (default: {DROPS:,})")


if __name__ == "__main__":
    sys.exit(command_line("storm", __doc__, measure, _options))
