"""A hundred terminals that have seen more than there is: an older backup is restored.

Each round tickets are taken, a backup is made beside the running server, more tickets are taken,
and every screen shows them. Then the server is stopped, the backup is put back with `lobby
restore`, and the server is started again. Every terminal has to notice by itself: the epoch is
another one, and nothing that is lost may be shown any more. The lost numbers are given again.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from bench.audit import Audit, rows_of
from bench.branch import furnish
from bench.comeback import TERMINALS, everyone
from bench.drill import lobby
from bench.figures import Report, command_line, tell
from bench.process import ServerProcess, serving
from shared.link import Link
from shared.protocol import Accepted, DisplayView, KioskView, TakeTicket

ROUNDS: Final = 10
TICKETS: Final = (1, 30)
SEED: Final = 20261116
BACK_SECONDS_MAX: Final = 10.0
PATIENCE_SECONDS: Final = 60
PUBLIC: Final = (KioskView, DisplayView)
"""What is shown where nobody has to sign in: the restore has ended every sign-in."""


class Rewinding:
    """The rounds, and what was seen in each."""

    def __init__(self, server: ServerProcess, away: Path) -> None:
        self.problems: list[str] = []
        self.seconds: list[float] = []
        self.lost = 0
        self._server = server
        self._away = away
        self._chance = random.Random(SEED)

    async def run(self, rounds: int) -> None:
        """All of them."""
        await furnish(self._server.folder, TERMINALS)
        async with serving(self._server), everyone(self._server.address) as links:
            for n in range(1, rounds + 1):
                tell(f"rewind: round {n} of {rounds}")
                async with asyncio.timeout(PATIENCE_SECONDS):
                    await self._round(n, links)

    async def _round(self, n: int, links: list[Link]) -> None:
        kiosk = next(link for link in links if link.welcome and link.welcome.role == "kiosk")
        kept = await self._take(kiosk)
        made = await lobby("backup", "--data", self._server.folder, "--to", self._away)
        gone = await self._take(kiosk)
        public = [link for link in links if _shown(link) is not None]
        await asyncio.gather(*(link.until(gone[-1].seq) for link in public))
        epoch = _epoch(kiosk)
        await self._server.stop()
        await lobby("restore", made["file"], "--data", self._server.folder)
        began = time.perf_counter()
        await self._server.start()
        await asyncio.gather(*(_notices(link, epoch) for link in links))
        await asyncio.gather(*(link.until(1) for link in public))
        self.seconds.append(time.perf_counter() - began)
        self.lost += len(gone)
        self._look(n, links, public, kept[-1], gone[-1])
        again = (await self._take(kiosk, 1))[0]
        if again.number != gone[0].number:
            self.problems.append(f"round {n}: {again.number} is given, {gone[0].number} was lost")
        await asyncio.gather(*(link.until(again.seq) for link in public))

    async def _take(self, kiosk: Link, many: int | None = None) -> list[Accepted]:
        taken = []
        for _ in range(many or self._chance.randint(*TICKETS)):
            take = TakeTicket(id=kiosk.new_id(), day=self._server.day, service="A")
            reply = await kiosk.send(take)
            assert isinstance(reply, Accepted), reply
            taken.append(reply)
        return taken

    def _look(
        self, n: int, links: list[Link], public: list[Link], kept: Accepted, gone: Accepted
    ) -> None:
        """Nobody is ahead of the journal, nobody behind what was kept."""
        audit = Audit()
        audit.read(rows_of(self._server.folder))
        self.problems += audit.problems
        for link in links:
            shown, name = _shown(link), link.welcome.station if link.welcome else "?"
            if shown is not None and shown > audit.seq:
                self.problems.append(f"round {n}: {name} shows {shown} of {audit.seq}")
            if link in public and (shown is None or not kept.seq <= shown < gone.seq):
                self.problems.append(f"round {n}: {name} shows {shown}, not from {kept.seq} on")
            if link not in public and shown is not None:
                self.problems.append(f"round {n}: {name} shows {shown} to nobody")


def _shown(link: Link) -> int | None:
    """The sequence of the newest view on a screen."""
    views = (link.view(kind.__name__) for kind in PUBLIC)
    return max((view.seq for view in views if view is not None), default=None)


def _epoch(link: Link) -> str:
    return link.welcome.epoch if link.welcome else ""


async def _notices(link: Link, epoch: str) -> None:
    state = None
    while _epoch(link) == epoch:
        state = await link.next_state(state)


async def measure(options: argparse.Namespace, report: Report) -> None:
    """So many rounds."""
    rounds = options.rounds or (2 if options.quick else ROUNDS)
    with tempfile.TemporaryDirectory(prefix="lobby-bench-") as name:
        away = Path(name) / "away"
        away.mkdir()
        rewinding = Rewinding(ServerProcess(Path(name) / "data"), away)
        await rewinding.run(rounds)
    terminals = TERMINALS.counters + TERMINALS.kiosks + TERMINALS.displays
    report.add("terminals", "", [terminals])
    report.add("restores", "", [rounds])
    report.add("tickets lost with them", "", [rewinding.lost])
    back = report.add(
        "from the server's start until all show what there is", "s", rewinding.seconds
    )
    report.hold_to(back, at_most=BACK_SECONDS_MAX)
    report.check("nobody shows what is lost", rounds * terminals, rewinding.problems)


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--rounds", type=int, help=f"how many (default: {ROUNDS})")


if __name__ == "__main__":
    sys.exit(command_line("rewind", __doc__, measure, _options))
