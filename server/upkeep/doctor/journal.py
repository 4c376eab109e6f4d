"""Opens a journal file to look at it, and leaves it and everything beside it as it was.

A plain read-only connection would make files: SQLite needs an index of the write-ahead log, and
whoever opens first makes it, also to read. So where an index is, it is used without writing to
it; where no log is, the file is read alone. Only a log without its index, which a careless copy
leaves, gets one.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec import Struct

from server.config import HOUSE_STREAM
from server.domain.configuration import BranchConfig
from server.house.apply import apply
from server.house.state import House
from server.housekeeper import SCHEMA
from server.journal import sqlite_private
from server.journal.contract import JournalError, JournalFailed, JournalRefused
from server.journal.private import BEGINNING, INTEGER_MAX, Place, SealedRow
from server.journal.sqlite_errors import Damaged, failures, refusals
from server.journal.sqlite_lock import EPOCH
from server.journal.sqlite_open import check, restored_beside
from server.journal.sqlite_rows import head_of, newest_snapshot
from server.journal.upcast import to_house_event
from server.show import JournalFile
from server.upkeep.doctor.findings import Finding, found
from server.vault.envelope import key_of

SAME_WORDS: Final = {
    "not_a_journal": "not_a_journal",
    "half_restored": "restore_unfinished",
    "not_the_one": "journal_swapped",
}
"""The journal's codes that say all there is to say."""

HURRY_BYTES_MAX: Final = 512 * 1_048_576
"""About a second. Beside a running server no reading may take much longer: its log would grow."""

_FIRST: Final = "SELECT at FROM events WHERE branch = ? AND seq = 1"
_HASH: Final = "SELECT hash FROM events WHERE branch = ? AND seq = ?"
_FIRST_DAY: Final = """
SELECT type FROM events WHERE branch = ? AND type IN ('RehearsalMarked', 'DayOpened')
ORDER BY seq LIMIT 1
"""
_PAGE_BACK: Final = """
SELECT seq, data, actor FROM events WHERE branch = ? AND seq < ? ORDER BY seq DESC LIMIT 1000
"""


