"""From the start of the process to the first welcome, with a year of days behind it.

Builds a journal of a million events (`bench/history.py`), then starts a real server on it, again
and again, each time as if it had been killed in the middle of that afternoon. Compared with a
server that has no past at all (the limit: Python, imports, opening a file) and with one whose
snapshots were deleted, so that every event is read.
"""

from __future__ import annotations

import argparse
import asyncio
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import msgspec

from bench.audit import journal_mb
from bench.branch import DATABASE, furnish, hello
from bench.figures import Report, command_line, tell
from bench.history import FIRST_DAY, TERMINALS, Told, write_history
from bench.process import MONDAY, ServerProcess, serving
from bench.wire import wire

EVENTS: Final = 1_000_000
REPETITIONS: Final = 7
REPLAYS: Final = 3
START_SECONDS_MAX: Final = 2.0


class Snapshots:
    """The snapshots as the history left them: each start keeps newer ones, which would make the
    next start easier than the one to be measured."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / DATABASE
        with closing(sqlite3.connect(self._path)) as db:
            self._rows: list[tuple[Any, ...]] = db.execute("SELECT * FROM snapshots").fetchall()

    def put_back(self) -> None:
        """These and no others."""
        with closing(sqlite3.connect(self._path)) as db, db:
            db.execute("DELETE FROM snapshots")
            marks = ", ".join("?" * len(self._rows[0]))
            db.executemany(f"INSERT INTO snapshots VALUES ({marks})", self._rows)

    def delete(self) -> None:
        """None at all."""
        with closing(sqlite3.connect(self._path)) as db, db:
            db.execute("DELETE FROM snapshots")


async def seconds_to_welcome(folder: Path, start: datetime, mb: list[float]) -> float:
    """One start, ended by a kill; what it held is added to `mb`."""
    began = time.perf_counter()
    async with serving(ServerProcess(folder, start)) as server:
        async with wire(server.address, hello("kiosk-1")):
            seconds = time.perf_counter() - began
        mb.append(server.memory_peak_mb())
        server.kill()
    return seconds


@contextmanager
def kept_or_temporary(keep: Path | None) -> Iterator[Path]:
    """A folder for the journal, which takes minutes to make."""
    if keep is not None:
        yield keep
        return
    with tempfile.TemporaryDirectory(prefix="lobby-bench-") as name:
        yield Path(name)


async def the_past(folder: Path, events: int) -> Told:
    """The journal, made now or found there."""
    note = folder / f"{events}.json"
    if note.exists():
        return msgspec.json.decode(note.read_bytes(), type=Told)
    tell(f"startup: writing {events:,} events")
    await furnish(folder / "long", TERMINALS)
    told = await write_history(folder / "long", events)
    note.write_bytes(msgspec.json.encode(told))
    return told


async def measure(options: argparse.Namespace, report: Report) -> None:
    """Build, start, start again."""
    events = options.events or (30_000 if options.quick else EVENTS)
    repetitions, replays = (3, 1) if options.quick else (REPETITIONS, REPLAYS)
    with kept_or_temporary(options.keep) as folder, tempfile.TemporaryDirectory() as other:
        began = time.perf_counter()
        told = await the_past(folder, events)
        report.add("making the journal", "s", [time.perf_counter() - began])
        report.add("events in it", "", [told.events])
        report.add("business days in it", "", [told.days])
        report.add("its files", "MB", [journal_mb(folder / "long")])
        start = datetime.fromtimestamp(told.at / 1000, tz=FIRST_DAY.tzinfo)
        await _starts(report, folder / "long", Path(other), start, repetitions, replays)


async def _starts(
    report: Report, long: Path, other: Path, start: datetime, repetitions: int, replays: int
) -> None:
    snapshots = Snapshots(long)
    empty, usual, replayed = [], [], []
    empty_mb: list[float] = []
    usual_mb: list[float] = []
    replayed_mb: list[float] = []
    for n in range(repetitions):
        tell(f"startup: start {n + 1} of {repetitions}")
        await furnish(other / str(n), TERMINALS)
        empty.append(await seconds_to_welcome(other / str(n), MONDAY, empty_mb))
        await asyncio.to_thread(snapshots.put_back)
        usual.append(await seconds_to_welcome(long, start, usual_mb))
    for n in range(replays):
        tell(f"startup: replay {n + 1} of {replays}")
        await asyncio.to_thread(snapshots.delete)
        replayed.append(await seconds_to_welcome(long, start, replayed_mb))
    snapshots.put_back()
    report.add("no past: start to first welcome", "s", empty)
    figure = report.add("with snapshots: start to first welcome", "s", usual)
    report.hold_to(figure, at_most=START_SECONDS_MAX)
    report.add("all snapshots deleted: start to first welcome", "s", replayed)
    added = [one - other for one, other in zip(usual, empty, strict=True)]
    report.add("what the past adds to a start", "s", added)
    report.add("no past: peak memory", "MB", empty_mb)
    report.add("with snapshots: peak memory", "MB", usual_mb)
    report.add("all snapshots deleted: peak memory", "MB", replayed_mb)


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--events", type=int, help=f"in the journal (default: {EVENTS:,})")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="keep the journal there")


if __name__ == "__main__":
    sys.exit(command_line("startup", __doc__, measure, _options))
