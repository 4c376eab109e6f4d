"""The disk fills up under load and is freed again, round after round, with nobody there to help.

As root the journal lies on a small disk in memory (tmpfs), which a file of ballast fills; without
root the server's own writes are refused from the moment they would make a file grow (`watched.py`).
Measured: from the first write that had no room to the screen that says so; from the room to the
screen that says no more, and to the first answer. Terminals insist by themselves. At the end the
journal is held against every answer.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Final

from bench.audit import Audit, rows_of, unanswered
from bench.branch import Terminals, branch_config, furnish, hello
from bench.crowd import Crowd, at_work
from bench.figures import Report, command_line, tell
from bench.process import ServerProcess, serving
from bench.vfs import can_watch
from bench.whole import whole_problems
from shared.link import Link
from shared.protocol import BranchView

ROUNDS: Final = 20
TERMINALS: Final = Terminals(counters=6, skills=5, kiosks=2, displays=1)
SEED: Final = 20261116
DISK_MB: Final = 48
ROOM_BYTES: Final = (0, 300_000)
FULL_SECONDS: Final = (0.5, 3.0)
"""How long a disk stays full once a screen has said so."""

BANNER_SECONDS_MAX: Final = 2.0
BACK_SECONDS_MAX: Final = 5.0
PATIENCE_SECONDS: Final = 60


class SmallServer(ServerProcess):
    """A server whose disk is filled and freed from outside."""

    def __init__(self, folder: Path, aside: Path) -> None:
        super().__init__(folder)
        self.log = aside / "server.log"

    def fill(self, room_bytes: int) -> None:
        """Leave so little room."""
        raise NotImplementedError

    def free(self) -> None:
        """Give all the room back."""
        raise NotImplementedError


class OnTmpfs(SmallServer):
    """A file system with an end."""

    def fill(self, room_bytes: int) -> None:
        with (self.folder / "ballast").open("wb") as file:
            while self._left_bytes() > room_bytes:
                with suppress(OSError):  # the server was quicker
                    ballast = self._left_bytes() - room_bytes
                    os.posix_fallocate(file.fileno(), 0, file.tell() + ballast)
                    file.seek(0, os.SEEK_END)

    def free(self) -> None:
        (self.folder / "ballast").unlink()

    def _left_bytes(self) -> int:
        there = os.statvfs(self.folder)
        return there.f_bavail * there.f_frsize


class OnWatchedDisk(SmallServer):
    """The same without root: the library under the journal says that there is no room."""

    @property
    def _room(self) -> Path:
        return self.log.with_name("room")

    def fill(self, room_bytes: int) -> None:
        del room_bytes  # whatever makes a file grow is refused
        self._room.write_text("0")

    def free(self) -> None:
        self._room.unlink()

    def _program(self) -> Sequence[str]:
        return ["bench.watched", "--room", str(self._room)]


@contextmanager
def small_disk(folder: Path) -> Iterator[bool]:
    """Mount one there, if this user may; whether it is one."""
    command = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m", "lobby-bench", str(folder)]
    mounted = os.geteuid() == 0 and subprocess.run(command, check=False).returncode == 0
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", str(folder)], check=True)


class Filling:
    """The rounds, and what was seen in each."""

    def __init__(self, server: SmallServer, rounds: int, outboxes: Path) -> None:
        self.said_seconds: list[float] = []
        self.well_seconds: list[float] = []
        self.answer_seconds: list[float] = []
        self.problems: list[str] = []
        self.crowd = Crowd(TERMINALS, server, outboxes, SEED)
        self._server = server
        self._rounds = rounds
        self._chance = random.Random(SEED)

    async def run(self) -> None:
        """All of them."""
        await furnish(self._server.folder, TERMINALS)
        async with (
            serving(self._server),
            Link(self._server.address, hello("display-1")) as display,
            at_work(self.crowd),
        ):
            await display.until(1)
            for n in range(1, self._rounds + 1):
                tell(f"full_disk: round {n} of {self._rounds}")
                async with asyncio.timeout(PATIENCE_SECONDS):
                    await self._round(display)
        await self._look()

    async def _round(self, display: Link) -> None:
        await asyncio.sleep(self._chance.uniform(0.2, 1.0))
        self._server.fill(self._chance.randint(*ROOM_BYTES))
        said_at = await shows(display, read_only=True)
        self.said_seconds.append(said_at - self._refused_at())
        await asyncio.sleep(self._chance.uniform(*FULL_SECONDS))
        self._server.free()
        freed, answered = time.time(), len(self.crowd.replies)
        self.well_seconds.append(await shows(display, read_only=False) - freed)
        while len(self.crowd.replies) == answered:
            await self.crowd.bell.wait()
        self.answer_seconds.append(time.time() - freed)

    def _refused_at(self) -> float:
        """When the server last noticed that there was no room (seconds of the wall clock)."""
        lines = self._server.log.read_text().splitlines()
        noticed = [line for line in lines if "takes nothing" in line]
        return datetime.fromisoformat(json.loads(noticed[-1])["at"]).timestamp()

    async def _look(self) -> None:
        audit = Audit()
        audit.read(rows_of(self._server.folder))
        self.problems += [*audit.problems, *self.crowd.problems]
        self.problems += unanswered(audit, self.crowd.replies)
        self.problems += await whole_problems(self._server.folder, branch_config(TERMINALS))


async def shows(display: Link, *, read_only: bool) -> float:
    """When the display says so (seconds of the wall clock)."""
    async for view in display.views():
        if isinstance(view, BranchView) and view.read_only == read_only:
            return time.time()
    raise AssertionError("the display has lost its server")


async def measure(options: argparse.Namespace, report: Report) -> None:
    """So many rounds."""
    rounds = options.rounds or (3 if options.quick else ROUNDS)
    with tempfile.TemporaryDirectory(prefix="lobby-bench-") as name:
        aside, folder = Path(name) / "aside", Path(name) / "data"
        aside.mkdir()
        folder.mkdir()
        with small_disk(folder) as mounted:
            if not mounted and not can_watch():
                raise SystemExit("This needs root, or a Python whose SQLite can be watched.")
            kind = OnTmpfs if mounted else OnWatchedDisk
            filling = Filling(kind(folder / "lobby", aside), rounds, aside)
            await filling.run()
    report.add("rounds on a file system with an end (else 0)", "", [rounds * mounted])
    report.add("rounds with refused writes (else 0)", "", [rounds * (not mounted)])
    report.add("commands answered", "", [len(filling.crowd.replies)])
    said = report.add("from the first refused write to the screen", "s", filling.said_seconds)
    report.hold_to(said, at_most=BANNER_SECONDS_MAX)
    report.add("from the room to the screen that says no more", "s", filling.well_seconds)
    back = report.add("from the room to the first answer", "s", filling.answer_seconds)
    report.hold_to(back, at_most=BACK_SECONDS_MAX)
    report.check(
        "nothing acknowledged lost, nothing twice, all insist by themselves",
        len(filling.crowd.replies),
        filling.problems,
    )


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--rounds", type=int, help=f"how many (default: {ROUNDS})")


if __name__ == "__main__":
    sys.exit(command_line("full_disk", __doc__, measure, _options))
