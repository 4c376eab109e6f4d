"""The journal in one SQLite file: durable when an append returns, and never two servers at once.

Two connections, each with its thread. The writer's is the only one in the world that writes or
checkpoints: every SQLite before 3.51.3 can lose commits when two do. The reader's is read-only
and reads page by page. The SQL is in `sqlite_rows`, `sqlite_private` and `sqlite_outbox`, the
grouping of appends in `sqlite_writer`, the checks before the first use in `sqlite_open`.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, suppress
from functools import partial
from pathlib import Path

import aiosqlite

from server.journal import sqlite_outbox, sqlite_private, sqlite_rows
from server.journal.bells import Bells, follow
from server.journal.contract import (
    CommandSpan,
    Entry,
    Head,
    JournalError,
    JournalFailed,
    JournalFull,
    Row,
    Snapshot,
    spans,
)
from server.journal.outbox import OutboxRow, checked
from server.journal.private import BEGINNING, Place, Sealed, SealedRow
from server.journal.sqlite_errors import failures, refusals
from server.journal.sqlite_lock import check_same
from server.journal.sqlite_open import check, claim, take_over
from server.journal.sqlite_thread import connect, in_thread
from server.journal.sqlite_writer import Writer


async def open_sqlite(path: Path | str, *, max_pages: int | None = None) -> "SqliteJournal":
    """Open the journal in `path`, or begin one there; `JournalRefused` says why not.

    The folder must exist. `max_pages` limits the file, for trying a full disk. Close the journal:
    its threads keep a process alive.
    """
    opening = asyncio.create_task(_open(Path(path), max_pages))
    try:
        return await asyncio.shield(opening)
    except asyncio.CancelledError:
        # A connection whose opening is cancelled leaks, with its thread (aiosqlite #259).
        with suppress(JournalError):
            await (await opening).close()
        raise


class SqliteJournal:
    """See `contract.Journal`; made by `open_sqlite`."""

    def __init__(
        self,
        path: Path,
        epoch: str,
        instance: str,
        reader: aiosqlite.Connection,
        writer: aiosqlite.Connection,
        resources: AsyncExitStack,
    ) -> None:
        self.epoch = epoch
        self._path = path
        self._bells = Bells()
        self._reader = reader
        self._writer = Writer(writer, path, instance, appended=self._bells.ring)
        self._resources = resources
        self._closing: asyncio.Task[None] | None = None

    async def append(
        self,
        branch: str,
        expected_seq: int,
        entries: Sequence[Entry],
        private_rows: Sequence[Sealed] = (),
    ) -> Head:
        return await self._writer.append(
            sqlite_rows.Wanted(branch, expected_seq, tuple(entries), tuple(private_rows))
        )

    async def head(self, branch: str) -> Head:
        with failures(self._path):
            return await in_thread(self._reader, sqlite_rows.head_of, branch)

    async def read(
        self, branch: str, after: int = 0, upto: int | None = None
    ) -> AsyncIterator[Row]:
        full_page = True
        while full_page:
            with failures(self._path):
                rows = await in_thread(self._reader, sqlite_rows.page, branch, after, upto)
            for row in rows:
                yield row
            after += len(rows)
            full_page = len(rows) == sqlite_rows.PAGE_ROWS

    def follow(self, branch: str, after: int = 0) -> AsyncIterator[Row]:
        return follow(self, self._bells, branch, after)

    async def command_spans(self, branch: str, after: int) -> list[CommandSpan]:
        # From proven rows rather than by SQL: a wrong id would let a command be done twice.
        return await spans(self.read(branch, after))

    async def save_snapshot(self, branch: str, snapshot: Snapshot) -> None:
        await self._writer.do(partial(sqlite_rows.save_snapshot, branch=branch, snapshot=snapshot))

    async def newest_snapshot(self, branch: str, schema: str) -> Snapshot | None:
        with failures(self._path):
            return await in_thread(self._reader, sqlite_rows.newest_snapshot, branch, schema)

    async def drop_snapshots(self, branch: str) -> None:
        await self._writer.do(partial(sqlite_rows.drop_snapshots, branch=branch))

    async def has_room(self) -> bool:
        try:
            await self._writer.do(sqlite_rows.take_room)
            await self._writer.do(sqlite_rows.give_room_back)
        except JournalFull:
            return False
        return True

    async def branches(self) -> list[str]:
        with failures(self._path):
            return await in_thread(self._reader, sqlite_rows.branches)

    async def private_of(self, branch: str, subject: str) -> list[SealedRow]:
        with failures(self._path):
            return await in_thread(self._reader, sqlite_private.of_subject, branch, subject)

    async def private_subjects(self, branch: str, handles: Sequence[bytes]) -> list[str]:
        with failures(self._path):
            return await in_thread(self._reader, sqlite_private.subjects_with, branch, handles)

    async def private_page(self, after: Place = BEGINNING) -> list[SealedRow]:
        with failures(self._path):
            return await in_thread(self._reader, sqlite_private.page, after)

    async def replace_private(self, changes: Sequence[tuple[Sealed, Sealed]]) -> int:
        return await self._writer.do(partial(sqlite_private.replace, changes=changes))

    async def purge_private(self, until: int) -> int:
        purged = 0
        while count := await self._writer.do(partial(sqlite_private.purge, until=until)):
            purged += count
        return purged

    async def erase_private(self, branch: str, subjects: Sequence[str]) -> int:
        erase = partial(sqlite_private.erase, branch=branch, subjects=subjects)
        return await self._writer.do(erase)

    async def clear_log(self) -> bool:
        return await self._writer.clear_log()

    async def outbox_of(self, branch: str) -> list[OutboxRow]:
        with failures(self._path):
            return await in_thread(self._reader, sqlite_outbox.of_branch, branch)

    async def put_outbox(self, rows: Sequence[OutboxRow]) -> None:
        await self._writer.do(partial(sqlite_outbox.put, rows=checked(rows)))

    async def forget_outbox(self, branch: str, notices: Sequence[str]) -> None:
        await self._writer.do(partial(sqlite_outbox.forget, branch=branch, notices=notices))

    async def purge_outbox(self, until: int) -> int:
        purged = 0
        while count := await self._writer.do(partial(sqlite_outbox.purge, until=until)):
            purged += count
        return purged

    async def failed(self) -> JournalFailed:
        return await self._writer.failed()

    async def close(self) -> None:
        if self._closing is None:
            self._closing = asyncio.create_task(self._close())
        await asyncio.shield(self._closing)

    async def _close(self) -> None:
        async with self._resources:
            # The writer's connection last: the one that closes last tidies the log away.
            await self._reader.close()
            self._bells.ring_all()
            await self._writer.stop()


async def _open(path: Path, max_pages: int | None) -> SqliteJournal:
    async with AsyncExitStack() as undo:
        with refusals(path):
            path = await asyncio.to_thread(path.resolve)
            held = await asyncio.to_thread(claim, path)
            undo.callback(os.close, held)
            reader = await connect(path, "ro")
            undo.push_async_callback(reader.close)
            epoch = await in_thread(reader, check, path)
            check_same(held, path, epoch)
            writer = await connect(path, "rw")
            undo.push_async_callback(writer.close)
            instance = await in_thread(writer, take_over, path, max_pages)
        return SqliteJournal(path, epoch, instance, reader, writer, undo.pop_all())
