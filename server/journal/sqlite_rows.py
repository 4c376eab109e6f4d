"""The SQL of the journal, as plain functions on a connection: they know no loop and no thread.

Whoever runs them (`sqlite`, `sqlite_writer`, `sqlite_open`, a verifier) chooses the connection
and turns what they raise into the journal's errors. Every row that leaves here is proven: it is
of the right shape, its number follows, and its hash continues the chain.
"""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from msgspec.structs import astuple

from server.journal import sqlite_private
from server.journal.contract import (
    EMPTY,
    ROOM_BYTES,
    Entry,
    Head,
    Row,
    Snapshot,
    WrongSeq,
    follows,
    hash_of,
    rows_after,
)
from server.journal.private import Sealed, checked
from server.journal.sqlite_errors import Damaged, TakenOver, code_of

T = TypeVar("T")

PAGE_ROWS = 2000  # about 15 ms: no reader holds back the checkpoint of the write-ahead log for long
SNAPSHOTS_KEPT = 3  # the newest may be damaged, and so may the one before it

_INSERT = """
INSERT INTO events (branch, seq, day, at, actor, command_id, type, data, hash)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_PAGE = """
SELECT seq, day, at, actor, command_id, type, data, hash FROM events
WHERE branch = ? AND seq BETWEEN ? AND ? ORDER BY seq
"""
_ROW_TYPES = (int, str, int, str, str, str, bytes, str)


@dataclass(frozen=True)
class Wanted:
    """An append that waits for its transaction."""

    branch: str
    expected_seq: int
    entries: Sequence[Entry]
    private_rows: Sequence[Sealed] = ()


def transaction(
    db: sqlite3.Connection, instance: str, work: Callable[[sqlite3.Connection], T]
) -> T:
    """Run `work` wholly or not at all, and only while this server is the one that may write."""
    db.execute("BEGIN IMMEDIATE")
    try:
        if db.execute("SELECT instance FROM journal").fetchone() != (instance,):
            raise TakenOver
        result = work(db)
        db.execute("COMMIT")
        return result
    finally:
        _roll_back_what_is_left(db)


def clear_log(db: sqlite3.Connection, instance: str) -> bool:
    """Move the write-ahead log into the file and cut it to nothing; False if somebody reads it."""
    transaction(db, instance, lambda _: None)  # only the server that may write may tidy up
    (patience,) = db.execute("PRAGMA busy_timeout").fetchone()
    # Not to wait for a reader: those who append would wait with it. There is a next time.
    db.execute("PRAGMA busy_timeout=0")
    try:
        busy, _, _ = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    finally:
        db.execute(f"PRAGMA busy_timeout={patience}")
    return not busy


def append_all(db: sqlite3.Connection, group: Sequence[Wanted]) -> list[Head | Exception]:
    """Append what can be appended; each of the others gets its own error and leaves nothing."""
    heads: dict[str, Head] = {}
    outcomes: list[Head | Exception] = []
    for wanted in group:
        try:
            head = _append(db, heads.get(wanted.branch), wanted)
        except (sqlite3.Error, Damaged):
            raise
        except Exception as error:  # noqa: BLE001 - a bug of this caller must not fail its neighbours
            outcomes.append(error)
        else:
            heads[wanted.branch] = head
            outcomes.append(head)
    db.executemany(
        "INSERT OR REPLACE INTO heads (branch, seq, hash) VALUES (?, ?, ?)",
        [(branch, head.seq, head.hash) for branch, head in heads.items()],
    )
    return outcomes


def _append(db: sqlite3.Connection, head: Head | None, wanted: Wanted) -> Head:
    head = head or head_of(db, wanted.branch)
    if head.seq != wanted.expected_seq:
        raise WrongSeq(wanted.expected_seq, head.seq)
    # Whatever is wrong with what is wanted shows here, before the first row is inserted.
    rows = rows_after(head, wanted.branch, wanted.entries)
    private = checked(wanted.branch, wanted.private_rows)
    db.executemany(_INSERT, [(wanted.branch, *astuple(row)) for row in rows])
    sqlite_private.put(db, private)
    return Head(rows[-1].seq, rows[-1].hash)


def head_of(db: sqlite3.Connection, branch: str) -> Head:
    """The branch's head, on which its last row and the table of heads must agree."""
    found = db.execute(
        """
        SELECT * FROM (SELECT seq, hash FROM events WHERE branch = ? ORDER BY seq DESC LIMIT 1)
        UNION ALL
        SELECT seq, hash FROM heads WHERE branch = ?
        """,
        (branch, branch),
    ).fetchall()
    if not found:
        return EMPTY
    if found != [found[0], found[0]]:
        raise Damaged(f"the last row of branch {branch!r} is not the one written", branch=branch)
    return Head(*found[0])


def page(db: sqlite3.Connection, branch: str, after: int, upto: int | None) -> list[Row]:
    """The next rows with after < seq <= upto, at most PAGE_ROWS; none when there are no more."""
    with _one_view(db):
        head = head_of(db, branch)
        last = min(after + PAGE_ROWS, head.seq, head.seq if upto is None else upto)
        if last <= after:
            return []
        # One row more, the one before the first: the chain continues from its hash.
        found = db.execute(_PAGE, (branch, after, last)).fetchall()
    return _proven(branch, after, last, found)


