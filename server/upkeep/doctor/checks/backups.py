"""Is there a copy of the journal, of today, whole, and not on the same disk alone?"""

from __future__ import annotations

from server.upkeep.doctor.backup import Backup
from server.upkeep.doctor.findings import Finding, found, moment
from server.upkeep.doctor.folder import Folder
from server.upkeep.doctor.journal import Opened
from server.upkeep.doctor.machine import Machine

HOUR_MS = 3_600_000


def backups(folder: Folder, machine: Machine) -> list[Finding] | None:
    """The newest backup: how old it is, and whether it could take the journal's place."""
    if folder.journal is None and folder.newest_backup is None:
        return None
    if folder.newest_backup is None:
        return [_none(folder, machine)]
    late = _late(folder, folder.newest_backup, machine)
    return late + _content(folder, folder.newest_backup)


def backup_disk(folder: Folder, _machine: Machine) -> list[Finding] | None:
    """A disk that is lost takes all that is on it."""
    backup = folder.newest_backup
    if backup is None:
        return None
    same = backup.path.stat().st_dev == folder.path.stat().st_dev
    return [found("backups_beside", folder=backup.path.parent)] if same else []


def _none(folder: Folder, machine: Machine) -> Finding:
    assert folder.journal is not None
    first = folder.journal.first_at()
    hours = folder.config.doctor.backup_hours_max
    old = first is not None and machine.now_ms > first + hours * HOUR_MS
    code = "backup_none" if old else "backup_awaited"
    return found(code, folder=folder.backups, data=folder.path)


def _late(folder: Folder, backup: Backup, machine: Machine) -> list[Finding]:
    if machine.now_ms <= backup.made_ms + folder.config.doctor.backup_hours_max * HOUR_MS:
        return []
    made = moment(backup.made_ms, folder.zone)
    hours = (machine.now_ms - backup.made_ms) // HOUR_MS
    return [found("backup_late", file=backup.path, made=made, hours=hours, data=folder.path)]


def _content(folder: Folder, backup: Backup) -> list[Finding]:
    if not isinstance(backup.journal, Opened):
        detail = backup.journal.values.get("detail", backup.journal.code)
        return [found("backup_damaged", file=backup.path, detail=detail, data=folder.path)]
    foreign = folder.journal is not None and not folder.journal.continues(backup.journal)
    return [found("backup_foreign", file=backup.path, data=folder.path)] if foreign else []
