"""A branch and its journal, kept equal: what is decided here is durable when it is answered.

Between a decision and its write the state is ahead of the journal (`settled` is false then, and
nobody may look). After a failed write the state is thrown away and read again. Who waits for an
answer, and when anything is decided at all, is the runner's affair.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from server.answers import Answer, Answers, accepted, id_of
from server.batch import CommandFailed, Decided, Given, Outcome, StateSpoilt, decide_in_turn
from server.clock import Clock
from server.domain.configuration import BranchConfig
from server.domain.known import Known
from server.domain.refusals import BranchStopped, Busy, Refusal
from server.domain.state import new_branch
from server.journal.contract import (
    CommandSpan,
    Entry,
    Journal,
    JournalError,
    JournalFailed,
    JournalFull,
    Snapshot,
    WrongSeq,
)
from server.journal.upcast import to_event
from server.loading import commands_of_the_day, load, snapshot_of
from server.metrics import Metrics
from server.private import learn, subjects_of_today, take_in
from server.vault.errors import VaultError
from server.vault.vault import Vault
from shared.protocol import BranchCommand

log = logging.getLogger(__name__)

SNAPSHOT_EVENTS: Final = 2_000
"""Events between two snapshots: about so many are replayed to bring a branch back."""


class CarriedOut(Struct, frozen=True):
    """What became of each command of a batch, and why none of it was written, if so."""

    outcomes: list[Outcome]
    failure: JournalFull | WrongSeq | None = None


class DurableBranch:
    """One branch's state, its journal, its answers, and what is known of today's people. Used by
    one task at a time."""

    def __init__(
        self,
        config: BranchConfig,
        journal: Journal,
        vault: Vault,
        clock: Clock,
        metrics: Metrics,
    ) -> None:
        self.branch = new_branch(config)
        self.known = Known()
        self.answers = Answers()
        self.settled = False
        self.lost = False
        self._config = config
        self._journal = journal
        self._vault = vault
        self._clock = clock
        self._metrics = metrics
        self._snapshot_seq = 0
        self._day_is_new = False

    @property
    def now(self) -> int:
        """The branch's time (ms); it never goes back, not even over a restart."""
        return max(self.branch.at, self._clock.now_ms())

    async def load(self) -> None:
        """Take everything from the journal."""
        self.settled = False
        self.branch = await load(self._journal, self._config.id, self._config)
        self.answers.restart(await commands_of_the_day(self._journal, self.branch))
        self.known = await self._what_is_known()
        self.settled = True

    async def carry_out(self, batch: Sequence[Given]) -> CarriedOut:
        """Decide the batch in turn and write what comes of it, all in one append.

        A full disk and a second writer are told in the result; after any other failure nothing
        is known for certain, and it is raised.
        """
        try:
            decided = await self._decide(batch)
            await self._write(decided)
        except (JournalFull, WrongSeq) as failure:
            return CarriedOut(await self._what_is_written(batch, failure), failure)
        self._remember(batch, decided)
        await self._take_in(decided)
        self.settled = True
        return CarriedOut([one.outcome for one in decided])

    async def answer_again(self, span: CommandSpan) -> Answer:
        """The answer to a command whose events are in the journal: the same as the first time."""
        rows = self._journal.read(self._config.id, span.first - 1, span.last)
        events = [to_event(row) async for row in rows]
        return accepted(id_of(span.command_id), events, span.last)

    def wants_snapshot(self) -> bool:
        """Whether a day has opened or many events have come since the last snapshot."""
        since = self.branch.seq - self._snapshot_seq
        return since >= SNAPSHOT_EVENTS or self._snapshot_seq < self.branch.day_first_seq

    def snapshot(self) -> Snapshot:
        """The state as it is now."""
        assert self.settled, "a snapshot must not be ahead of its journal"
        self._snapshot_seq = self.branch.seq
        return snapshot_of(self.branch)

    async def keep(self, snapshot: Snapshot) -> None:
        """Save it; a failure costs nothing but time at the next start."""
        try:
            await self._journal.save_snapshot(self._config.id, snapshot)
        except JournalError:
            log.warning("branch %s: no snapshot was kept", self._config.id, exc_info=True)

    async def _decide(self, batch: Sequence[Given]) -> list[Decided]:
        """Every command, but those that spoil the state: for each of them from the beginning."""
        spoilers: set[int] = set()
        while True:
            if not self.settled:  # the last write, or a spoiler, has left it ahead
                await self.load()
            self.settled = False
            fit = [n for n in range(len(batch)) if n not in spoilers]
            try:
                decided = decide_in_turn(self.branch, [batch[n] for n in fit], self._clock.now_ms)
            except StateSpoilt as spoilt:
                spoilers.add(fit[spoilt.index])
            else:
                by_place = dict(zip(fit, decided, strict=True))
                failed = Decided(CommandFailed(), [])
                return [by_place.get(n, failed) for n in range(len(batch))]

    async def _write(self, decided: Sequence[Decided]) -> None:
        entries: list[Entry] = [entry for one in decided for entry in one.entries]
        if not entries:
            return
        private = self._vault.seal(row for one in decided for row in one.private.rows)
        began = self._clock.monotonic()
        before = self.branch.seq - len(entries)
        try:
            await self._journal.append(self._config.id, before, entries, private)
        except JournalFailed:
            self.lost = True  # the rows may be there or not: nobody can say before a new start
            raise
        self._metrics.append_seconds.observe(self._clock.monotonic() - began)
        self._metrics.events.labels(self._config.id).inc(len(entries))

    def _remember(self, batch: Sequence[Given], decided: Sequence[Decided]) -> None:
        for given, one in zip(batch, decided, strict=True):
            command, outcome = given.command, one.outcome
            if isinstance(command, BranchCommand) and not isinstance(outcome, Exception):
                self.answers.remember(given.key, outcome, len(one.entries))
            if any(entry.type == "DayOpened" for entry in one.entries):
                self.answers.begin_day(self.branch.day_first_seq)
                self._day_is_new = True

    async def _take_in(self, decided: Sequence[Decided]) -> None:
        """Let the views know what was said of people; delete what was forgotten."""
        if self._day_is_new:
            self._day_is_new = False
            self.known = await self._what_is_known()
        gone: dict[str, None] = {}
        for one in decided:
            take_in(self.known, one.private)
            # Something said anew after that stays.
            for row in one.private.rows:
                gone.pop(row.subject, None)
            gone |= dict.fromkeys(one.private.gone)
        if gone:
            await self._delete(list(gone))

    async def _delete(self, subjects: Sequence[str]) -> None:
        try:
            await self._vault.erase(self._config.id, subjects)
        except JournalError:
            # Blank already, and due: the next purge does it.
            log.warning("branch %s: forgotten rows are not deleted yet", self._config.id)

    async def _what_is_known(self) -> Known:
        known = Known()
        for subject in subjects_of_today(self.branch):
            try:
                rows = await self._vault.show(self._config.id, [subject])
            except VaultError as error:
                # Shown as if it had not been said: nobody's turn depends on it.
                log.error("branch %s: %s", self._config.id, error)
                continue
            for row in rows:
                learn(known, row)
        return known

    async def _what_is_written(
        self, batch: Sequence[Given], failure: JournalFull | WrongSeq
    ) -> list[Outcome]:
        """From the journal, whatever it knows; the rest has not happened."""
        otherwise: Refusal = Busy() if isinstance(failure, JournalFull) else BranchStopped()
        try:
            await self.load()
            spans = [self.answers.in_journal(given.key) for given in batch]
            return [await self.answer_again(span) if span else otherwise for span in spans]
        except JournalFull:
            # Then not even reading has room to work in; the next batch begins with it.
            return [otherwise] * len(batch)