def _proven(branch: str, after: int, last: int, found: list[tuple[object, ...]]) -> list[Row]:
    rows = [_shaped(branch, values) for values in found]
    before = rows.pop(0) if after and rows else EMPTY
    if before.seq != after:
        raise _not_as_written(branch, after)
    for row in rows:
        if not follows(before, branch, row):
            raise _not_as_written(branch, before.seq + 1)
        before = row
    if before.seq != last:
        raise _not_as_written(branch, before.seq + 1)
    return rows


def shaped(values: tuple[object, ...]) -> Row | None:
    """The row of these values; None if it cannot be one."""
    # A flipped bit can turn one type into another: Python would find out much later, elsewhere.
    if tuple(map(type, values)) != _ROW_TYPES:
        return None
    return Row(*values)  # type: ignore[arg-type]  # just checked


def _shaped(branch: str, values: tuple[object, ...]) -> Row:
    row = shaped(values)
    if row is None:
        raise _not_as_written(branch, values[0])
    return row


def _not_as_written(branch: str, seq: object) -> Damaged:
    return Damaged(f"row {seq} of branch {branch!r} is not as written", branch=branch, seq=seq)


def branches(db: sqlite3.Connection) -> list[str]:
    """Every branch that has rows, sorted."""
    return [branch for (branch,) in db.execute("SELECT branch FROM heads ORDER BY branch")]


def check_tails(db: sqlite3.Connection, rows: int) -> None:
    """Prove the last rows of every branch, and that no branch is missing."""
    for branch in branches(db):
        page(db, branch, max(0, head_of(db, branch).seq - rows), None)
    # Jumps from branch to branch: a plain DISTINCT would read every row there is.
    found = db.execute(
        """
        WITH RECURSIVE found (branch) AS (
            SELECT min(branch) FROM events
            UNION ALL
            SELECT (SELECT min(branch) FROM events WHERE branch > found.branch)
            FROM found WHERE found.branch IS NOT NULL
        )
        SELECT branch FROM found WHERE branch IS NOT NULL
        """
    )
    if [branch for (branch,) in found] != branches(db):
        raise Damaged("a branch is missing")


def save_snapshot(db: sqlite3.Connection, branch: str, snapshot: Snapshot) -> None:
    """Keep it and the newest few before it."""
    db.execute(
        "INSERT OR REPLACE INTO snapshots (branch, seq, schema, checksum, data)"
        " VALUES (?, ?, ?, ?, ?)",
        (branch, snapshot.seq, snapshot.schema, _checksum(branch, snapshot), snapshot.data),
    )
    db.execute(
        "DELETE FROM snapshots WHERE branch = ? AND seq NOT IN"
        " (SELECT seq FROM snapshots WHERE branch = ? ORDER BY seq DESC LIMIT ?)",
        (branch, branch, SNAPSHOTS_KEPT),
    )


def drop_snapshots(db: sqlite3.Connection, branch: str) -> None:
    """Forget the branch's snapshots."""
    db.execute("DELETE FROM snapshots WHERE branch = ?", (branch,))


def take_room(db: sqlite3.Connection) -> None:
    """Write a large row that means nothing, in the place of one that was left behind."""
    db.execute(
        "INSERT OR REPLACE INTO snapshots (branch, seq, schema, checksum, data)"
        " VALUES ('', 0, '', '', zeroblob(?))",
        (ROOM_BYTES,),
    )


def give_room_back(db: sqlite3.Connection) -> None:
    """Take that row away again."""
    drop_snapshots(db, "")


def newest_snapshot(db: sqlite3.Connection, branch: str, schema: str) -> Snapshot | None:
    """The newest intact one that is not ahead of the rows."""
    with _one_view(db):
        found = _read_snapshots(
            db,
            "SELECT seq FROM snapshots WHERE branch = ? AND schema = ? AND seq <= ?"
            " ORDER BY seq DESC",
            (branch, schema, head_of(db, branch).seq),
        )
        for (seq,) in found:
            if snapshot := intact_snapshot(db, branch, seq):
                return snapshot
    return None


def intact_snapshot(db: sqlite3.Connection, branch: str, seq: int) -> Snapshot | None:
    """The one of that row, if its checksum is right."""
    found = _read_snapshots(
        db,
        "SELECT seq, schema, data, checksum FROM snapshots WHERE branch = ? AND seq = ?",
        (branch, seq),
    )
    if [tuple(map(type, values)) for values in found] != [(int, str, bytes, str)]:
        return None
    *values, checksum = found[0]
    snapshot = Snapshot(*values)
    return snapshot if checksum == _checksum(branch, snapshot) else None


def _read_snapshots(
    db: sqlite3.Connection, sql: str, values: tuple[object, ...]
) -> list[tuple[Any, ...]]:
    try:
        return db.execute(sql, values).fetchall()
    except sqlite3.Error as error:
        if code_of(error) != "damaged":
            raise
        return []  # a cache may be damaged: the rows, which may not, say the same


def _checksum(branch: str, snapshot: Snapshot) -> str:
    return hash_of(branch.encode(), b"%d" % snapshot.seq, snapshot.schema.encode(), snapshot.data)


@contextmanager
def _one_view(db: sqlite3.Connection) -> Iterator[None]:
    """Let the statements inside see the same moment."""
    db.execute("BEGIN")
    try:
        yield
        db.execute("COMMIT")
    finally:
        _roll_back_what_is_left(db)


def _roll_back_what_is_left(db: sqlite3.Connection) -> None:
    # SQLite rolls back by itself after some errors and not after others.
    if db.in_transaction:
        db.execute("ROLLBACK")
