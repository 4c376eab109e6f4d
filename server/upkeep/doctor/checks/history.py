"""Is the journal there, whole, ours alone, and of the branches that are configured?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from server.config import DEFAULT_BRANCH, branch_files, is_loopback
from server.credentials import Kept
from server.upkeep.doctor.findings import Finding, found
from server.upkeep.doctor.folder import Folder
from server.upkeep.doctor.machine import Machine

MB: Final = 1_048_576

FIRST_AFFECTED: Final = (3, 7, 0)
FIRST_SOUND: Final = (3, 51, 3)
MENDED: Final = {(3, 44): 6, (3, 50): 7}
"""SQLite's "WAL-reset" race: with two writers or tidiers on one file, commits that were
acknowledged can vanish. From which patch on the versions of before were mended too."""


def journal(folder: Folder, _machine: Machine) -> list[Finding] | None:
    """Whether it is there, and what was written."""
    if folder.journal_trouble is not None:
        return [folder.journal_trouble]
    if folder.journal is None:
        return _where_none_is(folder)
    size = folder.database.stat().st_size
    partly = found("journal_partly_checked", mb=size // MB, data=folder.path)
    return [] if folder.journal.whole else [partly]


def other_writers(folder: Folder, machine: Machine) -> list[Finding] | None:
    """Whoever else could write to the file, or tidy up its log."""
    if folder.journal is None:
        return None
    affected = is_affected(machine.sqlite)
    code = "journal_at_risk" if affected else "journal_shared"
    about = {"version": machine.sqlite, "data": folder.path} if affected else {}
    others = [
        found(code, program=writer.program, pid=writer.pid, **about) for writer in machine.writers
    ]
    return others or ([found("sqlite_affected", version=machine.sqlite)] if affected else [])


def write_ahead_log(folder: Folder, _machine: Machine) -> list[Finding] | None:
    """It grows for as long as somebody reads without end."""
    log = folder.seen(folder.database.with_name(f"{folder.database.name}-wal"))
    if log is None:
        return None
    most = folder.config.doctor.log_mb_max
    large = found("log_large", file=log.path, mb=log.bytes // MB, most=most)
    return [large] if log.bytes > most * MB else []


def branches(folder: Folder, machine: Machine) -> list[Finding] | None:
    """Branches of the journal that nobody configures, and the other way round."""
    if folder.journal is None or folder.errors:
        return None
    known, written = set(folder.branches), set(folder.journal.branches())
    files = {file.stem: file for file in branch_files(folder.path) if file != DEFAULT_BRANCH}
    return [
        *(
            found("branch_unconfigured", branch=branch, data=folder.path)
            for branch in sorted(written - known)
        ),
        *(
            found("branch_new", branch=branch, file=files.get(branch, branch))
            for branch in sorted(known - written)
            if written or machine.server
        ),
    ]


def rehearsals(folder: Folder, _machine: Machine) -> list[Finding] | None:
    """Days played for practice do not belong where real terminals and customers come."""
    if folder.journal is None:
        return None
    stations = [one for one in folder.house.stations.values() if one.kind != "desk"]
    beyond = folder.config.public_url or not is_loopback(folder.config.listen.host)
    if not (stations or beyond):
        return None
    return [
        found("rehearsal", branch=branch, data=folder.path)
        for branch in folder.journal.branches()
        if folder.journal.is_rehearsal(branch)
    ]


def is_affected(version: str) -> bool:
    """Whether this SQLite has the race."""
    major, minor, patch = map(int, version.split(".")[:3])
    if not FIRST_AFFECTED <= (major, minor, patch) < FIRST_SOUND:
        return False
    return patch < MENDED.get((major, minor), patch + 1)


def _where_none_is(folder: Folder) -> list[Finding] | None:
    return list(_missing(folder)) or None


def _missing(folder: Folder) -> Iterator[Finding]:
    """A new folder has no journal; one that has accounts, or a log, has lost it."""
    log = folder.database.with_name(f"{folder.database.name}-wal")
    accounts = isinstance(folder.kept, Kept) and folder.kept.secrets
    if accounts or folder.seen(log):
        yield found("journal_missing", path=folder.database)
