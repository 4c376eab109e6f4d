"""The SQL of the outbox, as plain functions on a connection."""

import sqlite3
from collections.abc import Iterable, Sequence

from server.journal.outbox import PURGE_ROWS, OutboxRow
from server.journal.sqlite_errors import Damaged

_ROW_TYPES = (str, str, str, str, int, int, int)
_STATES = ("waiting", "sent", "dropped")


def of_branch(db: sqlite3.Connection, branch: str) -> list[OutboxRow]:
    """What is known of a branch's notices, by their names."""
    found = db.execute(
        "SELECT branch, notice, state, reason, tries, next_at, at FROM outbox"
        " WHERE branch = ? ORDER BY notice",
        (branch,),
    )
    return [_shaped(values) for values in found]


def put(db: sqlite3.Connection, rows: Iterable[OutboxRow]) -> None:
    """Write rows, each in the place of one that may be there."""
    db.executemany("INSERT OR REPLACE INTO outbox VALUES (?, ?, ?, ?, ?, ?, ?)", rows)


def forget(db: sqlite3.Connection, branch: str, notices: Sequence[str]) -> None:
    """Delete these."""
    places = [(branch, notice) for notice in notices]
    db.executemany("DELETE FROM outbox WHERE branch = ? AND notice = ?", places)


def purge(db: sqlite3.Connection, until: int) -> int:
    """Delete the next PURGE_ROWS rows that were last tried by then; how many there were."""
    found = db.execute(
        "SELECT branch, notice FROM outbox WHERE at <= ? LIMIT ?", (until, PURGE_ROWS)
    ).fetchall()
    db.executemany("DELETE FROM outbox WHERE branch = ? AND notice = ?", found)
    return len(found)


def _shaped(values: tuple[object, ...]) -> OutboxRow:
    # A flipped bit can turn one type into another.
    if tuple(map(type, values)) != _ROW_TYPES or values[2] not in _STATES:
        raise Damaged(f"the row of the outbox {values[:2]} is not as written")
    return OutboxRow(*values)  # type: ignore[arg-type]  # just checked
