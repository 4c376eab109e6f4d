"""Runs the checks: the only place that knows all of them, and in which order they are told."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, TypeAlias

from msgspec import Struct

from server.config import ServerConfig
from server.journal.contract import JournalError
from server.upkeep.doctor import folder as folders
from server.upkeep.doctor.checks import (
    backups,
    certificate,
    clocks,
    configuration,
    disk,
    files,
    history,
    keys,
    network,
    people,
    privacy,
)
from server.upkeep.doctor.findings import Finding, found
from server.upkeep.doctor.folder import Folder
from server.upkeep.doctor.journal import state_of_files, trouble
from server.upkeep.doctor.machine import Machine

Check: TypeAlias = Callable[[Folder, Machine], list[Finding] | None]

CHECKS: Final[Mapping[str, Check]] = {
    "configuration": configuration.configuration,
    "configuration_in_force": configuration.configuration_in_force,
    "holidays": configuration.holidays,
    "permissions": files.permissions,
    "owners": files.owners,
    "leftovers": files.leftovers,
    "keys": keys.keys,
    "credentials": keys.credentials,
    "administrators": people.administrators,
    "sign_ins": people.sign_ins,
    "second_factor": people.second_factor,
    "journal": history.journal,
    "other_writers": history.other_writers,
    "write_ahead_log": history.write_ahead_log,
    "branches": history.branches,
    "rehearsals": history.rehearsals,
    "filesystem": disk.filesystem,
    "space": disk.space,
    "backups": backups.backups,
    "backup_disk": backups.backup_disk,
    "certificate": certificate.certificate,
    "listening": network.listening,
    "public_url": network.public_url,
    "channels": network.channels,
    "server": network.server,
    "open_files": network.open_files,
    "clock": clocks.clock,
    "clock_kept": clocks.clock_kept,
    "zone_data": clocks.zone_data,
    "personal_data": privacy.personal_data,
    "retention": privacy.retention,
}
"""Each has its sentence for when all is well: `doctor.fine.<name>` in the catalogues."""


BY_CONFIGURATION: Final = frozenset(
    """
    backups backup_disk certificate channels journal listening open_files public_url second_factor
    server
    """.split()
)
"""What cannot be told where nobody knows what `lobby.toml` was meant to say."""


class Examination(Struct, frozen=True):
    """What was found, and the names of the checks that found nothing."""

    findings: tuple[Finding, ...]
    fine: tuple[str, ...] = ()

    @property
    def faults(self) -> int:
        """How many things are wrong."""
        return sum(finding.grade == "fault" for finding in self.findings)

    @property
    def warnings(self) -> int:
        """How many may go wrong."""
        return sum(finding.grade == "warning" for finding in self.findings)


def examine(
    path: Path,
    gather: Callable[[Path, ServerConfig], Machine],
    *,
    everything: bool = False,
    tell: Callable[[int], None] = lambda _mb: None,
) -> Examination:
    """Look at a data folder, and at the machine as `gather` finds it."""
    if problem := _no_folder(path):
        return Examination((problem,))
    understood = folders.server_config(path)
    config = understood or ServerConfig()
    left_out = frozenset() if understood else BY_CONFIGURATION
    try:
        machine = gather(path, config)
        hurry = machine.server is not None and not everything
        for _ in range(2):
            before = state_of_files(path / config.database)
            with folders.read(
                path, config, hurry=hurry, everything=everything, tell=tell
            ) as folder:
                examination = _check_all(folder, machine, left_out)
            # A file without a log was read alone; if a server has begun one, what was seen may
            # be half of what it wrote.
            if machine.server is not None or state_of_files(path / config.database) == before:
                break
    except OSError as error:
        return Examination((_unreadable(error, path),))
    return examination


def _check_all(folder: Folder, machine: Machine, left_out: frozenset[str]) -> Examination:
    findings: list[Finding] = []
    fine: list[str] = []
    for name, check in CHECKS.items():
        if name in left_out:
            continue
        try:
            answer = check(folder, machine)
        except OSError as error:
            answer = [_unreadable(error, folder.path)]
        except JournalError as error:
            answer = [trouble(error, folder.database)]
        findings += answer or []
        fine += [name] if answer == [] else []
    once = dict.fromkeys((f.code, tuple(f.values.items())) for f in findings)
    return Examination(tuple(Finding(code, dict(values)) for code, values in once), tuple(fine))


def _no_folder(path: Path) -> Finding | None:
    if not path.is_dir():
        return found("folder_missing", data=path)
    if not os.access(path, os.R_OK | os.X_OK):
        return found("file_unreadable", file=path, reason=os.strerror(errno.EACCES), data=path)
    return None


def _unreadable(error: OSError, path: Path) -> Finding:
    reason = error.strerror or type(error).__name__
    return found("file_unreadable", file=error.filename or path, reason=reason, data=path)
