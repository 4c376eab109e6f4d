"""What every journal promises: the values that go in and out, the hash chain, and the errors.

How rows are kept is left to `memory` and `sqlite`; what they mean, to `upcast`; what is promised
about people's data beside them, to `private`, and about notices to them, to `outbox`.
"""

from collections.abc import AsyncIterator, Sequence
from hashlib import sha256
from typing import Protocol

from msgspec import Struct

from server.journal.outbox import OutboxRows
from server.journal.private import INTEGER_MAX, PrivateRows, Sealed
from shared.i18n import text
from shared.protocol import Language


class Entry(Struct, frozen=True):
    """An event as it is appended."""

    day: str  # ISO business day, "" when none is open
    at: int  # UTC milliseconds
    actor: str  # JSON of the actor
    command_id: str  # "" where no command caused it
    type: str  # event class name
    data: bytes  # event as JSON


class Row(Struct, frozen=True):
    """An event as it is read: the entry, its place in the branch, its link in the chain."""

    seq: int
    day: str
    at: int
    actor: str
    command_id: str
    type: str
    data: bytes
    hash: str  # hex sha256 over this row and the hash before it


class Head(Struct, frozen=True):
    """The last row of a branch."""

    seq: int
    hash: str


EMPTY = Head(0, "")

ROOM_BYTES = 256 * 1024
"""More than one append takes, so that a disk just short of full does not come and go."""


class Snapshot(Struct, frozen=True):
    """A branch's state after `seq`, as a cache: without any, the rows say the same."""

    seq: int
    schema: str  # hash of the state's shape: another shape is never loaded
    data: bytes


class CommandSpan(Struct, frozen=True):
    """The rows one command caused. One append wrote them, so they are neighbours."""

    command_id: str
    first: int
    last: int


class Journal(PrivateRows, OutboxRows, Protocol):
    """One stream of rows per branch, numbered 1, 2, 3 … without holes."""

    epoch: str  # random 128-bit hex, made with the journal; a restore makes a new one

    async def append(
        self,
        branch: str,
        expected_seq: int,
        entries: Sequence[Entry],
        private_rows: Sequence[Sealed] = (),
    ) -> Head:
        """Write all entries or none, durably, after the row `expected_seq`; else `WrongSeq`.

        The private rows are written if the entries are, each in place of the one before it. A
        cancelled caller leaves all of it written or nothing. After `JournalFull` a later append
        may succeed; after `JournalFailed` none will. No entries: a bug, asserted.
        """

    async def head(self, branch: str) -> Head:
        """The last row's number and hash; 0 and "" for a branch nobody has written to."""

    def read(self, branch: str, after: int = 0, upto: int | None = None) -> AsyncIterator[Row]:
        """The rows `after < seq <= upto` in order, each proven against the one before.

        Fetched page by page: what is appended meanwhile may or may not be included.
        """

    def follow(self, branch: str, after: int = 0) -> AsyncIterator[Row]:
        """As `read`, then every later row as it is appended. Never ends."""

    async def command_spans(self, branch: str, after: int) -> list[CommandSpan]:
        """Which commands caused the rows with seq > after, first come first; "" is left out."""

    async def save_snapshot(self, branch: str, snapshot: Snapshot) -> None:
        """Keep this one and the newest few before it."""

    async def newest_snapshot(self, branch: str, schema: str) -> Snapshot | None:
        """The newest of that schema that is intact and not ahead of the rows."""

    async def drop_snapshots(self, branch: str) -> None:
        """Forget the branch's snapshots. Loses nothing but time."""

    async def has_room(self) -> bool:
        """Whether there is room to go on for a while: `ROOM_BYTES` are written and taken away."""

    async def branches(self) -> list[str]:
        """Every branch that has rows, sorted."""

    async def failed(self) -> "JournalFailed":
        """Return when nothing can be written any more, before or after the closing; says why."""

    async def close(self) -> None:
        """Finish what is being written, and let go. Anything asked later is `JournalFailed`."""


def chain(prev: str, branch: str, seq: int, entry: Entry | Row) -> str:
    """The hash of a row: sha256 over the hash before it and the row's fields as netstrings.

    Netstrings (`5:hello,`) are unambiguous and a line of code in any language, so that an
    auditor can recompute the chain without our program. The only definition of it.
    """
    return hash_of(
        prev.encode(),
        branch.encode(),
        b"%d" % seq,
        entry.day.encode(),
        b"%d" % entry.at,
        entry.actor.encode(),
        entry.command_id.encode(),
        entry.type.encode(),
        entry.data,
    )


def hash_of(*fields: bytes) -> str:
    """Hex sha256 of the fields as netstrings."""
    return sha256(b"".join([b"%d:%b," % (len(field), field) for field in fields])).hexdigest()


def rows_after(head: Head, branch: str, entries: Sequence[Entry]) -> list[Row]:
    """Number and chain the entries. The only place that makes rows of entries."""
    assert branch, "an append needs a branch"
    assert entries, "an append needs at least one entry"
    rows: list[Row] = []
    before: Head | Row = head
    for entry in entries:
        assert 0 <= entry.at <= INTEGER_MAX, "an instant is UTC milliseconds"
        seq = before.seq + 1
        before = Row(
            seq=seq,
            day=entry.day,
            at=entry.at,
            actor=entry.actor,
            command_id=entry.command_id,
            type=entry.type,
            data=entry.data,
            hash=chain(before.hash, branch, seq, entry),
        )
        rows.append(before)
    return rows


def follows(before: Head | Row, branch: str, row: Row) -> bool:
    """Whether `row` is the very row that was written after `before`."""
    seq = before.seq + 1
    return row.seq == seq and row.hash == chain(before.hash, branch, seq, row)


async def spans(rows: AsyncIterator[Row]) -> list[CommandSpan]:
    """Group rows by the command that caused them."""
    found: dict[str, tuple[int, int]] = {}
    async for row in rows:
        if row.command_id:
            first, _ = found.get(row.command_id, (row.seq, row.seq))
            found[row.command_id] = (first, row.seq)
    return [CommandSpan(command_id, first, last) for command_id, (first, last) in found.items()]


class WrongSeq(Exception):
    """Somebody else has written to this branch since the caller last looked."""

    def __init__(self, expected: int, actual: int) -> None:
        super().__init__(f"expected the journal to end at {expected}, but it ends at {actual}")
        self.expected = expected
        self.actual = actual


class JournalError(Exception):
    """One plain sentence: in English as str(), in any language from `told`."""

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(text("en", f"journal.{code}", **values))
        self.code = code
        self.values = values

    def told(self, language: Language) -> str:
        """The sentence in that language."""
        return text(language, f"journal.{self.code}", **self.values)


class JournalRefused(JournalError):
    """The journal cannot be opened, and was left as it is."""


class JournalFull(JournalError):
    """No room: nothing of the append was written, reading goes on, a later append may succeed."""


class JournalFailed(JournalError):
    """The journal can no longer be trusted to write (or a row to be read): its owner must stop."""
