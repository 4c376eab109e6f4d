"""Walks one stream of a journal from its first row to its last, and stops at the first fault.

Reads rows by itself, not through `sqlite_rows.page`, which may refuse a stream as a whole: here
the question is which row is the first that is wrong, and how. What proves a row is the same as
everywhere, `contract.follows`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from server.journal import sqlite_rows
from server.journal.contract import EMPTY, Head, JournalError, Row, follows
from server.upkeep.findings import End, Fault, FaultCode
from server.upkeep.replay import Replay

TELL_ROWS: Final = 1000

_ROWS: Final = """
SELECT seq, day, at, actor, command_id, type, data, hash FROM events
WHERE branch = ? AND seq > ? AND seq <= ? ORDER BY seq LIMIT ?
"""
_ENDS: Final = """
SELECT seq, hash, (SELECT max(seq) FROM events WHERE branch = :stream)
FROM (SELECT :stream AS branch) LEFT JOIN heads USING (branch)
"""
_SEQ_MIN: Final = -(2**63)


class Walk:
    """One stream, up to where it ends when the walk begins: a server may be adding to it.

    Without `replay` rows are proven, but not decoded and applied. `noted` are hashes that somebody
    has noted down, by row; `tell` hears how many rows have been looked at since it last heard.
    """

    def __init__(
        self,
        db: sqlite3.Connection,
        stream: str,
        replay: Replay | None,
        noted: Mapping[int, str],
        tell: Callable[[int], None],
    ) -> None:
        self.snapshots = 0
        self._db = db
        self._stream = stream
        self._replay = replay
        self._noted = noted
        self._tell = tell
        self._last: Row | Head = EMPTY

    @property
    def end(self) -> End | None:
        """The last row that was proven."""
        if not isinstance(self._last, Row):
            return None
        end = End(self._stream, self._last.seq, self._last.hash, self._last.at)
        if self._replay is None:
            return end
        visit, appointment = self._replay.last_ids
        return replace(
            end,
            time_zone=self._replay.time_zone,
            last_visit=visit,
            last_appointment=appointment,
        )

    def faults(self) -> Iterator[Fault]:
        """Walk; what was found on the way. A row that is wrong ends it."""
        try:
            yield from self._walk()
        except (sqlite3.Error, UnicodeDecodeError) as error:
            yield self._fault("unreadable", self._last.seq + 1, str(error))

    def _walk(self) -> Iterator[Fault]:
        recorded, highest = self._ends()
        if recorded is None:
            yield self._fault("no_end")
        snapshots = self._snapshots()
        for values in self._rows(recorded.seq if recorded else highest):
            if fault := self._wrong_with(values):
                yield fault
                return
            yield from self._at_this_row(snapshots)
        if recorded is not None:
            yield from self._at_the_end(recorded, highest, snapshots)

    # --- One row -------------------------------------------------------------------------------

    def _rows(self, upto: int) -> Iterator[tuple[Any, ...]]:
        after = _SEQ_MIN
        while page := self._page(after, upto):
            yield from page
            after = page[-1][0]

    def _page(self, after: int, upto: int) -> list[tuple[Any, ...]]:
        limits = (self._stream, after, upto, sqlite_rows.PAGE_ROWS)
        return self._db.execute(_ROWS, limits).fetchall()

    def _wrong_with(self, values: tuple[Any, ...]) -> Fault | None:
        expected = self._last.seq + 1
        row = sqlite_rows.shaped(values)
        if row is not None and row.seq > expected:
            return self._fault("missing", expected)
        if row is not None and row.seq < expected:
            return self._fault("added", row.seq)
        if row is None or not follows(self._last, self._stream, row):
            return self._fault("altered", expected)
        if self._replay is not None:
            try:
                self._replay.take(row)
            except JournalError as error:
                return self._fault("unreadable", row.seq, str(error.values.get("detail")))
            except Exception as error:  # noqa: BLE001 - whatever it stumbles over is the finding
                return self._fault("contradicts", row.seq, f"{type(error).__name__}: {error}")
        self._last = row
        if row.seq % TELL_ROWS == 0:
            self._tell(TELL_ROWS)
        return None

    # --- What is kept of a row elsewhere ---------------------------------------------------------

    def _at_this_row(self, snapshots: Mapping[int, str]) -> Iterator[Fault]:
        seq, written = self._last.seq, self._last.hash
        if self._noted.get(seq, written) != written:
            yield self._fault("noted", seq)
        if seq in snapshots:
            yield from self._compare(seq, snapshots[seq])

    def _at_the_end(
        self, recorded: Head, highest: object, snapshots: Mapping[int, str]
    ) -> Iterator[Fault]:
        last = self._last
        if last.seq < recorded.seq:
            yield self._fault("missing", last.seq + 1)
        elif last.hash != recorded.hash:
            yield self._fault("altered", last.seq)
        elif highest not in (None, last.seq):
            yield self._fault("added", last.seq + 1)
        for seq in sorted(seq for seq in self._noted if seq > last.seq):
            yield self._fault("noted", seq)
        now, _ = self._ends() if snapshots else (None, None)
        for seq in sorted(seq for seq in snapshots if now is not None and seq > now.seq):
            yield self._fault("snapshot_ahead", seq)

    def _snapshots(self) -> dict[int, str]:
        found = self._db.execute(
            "SELECT seq, schema FROM snapshots WHERE branch = ?", (self._stream,)
        )
        return dict(found.fetchall())

    def _compare(self, seq: int, schema: str) -> Iterator[Fault]:
        snapshot = sqlite_rows.intact_snapshot(self._db, self._stream, seq)
        if snapshot is None:
            # Not a fault if it is gone: a running server keeps only the newest few.
            if seq in self._snapshots():
                yield self._fault("snapshot_damaged", seq)
            return
        self.snapshots += 1
        if self._replay is not None and schema == self._replay.schema:
            # Decoded, because the order of keys says nothing.
            replayed = msgspec.json.decode(self._replay.state())
            if _decoded(snapshot.data) != replayed:
                yield self._fault("snapshot_differs", seq)

    def _ends(self) -> tuple[Head | None, Any]:
        """Which row is recorded as the last one, and the highest number there is."""
        ((seq, written, highest),) = self._db.execute(_ENDS, {"stream": self._stream})
        known = isinstance(seq, int) and isinstance(written, str)
        return Head(seq, written) if known else None, highest

    def _fault(self, code: FaultCode, seq: int = 0, detail: str = "") -> Fault:
        return Fault(code, self._stream, seq, detail)


def _decoded(data: bytes) -> object:
    try:
        return msgspec.json.decode(data)
    except msgspec.DecodeError:
        return None
