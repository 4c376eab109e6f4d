"""The record on disk: a file of its own beside the journal, written by a thread of its own.

Nothing waits for it. What cannot be written is lost and said in the log; what cannot be read is
put aside, and the record begins anew: figures are missing then, and nothing else.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Concatenate, Final, ParamSpec, TypeVar

from msgspec import Struct

from server.accuracy import rows
from server.accuracy.shown import End, Note, Over, Shown

log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

FILE: Final = "waits.sqlite"
"""In the data folder."""

APPLICATION_ID: Final = 0x4C4F4257  # "LOBW"
VERSION: Final = 1

PATIENCE_SECONDS: Final = 5.0

SETTINGS: Final = (
    "journal_mode=wal",
    "synchronous=normal",  # a kill loses nothing; a power cut perhaps the last seconds
    "trusted_schema=0",
    "temp_store=2",
)


class Looked(Struct, frozen=True):
    """How far the journal of that epoch was read for what happened."""

    epoch: str
    seq: int
    rehearsal: bool = False


class Record:
    """The file, open to write; made by `open_record`. One thread owns the connection."""

    def __init__(self, db: sqlite3.Connection, thread: ThreadPoolExecutor) -> None:
        self._db, self._thread = db, thread

    async def write(
        self, branch: str, notes: Sequence[Note], ends: Sequence[End], looked: Looked
    ) -> None:
        """Keep what was told and what happened, all of it or nothing."""
        await self._do(rows.write, branch, notes, ends, looked)

    async def looked(self, branch: str) -> Looked | None:
        """How far the journal was looked through; None before the first time."""
        found = await self._do(rows.looked, branch)
        return None if found is None else Looked(*found)

    async def waiting(self, branch: str, day: str) -> list[tuple[Shown, Shown]]:
        """What the tickets of that day that still wait were told first, and what last."""
        return await self._do(rows.waiting, branch, day)

    async def ended(self, branch: str) -> list[Over]:
        """The last waits that are over, the first one first."""
        return await self._do(rows.ended, branch)

    async def keep(self, branch: str, what: str, day: str, shape: str, data: bytes) -> None:
        """Keep what was learned until that day."""
        await self._do(rows.keep, branch, what, day, shape, data)

    async def kept(self, branch: str, what: str, shape: str) -> tuple[str, bytes] | None:
        """The day and the data, if there is something of that shape."""
        return await self._do(rows.kept, branch, what, shape)

    async def prune(self, branch: str, before: str) -> int:
        """Forget the days before that one, and the oldest beyond what is kept at most."""
        forgotten = 0
        while count := await self._do(rows.prune, branch, before):
            forgotten += count
        return forgotten

    async def sums(self, branch: str, first: str, last: str) -> rows.Sums:
        """What figures are made of, for the days from the first to the last."""
        return await self._do(rows.sums, branch, first, last)

    async def close(self) -> None:
        """Let go of the file."""
        await self._do(sqlite3.Connection.close)
        self._thread.shutdown(wait=False)

    async def _do(
        self,
        work: Callable[Concatenate[sqlite3.Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        loop = asyncio.get_running_loop()
        doing = loop.run_in_executor(self._thread, lambda: work(self._db, *args, **kwargs))
        return await asyncio.shield(doing)


async def open_record(path: Path | None) -> Record:
    """Open the record, or begin one; without a path it lives in memory. Raises sqlite3.Error."""
    thread = ThreadPoolExecutor(1, thread_name_prefix="record of waits")
    loop = asyncio.get_running_loop()
    try:
        return Record(await loop.run_in_executor(thread, _opened, path), thread)
    except BaseException:
        thread.shutdown(wait=False)
        raise


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """The record, to read beside whoever writes it. Raises sqlite3.Error."""
    db = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, isolation_level=None)
    with closing(db):
        _check(db)
        yield db


def _opened(path: Path | None) -> sqlite3.Connection:
    if path is None:
        return _ready(sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False))
    path.touch(mode=0o600)
    try:
        return _ready(_connected(path))
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.OperationalError):
            raise  # held by another program, or no room: nothing is wrong with the file
        _put_aside(path)
        log.warning("the record of waits could not be read, and begins anew: %s", error)
        path.touch(mode=0o600)
        return _ready(_connected(path))


def _connected(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(
        path, isolation_level=None, timeout=PATIENCE_SECONDS, check_same_thread=False
    )


def _ready(db: sqlite3.Connection) -> sqlite3.Connection:
    try:
        for setting in SETTINGS:
            db.execute(f"PRAGMA {setting}")
        if not db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            schema = files("server.accuracy").joinpath("waits.sql").read_text()
            marks = f"PRAGMA application_id={APPLICATION_ID}; PRAGMA user_version={VERSION};"
            db.executescript(f"BEGIN; {schema} {marks} COMMIT")
        _check(db)
    except BaseException:
        db.close()
        raise
    return db


def _check(db: sqlite3.Connection) -> None:
    (kind,) = db.execute("PRAGMA application_id").fetchone()
    (version,) = db.execute("PRAGMA user_version").fetchone()
    if (kind, version) != (APPLICATION_ID, VERSION):
        raise sqlite3.DatabaseError("it is no record of this version")


def _put_aside(path: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        part = path.with_name(path.name + suffix)
        if part.exists():
            part.replace(path.with_name(f"{path.name}.unreadable{suffix}"))
