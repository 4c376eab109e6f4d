"""Takes a whole copy of a journal, of one moment, beside whoever writes it.

By `VACUUM INTO` and in no other way: files copied from under a running server are torn (30 of 335
when it was tried), and SQLite's backup in small steps starts again with every write and never
comes to an end.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from server.journal.sqlite_errors import NO_ROOM, code_of, refusals
from server.journal.sqlite_open import sync
from server.upkeep.errors import CannotDo
from server.upkeep.progress import Progress
from server.upkeep.reading import reading

DRAFT: Final = ".part"

LEFT_FREE_BYTES: Final = 200_000_000
"""What a copy may not use up: below this a server that shares the disk stops to write."""

INSTRUCTIONS_BETWEEN: Final = 1_000
"""Of SQLite, between two looks at how far it is: well below a millisecond."""


@contextmanager
def draft_beside(target: Path) -> Iterator[Path]:
    """An empty file of our own beside the one to be made; gone at the end, unless it was moved."""
    draft = target.with_name(f"{target.name}.{os.getpid()}{DRAFT}")
    with writing(draft):
        # Made before SQLite opens it: nobody else shall read it, not for a moment.
        os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        yield draft
    finally:
        for ending in ("", "-journal"):
            draft.with_name(draft.name + ending).unlink(missing_ok=True)


def copy(
    source: Path, draft: Path, progress: Progress, left_free_bytes: int = LEFT_FREE_BYTES
) -> None:
    """Copy the journal in `source` as it is at this moment into the empty file `draft`.

    Durable, but for its name. Raises JournalRefused where the source cannot be read, CannotDo
    where the copy cannot be written.
    """
    with reading(source) as (db, _):
        with refusals(source):
            size = _size(db)
        check_room(draft.parent, size, left_free_bytes)
        progress.at("copying", 0, size)
        db.set_progress_handler(_teller(draft, size, progress), INSTRUCTIONS_BETWEEN)
        with _copying(source, draft):
            db.execute("VACUUM INTO ?", (str(draft.resolve()),))
    with writing(draft):
        sync(draft)


def change(draft: Path, change_it: Callable[[sqlite3.Connection], None]) -> None:
    """Change a copy that nobody else has seen, wholly or not at all; durable."""
    with writing(draft), closing(sqlite3.connect(draft, isolation_level=None)) as db:
        db.execute("BEGIN IMMEDIATE")
        change_it(db)
        db.execute("COMMIT")
    with writing(draft):
        sync(draft)


def check_room(folder: Path, needed_bytes: int, left_free_bytes: int = LEFT_FREE_BYTES) -> None:
    """Refuse before anything is written, rather than fill the disk."""
    with writing(folder):
        free_bytes = shutil.disk_usage(folder).free
    if free_bytes < needed_bytes + left_free_bytes:
        missing = needed_bytes + left_free_bytes - free_bytes
        raise CannotDo("no_room", folder=folder, megabytes=-(-missing // 1_000_000))


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn what the system or SQLite says, while `path` or something in it is written, into a
    sentence."""
    try:
        yield
    except sqlite3.Error as error:
        raise _not_written(path, code_of(error, path) == "full", str(error)) from error
    except OSError as error:
        full = error.errno in NO_ROOM
        detail = os.strerror(error.errno) if error.errno else str(error)
        raise _not_written(Path(error.filename or path), full, detail) from error


@contextmanager
def _copying(source: Path, draft: Path) -> Iterator[None]:
    """One statement reads the one and writes the other: what has failed is found out afterwards."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT:
            # Somebody pressed Ctrl-C while we told how far it is: SQLite has swallowed it.
            raise KeyboardInterrupt from error
        if code_of(error) == "damaged":
            with refusals(source):
                raise
        raise _not_written(draft, code_of(error, draft) == "full", str(error)) from error


def _not_written(path: Path, full: bool, detail: str) -> CannotDo:
    if full:
        return CannotDo("full", path=path)
    return CannotDo("not_written", path=path, detail=detail)


def _size(db: sqlite3.Connection) -> int:
    (pages,) = db.execute("PRAGMA page_count").fetchone()
    (page_bytes,) = db.execute("PRAGMA page_size").fetchone()
    return int(pages * page_bytes)


def _teller(draft: Path, size: int, progress: Progress) -> Callable[[], int]:
    def tell() -> int:
        progress.at("copying", draft.stat().st_size, size)
        return 0  # go on

    return tell
