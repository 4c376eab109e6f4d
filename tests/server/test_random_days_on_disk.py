"""Random days on a real disk: many send at once and send again, and the server goes and comes.

Beside the runner stands a witness, who knows the journal's rows and the answers and nothing
else.

More days: LOBBY_EXAMPLES=5000 pytest -o faulthandler_timeout=0 with this file
"""

from __future__ import annotations

import asyncio
import os
import random
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from server.answers import Answer, id_of
from server.domain.apply import apply
from server.domain.configuration import BranchConfig
from server.domain.state import Actor, new_branch
from server.domain.timers import next_wakeup
from server.hub import Hub
from server.journal.sqlite import open_sqlite
from server.journal.upcast import stamp_of, to_event
from server.loading import SCHEMA, load
from server.metrics import Metrics
from server.runner import BranchRunner
from shared import protocol as p
from shared.testing import ManualClock
from tests.random_days.random_day import HOUR, MINUTE, WAITS, Crowd, Move, RandomDay, seeded
from tests.server.one_branch import vault_of

DAYS = max(1, int(os.environ.get("LOBBY_EXAMPLES", "200")) // 20)
BURST_MAX = 6
SENT_MAX = 5
RESTARTS_SHARE = 0.1

encode = msgspec.json.Encoder().encode


class Heard(NamedTuple):
    """An answer, whether anything came of the command that day, which day that was (None: it
    may have been either of two), and after which start."""

    command: p.Command
    actor: Actor
    answer: Answer
    done: bool
    day: int | None
    start: int


class Witness:
    """Follows the journal row by row, never by a snapshot, and remembers every answer."""

    def __init__(self, config: BranchConfig) -> None:
        self.branch = new_branch(config)
        self.seen: Counter[str] = Counter()
        self._done: dict[str, int] = {}
        self._last_id = ""
        self._answers: dict[str, Heard] = {}
        self._starts = 0
        self._day: int | None = None

    async def read(self, journal) -> None:
        """The rows since the last time: no seq left out, no command done twice."""
        before = self.branch.day_first_seq
        async for row in journal.read("main", self.branch.seq):
            assert row.seq == self.branch.seq + 1
            command_id = id_of(row.command_id)
            if command_id and command_id != self._last_id:
                assert command_id not in self._done, "one command, done twice"
            self._last_id = command_id
            apply(self.branch, to_event(row), stamp_of(row))
            self._done[command_id] = self.branch.day_first_seq
        after = self.branch.day_first_seq
        self._day = after if after == before else None

    def restarted(self) -> None:
        """The server has come back: it has forgotten what it refused, and nothing else."""
        self._starts += 1

    def hear(self, command: p.Command, actor: Actor, answer: Answer) -> None:
        """An answer: the same as the first one, as long as that one is to be remembered."""
        done = self._done.get(command.id) == self.branch.day_first_seq
        heard = Heard(command, actor, answer, done, self._day, self._starts)
        first = self._answers.setdefault(command.id, heard)
        same_day = first.day == heard.day and heard.day is not None
        if not same_day or not (first.done or first.start == heard.start):
            # Of another day, or nothing came of it and it is forgotten: it was decided anew.
            self._answers[command.id] = heard
            return
        assert answer == first.answer
        assert isinstance(answer, p.Accepted) or not done, "refused, and done nevertheless"
        self.seen["answers"] += 1
        self.seen["answers by the journal"] += first.start != heard.start

    def sent_before(self, chance: random.Random) -> tuple[p.Command, Actor] | None:
        """A command of earlier to be sent again: its answer got lost."""
        if not self._answers:
            return None
        heard = chance.choice(list(self._answers.values()))
        return heard.command, heard.actor


class Lobby:
    """A runner on a file, its clock, and the crowd before it."""

    def __init__(self, path, seed: int) -> None:
        shape, self._moves = seeded(seed)
        day = RandomDay(shape)
        local = datetime.fromtimestamp(day.now / 1000, ZoneInfo(day.config.time_zone))
        self._clock = ManualClock(local.replace(tzinfo=None).isoformat(), day.config.time_zone)
        self._config = day.config
        self._path = path
        self._chance = random.Random(seed)
        self._crowd = Crowd()
        self.witness = Witness(day.config)

    async def live(self) -> Witness:
        """All the moves, in bursts, with a restart now and then."""
        self._journal = await open_sqlite(self._path)
        try:
            await self._start()
            for burst in self._bursts():
                await self._let_pass(WAITS[burst[0].wait])
                await self._play(burst)
                if self._chance.random() < RESTARTS_SHARE:
                    await self._restart()
            await self._stop()
        finally:
            await self._journal.close()
        return self.witness

    def _bursts(self) -> Iterator[list[Move]]:
        moves = self._moves
        while moves:
            size = self._chance.randint(1, BURST_MAX)
            burst, moves = moves[:size], moves[size:]
            yield burst

    async def _start(self) -> None:
        journal = self._journal
        around = (vault_of(journal), Hub(), self._clock, Metrics())
        self._runner = BranchRunner(self._config, journal, *around)
        await self._runner.start()
        assert not self._runner.stopped
        await self.witness.read(self._journal)

    async def _stop(self) -> None:
        """What the runner held in the end is what the journal tells, by any way of reading."""
        await self._runner.stop()
        await self.witness.read(self._journal)
        told = encode(self.witness.branch)
        held = await self._journal.newest_snapshot("main", SCHEMA)
        assert held is not None
        assert held.data == told
        assert encode(await load(self._journal, "main", self._config)) == told
        if self._chance.random() < 0.5:
            await self._journal.drop_snapshots("main")
            assert encode(await load(self._journal, "main", self._config)) == told
            self.witness.seen["loaded without a snapshot"] += 1

    async def _restart(self) -> None:
        await self._stop()
        if self._chance.random() < 0.5:
            await self._journal.close()
            self._journal = await open_sqlite(self._path)
        await self._let_pass(self._chance.choice((0, MINUTE, HOUR)))
        # The file on disk may have been changed meanwhile, or say what was in force already.
        self._config = self._chance.choice((self._config, self.witness.branch.config))
        self.witness.restarted()
        self.witness.seen["restarts"] += 1
        await self._start()

    async def _let_pass(self, ms: int) -> None:
        now, branch = self._clock.now_ms(), self.witness.branch
        if branch.day is None and ms >= MINUTE:
            ms = (next_wakeup(branch, now) or now + 12 * HOUR) - now
        self._clock.advance(seconds=ms / 1000)

    async def _play(self, burst: list[Move]) -> None:
        """Several commands at the same time, each sent once or more."""
        branch, now = self.witness.branch, self._clock.now_ms()
        given = [pair for move in burst if (pair := self._crowd.next(branch, move, now))]
        sent: list[tuple[p.Command, Actor]] = []
        for command, actor in given:
            if not isinstance(command, p.BranchCommand):
                await self._runner.ask(command)
                continue
            sent += [(command, actor)] * self._chance.randint(1, SENT_MAX)
            if self._chance.random() < 0.1:
                await self._give_up_waiting(command, actor)
        if (lost := self.witness.sent_before(self._chance)) is not None:
            sent.append(lost)
        self._chance.shuffle(sent)
        answers = await asyncio.gather(*(self._runner.submit(*one) for one in sent))
        await self.witness.read(self._journal)
        for (command, actor), answer in zip(sent, answers, strict=True):
            self.witness.hear(command, actor, answer)

    async def _give_up_waiting(self, command: p.Command, actor: Actor) -> None:
        """A connection that breaks between the command and its answer."""
        caller = asyncio.create_task(self._runner.submit(command, actor))
        await asyncio.sleep(0)
        caller.cancel()
        await asyncio.wait([caller])


async def test_random_days_survive_repeats_and_restarts_on_a_real_disk(tmp_path, seed):
    seen: Counter[str] = Counter()
    for n in range(DAYS):
        witness = await Lobby(tmp_path / f"{n}.sqlite", seed + n).live()
        seen += witness.seen
        seen["events"] += witness.branch.seq

    assert seen["answers"] > 100 * DAYS
    assert seen["answers by the journal"] > 0
    assert seen["restarts"] > 0
    assert seen["loaded without a snapshot"] > 0
