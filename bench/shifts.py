"""People who sign in once, by PIN, and then work while the server is killed under them.

A new server is set up as a real one is: the administrator with the printed code, terminals paired,
accounts made, each person with a PIN of their own (`play/house.py`). Then SIGKILLs, and after each
every teller goes on: nobody is asked to sign in again, nobody has lost a right or gained one.
Every few times the power is cut as well, of the server's disk (`disk.py`) or of the terminals.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final

from msgspec.structs import replace

from bench.branch import BRANCH, DATABASE, SERVER_TOML, Terminals, branch_config, branch_toml
from bench.crowd import HURRIED
from bench.figures import Report, command_line, tell
from bench.power import PoweredServer
from bench.process import ServerProcess, serving
from bench.vfs import can_watch
from bench.whole import whole_problems
from play.house import Key, Post, set_up
from server.journal.sqlite import open_sqlite
from shared.link import Link
from shared.protocol import Accepted, Command, OpenCounter, PauseCounter, ResumeCounter

TELLERS: Final = 3
KILLS: Final = 40
TERMINALS: Final = Terminals(counters=TELLERS, kiosks=0)
SEED: Final = 20261116
ALIVE_SECONDS: Final = (0.0, 0.5)
POWER_CUT_EVERY: Final = 4
PATIENCE_SECONDS: Final = 60


class Teller:
    """Somebody at a counter, on one link after the other."""

    def __init__(self, key: Key, outbox: Path) -> None:
        self.key = key
        self.done = 0
        self._outbox = outbox
        self._stack = AsyncExitStack()
        self.link: Link | None = None

    async def come(self) -> None:
        """Switch the terminal on; the sign-in is in its keeping."""
        hello = replace(self.key.station.hello(language="en"), token=self.key.token)
        link = Link(self.key.station.url, hello, outbox=self._outbox, timing=HURRIED)
        self.link = await self._stack.enter_async_context(link)

    async def go(self) -> None:
        """The terminal loses its power."""
        await self._stack.aclose()

    async def work(self, day: str) -> str:
        """Do the next thing; what went wrong with it, or ""."""
        assert self.link is not None
        reply = await self.link.send(self._next(day))
        self.done += 1
        if not isinstance(reply, Accepted):
            return f"{self.key.post.staff} was answered {reply}"
        if self.link.staff != self.key.post.staff:
            return f"{self.key.post.staff} is taken for {self.link.staff}"
        return ""

    def _next(self, day: str) -> Command:
        new, counter = f"{self.key.post.staff}-{self.done:016d}", self.key.post.counter or 0
        if not self.done:
            return OpenCounter(id=new, day=day, counter=counter)
        if self.done % 2:
            return PauseCounter(id=new, day=day, counter=counter, reason="meal")
        return ResumeCounter(id=new, day=day, counter=counter)


class Shifts:
    """The people, the kills, and what was found."""

    def __init__(self, server: ServerProcess, outboxes: Path, seed: int = SEED) -> None:
        self.problems: list[str] = []
        self.back_seconds: list[float] = []
        self.kills = 0
        self._server = server
        self._outboxes = outboxes
        self._chance = random.Random(seed)
        self._tellers: list[Teller] = []

    async def run(self, kills: int) -> None:
        """Everybody signs in once; then so many kills."""
        await furnish_without_people(self._server.folder)
        async with serving(self._server):
            keys = await sign_everybody_in(self._server)
            self._tellers = [Teller(key, self._outboxes / key.post.staff) for key in keys]
            for teller in self._tellers:
                await teller.come()
            await self._work()
            for self.kills in range(1, kills + 1):
                async with asyncio.timeout(PATIENCE_SECONDS):
                    await self._kill()
            for teller in self._tellers:
                await teller.go()
        self.problems += await whole_problems(self._server.folder, branch_config(TERMINALS))

    async def _kill(self) -> None:
        working = asyncio.create_task(self._work())
        await asyncio.sleep(self._chance.uniform(*ALIVE_SECONDS))
        began = time.perf_counter()
        self._server.kill()
        await self._server.ended()
        self._server.after_end(self._chance)
        await self._server.start()
        await working
        if self.kills % POWER_CUT_EVERY == 0:
            for teller in self._tellers:
                await teller.go()
                await teller.come()
        await self._work()
        self.back_seconds.append(time.perf_counter() - began)

    async def _work(self) -> None:
        said = await asyncio.gather(*(one.work(self._server.day) for one in self._tellers))
        self.problems += [f"after {self.kills} kills {problem}" for problem in filter(None, said)]


async def furnish_without_people(folder: Path) -> None:
    """A data folder of a branch in which nobody is known yet, with an empty journal: how that is
    made is no affair of SQLite's, and would not be on the tape of its disk."""
    await asyncio.to_thread((folder / "branches").mkdir, parents=True)
    (folder / "lobby.toml").write_text(SERVER_TOML)
    (folder / "branches" / f"{BRANCH}.toml").write_text(branch_toml(TERMINALS))
    await (await open_sqlite(folder / DATABASE)).close()


async def sign_everybody_in(server: ServerProcess) -> Sequence[Key]:
    """Administrator, terminals, accounts, PINs: each typed once."""
    posts = [Post(kind="counter", counter=n, staff=f"teller-{n}") for n in range(1, TELLERS + 1)]
    async with set_up(server.address, server.set_up_code, BRANCH, "en") as desk:
        return await desk.furnish(posts)


async def measure(options: argparse.Namespace, report: Report) -> None:
    """So many kills."""
    kills = options.kills or (6 if options.quick else KILLS)
    tell(f"shifts: {kills} kills")
    with tempfile.TemporaryDirectory(prefix="lobby-bench-") as name:
        kind = PoweredServer if can_watch() else ServerProcess
        shifts = Shifts(kind(Path(name) / "data"), Path(name))
        await shifts.run(kills)
    report.add("people signed in once, by PIN", "", [TELLERS])
    report.add("kills, each with the disk's power", "", [kills])
    report.add("from the kill until everybody had worked again", "s", shifts.back_seconds)
    report.check("nobody is asked again, nobody is taken for another", kills, shifts.problems)


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--kills", type=int, help=f"how many (default: {KILLS})")


if __name__ == "__main__":
    sys.exit(command_line("shifts", __doc__, measure, _options))
