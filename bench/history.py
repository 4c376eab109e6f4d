"""Plays months of business days through the real rules, and writes the journal they leave.

Fast because there is nobody to wait for: no sockets, no clock, appends of thousands of events.
Everything else is the server's own: its decisions, its journal, its rule for snapshots. It ends
in the middle of a busy afternoon, as a power cut would.
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Final, TypeAlias
from zoneinfo import ZoneInfo

from msgspec import Struct

from bench.branch import BRANCH, DATABASE, SERVICES, Terminals, branch_config
from server.batch import Given, Outcome, decide_in_turn
from server.domain.commands import AnyCommand, Configure, MarkRehearsal, TimePassed
from server.domain.state import CLOCK, Actor, new_branch
from server.durable import SNAPSHOT_EVENTS
from server.journal.contract import Entry
from server.journal.sqlite import SqliteJournal, open_sqlite
from server.loading import snapshot_of
from shared.protocol import (
    Accepted,
    CallNext,
    CloseCounter,
    FinishService,
    Lane,
    MarkMissed,
    OpenCounter,
    RecallTicket,
    StartService,
    TakeTicket,
)

FIRST_DAY: Final = datetime(2026, 1, 5, tzinfo=ZoneInfo("Asia/Shanghai"))
TERMINALS: Final = Terminals(counters=20)
PEOPLE_A_DAY: Final = 1_300
CARE_SHARE: Final = 0.18
NO_SHOW_SHARE: Final = 0.06
SEED: Final = 20260105
APPEND_EVENTS: Final = 2_000

SECOND: Final = 1_000
MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE
OPENS, LAST_TICKET, CLOSES, CUT = 9 * HOUR, 16 * HOUR + HOUR // 2, 17 * HOUR, 16 * HOUR

CounterVerb: TypeAlias = type[
    OpenCounter | CallNext | RecallTicket | MarkMissed | StartService | FinishService | CloseCounter
]
Next: TypeAlias = Iterator[int]
"""Somebody's day: acts each time it is resumed, and says when it wants to be (ms)."""


class Told(Struct):
    """Where a journal ended: the number of events, and the instant of the last (ms)."""

    events: int
    at: int
    days: int


class History:
    """One branch, its people, and the journal they fill."""

    def __init__(self, journal: SqliteJournal) -> None:
        self._journal = journal
        self._chance = random.Random(SEED)
        self._branch = new_branch(branch_config(TERMINALS))
        self._entries: list[Entry] = []
        self._ids = count(1)
        self._written = 0
        self._snapshot_seq = 0
        self._now = 0
        self._date = ""

    async def play(self, events: int) -> Told:
        """Day after day until there are so many events, then on to the afternoon's cut."""
        for n in count():
            midnight = FIRST_DAY + timedelta(days=n)
            self._date = midnight.date().isoformat()
            self._now = round(midnight.timestamp() * 1000)
            if n == 0:
                self._give(Configure(self._branch.config), CLOCK)
                self._give(MarkRehearsal(), CLOCK)
            self._give(TimePassed(), CLOCK)
            cut = self._now + CUT
            for at in self._day(self._now):
                if len(self._entries) >= APPEND_EVENTS or self._wants_snapshot():
                    await self._write()
                if self._branch.seq >= events and at >= cut:
                    await self._write()
                    return Told(self._branch.seq, self._branch.at, n + 1)
        raise AssertionError("days never end")

    def _day(self, midnight: int) -> Iterator[int]:
        """Everybody's turns of one day, in the order of time."""
        chance, turns = self._chance, count()
        agenda: list[tuple[int, int, Next]] = []

        def add(at: int, person: Next) -> None:
            heapq.heappush(agenda, (at, next(turns), person))

        for counter in range(1, TERMINALS.counters + 1):
            add(midnight + OPENS + counter, self._teller(counter, midnight + CLOSES))
        for _ in range(PEOPLE_A_DAY):
            add(midnight + chance.randrange(OPENS, LAST_TICKET), self._customer())
        add(midnight + OPENS, self._clock(midnight + CLOSES))
        while agenda:
            at, _, person = heapq.heappop(agenda)
            self._now = at
            yield at
            later = next(person, None)
            if later is not None:
                add(later, person)

    # --- The people --------------------------------------------------------------------------

    def _clock(self, closes: int) -> Next:
        while self._now < closes:
            self._give(TimePassed(), CLOCK)
            yield self._now + MINUTE

    def _customer(self) -> Next:
        lanes: tuple[Lane, ...] = ("care",) if self._chance.random() < CARE_SHARE else ()
        service = self._chance.choice(SERVICES)
        command = TakeTicket(id=self._id(), day=self._date, service=service, lanes=lanes)
        self._give(command, Actor(role="kiosk", station="kiosk-1"))
        yield from ()

    def _teller(self, counter: int, closes: int) -> Next:
        self._at(counter, OpenCounter)
        while self._now < closes:
            if not isinstance(self._at(counter, CallNext), Accepted):
                yield self._now + 30 * SECOND
            elif self._chance.random() < NO_SHOW_SHARE:
                for command in (RecallTicket, RecallTicket, MarkMissed):
                    yield self._now + 11 * SECOND
                    self._at(counter, command)
            else:
                yield self._now + 10 * SECOND
                self._at(counter, StartService)
                yield self._now + round(self._chance.lognormvariate(1.4, 0.6) * MINUTE)
                self._at(counter, FinishService)
                yield self._now + 5 * SECOND
        self._at(counter, CloseCounter)

    def _at(self, counter: int, command: CounterVerb) -> Outcome:
        actor = Actor(role="teller", station=f"counter-{counter}", staff="li", counter=counter)
        return self._give(command(id=self._id(), day=self._date, counter=counter), actor)

    def _id(self) -> str:
        return f"{next(self._ids):032x}"

    # --- The server's part -------------------------------------------------------------------

    def _give(self, command: AnyCommand, actor: Actor) -> Outcome:
        (decided,) = decide_in_turn(self._branch, [Given(command, actor)], lambda: self._now)
        self._entries += decided.entries
        return decided.outcome

    def _wants_snapshot(self) -> bool:
        since = self._branch.seq - self._snapshot_seq
        return since >= SNAPSHOT_EVENTS or self._snapshot_seq < self._branch.day_first_seq

    async def _write(self) -> None:
        await self._journal.append(BRANCH, self._written, self._entries)
        self._written += len(self._entries)
        self._entries.clear()
        if self._wants_snapshot():
            await self._journal.save_snapshot(BRANCH, snapshot_of(self._branch))
            self._snapshot_seq = self._branch.seq


async def write_history(folder: Path, events: int) -> Told:
    """Fill the journal of a data folder."""
    journal = await open_sqlite(folder / DATABASE)
    try:
        return await History(journal).play(events)
    finally:
        await journal.close()