class Opened(Struct, frozen=True):
    """A journal that is whole as far as was looked; `whole`: at every page of it."""

    path: Path
    db: sqlite3.Connection
    file: JournalFile
    whole: bool

    def branches(self) -> list[str]:
        """Those with rows, without the house."""
        return [branch for branch in self.file.branches() if branch != HOUSE_STREAM]

    def last_at(self, branch: str) -> int:
        """The instant of its last row (ms)."""
        query = "SELECT at FROM events WHERE branch = ? ORDER BY seq DESC LIMIT 1"
        return int(self._one(query, branch)[0])

    def first_at(self) -> int | None:
        """The instant of the oldest first row (ms)."""
        firsts = [self._one(_FIRST, branch)[0] for branch in self.file.branches()]
        return min(firsts, default=None)

    def continues(self, before: Opened) -> bool:
        """Whether the other one, such as a backup, is how this one was at some time."""
        return all(self._has(before, branch) for branch in before.file.branches())

    def _has(self, before: Opened, branch: str) -> bool:
        with failures(before.path):
            head = head_of(before.db, branch)
        return self._all(_HASH, branch, head.seq) == [(head.hash,)]

    def is_rehearsal(self, branch: str) -> bool:
        """Whether it was marked as one, which happens before its first day."""
        return self._all(_FIRST_DAY, branch) == [("RehearsalMarked",)]

    def configuration(self, branch: str) -> BranchConfig | None:
        """What is in force there."""
        with failures(self.path):
            seq = head_of(self.db, branch).seq
        return self.file.configuration(branch, seq)

    def vault_keys(self) -> list[str]:
        """The ids of the keys that people's data is sealed with."""
        used: set[str] = set()
        after = BEGINNING
        while page := self._private_page(after):
            used |= {key_of(row.value) for row in page}
            after = page[-1][:3]
        return sorted(used - {""})

    def private_due(self, until_ms: int) -> int:
        """How many values about people should have been deleted by then."""
        if not self._keeps_private_rows():
            return 0
        return int(self._one("SELECT count(*) FROM private WHERE purge_at <= ?", until_ms)[0])

    def newest_rows(self, branch: str) -> Iterator[list[tuple[int, bytes]]]:
        """Number and content of each row, from the last one back, page by page."""
        before = INTEGER_MAX
        while page := self._all(_PAGE_BACK, branch, before):
            yield [(seq, data + b" " + actor.encode()) for seq, data, actor in page]
            before = page[-1][0]

    def snapshots(self) -> list[tuple[str, int]]:
        """Branch and number of each, the last ones first."""
        return self._all("SELECT branch, seq FROM snapshots ORDER BY branch, seq DESC")

    def snapshot(self, branch: str, seq: int) -> bytes:
        """What it holds; nothing, when it is gone by now."""
        found = self._all("SELECT data FROM snapshots WHERE branch = ? AND seq = ?", branch, seq)
        return bytes(found[0][0]) if found else b""

    def house(self) -> House:
        """People and stations, as the journal tells."""
        house = self._house_kept() or House()
        for row in self.file.rows(HOUSE_STREAM, house.seq):
            event = to_house_event(row)
            try:
                apply(house, event, row.at)
            except KeyError as error:
                detail = f"row {row.seq} of the house contradicts the rows before it"
                raise JournalFailed("damaged", path=str(self.path), detail=detail) from error
        return house

    def _house_kept(self) -> House | None:
        with failures(self.path):
            snapshot = newest_snapshot(self.db, HOUSE_STREAM, SCHEMA)
        try:
            return msgspec.json.decode(snapshot.data, type=House) if snapshot else None
        except msgspec.MsgspecError:
            return None

    def _private_page(self, after: Place) -> list[SealedRow]:
        if not self._keeps_private_rows():
            return []
        with failures(self.path):
            return sqlite_private.page(self.db, after)

    def _keeps_private_rows(self) -> bool:
        return self._one("PRAGMA user_version") >= (2,)  # a file of version 1 has no such table

    def _one(self, sql: str, *values: object) -> tuple[Any, ...]:
        return self._all(sql, *values)[0]

    def _all(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        with failures(self.path):
            return self.db.execute(sql, values).fetchall()


@contextmanager
def opened(path: Path, *, hurry: bool) -> Iterator[Opened | Finding]:
    """The journal, or what keeps it from being read. In a hurry a large one is not read whole."""
    with ExitStack() as stack:
        try:
            journal: Opened | Finding = _open(path, hurry, stack)
        except JournalError as error:
            journal = trouble(error, path)
        yield journal


def state_of_files(path: Path) -> list[tuple[int, int] | None]:
    """Changes when somebody writes to the journal, or begins a log beside it."""
    state: list[tuple[int, int] | None] = []
    for file in (path, path.with_name(f"{path.name}-wal")):
        kept = file.stat() if file.exists() else None
        state.append((kept.st_mtime_ns, kept.st_size) if kept else None)
    return state


def trouble(error: JournalError, path: Path) -> Finding:
    """What is wrong with a journal, as a finding."""
    match error.code:
        case "damaged":
            return found("journal_damaged", path=path, detail=error.values["detail"])
        case "not_a_journal" | "half_restored" | "not_the_one":
            return found(SAME_WORDS[error.code], path=path)
        case "newer_version":
            newer, known = error.values["found"], error.values["known"]
            return found("journal_newer", path=path, newer=newer, known=known)
        case code:
            return found("journal_unreadable", path=path, detail=error.values.get("detail", code))


def _open(path: Path, hurry: bool, stack: ExitStack) -> Opened:
    with refusals(path):
        if restored_beside(path).exists():
            raise JournalRefused("half_restored", path=str(path))
        uri = f"{path.resolve().as_uri()}?mode=ro{_how(path)}"
        db = stack.enter_context(closing(sqlite3.connect(uri, uri=True, isolation_level=None)))
        epoch = check(db, path)
        if _last_open(path) not in ("", epoch):
            raise JournalRefused("not_the_one", path=str(path))
        whole = not hurry or path.stat().st_size <= HURRY_BYTES_MAX
        if whole:
            _quick_check(db)
    return Opened(path, db, JournalFile(path, db), whole)


def _last_open(path: Path) -> str:
    """The epoch of the journal that was open here last; "" where nobody remembers."""
    with suppress(OSError), path.with_name(f"{path.name}.lock").open("rb") as lock:
        last = lock.read(100).decode("ascii", "replace").strip()
        return last if EPOCH.fullmatch(last) else ""
    return ""


def _how(path: Path) -> str:
    log, index = (path.with_name(f"{path.name}{end}") for end in ("-wal", "-shm"))
    if index.exists():
        return "&readonly_shm=1"
    return "" if log.exists() and log.stat().st_size else "&immutable=1"


def _quick_check(db: sqlite3.Connection) -> None:
    (said,) = db.execute("PRAGMA quick_check(1)").fetchone()
    if said != "ok":
        raise Damaged(str(said))
