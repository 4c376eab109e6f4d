"""The SQL of the record, as plain functions on a connection.

Figures are summed by SQLite itself, by day and kind: a page of them must not cost the server the
reading of every row.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Final, NamedTuple

from msgspec import Struct

from server.accuracy.shown import End, Note, Over, Shown, Taken

ROWS_MAX: Final = 500_000
"""Of a branch: half a year of one that tells five hundred people a day."""

OVER_MAX: Final = 3_000
"""Waits that a calibration is made of again: more than it keeps."""

NO_DAY: Final = "1970-01-05"
"""A Monday before everything."""

PRUNED_ROWS: Final = 5_000
"""Forgotten in one go."""

_COLUMNS: Final = Shown.__struct_fields__

_INSERT: Final = f"""
INSERT INTO shown (branch, next, since, {", ".join(_COLUMNS)})
VALUES ({", ".join("?" * (len(_COLUMNS) + 3))})
"""  # noqa: S608 - constants

_TAKEN: Final = """
UPDATE shown SET visit = ?, since = ? WHERE id = (
    SELECT id FROM shown WHERE branch = ? AND day = ? AND next AND service = ? AND lane = ?
    ORDER BY id DESC LIMIT 1
) AND visit IS NULL
"""

_END: Final = """
UPDATE shown SET ended = ?, ended_at = ?
WHERE branch = ? AND visit = ? AND ended = '' AND since <= ?
"""
_TAKE_BACK: Final = """
UPDATE shown SET ended = '', ended_at = NULL
WHERE branch = ?1 AND visit = ?2 AND ended = 'called' AND ended_at = (
    SELECT max(ended_at) FROM shown WHERE branch = ?1 AND visit = ?2
)
"""


def write(
    db: sqlite3.Connection,
    branch: str,
    notes: Sequence[Note],
    ends: Sequence[End],
    looked: Struct,
) -> None:
    """All of it or nothing."""
    db.execute("BEGIN IMMEDIATE")
    try:
        for note in notes:
            _note(db, branch, note)
        for end in ends:
            _end(db, branch, end)
        db.execute(
            "INSERT OR REPLACE INTO looked (branch, epoch, seq, rehearsal) VALUES (?, ?, ?, ?)",
            (branch, *(getattr(looked, name) for name in looked.__struct_fields__)),
        )
        db.execute("COMMIT")
    finally:
        if db.in_transaction:
            db.execute("ROLLBACK")


def _note(db: sqlite3.Connection, branch: str, note: Note) -> None:
    if isinstance(note, Taken):
        db.execute(_TAKEN, (note.visit, note.at, branch, note.day, note.service, note.lane))
        return
    for_next = note.visit is None
    values = [getattr(note, name) for name in _COLUMNS]
    values[_COLUMNS.index("slipped")] = note.slipped or ""
    db.execute(_INSERT, (branch, for_next, None if for_next else note.at, *values))


def _end(db: sqlite3.Connection, branch: str, end: End) -> None:
    if end.how is None:
        db.execute(_TAKE_BACK, (branch, end.visit))
    else:
        db.execute(_END, (end.how, end.at, branch, end.visit, end.at))


def looked(db: sqlite3.Connection, branch: str) -> tuple[str, int, bool] | None:
    """The epoch, how far its rows were looked through, whether it is a rehearsal."""
    found = db.execute(
        "SELECT epoch, seq, rehearsal FROM looked WHERE branch = ?", (branch,)
    ).fetchone()
    return None if found is None else (found[0], found[1], bool(found[2]))


def branches(db: sqlite3.Connection) -> dict[str, bool]:
    """The branches that something is kept of, and whether it is a rehearsal."""
    found = db.execute("SELECT branch, rehearsal FROM looked ORDER BY branch")
    return {branch: bool(rehearsal) for branch, rehearsal in found}


def last_day(db: sqlite3.Connection, branch: str) -> str:
    """The last day of which something is kept."""
    found = db.execute("SELECT max(day) FROM shown WHERE branch = ?", (branch,)).fetchone()
    return str(found[0] or NO_DAY)


def waiting(db: sqlite3.Connection, branch: str, day: str) -> list[tuple[Shown, Shown]]:
    """What was told first and last to each ticket of the day whose wait has not ended."""
    found = db.execute(
        f"SELECT {', '.join(_COLUMNS)}, ended FROM shown"  # noqa: S608 - constants
        " WHERE branch = ? AND day = ? AND NOT next ORDER BY id",
        (branch, day),
    ).fetchall()
    told: dict[int, tuple[Shown, Shown]] = {}
    for *values, ended in found:
        one = _shown(values)
        assert one.visit is not None, "told to a ticket"
        if ended:
            told.pop(one.visit, None)
        else:
            told[one.visit] = (told[one.visit][0] if one.visit in told else one, one)
    return list(told.values())


def ended(db: sqlite3.Connection, branch: str) -> list[Over]:
    """The last waits that were told and are over, the first one first."""
    found = db.execute(
        f"SELECT {', '.join(_COLUMNS)}, ended, (ended_at - at) / 60000.0,"  # noqa: S608 - constants
        " (until - at) / 60000.0 FROM shown"
        " WHERE branch = ? AND first AND ended IN ('called', 'left') AND until IS NOT NULL"
        " ORDER BY id DESC LIMIT ?",
        (branch, OVER_MAX),
    ).fetchall()
    over = [
        Over(_shown(values), waited, printed, how == "called")
        for *values, how, waited, printed in found
    ]
    return over[::-1]


def keep(db: sqlite3.Connection, branch: str, what: str, day: str, shape: str, data: bytes) -> None:
    """Keep what was learned, in the place of what was kept before."""
    db.execute(
        "INSERT OR REPLACE INTO kept (branch, what, day, shape, data) VALUES (?, ?, ?, ?, ?)",
        (branch, what, day, shape, data),
    )


def kept(db: sqlite3.Connection, branch: str, what: str, shape: str) -> tuple[str, bytes] | None:
    """The day and the data, if they are of that shape."""
    found = db.execute(
        "SELECT day, data FROM kept WHERE branch = ? AND what = ? AND shape = ?",
        (branch, what, shape),
    ).fetchone()
    return None if found is None else (found[0], found[1])


def _shown(values: Sequence[object]) -> Shown:
    fields = dict(zip(_COLUMNS, values, strict=True))
    fields |= {name: bool(fields[name]) for name in ("first", "learned")}
    return Shown(**(fields | {"slipped": fields["slipped"] or None}))  # type: ignore[arg-type]  # as written


def prune(db: sqlite3.Connection, branch: str, before: str) -> int:
    """Forget some of what is too old, or too much; how many rows."""
    (newest_kept,) = db.execute(
        "SELECT coalesce(max(id), 0) FROM (SELECT id FROM shown WHERE branch = ?"
        " ORDER BY id DESC LIMIT 1 OFFSET ?)",
        (branch, ROWS_MAX),
    ).fetchone()
    return db.execute(
        "DELETE FROM shown WHERE id IN (SELECT id FROM shown WHERE branch = ?"
        " AND (day < ? OR id <= ?) LIMIT ?)",
        (branch, before, newest_kept, PRUNED_ROWS),
    ).rowcount


# --- What figures are made of --------------------------------------------------------------------

_SCORED: Final = """
SELECT *, (ended_at - since) / 60000.0 AS wait,
    ended = 'called' OR (ended = 'left' AND (ended_at - since) / 60000.0 > sure_high) AS counts,
    ended = 'called' OR (ended = 'left' AND ended_at > until) AS due
