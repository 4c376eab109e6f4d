"""A backup beside somebody who writes, and the drill: restored on a new machine, and served.

The writer appends 200 events a second to a journal with months of days in it (`bench/history.py`),
first alone, then while `lobby backup` runs beside it: what it notices is the stall. Then the newest
backup is restored into an empty folder, every row is read and applied again, and a server starts.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import sys
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from bench.audit import journal_mb
from bench.branch import BRANCH, DATABASE
from bench.figures import Figure, Report, command_line, share, tell
from bench.history import FIRST_DAY
from bench.startup import kept_or_temporary, seconds_to_welcome, the_past
from server.domain.events import ClockStepped
from server.domain.state import Stamp
from server.journal.contract import Journal
from server.journal.sqlite import open_sqlite
from server.journal.upcast import to_entry

EVENTS: Final = 500_000
BACKUPS: Final = 5
APPENDS_A_SECOND: Final = 200
ALONE_SECONDS: Final = 5.0

SECONDS_PER_100_MB_MAX: Final = 5.0
STALL_MS_MAX: Final = 100.0
DRILL_SECONDS_MAX: Final = 30 * 60.0


class Writer:
    """Appends at its pace; `waits` holds how long each append took (ms)."""

    def __init__(self, journal: Journal, at: int) -> None:
        self.waits: list[float] = []
        self._journal = journal
        self._entry = to_entry(ClockStepped(by_ms=1), Stamp(at=at), "")

    async def write(self) -> None:
        """Until it is cancelled."""
        head = await self._journal.head(BRANCH)
        due = time.perf_counter()
        while True:
            began = time.perf_counter()
            head = await self._journal.append(BRANCH, head.seq, [self._entry])
            self.waits.append((time.perf_counter() - began) * 1000)
            due = max(due + 1 / APPENDS_A_SECOND, began)
            await asyncio.sleep(due - time.perf_counter())


async def lobby(*arguments: object) -> Any:
    """What a command of `lobby` has told a program."""
    command = [sys.executable, "-m", "lobby", *map(str, arguments), "--json"]
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    output, _ = await process.communicate()
    assert process.returncode == 0, f"lobby {arguments[0]} ended with {process.returncode}"
    return json.loads(output)


async def measure(options: argparse.Namespace, report: Report) -> None:
    """Build, back up, restore, start."""
    events = options.events or (30_000 if options.quick else EVENTS)
    backups = 3 if options.quick else BACKUPS
    with kept_or_temporary(options.keep) as folder:
        told = await the_past(folder, events)
        data = folder / "data"
        shutil.rmtree(data, ignore_errors=True)
        shutil.copytree(folder / "long", data)
        report.add("events in the journal", "", [told.events])
        report.add("its files", "MB", [journal_mb(data)])
        made = await _back_up(report, data, told.at, backups)
        start = datetime.fromtimestamp(told.at / 1000, tz=FIRST_DAY.tzinfo)
        await _drill(report, data, folder / "new", made, start)


async def _back_up(report: Report, data: Path, at: int, backups: int) -> dict[str, Any]:
    journal = await open_sqlite(data / DATABASE)
    writer = Writer(journal, at)
    writing = asyncio.create_task(writer.write())
    await asyncio.sleep(ALONE_SECONDS)
    _waits(report, "alone", writer.waits)
    seconds, made = [], {}
    writer.waits = []
    for n in range(1, backups + 1):
        tell(f"drill: backup {n} of {backups}")
        began = time.perf_counter()
        made = await lobby("backup", "--data", data, "--keep", 1)
        seconds.append(time.perf_counter() - began)
    writing.cancel()
    await asyncio.wait([writing])
    await journal.close()
    report.add("lobby backup, from start to end", "s", seconds)
    size = made["findings"]["bytes"] / 1e8
    if size >= 1:  # less is over in the time it takes to start Python
        figure = report.add("lobby backup, for each 100 MB", "s", [one / size for one in seconds])
        report.hold_to(figure, at_most=SECONDS_PER_100_MB_MAX)
    report.hold_to(_waits(report, "beside a backup", writer.waits), at_most=STALL_MS_MAX)
    return made


def _waits(report: Report, when: str, waits: Sequence[float]) -> Figure:
    name = f"{APPENDS_A_SECOND} appends a second, {when}"
    report.add(f"{name}: p50", "ms", [share(waits, 0.5)])
    report.add(f"{name}: p99", "ms", [share(waits, 0.99)])
    return report.add(f"{name}: longest", "ms", [max(waits)])


async def _drill(
    report: Report, data: Path, new: Path, made: dict[str, Any], start: datetime
) -> None:
    tell("drill: a new machine")
    began = time.perf_counter()
    await asyncio.to_thread(_move_in, data, new)
    restored = await lobby("restore", made["file"], "--data", new)
    report.add("lobby restore, every row applied again", "s", [time.perf_counter() - began])
    welcomed = await seconds_to_welcome(new, start, [])
    report.add("then from start to first welcome", "s", [welcomed])
    whole = report.add("the whole drill", "s", [time.perf_counter() - began])
    report.hold_to(whole, at_most=DRILL_SECONDS_MAX)
    found = await lobby("verify", "--data", new, "--noted", _noted(made, BRANCH))
    ends = {end["stream"]: end for end in restored["findings"]["ends"]}
    wrong = [] if found["sound"] else [str(fault) for fault in found["faults"]]
    wrong += [] if ends[BRANCH]["hash"] in _noted(made, BRANCH) else ["another end than backed up"]
    report.check("what is served is what was backed up", 1, wrong)


def _move_in(data: Path, new: Path) -> None:
    """What is in no backup, and the configuration."""
    shutil.rmtree(new, ignore_errors=True)
    shutil.copytree(data, new, ignore=shutil.ignore_patterns(f"{DATABASE}*", "backups"))


def _noted(made: dict[str, Any], stream: str) -> str:
    end = next(end for end in made["findings"]["ends"] if end["stream"] == stream)
    return f"{stream}:{end['seq']}:{end['hash']}"


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--events", type=int, help=f"in the journal (default: {EVENTS:,})")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="keep the journal there")


if __name__ == "__main__":
    sys.exit(command_line("drill", __doc__, measure, _options))
