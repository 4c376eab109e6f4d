"""Brings a branch back from its journal: the newest usable snapshot, and the events after it.

A snapshot is a cache. One of another shape is ignored, and without any the events alone give
the same state. Whether its bytes are intact is the journal's affair.
"""

from __future__ import annotations

import logging
from hashlib import sha256
from typing import Final

import msgspec

from server.domain.apply import apply
from server.domain.configuration import BranchConfig
from server.domain.state import Branch, new_branch
from server.journal.contract import CommandSpan, Journal, Snapshot
from server.journal.upcast import stamp_of, to_event

log = logging.getLogger(__name__)

STATE_MEANING: Final = 1
"""Raise it when `apply` makes another state of the same events in the same shape: snapshots of
before are ignored from then on."""

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Branch).decode


def _schema() -> str:
    shape = msgspec.json.encode(msgspec.json.schema(Branch), order="deterministic")
    return sha256(b"%d:%b" % (STATE_MEANING, shape)).hexdigest()


SCHEMA: Final = _schema()
"""Stands for the shape of the state: only snapshots of the same one are loaded."""


async def load(journal: Journal, branch_id: str, config: BranchConfig) -> Branch:
    """The branch as its journal tells; `config` serves only until its first event."""
    branch = await _from_snapshot(journal, branch_id) or new_branch(config)
    async for row in journal.read(branch_id, branch.seq):
        apply(branch, to_event(row), stamp_of(row))
    return branch


async def commands_of_the_day(journal: Journal, branch: Branch) -> list[CommandSpan]:
    """The commands since the last business day opened, that opening included."""
    return await journal.command_spans(branch.id, max(0, branch.day_first_seq - 1))


def snapshot_of(branch: Branch) -> Snapshot:
    """The state as it is now; the bytes share nothing with it."""
    return Snapshot(seq=branch.seq, schema=SCHEMA, data=_encode(branch))


async def _from_snapshot(journal: Journal, branch_id: str) -> Branch | None:
    snapshot = await journal.newest_snapshot(branch_id, SCHEMA)
    if snapshot is None:
        return None
    try:
        branch = _decode(snapshot.data)
    except msgspec.MsgspecError:
        log.exception("a snapshot of branch %s cannot be read; reading all events", branch_id)
        return None
    assert branch.seq == snapshot.seq, "a snapshot is filed under its own seq"
    return branch
