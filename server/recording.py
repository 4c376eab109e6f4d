"""Keeps the record of told waits: what every branch has shown, and what then happened.

Looks once a second, beside the branches and never in their way: what happened is read from the
journal as far as it is durable, so a start after a kill goes on where the last look ended. What
was shown in the second before a kill is lost.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final, NoReturn

from server.accuracy.figures import Accuracy, Kind, accuracy, weeks_before
from server.accuracy.outcomes import TELLING, end_of
from server.accuracy.rows import Sums
from server.accuracy.store import Looked, Record
from server.clock import Clock
from server.domain.hours import local_date
from server.journal.contract import Journal, JournalError
from server.journal.upcast import to_event
from server.runner import BranchRunner

log = logging.getLogger(__name__)

LOOK_SECONDS: Final = 1.0
FIGURES_SECONDS: Final = 600.0
"""How often figures are added up for the page."""

REST_SECONDS: Final = 60.0
"""After a failure: a full disk is no reason to fill the log."""

KEPT_DAYS: Final = 400
"""A year and a month: so that a month can be compared with that of a year ago."""

ROWS_MAX: Final = 100_000
"""Of the journal that are looked through after a long absence."""


class Recording:
    """The record of all branches of a server. `figures` are those added up last, by branch;
    `begun` is set when every branch stands by what it has promised."""

    def __init__(
        self,
        runners: Mapping[str, BranchRunner],
        journal: Journal,
        record: Record,
        clock: Clock,
        figures: dict[str, Accuracy],
        *,
        rehearsal: bool = False,
    ) -> None:
        self._runners, self._journal, self._record = runners, journal, record
        self._clock, self._rehearsal = clock, rehearsal
        self._seq: dict[str, int] = {}
        self._day: dict[str, str | None] = {}
        self._added_up: dict[str, float] = {}
        self._past: dict[str, Sums] = {}
        self._rests_until: dict[str, float] = {}
        self._figures = figures
        self.begun = asyncio.Event()

    async def record_for_ever(self) -> NoReturn:
        """Look at every branch each second; ends only when cancelled."""
        while True:
            for branch in list(self._runners):
                await self.look(branch)
            self.begun.set()
            await asyncio.sleep(LOOK_SECONDS)

    async def look(self, branch: str) -> None:
        """Keep what is new of a branch. What fails is said in the log, and never stops a branch."""
        if self._clock.monotonic() < self._rests_until.get(branch, 0.0):
            return
        try:
            if branch not in self._seq:
                await self._begin(branch)
            await self._keep(branch)
            await self._tidy(branch)
        except (sqlite3.Error, JournalError) as error:
            log.error("branch %s: what is told of waits cannot be kept: %s", branch, error)
            self._rests_until[branch] = self._clock.monotonic() + REST_SECONDS

    async def _begin(self, branch: str) -> None:
        """Go on where the last look ended, and let the branch stand by what it has promised."""
        runner = self._runners[branch]
        head, looked = runner.published.seq, await self._record.looked(branch)
        if looked is None or looked.epoch != self._journal.epoch or looked.seq > head:
            self._seq[branch] = head
        else:
            self._seq[branch] = max(looked.seq, head - ROWS_MAX)
            await self._keep(branch)
        if runner.published.day is not None:
            runner.remember_waits(await self._record.waiting(branch, runner.published.day))

    async def _keep(self, branch: str) -> None:
        runner, after = self._runners[branch], self._seq[branch]
        # Before the notes: a ticket that is called meanwhile is looked at next time.
        upto = runner.published.seq
        notes = runner.noted_waits()
        if not notes and upto == after:
            return
        rows = self._journal.read(branch, after, upto)
        found = [end_of(to_event(row), row.at) async for row in rows if row.type in TELLING]
        ends = [end for end in found if end is not None]
        looked = Looked(self._journal.epoch, upto, self._rehearsal)
        await self._record.write(branch, notes, ends, looked)
        self._seq[branch] = upto

    async def _tidy(self, branch: str) -> None:
        """Forget what is old with each new day; add up the figures from time to time."""
        runner = self._runners[branch]
        now, today = runner.now / 1000, local_date(runner.published.config, runner.now)
        if self._day.get(branch) != today:
            self._day[branch] = today
            before = date.fromisoformat(today) - timedelta(days=KEPT_DAYS)
            await self._record.prune(branch, before.isoformat())
            yesterday = (date.fromisoformat(today) - timedelta(days=1)).isoformat()
            self._past[branch] = await self._record.sums(branch, weeks_before(today), yesterday)
            self._added_up.pop(branch, None)
        if now - self._added_up.get(branch, float("-inf")) > FIGURES_SECONDS:
            self._added_up[branch] = now
            self._figures[branch] = await self._add_up(branch, today)

    async def _add_up(self, branch: str, today: str) -> Accuracy:
        """Of the day alone: what was before does not change any more."""
        found = self._past[branch].and_of(await self._record.sums(branch, today, today))
        kind: Kind = "rehearsal" if self._rehearsal else "real"
        return accuracy(branch, kind, weeks_before(today), today, found)
