"""The one task that writes. Whatever waits, of whatever branch, goes into one transaction.

A transaction costs one wait for the disk however much is in it: while one is running the next
ones gather. A caller only ever waits for its own answer, so cancelling it can stop an append that
has not begun and nothing else.
"""

import asyncio
import sqlite3
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Generic, TypeVar

import aiosqlite

from server.journal.contract import Head, JournalFailed
from server.journal.sqlite_errors import MovedAway, failures
from server.journal.sqlite_rows import Wanted, append_all, clear_log, transaction
from server.journal.sqlite_thread import in_thread

T = TypeVar("T")
R = TypeVar("R")

GROUP_MAX = 512  # appends in one transaction: more would keep the first one waiting for no gain
WAITING_MAX = 2000  # callers let in at once; the others queue at the door and cost nothing
ENDINGS = ("", "-wal", "-shm")  # of the files that SQLite has open: the journal, its log, its index


@dataclass
class _Waiting(Generic[T, R]):
    """Something to write, and whoever waits for the answer."""

    what: T
    done: asyncio.Future[R] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )

    def settle(self, outcome: R | Exception) -> None:
        if self.done.done():  # cancelled: nobody is listening any more
            return
        if isinstance(outcome, Exception):
            self.done.set_exception(outcome)
            self.done.exception()  # a caller cancelled just now would leave it unretrieved
        else:
            self.done.set_result(outcome)


_Chore = Callable[[sqlite3.Connection], Any]


class Writer:
    """Owns the write connection from its start to `stop`."""

    def __init__(
        self, db: aiosqlite.Connection, path: Path, instance: str, appended: Callable[[str], None]
    ) -> None:
        self._db = db
        self._path = path
        self._instance = instance
        self._appended = appended
        self._appends: deque[_Waiting[Wanted, Head]] = deque()
        self._chores: deque[_Waiting[_Chore, Any]] = deque()
        self._door = asyncio.Semaphore(WAITING_MAX)
        self._work = asyncio.Event()
        self._stopping = False
        self._failure: JournalFailed | None = None
        self._failed = asyncio.Event()
        self._places: dict[Path, tuple[int, int]] = {}
        self._task = asyncio.create_task(self._run(), name="journal writer")

    async def append(self, wanted: Wanted) -> Head:
        """Durable when it returns."""
        async with self._door:
            return await self._ask(self._appends, wanted)

    async def do(self, chore: Callable[[sqlite3.Connection], T]) -> T:
        """Run `chore` in a transaction of its own; its answer, when that is durable."""
        done: T = await self._chore(partial(self._transaction, chore))
        return done

    async def clear_log(self) -> bool:
        """Cut the write-ahead log to nothing, unless somebody is reading it."""
        cleared: bool = await self._chore(partial(clear_log, instance=self._instance))
        return cleared

    async def failed(self) -> JournalFailed:
        """Why nothing can be written any more, as soon as that is so."""
        await self._failed.wait()
        assert self._failure is not None, "set with the event"
        return self._failure

    async def stop(self) -> None:
        """Write what waits, then close the connection."""
        self._stopping = True
        self._work.set()
        await self._task
        if self._failure is None:
            # Closing moves the log into the file only if nobody else, a backup say, has it open.
            with suppress(sqlite3.Error):
                await in_thread(self._db, _checkpoint)
        await self._db.close()

    async def _chore(self, chore: _Chore) -> Any:
        async with self._door:
            return await self._ask(self._chores, chore)

    async def _ask(self, queue: deque[_Waiting[T, R]], what: T) -> R:
        self._check_writable()
        waiting: _Waiting[T, R] = _Waiting(what)
        queue.append(waiting)
        self._work.set()
        return await waiting.done

    async def _run(self) -> None:
        while True:
            while self._appends or self._chores:
                # In turns: neither many appends nor a large snapshot keeps the other waiting.
                await self._append_group()
                await self._do_one_chore()
            if self._stopping:
                return
            await self._work.wait()
            self._work.clear()

    async def _append_group(self) -> None:
        group = _take(self._appends, GROUP_MAX)
        if not group:
            return
        try:
            append = partial(append_all, group=[waiting.what for waiting in group])
            outcomes = await self._in_thread(partial(self._transaction, append))
        except Exception as error:  # noqa: BLE001 - whoever waits gets it; the writer goes on
            outcomes = [error] * len(group)
        for waiting, outcome in zip(group, outcomes, strict=True):
            waiting.settle(outcome)
        for branch in {waiting.what.branch for waiting in group}:
            self._appended(branch)

    async def _do_one_chore(self) -> None:
        for waiting in _take(self._chores, 1):
            try:
                waiting.settle(await self._in_thread(waiting.what))
            except Exception as error:  # noqa: BLE001 - as above
                waiting.settle(error)

    def _transaction(self, work: Callable[[sqlite3.Connection], T], db: sqlite3.Connection) -> T:
        self._check_places()
        done = transaction(db, self._instance, work)
        self._note_places()
        return done

    def _check_places(self) -> None:
        """SQLite would go on writing to a file that was deleted, or moved, and nothing of it would
        be there at the next start."""
        for file, place in self._places.items():
            if _place(file) != place:
                raise MovedAway

    def _note_places(self) -> None:
        # Later than at the start: the log is there from the first write on.
        if not self._places:
            files = [self._path.with_name(f"{self._path.name}{ending}") for ending in ENDINGS]
            self._places = {file: place for file in files if (place := _place(file))}

    async def _in_thread(self, work: Callable[[sqlite3.Connection], T]) -> T:
        self._check_not_failed()
        try:
            with failures(self._path):
                return await in_thread(self._db, work)
        except JournalFailed as error:
            # After a failed sync the kernel may have dropped the pages: a retry that succeeds
            # would prove nothing. Starting again from the file is the only way back.
            self._failure = error
            self._failed.set()
            raise

    def _check_writable(self) -> None:
        self._check_not_failed()
        if self._stopping:
            raise JournalFailed("closed", path=str(self._path))

    def _check_not_failed(self) -> None:
        if self._failure:
            # A new one each time: one that is raised again and again collects tracebacks.
            raise JournalFailed(self._failure.code, **self._failure.values)


def _place(file: Path) -> tuple[int, int] | None:
    """Which file lies there."""
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _take(queue: deque[_Waiting[T, R]], at_most: int) -> list[_Waiting[T, R]]:
    taken: list[_Waiting[T, R]] = []
    while queue and len(taken) < at_most:
        waiting = queue.popleft()
        if not waiting.done.cancelled():
            taken.append(waiting)
    return taken


def _checkpoint(db: sqlite3.Connection) -> None:
    db.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
