"""Tellers and kiosks who work without a pause and forget nothing they were told.

Their terminals are links with outboxes, which outlive kills of the server and cuts of their own
power. Now and then they repeat a command that was answered long ago, and compare the answers.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Final

import msgspec

from bench.branch import SERVICES, Terminals, hello
from bench.process import ServerProcess
from shared.feeds import Bell
from shared.link import REAL_TIME, Link
from shared.private import bare
from shared.protocol import (
    Accepted,
    CallNext,
    Command,
    FinishService,
    OpenCounter,
    RecordPerson,
    Reply,
    StartService,
    TakeTicket,
)
from shared.sender import LinkEndedError

LINE: Final = 60
REPEAT_SHARE: Final = 0.1
RECORD_SHARE: Final = 0.3

HURRIED: Final = msgspec.structs.replace(REAL_TIME, base_seconds=0.02, cap_seconds=0.2)
"""Links that come back sooner than terminals do: more load for each kill."""


class Crowd:
    """Everyone at work, and every answer they got.

    Nobody calls before somebody is known to wait: so no command may ever be refused, and each
    leaves events.
    """

    def __init__(
        self, terminals: Terminals, server: ServerProcess, outboxes: Path, seed: int
    ) -> None:
        self.day = server.day
        self.replies: dict[str, Reply] = {}
        self.recorded: dict[str, str] = {}
        self.problems: list[str] = []
        self.repeats = 0
        self.waiting = 0
        self.shown_seq = 0
        self.going_home = False
        self.bell = Bell()
        names = [f"counter-{n}" for n in range(1, terminals.counters + 1)]
        names += [f"kiosk-{n}" for n in range(1, terminals.kiosks + 1)]
        self.people = [
            Person(self, name, server, outboxes / name, random.Random(seed + n))
            for n, name in enumerate(names)
        ]

    def told(self, command: Command, reply: Reply) -> None:
        """An answer came: the first one, or one to a repeat, which must be the same."""
        if isinstance(command, RecordPerson) and not isinstance(reply, Accepted):
            # The name was lost with the terminal's power, before it came to the server.
            if reply.code != "NothingToRecord" or command.name:
                self.problems.append(f"{command} was refused: {reply}")
            self.recorded.pop(command.id, None)
        elif not isinstance(reply, Accepted):
            self.problems.append(f"{command} was refused: {reply}")
        elif command.id not in self.replies:
            self.waiting += isinstance(command, TakeTicket)
        elif lasting(reply) != lasting(self.replies[command.id]):
            self.problems.append(f"{command}: {self.replies[command.id]}, and then {reply}")
        self.replies.setdefault(command.id, reply)
        self.bell.ring()

    async def somebody_waits(self) -> bool:
        """Wait until there is somebody to be called, and see to it that nobody else calls them;
        false when it is time to go home."""
        while not self.waiting and not self.going_home:
            await self.bell.wait()
        if self.going_home:
            return False
        self.waiting -= 1
        return True

    async def there_is_room(self) -> bool:
        """Wait until the line is short; false when it is time to go home."""
        while self.waiting >= LINE and not self.going_home:
            await self.bell.wait()
        return not self.going_home

    def go_home(self) -> None:
        """Finish what was begun."""
        self.going_home = True
        self.bell.ring()


def lasting(reply: Reply) -> Reply:
    """The reply without what is true at its moment only: a repeat has all the rest."""
    if isinstance(reply, Accepted):
        return msgspec.structs.replace(reply, people_ahead=None)
    return reply


class Person:
    """Somebody at a terminal who gives one command after the other."""

    def __init__(
        self, crowd: Crowd, station: str, server: ServerProcess, outbox: Path, chance: random.Random
    ) -> None:
        self._crowd = crowd
        self._station = station
        self._server = server
        self._outbox = outbox
        self._chance = chance
        self._ids = (f"{station}-{n:016d}" for n in count(1))
        self._given: list[Command] = []
        self._pending: Command | None = None
        self._link: Link | None = None
        self._work = self._serve() if station.startswith("counter") else self._let_in()

    async def live(self) -> None:
        """Work until it is time to go home; after a power cut, go on as the outbox says."""
        at_work = True
        while at_work:
            link = Link(
                self._server.address, hello(self._station), outbox=self._outbox, timing=HURRIED
            )
            async with link:
                self._link = link
                listening = asyncio.gather(self._listen(link), self._look(link))
                at_work = await self._work_on(link)
            await listening

    async def lose_power(self) -> None:
        """The terminal is gone, whatever it was doing, and comes back. What somebody had typed
        about a person is written down nowhere, and gone too."""
        if self._link is not None:
            await self._link.close()
        if self._pending is not None:
            self._pending = self._given[-1] = bare(self._pending)

    async def _listen(self, link: Link) -> None:
        """Answers to what was on its way when the power went."""
        async for recovered in link.recovered():
            self._crowd.told(recovered.command, recovered.reply)

    async def _look(self, link: Link) -> None:
        """What the screen has shown must never turn out not to have happened."""
        async for view in link.views():
            self._crowd.shown_seq = max(self._crowd.shown_seq, view.seq)

    async def _work_on(self, link: Link) -> bool:
        """False when there is nothing more to do; true when the link has gone."""
        try:
            while self._pending or await self._next():
                assert self._pending is not None
                self._crowd.told(self._pending, await link.send(self._pending))
                self._pending = None
                if self._chance.random() < REPEAT_SHARE:
                    earlier = self._chance.choice(self._given)
                    self._crowd.told(earlier, await link.send(earlier))
                    self._crowd.repeats += 1
        except LinkEndedError:
            return True  # what was on its way is sent again, with the id it had
        return False

    async def _next(self) -> bool:
        self._pending = await anext(self._work, None)
        if self._pending is None:
            return False
        self._given.append(self._pending)
        return True

    async def _let_in(self) -> AsyncIterator[Command]:
        """A kiosk that keeps some people in the line."""
        while await self._crowd.there_is_room():
            service = self._chance.choice(SERVICES)
            yield TakeTicket(id=next(self._ids), day=self._crowd.day, service=service)

    async def _serve(self) -> AsyncIterator[Command]:
        """A teller who calls, serves and calls again."""
        counter = int(self._station.rpartition("-")[2])
        day = self._crowd.day
        yield OpenCounter(id=next(self._ids), day=day, counter=counter)
        while await self._crowd.somebody_waits():
            call = CallNext(id=next(self._ids), day=day, counter=counter)
            yield call
            yield StartService(id=next(self._ids), day=day, counter=counter)
            called = self._crowd.replies[call.id]
            if self._chance.random() < RECORD_SHARE and isinstance(called, Accepted):
                yield self._record(called.visit or 0)
            yield FinishService(id=next(self._ids), day=day, counter=counter)

    def _record(self, visit: int) -> RecordPerson:
        """Whose visit it is: kept beside the events, in the same write."""
        record = RecordPerson(
            id=next(self._ids), day=self._crowd.day, visit=visit, name=f"顾客{visit}"
        )
        self._crowd.recorded[record.id] = record.name
        return record


@asynccontextmanager
async def at_work(crowd: Crowd) -> AsyncIterator[None]:
    """Everybody works while the block runs, then finishes what was begun."""
    async with asyncio.TaskGroup() as tasks:
        for person in crowd.people:
            tasks.create_task(person.live())
        yield
        crowd.go_home()
