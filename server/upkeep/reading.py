"""Opens a journal's file to read, beside whoever writes it: never tidies up, never waits."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from server.journal.sqlite_errors import refusals
from server.journal.sqlite_open import look
from server.upkeep.errors import CannotDo


@contextmanager
def reading(path: Path) -> Iterator[tuple[sqlite3.Connection, str]]:
    """A connection, and the epoch. Raises JournalRefused and CannotDo.

    Of the content nothing has been proven, but that it is a journal's.
    """
    if not path.is_file():
        raise CannotDo("no_journal", path=path)
    with refusals(path):
        db = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, isolation_level=None)
    with closing(db):
        with refusals(path):
            epoch = look(db, path)
        yield db, epoch
