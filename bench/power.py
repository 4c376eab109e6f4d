"""Power cuts, simulated: what was synced stays, of the rest a disk keeps whatever it likes.

Two ways. A real server under load (as in `kill.py`) is killed with SIGKILL, its files are put back
to what a disk may hold at that moment, and it is started on those: terminals, some of which lose
their power too, go on by themselves. And a recorded morning (`morning.py`) is cut at many moments,
each time checked row by row against what happened; there the process is also killed at every
single write and sync of a stretch with a commit, a checkpoint and the log begun anew.

What a disk may hold, and what is assumed of it, is said in `disk.py`.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from bench.branch import DATABASE
from bench.disk import Disk, Noted, Synced, tape_in
from bench.figures import Report, command_line, tell
from bench.kill import SEED, Killing, tell_times
from bench.morning import Morning, cut, problems_after, record_morning
from bench.process import ServerProcess
from bench.vfs import can_watch

CUTS: Final = 300
MORNING_CUTS: Final = 600
STRETCH_RECORDS: Final = 300
"""Writes and syncs after each of which the process is killed: two hundred, and the checkpoint."""


class PoweredServer(ServerProcess):
    """A server whose disk is on tape, from each start to its end."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.unsynced = 0
        self._disk: Disk | None = None

    @property
    def _tape(self) -> Path:
        return self.folder / "tape"

    async def start(self) -> None:
        self._disk = Disk(self.folder, DATABASE)
        await super().start()

    def after_end(self, chance: random.Random) -> None:
        """The power fails in the moment of the kill."""
        assert self._disk is not None, "it was started"
        self._disk.play(tape_in(self._tape))
        self.unsynced += self._disk.is_behind
        self._disk.lose_power(self.folder, chance)

    def _program(self) -> Sequence[str]:
        return ["bench.watched", "--tape", str(self._tape)]


async def cut_mornings(folder: Path, cuts: int, seed: int) -> tuple[int, list[str]]:
    """So many cuts at moments by chance; how many left something behind, and what is wrong."""
    morning = await record_morning(folder / "morning", seed)
    chance, behind, found = random.Random(seed), 0, []
    for n in range(cuts):
        moment = chance.choice(morning.moments())
        behind += cut(folder / "morning", morning, moment, folder / "cut", chance)
        problems = await problems_after(folder / "cut", morning, moment)
        found += [f"cut {n} at {moment} (seed {seed}): {problem}" for problem in problems]
        shutil.rmtree(folder / "cut")
    return behind, found


async def kill_at_every_step(folder: Path, records: int, seed: int) -> tuple[int, list[str]]:
    """The process dies at each of so many steps in a row, nothing else is lost."""
    morning = await record_morning(folder / "morning", seed)
    chance, found = random.Random(seed), []
    first = first_checkpoint(morning) - records // 2
    steps = [n for n in range(first, first + records) if not isinstance(morning.tape[n - 1], Noted)]
    for moment in steps:
        cut(folder / "morning", morning, moment, folder / "cut", chance, "everything")
        problems = await problems_after(folder / "cut", morning, moment)
        found += [f"step {moment} (seed {seed}): {problem}" for problem in problems]
        shutil.rmtree(folder / "cut")
    return len(steps), found


def first_checkpoint(morning: Morning) -> int:
    """Where on the tape the file itself is synced for the first time."""
    return morning.tape.index(Synced(DATABASE))


async def measure(options: argparse.Namespace, report: Report) -> None:
    """All three."""
    if not can_watch():
        raise SystemExit("The SQLite of this Python cannot be watched; try the system's Python.")
    cuts = options.cuts or (15 if options.quick else CUTS)
    with tempfile.TemporaryDirectory(prefix="lobby-bench-") as name:
        server = PoweredServer(Path(name) / "data")
        cutting = Killing(server, cuts)
        began = time.perf_counter()
        await cutting.run()
        seconds = time.perf_counter() - began
    report.add("power cuts of a server under load", "", [cuts])
    report.add("cuts that found writes on their way", "", [server.unsynced])
    report.add("events in the journal", "", [cutting.audit.seq])
    report.add("commands answered", "", [cutting.acknowledged])
    report.add(
        "commands a second, cuts and restarts included", "/s", [cutting.acknowledged / seconds]
    )
    tell_times(cutting, report)
    report.check(
        "nothing acknowledged lost, nothing twice, no half command, file sound",
        cutting.acknowledged,
        cutting.problems,
    )
    await _measure_mornings(report, quick=options.quick)


async def _measure_mornings(report: Report, *, quick: bool) -> None:
    cuts, records = (20, 30) if quick else (MORNING_CUTS, STRETCH_RECORDS)
    with tempfile.TemporaryDirectory(prefix="lobby-bench-") as name:
        tell(f"power: {cuts} cuts of a recorded morning")
        behind, found = await cut_mornings(Path(name), cuts, SEED)
    report.add("cuts of a recorded morning", "", [cuts])
    report.add("of these with writes on their way", "", [behind])
    report.check("what is there is the beginning of what happened, to the row", cuts, found)
    with tempfile.TemporaryDirectory(prefix="lobby-bench-") as name:
        tell(f"power: a kill at each of {records} steps")
        steps, found = await kill_at_every_step(Path(name), records, SEED)
    report.check("killed at every write and sync of a stretch: the same", steps, found)


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--cuts", type=int, help=f"of the server (default: {CUTS})")


if __name__ == "__main__":
    sys.exit(command_line("power", __doc__, measure, _options))
