"""The house and its journal, kept equal: the single writer of the stream `house`.

Decides, writes, applies, and only then tells. One at a time: people and stations change rarely,
and a sign-in has spent far longer on its hash. Who is signed in is kept by `signins`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from typing import Final

import msgspec

from server.clock import Clock
from server.config import HOUSE_STREAM
from server.domain.configuration import BranchConfig
from server.domain.refusals import BranchStopped, Busy, Refused
from server.domain.state import Actor, Stamp
from server.house.apply import apply
from server.house.decide import AnyHouseCommand, Context, decide
from server.house.events import HouseEvent
from server.house.state import House
from server.journal.contract import (
    Journal,
    JournalError,
    JournalFull,
    Snapshot,
    WrongSeq,
)
from server.journal.upcast import to_entry, to_house_event

log = logging.getLogger(__name__)

SNAPSHOT_EVENTS: Final = 1_000
"""Events between two snapshots: years of sign-ins must not be replayed at a start."""

STATE_MEANING: Final = 1
"""Raise it when `apply` makes another state of the same events in the same shape."""

_decode = msgspec.json.Decoder(House).decode


def _schema() -> str:
    shape = msgspec.json.encode(msgspec.json.schema(House), order="deterministic")
    return sha256(b"house %d:%b" % (STATE_MEANING, shape)).hexdigest()


SCHEMA: Final = _schema()


class HouseKeeper:
    """The state of the house, and the only way to change it."""

    def __init__(
        self, journal: Journal, clock: Clock, branches: Mapping[str, BranchConfig]
    ) -> None:
        self.house = House()
        self.changed: list[Callable[[], None]] = []
        self._journal = journal
        self._clock = clock
        self._branches = branches
        self._lock = asyncio.Lock()
        self._snapshot_seq = 0
        self._stopped = False

    @property
    def now(self) -> int:
        """The house's time (ms); it never goes back, not even over a restart."""
        return max(self.house.at, self._clock.now_ms())

    async def load(self) -> None:
        """Take everything from the journal."""
        self.house = await self._from_snapshot() or House()
        self._snapshot_seq = self.house.seq
        async for row in self._journal.read(HOUSE_STREAM, self.house.seq):
            apply(self.house, to_house_event(row), row.at, row.command_id)

    async def carry_out(
        self,
        command: AnyHouseCommand,
        actor: Actor,
        branch: str = "",
        key: str = "",
        then: Callable[[], None] | None = None,
    ) -> list[HouseEvent]:
        """What it brought about, durable. `key`: of a command that may be repeated (see
        `answers`). `then`: what else is so from now on, before anybody is told and looks.
        Raises Refused."""
        # Shielded: a connection that ends must not leave the state behind the journal.
        return await asyncio.shield(self._carry_out(command, actor, branch, key, then))

    def tell(self) -> None:
        """Let everybody look who shows the house, or holds somebody to its rights."""
        for tell in self.changed:
            tell()

    async def keep_snapshot(self) -> None:
        """Save the state as it is now; a failure costs nothing but time at the next start."""
        if self._stopped or self._snapshot_seq == self.house.seq:
            return
        data = msgspec.json.encode(self.house)
        self._snapshot_seq = self.house.seq
        try:
            await self._journal.save_snapshot(
                HOUSE_STREAM, Snapshot(seq=self.house.seq, schema=SCHEMA, data=data)
            )
        except JournalError:
            log.warning("no snapshot of the house was kept", exc_info=True)

    async def _carry_out(
        self,
        command: AnyHouseCommand,
        actor: Actor,
        branch: str,
        key: str,
        then: Callable[[], None] | None,
    ) -> list[HouseEvent]:
        async with self._lock:
            if self._stopped:
                raise Refused(BranchStopped())
            at = self.now
            context = Context(at=at, actor=actor, branches=self._branches, branch=branch)
            events = decide(self.house, command, context)
            if events:
                await self._write(events, Stamp(at=at, actor=actor, command_id=key))
        if events and then is not None:
            then()
        if events:
            self.tell()
        return events

    async def _write(self, events: Sequence[HouseEvent], stamp: Stamp) -> None:
        entries = [to_entry(event, stamp, "") for event in events]
        try:
            await self._journal.append(HOUSE_STREAM, self.house.seq, entries)
        except JournalFull:
            raise Refused(Busy()) from None
        except (JournalError, WrongSeq):
            log.critical("the house has stopped", exc_info=True)
            self._stopped = True
            raise Refused(BranchStopped()) from None
        for event in events:
            apply(self.house, event, stamp.at, stamp.command_id)
        if self.house.seq - self._snapshot_seq >= SNAPSHOT_EVENTS:
            await self.keep_snapshot()

    async def _from_snapshot(self) -> House | None:
        snapshot = await self._journal.newest_snapshot(HOUSE_STREAM, SCHEMA)
        if snapshot is None:
            return None
        try:
            return _decode(snapshot.data)
        except msgspec.MsgspecError:
            log.exception("a snapshot of the house cannot be read; reading all events")
            return None
