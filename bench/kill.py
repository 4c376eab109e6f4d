"""SIGKILL to the server process at random moments, under load, again and again.

Tellers and kiosks work without a pause on links with outboxes, and now and then repeat a command
that was answered long ago. The server is started again at once; every few kills the terminals
lose their power too. After each restart and at the end the journal is read on: nothing that was
acknowledged or shown is lost, nothing was done twice, no hole, every hash right, repeats answered
alike, nobody called out of turn; and at the very end the whole file is looked at (`whole.py`).
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final, TypeAlias

from bench.audit import Audit, rows_of, unanswered
from bench.branch import Terminals, branch_config, furnish
from bench.crowd import Crowd, at_work
from bench.figures import Report, command_line, share, tell
from bench.process import ServerProcess, serving
from bench.whole import people_problems, whole_problems
from shared.protocol import (
    Accepted,
)

KILLS: Final = 300
TERMINALS: Final = Terminals(counters=6, skills=5, kiosks=2)
SEED: Final = 20261116

ALIVE_SECONDS: Final = (0.02, 0.6)
"""How long a server lives after it listens: from the very start to some snapshots later."""

POWER_CUT_EVERY: Final = 5
BACK_SECONDS_MAX: Final = 10.0

Moment: TypeAlias = Callable[["Killing"], Awaitable[None]]
"""Waits, after a start, for the moment to kill."""


async def at_any_time(killing: Killing) -> None:
    """Whatever the server is doing just then."""
    await asyncio.sleep(killing.chance.uniform(*ALIVE_SECONDS))


class Killing:
    """The kills, and what was found after each."""

    def __init__(
        self,
        server: ServerProcess,
        kills: int,
        seed: int = SEED,
        moment: Moment | None = None,
    ) -> None:
        self.kills = kills
        self.chance = random.Random(seed)
        self.audit = Audit()
        self.lost: list[str] = []
        self.acknowledged = 0
        self.listening_seconds: list[float] = []
        self.answer_seconds: list[float] = []
        self.server = server
        self._folder = server.folder
        self._moment = moment or at_any_time
        self.crowd = Crowd(TERMINALS, self.server, self._folder / "outboxes", seed)

    async def run(self) -> None:
        """All of it."""
        await furnish(self._folder, TERMINALS)
        (self._folder / "outboxes").mkdir()
        async with serving(self.server), at_work(self.crowd):
            for n in range(1, self.kills + 1):
                await self._moment(self)
                await self._kill(power_cut=n % POWER_CUT_EVERY == 0)
                if n % 50 == 0:
                    tell(f"kill: {n} of {self.kills}")
        self._look()
        self.lost += unanswered(self.audit, self.crowd.replies)
        self.lost += await whole_problems(self._folder, branch_config(TERMINALS))
        self.lost += await people_problems(self._folder, self.crowd.recorded)

    @property
    def problems(self) -> list[str]:
        """Everything that must not be."""
        return [*self.lost, *self.audit.problems, *self.crowd.problems]

    async def _kill(self, *, power_cut: bool) -> None:
        killed = time.perf_counter()
        self.server.kill()
        await self.server.ended()
        shown = self.crowd.shown_seq
        self.server.after_end(self.chance)
        if power_cut:
            await asyncio.gather(*(person.lose_power() for person in self.crowd.people))
        await self.server.start()
        self.listening_seconds.append(time.perf_counter() - killed)
        await self.crowd.bell.wait()
        self.answer_seconds.append(time.perf_counter() - killed)
        self._look(shown)

    def _look(self, shown: int = 0) -> None:
        """Read on, beside the server; what was acknowledged or shown by now must be there."""
        acknowledged = dict(self.crowd.replies)
        self.audit.read(rows_of(self._folder, self.audit.seq))
        after = f"after {len(self.listening_seconds)} kills"
        for command, reply in acknowledged.items():
            if isinstance(reply, Accepted) and command not in self.audit.spans:
                self.lost.append(f"{after} {command} is lost")
        if shown > self.audit.seq:
            self.lost.append(f"{after} screens had shown {shown}, and {self.audit.seq} is there")
        self.acknowledged = len(acknowledged)


async def measure(options: argparse.Namespace, report: Report) -> None:
    """So many kills."""
    kills = options.kills or (15 if options.quick else KILLS)
    with tempfile.TemporaryDirectory(prefix="lobby-bench-") as name:
        killing = Killing(ServerProcess(Path(name) / "data"), kills)
        began = time.perf_counter()
        await killing.run()
        seconds = time.perf_counter() - began
    report.add("kills", "", [kills])
    report.add("events in the journal", "", [killing.audit.seq])
    report.add("commands answered", "", [killing.acknowledged])
    report.add("of them repeats of earlier ones", "", [killing.crowd.repeats])
    report.add("of them with a name for the vault", "", [len(killing.crowd.recorded)])
    report.add(
        "commands a second, kills and restarts included", "/s", [killing.acknowledged / seconds]
    )
    tell_times(killing, report)
    report.check(
        "nothing acknowledged lost, nothing twice, no hole",
        killing.acknowledged,
        killing.problems,
    )


def tell_times(killing: Killing, report: Report) -> None:
    """How long it took until the server was back, and until the first terminal was served."""
    report.add("from the kill to listening again", "s", killing.listening_seconds)
    report.add("from the kill to the first answer", "s", killing.answer_seconds)
    late = report.add(
        "from the kill to the first answer: p99", "s", [share(killing.answer_seconds, 0.99)]
    )
    report.hold_to(late, at_most=BACK_SECONDS_MAX)


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--kills", type=int, help=f"how many (default: {KILLS})")


if __name__ == "__main__":
    sys.exit(command_line("kill", __doc__, measure, _options))
