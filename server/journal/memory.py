"""A journal in plain lists, for tests and the demo: the whole contract except outliving a process.

Shipped, so that nobody has to mock a journal: `fail_next` makes the next append fail.
"""

import asyncio
import secrets  # noqa: TID251 - an epoch only has to be another one each time
from collections.abc import AsyncIterator, Sequence

from server.journal.bells import Bells, follow
from server.journal.contract import (
    EMPTY,
    CommandSpan,
    Entry,
    Head,
    JournalFailed,
    JournalFull,
    Row,
    Snapshot,
    WrongSeq,
    rows_after,
    spans,
)
from server.journal.outbox import OutboxRow
from server.journal.outbox import checked as checked_outbox
from server.journal.private import BEGINNING, PAGE_ROWS, Place, Sealed, SealedRow, checked

SNAPSHOTS_KEPT = 3


class MemoryJournal:
    """See `contract.Journal`."""

    def __init__(self) -> None:
        self.epoch = secrets.token_hex(16)
        self._rows: dict[str, list[Row]] = {}
        self._snapshots: dict[str, dict[int, Snapshot]] = {}
        self._private: dict[Place, SealedRow] = {}
        self._outbox: dict[tuple[str, str], OutboxRow] = {}
        self._bells = Bells()
        self._failure: Exception | None = None
        self._last_failure: Exception | None = None
        self._has_failed = asyncio.Event()
        self._closed = False

    def fail_next(self, error: Exception) -> None:
        """Let the next append write nothing and raise `error`; those after it work again."""
        self._failure = error

    async def append(
        self,
        branch: str,
        expected_seq: int,
        entries: Sequence[Entry],
        private_rows: Sequence[Sealed] = (),
    ) -> Head:
        # As with a disk, other tasks run meanwhile and a caller may be cancelled here.
        await asyncio.sleep(0)
        self._check_open()
        self._raise_failure()
        head = self._head(branch)
        if head.seq != expected_seq:
            raise WrongSeq(expected_seq, head.seq)
        rows, private = rows_after(head, branch, entries), checked(branch, private_rows)
        self._private |= {row[:3]: row for row in private}
        self._rows.setdefault(branch, []).extend(rows)
        self._bells.ring(branch)
        return self._head(branch)

    async def head(self, branch: str) -> Head:
        self._check_open()
        return self._head(branch)

    async def read(
        self, branch: str, after: int = 0, upto: int | None = None
    ) -> AsyncIterator[Row]:
        self._check_open()
        for row in self._rows.get(branch, [])[after:upto]:
            yield row

    def follow(self, branch: str, after: int = 0) -> AsyncIterator[Row]:
        return follow(self, self._bells, branch, after)

    async def command_spans(self, branch: str, after: int) -> list[CommandSpan]:
        return await spans(self.read(branch, after))

    async def save_snapshot(self, branch: str, snapshot: Snapshot) -> None:
        self._check_open()
        kept = self._snapshots.get(branch, {}) | {snapshot.seq: snapshot}
        newest = sorted(kept, reverse=True)[:SNAPSHOTS_KEPT]
        self._snapshots[branch] = {seq: kept[seq] for seq in newest}

    async def newest_snapshot(self, branch: str, schema: str) -> Snapshot | None:
        self._check_open()
        head = self._head(branch)
        for snapshot in self._snapshots.get(branch, {}).values():
            if snapshot.schema == schema and snapshot.seq <= head.seq:
                return snapshot
        return None

    async def drop_snapshots(self, branch: str) -> None:
        self._check_open()
        self._snapshots.pop(branch, None)

    async def has_room(self) -> bool:
        self._check_open()
        try:
            self._raise_failure()
        except JournalFull:
            return False
        return True

    async def branches(self) -> list[str]:
        self._check_open()
        return sorted(self._rows)

    async def private_of(self, branch: str, subject: str) -> list[SealedRow]:
        self._check_open()
        return [row for row in self._private_rows() if row[:2] == (branch, subject)][:PAGE_ROWS]

    async def private_subjects(self, branch: str, handles: Sequence[bytes]) -> list[str]:
        self._check_open()
        here = [row for row in self._private_rows() if row.branch == branch and row.handle]
        return sorted({row.subject for row in here if row.handle in handles})

    async def private_page(self, after: Place = BEGINNING) -> list[SealedRow]:
        self._check_open()
        return [row for row in self._private_rows() if row[:3] > after][:PAGE_ROWS]

    async def replace_private(self, changes: Sequence[tuple[Sealed, Sealed]]) -> int:
        self._check_open()
        fit = [new for old, new in changes if self._private.get(old[:3]) == old]
        self._private |= {new[:3]: SealedRow(*new) for new in fit}
        return len(fit)

    async def purge_private(self, until: int) -> int:
        self._check_open()
        return self._delete([row for row in self._private_rows() if row.purge_at <= until])

    async def erase_private(self, branch: str, subjects: Sequence[str]) -> int:
        self._check_open()
        wanted = {(branch, subject) for subject in subjects}
        return self._delete([row for row in self._private_rows() if row[:2] in wanted])

    async def clear_log(self) -> bool:
        self._check_open()
        return True

    async def outbox_of(self, branch: str) -> list[OutboxRow]:
        self._check_open()
        return [self._outbox[place] for place in sorted(self._outbox) if place[0] == branch]

    async def put_outbox(self, rows: Sequence[OutboxRow]) -> None:
        self._check_open()
        self._raise_failure()
        self._outbox |= {row[:2]: row for row in checked_outbox(rows)}

    async def forget_outbox(self, branch: str, notices: Sequence[str]) -> None:
        self._check_open()
        for notice in notices:
            self._outbox.pop((branch, notice), None)

    async def purge_outbox(self, until: int) -> int:
        self._check_open()
        old = [place for place, row in self._outbox.items() if row.at <= until]
        for place in old:
            del self._outbox[place]
        return len(old)

    async def failed(self) -> JournalFailed:
        await self._has_failed.wait()
        assert isinstance(self._last_failure, JournalFailed), "set with the event"
        return self._last_failure

    async def close(self) -> None:
        self._closed = True
        self._bells.ring_all()

    def _head(self, branch: str) -> Head:
        rows = self._rows.get(branch)
        return Head(rows[-1].seq, rows[-1].hash) if rows else EMPTY

    def _private_rows(self) -> list[SealedRow]:
        return [self._private[place] for place in sorted(self._private)]

    def _delete(self, rows: list[SealedRow]) -> int:
        for row in rows:
            del self._private[row[:3]]
        return len(rows)

    def _raise_failure(self) -> None:
        failure, self._failure = self._failure, None
        if isinstance(failure, JournalFailed):
            self._last_failure = failure
            self._has_failed.set()
        if failure:
            raise failure

    def _check_open(self) -> None:
        if self._closed:
            raise JournalFailed("closed", path="The journal in memory")
