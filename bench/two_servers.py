"""Two servers on one data folder: one serves, the other is refused in a sentence, and soon.

Raced: both are started at the same instant, on a folder with a journal and on one without. In turn:
the second is started beside one that serves, and timed. And with the lock deleted by hand, as
somebody might who believes that it was left behind: then the second takes over, and the first must
notice before it writes anything more.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final

from websockets.exceptions import ConnectionClosed

from bench.audit import Audit, rows_of, unanswered
from bench.branch import BRANCH, DATABASE, Terminals, branch_config, furnish, hello
from bench.figures import Report, command_line, tell
from bench.process import CannotStart, ServerProcess
from bench.whole import whole_problems
from bench.wire import ids, wire
from server.config import load_data_folder
from shared.protocol import Accepted, Reply, TakeTicket

RACES: Final = 100
IN_TURN: Final = 20
TAKE_OVERS: Final = 20
TERMINALS: Final = Terminals(counters=1, kiosks=2)
REFUSED_SECONDS_MAX: Final = 1.0


class Rivals:
    """Two servers of one folder, and every answer any of them gave."""

    def __init__(self, folder: Path) -> None:
        self.replies: dict[str, Reply] = {}
        self.problems: list[str] = []
        self.refused_seconds: list[float] = []
        self.rounds = 0
        self._folder = folder
        self._ids = ids("rival")

    async def race(self) -> None:
        """Both at the same instant, where there is a journal."""
        both = [self._server(n) for n in (1, 2)]
        async with _ended(both):
            for server in await self._winners(both):
                await self._take(server)

    async def race_to_begin(self, folder: Path) -> None:
        """Both at the same instant, where each would have to make the journal first."""
        await asyncio.to_thread(folder.mkdir)
        both = [self._server(n, folder) for n in (1, 2)]
        async with _ended(both):
            await self._winners(both)
        self.problems += await whole_problems(folder, load_data_folder(folder)[1][BRANCH])

    async def _winners(self, both: list[ServerProcess]) -> list[ServerProcess]:
        started = await asyncio.gather(*(self._start(server) for server in both))
        serving = [server for server, refusal in zip(both, started, strict=True) if not refusal]
        if len(serving) != 1:
            self._problem(f"{len(serving)} of two servers serve: {started}")
        return serving

    async def in_turn(self) -> None:
        """The second beside a first that serves, before and after."""
        first, second = (self._server(n) for n in (1, 2))
        async with _ended([first, second]):
            await first.start()
            await self._take(first)
            began = time.perf_counter()
            if not await self._start(second):
                self._problem("a second server serves")
            self.refused_seconds.append(time.perf_counter() - began)
            await self._take(first)

    async def take_over(self) -> None:
        """The lock is gone: the second serves, and the first notices."""
        first, second = (self._server(n) for n in (1, 2))
        async with _ended([first, second]):
            await first.start()
            await self._take(first)
            (self._folder / f"{DATABASE}.lock").unlink()
            await second.start()
            await self._take(second)
            # Nothing is answered by a server that cannot say what became of it.
            with suppress(ConnectionClosed):
                reply = await self._take(first, expected=False)
                self._problem(f"whoever was taken over has answered {reply}")
            if (code := await first.ended()) != 1:
                self._problem(f"whoever was taken over ended with {code}")
            await self._take(second)

    async def look(self) -> None:
        """Everything that must not be in the journal they left."""
        audit = Audit()
        audit.read(rows_of(self._folder))
        self.problems += [*audit.problems, *unanswered(audit, self.replies)]
        self.problems += await whole_problems(self._folder, branch_config(TERMINALS))

    def _server(self, n: int, folder: Path | None = None) -> ServerProcess:
        server = ServerProcess(folder or self._folder)
        server.log = self._folder.with_name(f"server-{n}.log")
        return server

    async def _start(self, server: ServerProcess) -> str:
        """What a server that may not serve says; "" if it serves."""
        try:
            await server.start()
        except CannotStart as refused:
            said = str(refused).strip().splitlines()[-1]
            if "in use by another Lobby server" not in said or await server.ended() != 1:
                self._problem(f"a second server ended with: {said}")
            return said
        return ""

    async def _take(self, server: ServerProcess, *, expected: bool = True) -> Reply:
        command = TakeTicket(id=next(self._ids), day=server.day, service="A")
        async with wire(server.address, hello("kiosk-1")) as kiosk:
            reply = self.replies[command.id] = await kiosk.ask(command)
        if expected and not isinstance(reply, Accepted):
            self._problem(f"whoever serves has answered {reply}")
        return reply

    def _problem(self, problem: str) -> None:
        self.problems.append(f"round {self.rounds}: {problem}")


@asynccontextmanager
async def _ended(servers: list[ServerProcess]) -> AsyncIterator[None]:
    try:
        yield
    finally:
        for server in servers:
            await server.stop()


async def measure(options: argparse.Namespace, report: Report) -> None:
    """All three, one after the other; every fourth race is about a folder without a journal."""
    races = options.races or (4 if options.quick else RACES)
    turns = 2 if options.quick else IN_TURN
    problems: list[str] = []
    answered = 0
    with tempfile.TemporaryDirectory(prefix="lobby-bench-") as name:
        rivals = Rivals(Path(name) / "data")
        await furnish(rivals._folder, TERMINALS)
        for rivals.rounds in range(1, races + 2 * turns + 1):
            if rivals.rounds % 20 == 1:
                tell(f"two_servers: round {rivals.rounds} of {races + 2 * turns}")
            if rivals.rounds <= races and rivals.rounds % 4 == 0:
                await rivals.race_to_begin(Path(name) / f"new-{rivals.rounds}")
            elif rivals.rounds <= races:
                await rivals.race()
            elif rivals.rounds <= races + turns:
                await rivals.in_turn()
            else:
                await rivals.take_over()
        await rivals.look()
        problems += rivals.problems
        answered = len(rivals.replies)
    report.add("races of two servers", "", [races])
    report.add("a second server beside a first", "", [turns])
    report.add("takings-over with the lock deleted", "", [turns])
    figure = report.add(
        "from the second server's start to its refusal", "s", rivals.refused_seconds
    )
    report.hold_to(figure, at_most=REFUSED_SECONDS_MAX)
    report.check("one serves, the other is refused, nothing is written twice", answered, problems)


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--races", type=int, help=f"how many (default: {RACES})")


if __name__ == "__main__":
    sys.exit(command_line("two_servers", __doc__, measure, _options))
