"""The real display under a terminal for a whole played day: does it grow, what does it cost idle?

First it looks at a branch where nothing happens, by a clock that runs as the wall's does. Then
eight hours are played in two minutes, with tellers who call all the time; it is weighed every hour.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import pty
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from statistics import linear_regression
from typing import Final

import msgspec

from bench.branch import BRANCH, Terminals, furnish, hello
from bench.display_calls import KIOSKS, PAUSE_SECONDS, press
from bench.figures import Report, command_line, tell
from bench.process import ServerProcess, serving
from bench.slow_reader import TELLERS, Lobby
from shared.pairing import StationKey

RATE: Final = 240
HOURS: Final = 8
IDLE_SECONDS: Final = 60.0
SETTLE_SECONDS: Final = 10.0

SLOPE_MB_MAX: Final = 1.0
IDLE_PERCENT_MAX: Final = 2.0

ROWS, CELLS = 45, 160
TICKS: Final = os.sysconf("SC_CLK_TCK")
PAGE_MB: Final = os.sysconf("SC_PAGE_SIZE") / 1_048_576


class PlayedServer(ServerProcess):
    """Its clock runs so many times as fast as the wall's."""

    rate = 1

    def _arguments(self) -> Sequence[str]:
        return [*super()._arguments(), "--rate", str(self.rate)]


class Faster(PlayedServer):
    """A day in two minutes."""

    rate = RATE


class OnTheWall:
    """The process, as the system counts it."""

    def __init__(self, pid: int) -> None:
        self._pid = pid

    def cpu_seconds(self) -> float:
        """What it has used."""
        stat = Path(f"/proc/{self._pid}/stat").read_text()
        user, system = stat.rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / TICKS

    def memory_mb(self) -> float:
        """What it holds."""
        return int(Path(f"/proc/{self._pid}/statm").read_text().split()[1]) * PAGE_MB


@asynccontextmanager
async def display(server: ServerProcess) -> AsyncIterator[OnTheWall]:
    """`lobby display` at a terminal of its own that somebody reads."""
    first = hello("display-1")
    key = StationKey(
        url=server.address,
        station=first.station,
        secret=first.secret,
        kind="display",
        branch=BRANCH,
    )
    file = server.folder / "lobby-display.json"
    file.write_bytes(msgspec.json.encode(key))
    master, slave = pty.openpty()
    size = {"COLUMNS": str(CELLS), "LINES": str(ROWS), "TERM": "xterm-256color"}
    command = (sys.executable, "-m", "lobby", "display", "--secret-file", str(file))
    process = await asyncio.create_subprocess_exec(
        *command, stdin=slave, stdout=slave, stderr=slave, env={**os.environ, **size}
    )
    os.close(slave)
    os.set_blocking(master, False)
    loop = asyncio.get_running_loop()
    loop.add_reader(master, _read, master)
    try:
        yield OnTheWall(process.pid)
    finally:
        process.terminate()
        await process.wait()
        loop.remove_reader(master)
        os.close(master)


def _read(master: int) -> None:
    with suppress(OSError):
        os.read(master, 65_536)


async def idle(seconds: float) -> float:
    """Percent of one core while nothing happens."""
    async with _hall(PlayedServer) as server, display(server) as shown:
        await asyncio.sleep(SETTLE_SECONDS)
        before, began = shown.cpu_seconds(), time.perf_counter()
        await asyncio.sleep(seconds)
        return 100 * (shown.cpu_seconds() - before) / (time.perf_counter() - began)


async def day(hours: int) -> list[float]:
    """What it holds (MB) after each played hour; the first is for warming up."""
    weighed = []
    async with _hall(Faster) as server, display(server) as shown:
        await asyncio.sleep(SETTLE_SECONDS)
        calling = asyncio.create_task(
            press(server, Lobby(server.day, PAUSE_SECONDS), 3600 / RATE * (hours + 1))
        )
        for _ in range(hours + 1):
            await asyncio.sleep(3600 / RATE)
            weighed.append(shown.memory_mb())
        await calling
    return weighed


@asynccontextmanager
async def _hall(kind: type[PlayedServer]) -> AsyncIterator[ServerProcess]:
    with tempfile.TemporaryDirectory(prefix="lobby-bench-") as name:
        folder = Path(name) / "data"
        await furnish(folder, Terminals(counters=TELLERS, kiosks=KIOSKS, displays=1, skills=5))
        async with serving(kind(folder)) as server:
            yield server


async def measure(options: argparse.Namespace, report: Report) -> None:
    """Idle, then the day."""
    tell("display_day: idle")
    used = report.add("idle", "% of a core", [await idle(10.0 if options.quick else IDLE_SECONDS)])
    report.hold_to(used, at_most=IDLE_PERCENT_MAX)
    tell("display_day: a played day")
    weighed = await day(2 if options.quick else HOURS)
    report.add("memory, hour by hour", "MB", weighed)
    later = weighed[1:]
    slope = linear_regression(range(len(later)), later).slope
    grown = report.add("memory grown by a played hour", "MB", [slope])
    report.hold_to(grown, at_most=SLOPE_MB_MAX)


if __name__ == "__main__":
    sys.exit(command_line("display_day", __doc__, measure))
