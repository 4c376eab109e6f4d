"""What the kiosk costs beside a bare Textual app: its start, its memory, its idle seconds.

Both are real processes on a pseudo terminal, started in turns, so that whatever else the machine
does happens to both. A start ends when the first screen is drawn; for the kiosk also when its
welcome is, with what a real server has said. Then both are left alone.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import sys
import tempfile
from pathlib import Path
from typing import Final

from bench.bare_app import DRAWN
from bench.figures import Report, command_line, tell
from bench.kiosk import UNIT, WELCOME, kiosk, pair, server
from bench.service import Console, Service, now
from bench.unit import Unit
from shared.i18n import text

REPETITIONS: Final = 15
IDLE_SECONDS: Final = 20.0
SETTLE_SECONDS: Final = 3.0
"""After it, nothing of the start is left to do."""

RATIO_MAX: Final = 1.3
IDLE_PERCENT_MAX: Final = 1.0

CONNECTING: Final = text("zh", "link.state.connecting")

_TICKS: Final = os.sysconf("SC_CLK_TCK")


class Cost:
    """Of one program, over its starts."""

    def __init__(self) -> None:
        self.first: list[float] = []
        self.cpu: list[float] = []
        self.welcome: list[float] = []
        self.pss: list[float] = []
        self.rss: list[float] = []
        self.idle: list[float] = []

    async def weigh(self, pid: int, idle_seconds: float) -> None:
        """What it holds and uses when nobody touches it."""
        await asyncio.sleep(SETTLE_SECONDS)
        self.pss.append(_memory_mb(pid, "Pss"))
        self.rss.append(_memory_mb(pid, "Rss"))
        before = _cpu_seconds(pid)
        await asyncio.sleep(idle_seconds)
        self.idle.append((_cpu_seconds(pid) - before) / idle_seconds * 100)


def _memory_mb(pid: int, kind: str) -> float:
    told = Path(f"/proc/{pid}/smaps_rollup").read_text()
    found = re.search(rf"^{kind}:\s+(\d+) kB$", told, re.MULTILINE)
    assert found is not None, kind
    return int(found[1]) / 1024


def _cpu_seconds(pid: int) -> float:
    user, system = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / _TICKS


async def _until_drawn(service: Service, *words: str) -> None:
    """Until one of these is on the screen."""
    looking = [asyncio.ensure_future(service.shows(one)) for one in words]
    await asyncio.wait(looking, return_when=asyncio.FIRST_COMPLETED)
    for one in looking:
        one.cancel()
    await asyncio.gather(*looking, return_exceptions=True)


async def start_kiosk(folder: Path, cost: Cost, idle_seconds: float) -> None:
    """The kiosk, from nothing to its end."""
    async with kiosk(folder) as service:
        await _until_drawn(service, CONNECTING, WELCOME)
        cost.first.append(now() - service.starts[0])
        cost.cpu.append(_cpu_seconds(service.pid))
        await service.shows(WELCOME)
        cost.welcome.append(now() - service.starts[0])
        if idle_seconds:
            await cost.weigh(service.pid, idle_seconds)
        service.stop()
        await service.ended()
    (folder / "notify").unlink()


async def start_bare(folder: Path, cost: Cost, idle_seconds: float) -> None:
    """The bare app, in the same way."""
    console = Console()
    command = (sys.executable, "-m", "bench.bare_app")
    # It draws on standard error, as Textual does by itself.
    plain = {"NOTIFY_SOCKET": None}
    unit = Unit(UNIT, "tty1")
    unit.sections["Service"]["StandardError"] = ["tty"]
    async with Service(unit, console, folder, command=command, environment=plain) as service:
        await _until_drawn(service, DRAWN)
        cost.first.append(now() - service.starts[0])
        cost.cpu.append(_cpu_seconds(service.pid))
        if idle_seconds:
            await cost.weigh(service.pid, idle_seconds)
    console.close()
    (folder / "notify").unlink()


async def measure(options: argparse.Namespace, report: Report) -> None:
    """In turns, with an idle spell in every fifth."""
    repetitions = 3 if options.quick else REPETITIONS
    idle_seconds = 5.0 if options.quick else IDLE_SECONDS
    ours, bare = Cost(), Cost()
    with tempfile.TemporaryDirectory(prefix="lobby-bench-") as name:
        folder = Path(name)
        async with server(folder) as running:
            pair(folder / "kiosk", running.address)
            os.mkdir(folder / "bare")
            await start_kiosk(folder / "kiosk", Cost(), 0)  # once, for the files' sake
            await start_bare(folder / "bare", Cost(), 0)
            for n in range(repetitions):
                tell(f"kiosk_start: start {n + 1} of {repetitions}")
                idle = idle_seconds if n % 5 == 0 else 0
                await start_kiosk(folder / "kiosk", ours, idle)
                await start_bare(folder / "bare", bare, idle)
    _tell(report, ours, bare)


def _tell(report: Report, ours: Cost, bare: Cost) -> None:
    report.add("bare app: start to first screen", "s", bare.first)
    report.add("kiosk: start to first screen", "s", ours.first)
    report.add("kiosk: start to welcome", "s", ours.welcome)
    report.add("bare app: CPU until then", "s", bare.cpu)
    report.add("kiosk: CPU until then", "s", ours.cpu)
    report.add("bare app: memory (PSS)", "MB", bare.pss)
    report.add("kiosk: memory (PSS)", "MB", ours.pss)
    report.add("kiosk: memory (RSS)", "MB", ours.rss)
    report.add("bare app: CPU while idle", "%", bare.idle)
    idle = report.add("kiosk: CPU while idle", "%", ours.idle)
    for name, one, other in (
        ("start in times of the bare app", ours.first, bare.first),
        ("CPU of the start in times of the bare app", ours.cpu, bare.cpu),
        ("memory in times of the bare app (PSS)", ours.pss, bare.pss),
    ):
        # Of the medians: one repetition of a second says more of the machine than of the program.
        middle = sorted(a / b for a, b in zip(one, other, strict=True))
        figure = report.add(name, "times", middle)
        worst = report.add(f"… {name}: the median", "times", [figure.median])
        report.hold_to(worst, at_most=RATIO_MAX)
    report.hold_to(idle, at_most=IDLE_PERCENT_MAX)


if __name__ == "__main__":
    sys.exit(command_line("kiosk_start", __doc__, measure))
