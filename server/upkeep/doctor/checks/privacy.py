"""Is anything kept of people where it must not be, or for longer than it may?

Looks through the journal's rows, its snapshots, the newest backup and the log files in the
folder, the newest first. The vault is where such data belong; of it only what is overdue is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, TypeVar

from server.upkeep.doctor.findings import Finding, found
from server.upkeep.doctor.folder import Folder
from server.upkeep.doctor.journal import Opened
from server.upkeep.doctor.machine import Machine
from server.vault.scanner import Hit, scan

Place = TypeVar("Place")

MB: Final = 1_048_576

PACKED: Final = frozenset((".bz2", ".gz", ".xz", ".zst"))

PIECE_BYTES: Final = 65_536

OVERDUE_MS: Final = 25 * 3_600_000
"""A server deletes what is due every hour; one that is stopped over night may be late by this."""


def personal_data(folder: Folder, _machine: Machine) -> list[Finding] | None:
    """Numbers of people in the journal, its snapshots, the newest backup and the log files."""
    budget = _Budget(folder)
    findings: list[Finding] = []
    if folder.journal is not None:
        for branch in folder.journal.file.branches():
            findings += _in_rows(folder, folder.journal, branch, budget)
        findings += _in_snapshots(folder.journal, budget)
    backup = folder.newest_backup
    if backup is not None and isinstance(backup.journal, Opened):
        findings += _in_backup(backup.path, backup.journal, budget)
    for file in sorted(folder.path.rglob("*.log*")):
        findings += _in_file(file, budget) if file.suffix not in PACKED else []
    partly = found("personal_data_partly", mb=budget.looked // MB, data=folder.path)
    findings += [partly] if budget.cut else []
    return findings if findings or folder.journal is not None else None


def retention(folder: Folder, machine: Machine) -> list[Finding] | None:
    """What is kept of people is deleted in time; but only a server that runs can do that."""
    if folder.journal is None:
        return None
    due = folder.journal.private_due(machine.now_ms - OVERDUE_MS)
    return [found("private_overdue", count=due, data=folder.path)] if due else []


class _Budget:
    """How much has been looked through, and whether there is more that was not."""

    def __init__(self, folder: Folder) -> None:
        self.looked = 0
        self.cut = False
        self._most = None if folder.everything else folder.config.doctor.search_mb_max * MB
        self._tell = folder.tell

    def of(self, pieces: Iterable[tuple[Place, bytes]]) -> Iterator[tuple[Place, bytes]]:
        """As much of a source as may be looked at."""
        looked = 0
        for place, piece in pieces:
            if self._most is not None and looked >= self._most:
                self.cut = True
                return
            looked += len(piece)
            self.looked += len(piece)
            self._tell(self.looked // MB)
            yield place, piece


def _in_rows(folder: Folder, journal: Opened, branch: str, budget: _Budget) -> Iterator[Finding]:
    hits: list[tuple[int, Hit]] = []
    pages = ((page, b"\n".join(data for _, data in page)) for page in journal.newest_rows(branch))
    for page, whole in budget.of(pages):
        if scan([whole]):
            hits += [(seq, hit) for seq, row in page for hit in scan([row])]
    if hits:
        seq, hit = hits[0]
        values = {"branch": branch, "seq": seq, "count": len(hits), "data": folder.path}
        yield found("personal_data_in_journal", **values, **_of(hit))


def _in_snapshots(journal: Opened, budget: _Budget) -> Iterator[Finding]:
    for branch, seq in journal.snapshots():
        for _, data in budget.of([(seq, journal.snapshot(branch, seq))]):
            if hits := scan([data]):
                values = {"branch": branch, "seq": seq, "count": len(hits)}
                yield found("personal_data_in_snapshot", **values, **_of(hits[0]))


def _in_backup(file: Path, journal: Opened, budget: _Budget) -> Iterator[Finding]:
    """Only what is in the rows: the file also holds the vault's values, as a journal does."""
    rows = (page for branch in journal.file.branches() for page in journal.newest_rows(branch))
    pages = ((0, b"\n".join(data for _, data in page)) for page in rows)
    hits = [hit for _, page in budget.of(pages) for hit in scan([page])]
    if hits:
        yield found("personal_data_in_file", file=file, count=len(hits), **_of(hits[0]))


def _in_file(file: Path, budget: _Budget) -> Iterator[Finding]:
    with file.open("rb") as opened:
        pieces = iter(lambda: opened.read(PIECE_BYTES), b"")
        hits = scan(piece for _, piece in budget.of((0, piece) for piece in pieces))
    if hits:
        yield found("personal_data_in_file", file=file, count=len(hits), **_of(hits[0]))


def _of(hit: Hit) -> dict[str, str]:
    return {"number": hit.kind, "shown": hit.shown}
