"""Proves a whole journal, row by row, beside a running server: `lobby verify`, and every backup.

A start proves only the rows it needs. Here all of it is read: SQLite's own structures, the chain
of every stream, what the rows say when they are applied once more, the snapshots, the private
rows. Whoever could write the file could also have computed the chain anew; against that only a
hash helps that was noted down elsewhere.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from server.journal.sqlite_errors import refusals
from server.upkeep.findings import Fault, Findings, Noted
from server.upkeep.private import PrivateLook
from server.upkeep.progress import SILENT, Progress, Step
from server.upkeep.reading import reading
from server.upkeep.replay import replay_of
from server.upkeep.streams import Walk
from server.vault.keys import Keys

FAULTS_OF_STRUCTURE_MAX: Final = 20

PRIVATE_SINCE_VERSION: Final = 2


def verify(
    path: Path,
    *,
    keys: Keys | None = None,
    replay: bool = True,
    noted: Sequence[Noted] = (),
    progress: Progress = SILENT,
) -> Findings:
    """Everything that is wrong in the journal at `path`; without `replay` only what was written
    is proven, and not what it means. Raises JournalRefused where no journal is."""
    with reading(path) as (db, epoch):
        with refusals(path):
            version, size = _about(db)
        findings = Findings(epoch=epoch, version=version, bytes=size)
        progress.at("structure")
        findings.faults += _structure(db)
        _streams(db, findings, noted, replay, progress)
        if version >= PRIVATE_SINCE_VERSION:
            _private(db, findings, keys or Keys(), progress)
        progress.done()
        return findings


def _about(db: sqlite3.Connection) -> tuple[int, int]:
    (version,) = db.execute("PRAGMA user_version").fetchone()
    (pages,) = db.execute("PRAGMA page_count").fetchone()
    (page_bytes,) = db.execute("PRAGMA page_size").fetchone()
    return version, pages * page_bytes


def _structure(db: sqlite3.Connection) -> Iterator[Fault]:
    try:
        for (line,) in db.execute(f"PRAGMA integrity_check({FAULTS_OF_STRUCTURE_MAX})"):
            if line != "ok":
                yield Fault("structure", detail=" ".join(line.split()))
    except sqlite3.Error as error:
        yield Fault("structure", detail=str(error))


def _streams(
    db: sqlite3.Connection,
    findings: Findings,
    noted: Iterable[Noted],
    replay: bool,
    progress: Progress,
) -> None:
    wanted: dict[str, dict[int, str]] = defaultdict(dict)
    for end in noted:
        wanted[end.stream][end.seq] = end.hash
    try:
        whole = _count(db, "SELECT total(seq) FROM heads")
        streams = _names(db)
    except (sqlite3.Error, UnicodeDecodeError) as error:
        findings.faults.append(Fault("structure", detail=str(error)))
        return
    tell = _counter(progress, "rows", whole)
    for stream in streams:
        again = replay_of(stream) if replay else None
        walk = Walk(db, stream, again, wanted.pop(stream, {}), tell)
        findings.faults += walk.faults()
        findings.ends += [walk.end] if walk.end else []
        findings.snapshots += walk.snapshots
    for stream, rows in wanted.items():
        findings.faults += [Fault("noted", stream, seq) for seq in rows]


def _names(db: sqlite3.Connection) -> list[str]:
    found = db.execute("SELECT branch FROM heads UNION SELECT branch FROM events ORDER BY branch")
    return [name for (name,) in found if isinstance(name, str)]


def _private(db: sqlite3.Connection, findings: Findings, keys: Keys, progress: Progress) -> None:
    try:
        whole = _count(db, "SELECT count(*) FROM private")
    except sqlite3.Error as error:
        findings.faults.append(Fault("private_damaged", detail=str(error)))
        return
    look = PrivateLook(db, keys, _counter(progress, "private_rows", whole))
    findings.faults += look.faults()
    findings.private_rows = look.rows
    findings.readable_rows, findings.locked_rows = look.readable, look.locked


def _count(db: sqlite3.Connection, query: str) -> int:
    return int(db.execute(query).fetchone()[0])


def _counter(progress: Progress, step: Step, whole: int) -> Callable[[int], None]:
    done = 0

    def tell(more: int) -> None:
        nonlocal done
        done += more
        progress.at(step, done, whole)

    return tell
