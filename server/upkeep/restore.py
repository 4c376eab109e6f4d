"""`lobby restore`: puts a backup in the journal's place, while no server runs.

The backup is copied, and the copy proven whole, before anything is touched. The journal that was
there is kept under another name, with its log. What takes its place has a new epoch, so that every
terminal forgets what it saw, and says in the stream `house` that it was restored. Killed at any
moment, this leaves the old journal, or the new one, or a server that refuses to start until it has
been done again.
"""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Final

from msgspec import Struct

from server.config import HOUSE_STREAM, load_data_folder
from server.domain.state import Actor, Stamp
from server.house.events import JournalRestored
from server.journal import sqlite_lock, sqlite_rows
from server.journal.contract import JournalError
from server.journal.sqlite_errors import failures, refusals
from server.journal.sqlite_open import check_place, new_epoch, restored_beside, sync
from server.journal.upcast import to_entry
from server.upkeep.copying import DRAFT, LEFT_FREE_BYTES, change, copy, draft_beside, writing
from server.upkeep.errors import CannotDo
from server.upkeep.findings import Findings
from server.upkeep.progress import SILENT, Progress
from server.upkeep.reading import reading
from server.upkeep.verify import verify
from server.vault.keys import Keys

BY_HAND: Final = Actor(role="administrator")
"""Whoever sits at the machine itself."""

NEEDED_BESIDES: Final = ("keys/pepper.key", "keys/link.key", "credentials.json")


class Lost(Struct, frozen=True):
    """What the journal before had and the backup has not: events by stream, and the last of them
    (ms). `events` None: that journal could not be read, or has another past."""

    events: dict[str, int] | None = {}
    until: int | None = None


class Restored(Struct, frozen=True):
    """What was done. `kept` is the journal before, `missing` what was in no backup either."""

    database: Path
    findings: Findings
    lost: Lost
    kept: Path | None
    missing: list[Path]


def restore(
    folder: Path,
    backup: Path,
    now_ms: int,
    *,
    progress: Progress = SILENT,
    left_free_bytes: int = LEFT_FREE_BYTES,
) -> Restored:
    """Put `backup` in the place of the journal of a data folder.

    Raises CannotDo, JournalError and ConfigError; then the journal is as it was.
    """
    config, _ = load_data_folder(folder)
    database = folder / config.database
    keys = Keys.load(folder / "keys" / "vault.key")
    with _held(database) as held:
        if database.exists() and backup.exists() and database.samefile(backup):
            raise CannotDo("same_file", path=backup)
        _remove_leftovers(database)
        with draft_beside(database) as draft:
            copy(backup, draft, progress, left_free_bytes)
            findings = verify(draft, keys=keys, progress=progress)
            for fault in findings.faults:
                raise CannotDo("backup_faulty", path=backup, fault=fault)
            lost = _lost(_last_one(database), draft)
            epoch = _mark(draft, findings, lost, now_ms)
            with writing(database):
                _give_to_owner(database.parent, draft, held)
            with writing(database), _undisturbed():
                kept = _swap(draft, database, now_ms, held, epoch)
    needed = [*NEEDED_BESIDES, *(["keys/vault.key"] if findings.locked_rows else [])]
    missing = [folder / name for name in needed if not (folder / name).exists()]
    return Restored(database, findings, lost, kept, missing)


@contextmanager
def _held(database: Path) -> Iterator[int]:
    """No server runs on it, and none starts meanwhile."""
    with refusals(database):
        check_place(database)
        held = sqlite_lock.lock(database)
    try:
        yield held
    finally:
        os.close(held)


def _remove_leftovers(database: Path) -> None:
    with writing(database):
        for draft in database.parent.glob(f"{database.name}.*{DRAFT}*"):
            draft.unlink()


# --- What is lost ----------------------------------------------------------------------------


def _last_one(database: Path) -> Path:
    """The journal before: where a restore was interrupted, the one it had set aside."""
    aside = sorted(database.parent.glob(f"{database.name}.before-*Z"))
    return aside[-1] if aside and not database.exists() else database