FROM shown WHERE branch = ? AND day BETWEEN ? AND ?
"""
# Who leaves before the range is over says nothing of it; who leaves after it has waited too long.

_SUMS: Final = f"""
SELECT day, service, lane,
    CASE WHEN next THEN 'next' WHEN first THEN 'first' ELSE 'again' END AS kind,
    count(*),
    sum(ended = '' AND visit IS NOT NULL),
    sum(ended = 'left'),
    sum(ended = 'changed'),
    total(counts),
    total(counts AND ended = 'called' AND wait BETWEEN sure_low AND sure_high),
    total(due AND until IS NOT NULL),
    total(due AND ended = 'called' AND ended_at <= until),
    sum(ended = 'called'),
    total(CASE WHEN ended = 'called' THEN abs(p50 - wait) END),
    total(CASE WHEN ended = 'called' THEN p50 - wait END),
    total(CASE WHEN ended = 'called' THEN wait END),
    sum(learned), sum(slipped <> '')
FROM ({_SCORED}) GROUP BY day, service, lane, kind
"""  # noqa: S608 - constants

_BINS: Final = f"""
SELECT day, min(cast(p50 / 5 AS INTEGER), 12), count(*), total(p50), total(wait)
FROM ({_SCORED}) WHERE first AND ended = 'called' GROUP BY 1, 2
"""  # noqa: S608 - constants


class Sum(NamedTuple):
    """Some ranges of one day and kind (`first` told to a ticket, told `again`, for the `next`),
    and what became of them: how many, and minutes added up."""

    day: str
    service: str
    lane: str
    kind: str
    shown: int
    open: int
    left: int
    changed: int
    counts: float
    covered: float
    due: float
    in_time: float
    called: int
    error: float
    bias: float
    wait: float
    learned: int
    slipped: int


class Bin(NamedTuple):
    """Tickets of a day that were told about as long a wait (so many times five minutes): how many,
    minutes said and waited, added up."""

    day: str
    number: int
    n: int
    said: float
    waited: float


class Sums(NamedTuple):
    """Of one branch and some days."""

    sums: list[Sum]
    bins: list[Bin]

    def and_of(self, others: Sums) -> Sums:
        """Together with those of other days."""
        return Sums([*self.sums, *others.sums], [*self.bins, *others.bins])


def sums(db: sqlite3.Connection, branch: str, first: str, last: str) -> Sums:
    """Add up what was kept of these days."""
    days = (branch, first, last)
    found = [Sum(*values) for values in db.execute(_SUMS, days)]
    return Sums(found, [Bin(*values) for values in db.execute(_BINS, days)])
