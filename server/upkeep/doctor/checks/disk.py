"""Is the disk one that a journal can be on, with room left on it?"""

from __future__ import annotations

from typing import Final

from server.journal.sqlite_open import NETWORK_FILESYSTEMS
from server.upkeep.doctor.findings import Finding, found
from server.upkeep.doctor.folder import Folder
from server.upkeep.doctor.machine import Machine

MB: Final = 1_048_576

UNSUITABLE: Final = frozenset("aufs exfat fuseblk msdos overlay ramfs tmpfs vfat".split())
"""Gone with the container or at the next start, or without owners and permissions."""


def filesystem(folder: Folder, machine: Machine) -> list[Finding] | None:
    """Where the folder lies."""
    kind = machine.filesystem
    if kind in NETWORK_FILESYSTEMS:
        return [found("network_filesystem", kind=kind, data=folder.path)]
    if kind in UNSUITABLE:
        return [found("filesystem_unsuitable", kind=kind, data=folder.path)]
    return [] if kind else None


def space(folder: Folder, machine: Machine) -> list[Finding]:
    """Room for what happens until somebody makes more."""
    limits, free = folder.config.doctor, machine.free_bytes // MB
    if free < limits.free_mb_fault:
        return [found("disk_full", mb=free, least=limits.free_mb_fault, data=folder.path)]
    if free < limits.free_mb_warning:
        return [found("disk_filling", mb=free, least=limits.free_mb_warning, data=folder.path)]
    return []