def _lost(before: Path, draft: Path) -> Lost:
    if not before.exists():
        return Lost()
    events: dict[str, int] = {}
    until = 0
    try:
        with reading(before) as (old, _), reading(draft) as (new, _), failures(before):
            for stream in sqlite_rows.branches(old):
                was, is_now = sqlite_rows.head_of(old, stream), sqlite_rows.head_of(new, stream)
                until = max(until, _row(old, stream, was.seq)[0])
                both = min(was.seq, is_now.seq)
                if _row(old, stream, both) != _row(new, stream, both):
                    return Lost(None)
                events[stream] = was.seq - both
    except JournalError:
        return Lost(None)
    events = {stream: n for stream, n in events.items() if n}
    return Lost(events, until if events else None)


def _row(db: sqlite3.Connection, stream: str, seq: int) -> tuple[int, str]:
    query = "SELECT at, hash FROM events WHERE branch = ? AND seq = ?"
    at, written = db.execute(query, (stream, seq)).fetchone() or (0, "")
    return int(at), str(written)


# --- Taking its place ------------------------------------------------------------------------


def _mark(draft: Path, findings: Findings, lost: Lost, now_ms: int) -> str:
    """Make a journal of its own of the copy, which says how it came to be; its epoch."""
    epoch = new_epoch()
    branches = [end for end in findings.ends if end.stream != HOUSE_STREAM]
    restored = JournalRestored(
        reached_at=findings.reached_at,
        lost_at=lost.until,
        lost=None if lost.events is None else sum(lost.events.values()),
        visits={end.stream: end.last_visit for end in branches},
        appointments={end.stream: end.last_appointment for end in branches},
    )
    house = next((end for end in findings.ends if end.stream == HOUSE_STREAM), None)
    # Like the house's own time, it never goes back.
    stamp = Stamp(at=max(now_ms, house.at if house else 0), actor=BY_HAND)
    wanted = sqlite_rows.Wanted(
        HOUSE_STREAM, house.seq if house else 0, [to_entry(restored, stamp, "")]
    )

    def write(db: sqlite3.Connection) -> None:
        for outcome in sqlite_rows.append_all(db, [wanted]):
            assert not isinstance(outcome, Exception), outcome
        db.execute("UPDATE journal SET epoch = ?, instance = ''", (epoch,))

    change(draft, write)
    return epoch


def _swap(draft: Path, database: Path, now_ms: int, held: int, epoch: str) -> Path | None:
    """Set the journal aside and put the draft in its place; where the old one is now.

    From the first step to the last, no server would start: what is under the journal's name may
    meanwhile lack its log, or be missing.
    """
    coming, folder = restored_beside(database), database.parent
    log, index = (database.with_name(database.name + ending) for ending in ("-wal", "-shm"))
    aside = _free_name(database, now_ms)
    draft.rename(coming)
    sync(folder)
    if log.exists() and log.stat().st_size:
        # Under both names, until the journal has its new one: the two belong together.
        _second_name(log, aside.with_name(aside.name + "-wal"))
    kept = database.rename(aside) if database.exists() else None
    sync(folder)
    for stale in (log, index):
        stale.unlink(missing_ok=True)
    sqlite_lock.remember(held, epoch)
    sync(folder)
    coming.rename(database)
    sync(folder)
    return kept


def _give_to_owner(folder: Path, draft: Path, held: int) -> None:
    """Root restores, and another user serves: what root made, that user could not open."""
    if os.geteuid() == 0:
        owner = folder.stat()
        for file in (draft, held):
            os.chown(file, owner.st_uid, owner.st_gid)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Whoever presses Ctrl-C now has to wait the few milliseconds."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _free_name(database: Path, now_ms: int) -> Path:
    time = f"{datetime.fromtimestamp(now_ms / 1000, tz=UTC):%Y-%m-%dT%H%M%S}"
    names = (f"{database.name}.before-{time}{f'.{n}' if n else ''}Z" for n in count())
    return next(aside for name in names if not (aside := database.with_name(name)).exists())


def _second_name(file: Path, name: Path) -> None:
    try:
        name.hardlink_to(file)
    except OSError:  # a file system where files have one name only
        shutil.copy2(file, name)
        sync(name)
