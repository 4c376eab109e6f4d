"""A network that delays, repeats and reorders: each command arrives one to five times.

The shipped runner and rules on a journal in memory, so that a million commands take minutes. Copies
arrive at the same instant as others or hours later, some on the next business day; now and then a
caller hangs up, a write finds the disk full, or the server is started again. Then the journal is
read: no command was done twice, every answer to one command is the same, and every one is true.
"""

from __future__ import annotations

import argparse
import asyncio
import heapq
import logging
import random
import sys
from collections import Counter
from collections.abc import Iterator
from itertools import count
from typing import Final

from bench.audit import Audit
from bench.branch import BRANCH, SERVICES, Terminals, branch_config
from bench.figures import Report, command_line, tell
from server.answers import Answer
from server.domain.refusals import Busy, DayChanged
from server.domain.state import Actor
from server.hub import Hub
from server.journal.contract import JournalFull
from server.journal.memory import MemoryJournal
from server.metrics import Metrics
from server.runner import REST_MS, BranchRunner
from server.vault.keys import Keys
from server.vault.vault import Vault
from shared.protocol import (
    Accepted,
    CallNext,
    Command,
    FinishService,
    LeaveLine,
    OpenCounter,
    StartService,
    TakeTicket,
)
from shared.testing import ManualClock

COMMANDS: Final = 1_000_000
ROUND_COMMANDS: Final = 25_000
"""On one journal: more would only fill the memory."""

SENDS_MAX: Final = 5
TERMINALS: Final = Terminals(counters=6, skills=5, kiosks=3)
SEED: Final = 20261116

LATE_TICKS: Final = (0, 0, 1, 1, 2, 5, 20, 200, 2_000)
"""After how many ticks of some seconds a copy arrives: at once, or the next day."""

FULL_SHARE: Final = 0.002
RESTART_SHARE: Final = 0.001
HANG_UP_SHARE: Final = 0.02
TICK_SECONDS: Final = (1, 60)


