"""The SQL of private rows, as plain functions on a connection.

A value that is deleted has to be gone from the file. `secure_delete` alone does not see to that:
when a table grows or shrinks, SQLite moves rows between its pages, and where it has moved one
away it may leave the bytes behind in a gap that no later deletion reaches (4,000 random changes
of an ordinary table left up to three values in the file). So values lie in slots that never
move: a slot is not deleted but overwritten with zeros of the same length, and given to a later
value of exactly that length. Only places, handles and dates lie in tables whose rows move.
"""

import sqlite3
from collections.abc import Iterable, Sequence

from server.journal.private import PAGE_ROWS, PURGE_ROWS, Place, Sealed, SealedRow
from server.journal.sqlite_errors import Damaged

_ROW = "branch, subject, field, value, handle, purge_at"
_ROW_TYPES = (str, str, str, bytes, bytes, int)
_ROWS = f"SELECT {_ROW} FROM private LEFT JOIN private_slots USING (slot)"  # noqa: S608 - constants


def put(db: sqlite3.Connection, rows: Iterable[SealedRow]) -> None:
    """Write rows, each in the place of one that may be there."""
    for row in rows:
        _forget(db, _slots(db, "branch = ? AND subject = ? AND field = ?", *row[:3]))
        db.execute(
            "INSERT OR REPLACE INTO private (branch, subject, field, slot, handle, purge_at)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (*row[:3], _slot_with(db, row.value), row.handle, row.purge_at),
        )


def of_subject(db: sqlite3.Connection, branch: str, subject: str) -> list[SealedRow]:
    """What is kept of one subject, by field."""
    found = db.execute(
        f"{_ROWS} WHERE branch = ? AND subject = ? ORDER BY field LIMIT ?",
        (branch, subject, PAGE_ROWS),
    )
    return [_shaped(values) for values in found]


def subjects_with(db: sqlite3.Connection, branch: str, handles: Sequence[bytes]) -> list[str]:
    """The subjects with a row that has one of these handles, sorted."""
    found = {
        subject
        for handle in handles
        for (subject,) in db.execute(
            # The second condition lets SQLite use the index, which leaves the empty ones out.
            "SELECT subject FROM private WHERE branch = ? AND handle = ? AND handle <> x''",
            (branch, handle),
        )
    }
    return sorted(found)


def page(db: sqlite3.Connection, after: Place) -> list[SealedRow]:
    """The next rows in the order of their places."""
    found = db.execute(
        f"{_ROWS} WHERE (branch, subject, field) > (?, ?, ?)"
        " ORDER BY branch, subject, field LIMIT ?",
        (*after, PAGE_ROWS),
    )
    return [_shaped(values) for values in found]


def replace(db: sqlite3.Connection, changes: Sequence[tuple[Sealed, Sealed]]) -> int:
    """Write each new row over its old one where that is still the one there."""
    replaced = 0
    for old, new in changes:
        where = f"{_ROWS} WHERE branch = ? AND subject = ? AND field = ?"
        if db.execute(where, old[:3]).fetchone() == tuple(old):
            put(db, [SealedRow(*new)])
            replaced += 1
    return replaced


def purge(db: sqlite3.Connection, until: int) -> int:
    """Delete the next PURGE_ROWS rows that are due; how many there were."""
    return _delete(db, "purge_at <= ? LIMIT ?", until, PURGE_ROWS)


def erase(db: sqlite3.Connection, branch: str, subjects: Sequence[str]) -> int:
    """Delete every row of these subjects; how many there were."""
    return sum(_delete(db, "branch = ? AND subject = ?", branch, s) for s in subjects)


def _delete(db: sqlite3.Connection, where: str, *values: object) -> int:
    found = db.execute(
        f"SELECT branch, subject, field, slot FROM private WHERE {where}",  # noqa: S608 - ours
        values,
    ).fetchall()
    _forget(db, [slot for *_, slot in found])
    db.executemany(
        "DELETE FROM private WHERE branch = ? AND subject = ? AND field = ?",
        [place for *place, _ in found],
    )
    return len(found)


def _slots(db: sqlite3.Connection, where: str, *values: object) -> list[int]:
    found = db.execute(f"SELECT slot FROM private WHERE {where}", values)  # noqa: S608 - ours
    return [slot for (slot,) in found]


def _forget(db: sqlite3.Connection, slots: Sequence[int]) -> None:
    each = [(slot,) for slot in slots]
    db.executemany("UPDATE private_slots SET value = zeroblob(length(value)) WHERE slot = ?", each)
    db.executemany(
        "INSERT INTO private_free (size, slot)"
        " SELECT length(value), slot FROM private_slots WHERE slot = ?",
        each,
    )


def _slot_with(db: sqlite3.Connection, value: bytes) -> int:
    free = db.execute(
        "SELECT slot FROM private_free WHERE size = ? LIMIT 1", (len(value),)
    ).fetchone()
    if free is None:
        cursor = db.execute("INSERT INTO private_slots (value) VALUES (?)", (value,))
        assert cursor.lastrowid is not None, "an insert has a row"
        return cursor.lastrowid
    db.execute("DELETE FROM private_free WHERE size = ? AND slot = ?", (len(value), *free))
    db.execute("UPDATE private_slots SET value = ? WHERE slot = ?", (value, *free))
    return int(free[0])


def _shaped(values: tuple[object, ...]) -> SealedRow:
    # A flipped bit can turn one type into another, or lead to a slot that is not there.
    if tuple(map(type, values)) != _ROW_TYPES:
        raise Damaged(f"the private row {values[:3]} is not as written")
    return SealedRow(*values)  # type: ignore[arg-type]  # just checked
