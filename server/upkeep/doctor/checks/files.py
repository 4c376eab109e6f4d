"""Who may read and change what lies in the folder, and what was left lying there."""

from __future__ import annotations

import pwd
import re
from collections.abc import Iterator
from typing import Final

from server.accuracy.store import FILE
from server.upkeep.doctor.findings import Finding, found
from server.upkeep.doctor.folder import FileSeen, Folder
from server.upkeep.doctor.machine import Machine

OTHERS: Final = 0o077
OTHERS_WRITE: Final = 0o022

LEFT_MS: Final = 3_600_000
"""Nobody takes so long to write a draft: whoever did was interrupted."""

DRAFT: Final = re.compile(r"\.(new|tmp|part)(-\w+)?$")


def permissions(folder: Folder, _machine: Machine) -> list[Finding]:
    """Files that others than the server's user could read or change."""
    return [*_secrets(folder), *_folders(folder), *_others(folder)]


def owners(folder: Folder, _machine: Machine) -> list[Finding]:
    """Who once ran a command as root leaves files that the server may not touch."""
    home = folder.seen(folder.path)
    assert home is not None, "the folder itself was looked at"
    strangers = [f for f in folder.files if f.owner != home.owner and folder.path in f.path.parents]
    if not strangers:
        return []
    first, owner = strangers[0], _name(home.owner)
    stranger = _name(first.owner)
    return [
        found("owner_differs", file=first.path, stranger=stranger, owner=owner, data=folder.path)
    ]


def leftovers(folder: Folder, machine: Machine) -> list[Finding]:
    """Drafts of something that was never finished, such as a backup that was interrupted."""
    return [
        found("leftover", file=file.path)
        for file in folder.files
        if not file.is_folder
        and DRAFT.search(file.path.name)
        and file.changed_ms < machine.now_ms - LEFT_MS
    ]


def _secrets(folder: Folder) -> Iterator[Finding]:
    tls = folder.config.tls
    secret = {folder.path / "credentials.json", *([folder.path / tls.key] if tls else [])}
    for file in folder.files:
        is_key = file.path.parent == folder.path / "keys" and not file.is_folder
        if (is_key or file.path in secret) and file.mode & OTHERS:
            yield found("secret_open", file=file.path)


def _folders(folder: Folder) -> Iterator[Finding]:
    private = (folder.path, folder.path / "keys", folder.path / "branches", folder.backups)
    for file in folder.files:
        if file.path not in private or not file.is_folder:
            continue
        if file.mode & OTHERS_WRITE:
            yield found("folder_writable", folder=file.path)
        elif file.mode & OTHERS and file.path.name != "branches":
            yield found("folder_open", folder=file.path)


def _others(folder: Folder) -> Iterator[Finding]:
    for file in folder.files:
        if file.is_folder:
            continue
        if _holds_rows(folder, file) and file.mode & OTHERS:
            yield found("file_open", file=file.path)
        elif _is_configuration(folder, file) and file.mode & OTHERS_WRITE:
            yield found("file_writable", file=file.path)


def _holds_rows(folder: Folder, file: FileSeen) -> bool:
    backup = file.path.parent == folder.backups and file.path.suffix == ".sqlite"
    return backup or file.path.name.startswith((folder.database.name, FILE))


def _is_configuration(folder: Folder, file: FileSeen) -> bool:
    home = file.path.parent
    return file.path.suffix == ".toml" and home in (folder.path, folder.path / "branches")


def _name(user: int) -> str:
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return str(user)