class Resending:
    """One journal, its people, and the network between."""

    def __init__(self, seed: int) -> None:
        self.journal = MemoryJournal()
        self.seen: Counter[str] = Counter()
        self.problems: list[str] = []
        self._chance = random.Random(seed)
        self._clock = ManualClock()
        self._runner = self._new_runner()
        self._answers: dict[str, tuple[int, Answer]] = {}
        self._starts = 0
        self._on_the_way: list[tuple[int, int, Command, Actor]] = []
        self._numbers = count()
        self._tick = 0
        people = [self._teller(n) for n in range(1, TERMINALS.counters + 1)]
        people += [self._kiosk(n) for n in range(1, TERMINALS.kiosks + 1)]
        self._people: dict[str, Iterator[Command]] = {actor.station: one for actor, one in people}
        self._actors = {actor.station: actor for actor, _ in people}
        self._pending: dict[str, Command] = {}

    async def run(self, commands: int) -> None:
        """So many commands, each until it is answered, and all their copies."""
        await self._runner.start()
        given = 0
        while given < commands or self._pending or self._on_the_way:
            for station in self._people:
                if station not in self._pending and given < commands:
                    self._give(station)
                    given += 1
            await self._deliver()
            await self._let_pass()
        await self._runner.stop()
        await self._look()

    # --- People --------------------------------------------------------------------------------

    def _teller(self, counter: int) -> tuple[Actor, Iterator[Command]]:
        station = f"counter-{counter}"
        actor = Actor(role="teller", station=station, staff="li", counter=counter)
        return actor, self._at_counter(station, counter)

    def _at_counter(self, station: str, counter: int) -> Iterator[Command]:
        ids = (f"{station}-{n:016d}" for n in count(1))
        while True:
            yield OpenCounter(id=next(ids), day=self._day, counter=counter)
            for _ in range(self._chance.randrange(30, 60)):
                for command in (CallNext, StartService, FinishService):
                    yield command(id=next(ids), day=self._day, counter=counter)

    def _kiosk(self, n: int) -> tuple[Actor, Iterator[Command]]:
        station = f"kiosk-{n}"
        return Actor(role="kiosk", station=station), self._at_kiosk(station)

    def _at_kiosk(self, station: str) -> Iterator[Command]:
        ids = (f"{station}-{n:016d}" for n in count(1))
        while True:
            service = self._chance.choice(SERVICES)
            take = TakeTicket(id=next(ids), day=self._day, service=service)
            yield take
            taken = self._answers.get(take.id, (0, None))[1]
            if isinstance(taken, Accepted) and taken.visit and self._chance.random() < 0.3:
                yield LeaveLine(id=next(ids), day=self._day, visit=taken.visit)

    @property
    def _day(self) -> str:
        return self._runner.published.day or "2026-11-16"

    # --- The network ---------------------------------------------------------------------------

    def _give(self, station: str) -> None:
        command = self._pending[station] = next(self._people[station])
        self._send(command, self._actors[station], 0)
        for _ in range(self._chance.randrange(SENDS_MAX)):
            self._send(command, self._actors[station], self._chance.choice(LATE_TICKS))

    def _send(self, command: Command, actor: Actor, ticks: int) -> None:
        due = (self._tick + ticks, next(self._numbers), command, actor)
        heapq.heappush(self._on_the_way, due)
        self.seen["sent"] += 1

    async def _deliver(self) -> None:
        """Everything that arrives now, in any order."""
        arriving: list[tuple[Command, Actor]] = []
        while self._on_the_way and self._on_the_way[0][0] <= self._tick:
            _, _, command, actor = heapq.heappop(self._on_the_way)
            arriving.append((command, actor))
        self._chance.shuffle(arriving)
        if self._chance.random() < FULL_SHARE:
            self.journal.fail_next(JournalFull("full", path="the disk"))
        calls = [asyncio.ensure_future(self._runner.submit(*one)) for one in arriving]
        hung_up = [call for call in calls if self._chance.random() < HANG_UP_SHARE]
        await asyncio.sleep(0)
        for call in hung_up:
            call.cancel()
        await asyncio.wait(calls) if calls else None
        for (command, actor), call in zip(arriving, calls, strict=True):
            if call.cancelled():
                self.seen["hung up"] += 1
                self._send_again(command, actor)
            else:
                self._hear(command, actor, call.result())

    def _send_again(self, command: Command, actor: Actor) -> None:
        if self._pending.get(actor.station) is command:
            self._send(command, actor, 1)

    def _hear(self, command: Command, actor: Actor, answer: Answer) -> None:
        if answer == Busy():
            self.seen["busy"] += 1
            self._send_again(command, actor)
            return
        if self._pending.get(actor.station) is command:
            del self._pending[actor.station]
        start, first = self._answers.setdefault(command.id, (self._starts, answer))
        if isinstance(answer, DayChanged):
            self.seen["too late"] += 1
            return
        if answer != first:
            # A refusal leaves no trace: after a restart it may be decided anew, as if it came
            # for the first time.
            if isinstance(first, Accepted) or start == self._starts:
                self.problems.append(f"{command.id}: {first}, and then {answer}")
            self._answers[command.id] = (self._starts, answer)
        else:
            self.seen["same answers"] += 1

    async def _let_pass(self) -> None:
        self._tick += 1
        self._clock.advance(seconds=self._chance.randint(*TICK_SECONDS))
        if self._chance.random() < RESTART_SHARE:
            await self._runner.stop()
            self._starts += 1
            self.seen["restarts"] += 1
            self._clock.advance(seconds=REST_MS / 1000)
            self._runner = self._new_runner()
            await self._runner.start()

    def _new_runner(self) -> BranchRunner:
        vault = Vault(self.journal, Keys(), self._clock.token)
        around = (vault, Hub(), self._clock, Metrics())
        return BranchRunner(branch_config(TERMINALS), self.journal, *around)

    # --- Afterwards ----------------------------------------------------------------------------

    async def _look(self) -> None:
        audit = Audit()
        audit.read([row async for row in self.journal.read(BRANCH)])
        self.problems += audit.problems
        for command, (_, answer) in self._answers.items():
            span = audit.spans.get(command)
            if isinstance(answer, Accepted) and span is not None and span[1] != answer.seq:
                self.problems.append(f"{command} was answered {answer} and is at {span}")
            if not isinstance(answer, Accepted) and span is not None:
                self.problems.append(f"{command} was answered {answer} and is in the journal")
        self.seen["commands"] = len(self._answers)
        self.seen["events"] = audit.seq
        self.seen["days"] = audit.counted["DayOpened"]
        self.seen["done"] = len(audit.spans)


async def resend(commands: int, seed: int) -> Resending:
    """One journal's worth."""
    resending = Resending(seed)
    await resending.run(commands)
    return resending


async def measure(options: argparse.Namespace, report: Report) -> None:
    """As many rounds as the commands need."""
    commands = options.commands or (20_000 if options.quick else COMMANDS)
    logging.getLogger("server").setLevel(logging.CRITICAL)  # full disks are meant here
    seen: Counter[str] = Counter()
    problems: list[str] = []
    for n, left in enumerate(range(commands, 0, -ROUND_COMMANDS)):
        tell(f"resend: {left:,} commands left")
        round_of = await resend(min(left, ROUND_COMMANDS), SEED + n)
        seen += round_of.seen
        problems += [f"round {n}: {problem}" for problem in round_of.problems]
    for key in ("commands", "sent", "done", "same answers", "too late", "busy", "hung up"):
        report.add(key, "", [seen[key]])
    report.add("restarts", "", [seen["restarts"]])
    report.add("business days", "", [seen["days"]])
    report.check(
        "no command is done twice, and every answer to it is the same", seen["sent"], problems
    )


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--commands", type=int, help=f"how many (default: {COMMANDS:,})")


if __name__ == "__main__":
    sys.exit(command_line("resend", __doc__, measure, _options))
