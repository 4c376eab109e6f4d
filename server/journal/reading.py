"""A journal on disk, read beside whoever writes it, page by page: through a connection of its own
that can neither write nor tidy up. For `lobby show`, reports and exports.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from pathlib import Path
from typing import Final

from server.config import HOUSE_STREAM
from server.domain.configuration import BranchConfig
from server.domain.events import BranchConfigured, Event
from server.domain.state import Stamp
from server.journal import sqlite_rows
from server.journal.contract import Row
from server.journal.sqlite_errors import failures, refusals
from server.journal.sqlite_open import check
from server.journal.upcast import stamp_of, to_event

FOLLOW_FROM_LAST: Final = 20

NO_DAY: Final = "1970-01-02"
"""Before any journal: of this day there is nothing to tell."""

EARLIEST_MIDNIGHT: Final = timedelta(hours=14)
"""No time zone is further ahead of UTC: before that, no place on earth has the date yet."""


class NothingToShow(Exception):
    """There is no such journal, branch or day; says what to name instead."""


class JournalFile:
    """A journal on disk, to be read beside whoever writes it."""

    def __init__(self, path: Path, db: sqlite3.Connection) -> None:
        self._path = path
        self._db = db

    def branches(self) -> list[str]:
        """Every branch that has rows."""
        return [stream for stream in self.streams() if stream != HOUSE_STREAM]

    def streams(self) -> list[str]:
        """The branches, and the house if it has rows."""
        with failures(self._path):
            return sqlite_rows.branches(self._db)

    def rows(self, branch: str, after: int = 0) -> Iterator[Row]:
        """The rows with seq > after, each proven against the one before."""
        while page := self._page(branch, after):
            yield from page
            after = page[-1].seq

    def day(self, branch: str, day: str) -> Iterator[Row]:
        """The rows of one business day."""
        for row in self.rows(branch, self.before(branch, day)):
            if row.day > day:
                return
            if row.day == day:
                yield row

    def days(self, branch: str, first: str, last: str) -> list[str]:
        """The business days there are, from the first to the last of these dates."""
        query = (
            "SELECT DISTINCT day FROM events WHERE branch = ? AND seq > ?"
            " AND day BETWEEN ? AND ? ORDER BY day"
        )
        with failures(self._path):
            found = self._db.execute(query, (branch, self.before(branch, first), first, last))
            return [day for (day,) in found]

    def events_of(self, branch: str, day: str | None) -> Iterator[tuple[Event, Stamp]]:
        """What a report needs: a rehearsal's mark, the configuration in force, the day's rows.

        Without a day it is the last one.
        """
        for row in takewhile(lambda row: row.type != "DayOpened", self.rows(branch)):
            yield to_event(row), stamp_of(row)
        for row in self.day(branch, day or self.last_day(branch)):
            config = self.configuration(branch, row.seq) if row.type == "DayOpened" else None
            if config is not None:
                yield BranchConfigured(config=config), stamp_of(row)
            yield to_event(row), stamp_of(row)

    def follow(self, branch: str, pause: Callable[[], None]) -> Iterator[Row]:
        """The last few rows, then every one to come. Never ends."""
        with failures(self._path):
            after = max(0, sqlite_rows.head_of(self._db, branch).seq - FOLLOW_FROM_LAST)
        while True:
            for row in self.rows(branch, after):
                yield row
                after = row.seq
            pause()

    def configuration(self, branch: str, before: int) -> BranchConfig | None:
        """What was configured when the row `before` was to be written."""
        with failures(self._path):
            found = self._db.execute(
                "SELECT seq FROM events WHERE branch = ? AND seq <= ?"
                " AND type = 'BranchConfigured' ORDER BY seq DESC LIMIT 1",
                (branch, before),
            ).fetchone()
        if found is None:
            return None
        event = to_event(self._page(branch, found[0] - 1, found[0])[0])
        return event.config if isinstance(event, BranchConfigured) else None

    def last_day(self, branch: str) -> str:
        """The last business day; one before any journal where there is none."""
        query = "SELECT day FROM events WHERE branch = ? AND day <> '' ORDER BY seq DESC LIMIT 1"
        with failures(self._path):
            found = self._db.execute(query, (branch,)).fetchone()
        return str(found[0]) if found else NO_DAY

    def _page(self, branch: str, after: int, upto: int | None = None) -> list[Row]:
        with failures(self._path):
            return sqlite_rows.page(self._db, branch, after, upto)

    def before(self, branch: str, day: str) -> int:
        """A row before the first one of that date, anywhere on earth.

        Time never goes back in a branch: halve.
        """
        midnight = datetime.fromisoformat(day).replace(tzinfo=UTC) - EARLIEST_MIDNIGHT
        wanted_ms = round(midnight.timestamp() * 1000)
        with failures(self._path):
            low, high = 0, sqlite_rows.head_of(self._db, branch).seq
            while low < high:
                middle = (low + high + 1) // 2
                if self._at(branch, middle) < wanted_ms:
                    low = middle
                else:
                    high = middle - 1
        return low

    def _at(self, branch: str, seq: int) -> int:
        query = "SELECT at FROM events WHERE branch = ? AND seq = ?"
        found = self._db.execute(query, (branch, seq)).fetchone()
        # A missing row is found and told when the rows are read.
        return int(found[0]) if found else 0


@contextmanager
def opened(path: Path) -> Iterator[JournalFile]:
    """A journal to read, checked; JournalRefused says what is wrong with it."""
    if not path.is_file():
        raise NothingToShow(
            f"There is no journal at {path}. Name the folder of the server with --data."
        )
    with refusals(path):
        db = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, isolation_level=None)
    with closing(db):
        with refusals(path):
            check(db, path)
        yield JournalFile(path, db)
