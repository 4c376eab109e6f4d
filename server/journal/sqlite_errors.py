"""Turns what SQLite and the system report into the journal's errors; the only place that does.

Every path out of the SQLite journal passes `failures` or `refusals`.
"""

import errno
import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from server.journal.contract import JournalError, JournalFailed, JournalFull, JournalRefused

# SQLite quotes what it stumbled over, and Python cannot even read the message.
_NO_TEXT = "where there should be text, there is none"

NO_ROOM: Final = frozenset((errno.ENOSPC, errno.EDQUOT, errno.EFBIG))
"""The disk is full, this user has had its share of it, or a file may not become longer."""

MORE_BYTES: Final = 65_536
"""More than is written at once, so that what stopped a write stops this too."""


class Damaged(Exception):
    """Rows are missing or are not what was written."""

    def __init__(self, detail: str, **values: object) -> None:
        super().__init__(detail)
        self.values = {"detail": detail, **values}


class TakenOver(Exception):
    """The instance row no longer names this server."""


class MovedAway(Exception):
    """The file that is open does not lie any more where the next start would look for it."""


@contextmanager
def failures(path: Path) -> Iterator[None]:
    """While the journal is open."""
    try:
        yield
    except Damaged as error:
        raise JournalFailed("damaged", path=str(path), **error.values) from error
    except TakenOver as error:
        raise JournalFailed("taken_over", path=str(path)) from error
    except MovedAway as error:
        raise JournalFailed("moved", path=str(path)) from error
    except UnicodeDecodeError as error:
        raise JournalFailed("damaged", path=str(path), detail=_NO_TEXT) from error
    except sqlite3.Error as error:
        code = code_of(error, path)
        kind: type[JournalError] = JournalFull if code == "full" else JournalFailed
        raise kind(code, path=str(path), detail=str(error)) from error


@contextmanager
def refusals(path: Path) -> Iterator[None]:
    """While it is being opened."""
    try:
        yield
    except Damaged as error:
        raise JournalRefused("damaged", path=str(path), **error.values) from error
    except UnicodeDecodeError as error:
        raise JournalRefused("damaged", path=str(path), detail=_NO_TEXT) from error
    except sqlite3.Error as error:
        raise JournalRefused(code_of(error, path), path=str(path), detail=str(error)) from error
    except OSError as error:
        raise _refused_by_system(error, path) from error


_CODES = {
    sqlite3.SQLITE_FULL: "full",
    sqlite3.SQLITE_BUSY: "locked",
    sqlite3.SQLITE_LOCKED: "locked",
    sqlite3.SQLITE_READONLY: "unwritable",
    sqlite3.SQLITE_CANTOPEN: "unwritable",
    sqlite3.SQLITE_PERM: "unwritable",
    sqlite3.SQLITE_AUTH: "unwritable",
    sqlite3.SQLITE_IOERR: "io_error",
    sqlite3.SQLITE_NOMEM: "io_error",
}


def code_of(error: sqlite3.Error, path: Path | None = None) -> str:
    """The journal's word for an error of SQLite; `path` is the file that may have been written."""
    if isinstance(error, sqlite3.ProgrammingError):
        return "closed"
    extended = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT)
    # On a full disk the index of the write-ahead log cannot grow, and says so in this way.
    if extended == sqlite3.SQLITE_IOERR_SHMSIZE:
        return "full"
    # It knows of a disk without room, and takes a quota or a limit on files for a broken one.
    if extended == sqlite3.SQLITE_IOERR_WRITE and path is not None and not _may_grow(path):
        return "full"
    # All our statements are correct on a sound file. Whatever else goes wrong with one (no such
    # table, text that is not UTF-8, a row where none can be) tells that the file is not.
    return _CODES.get(extended & 0xFF, "damaged")


def _may_grow(path: Path) -> bool:
    """Whether the system lets this user have a file there as long as the journal's, and longer."""
    files = [path, path.with_name(f"{path.name}-wal")]
    try:
        longest = max((file.stat().st_size for file in files if file.exists()), default=0)
        with tempfile.TemporaryFile(dir=path.parent, buffering=0) as file:
            file.seek(longest)  # sparse: only what comes now takes room
            return file.write(bytes(MORE_BYTES)) == MORE_BYTES
    except OSError as error:
        return error.errno not in NO_ROOM


def _refused_by_system(error: OSError, path: Path) -> JournalRefused:
    match error.errno:
        case number if number in NO_ROOM:
            return JournalRefused("full", path=str(path))
        case errno.EIO:
            return JournalRefused("io_error", path=str(path), detail=os.strerror(errno.EIO))
        case number:
            return JournalRefused("unwritable", path=str(path), detail=os.strerror(number or 0))
