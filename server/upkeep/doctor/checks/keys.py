"""Are the keys there that what is kept was made with?"""

from __future__ import annotations

from collections.abc import Iterator

from server.credentials import Kept
from server.hashing import PEPPER_CHARACTERS, Hashing
from server.links import LINK_CHARACTERS
from server.upkeep.doctor.checks.files import OTHERS
from server.upkeep.doctor.findings import Finding, found
from server.upkeep.doctor.folder import Folder
from server.upkeep.doctor.machine import Machine
from server.vault.errors import KeyMissing
from server.vault.keys import Keys
from shared.config import ConfigError


def keys(folder: Folder, _machine: Machine) -> list[Finding] | None:
    """The pepper of passwords, the key of ticket links, the keys of the vault."""
    wrong = [*_pepper(folder), *_link_key(folder), *_vault_keys(folder)]
    there = any(file.path.parent == folder.path / "keys" for file in folder.files)
    return wrong if wrong or there else None


def credentials(folder: Folder, _machine: Machine) -> list[Finding] | None:
    """Whether what is kept of secrets can be read."""
    if isinstance(folder.kept, ConfigError):
        return [found("credentials_damaged", file=folder.kept.file)]
    return [] if folder.kept != Kept() else None


def _pepper(folder: Folder) -> Iterator[Finding]:
    file = folder.path / "keys" / "pepper.key"
    kept = folder.kept if isinstance(folder.kept, Kept) else Kept()
    if not file.exists():
        if kept.secrets or kept.codes:
            yield found("pepper_missing", file=file)
        return
    pepper = file.read_bytes().strip()
    if len(pepper) < PEPPER_CHARACTERS:
        yield found("pepper_short", file=file)
    elif kept.check not in ("", Hashing(pepper).check):
        yield found("pepper_other", file=file)


def _link_key(folder: Folder) -> Iterator[Finding]:
    file = folder.path / "keys" / "link.key"
    if file.exists():
        if len(file.read_bytes().strip()) < LINK_CHARACTERS:
            yield found("link_key_short", file=file)
    elif folder.journal is not None and folder.journal.branches():
        yield found("link_key_missing", file=file)


def _vault_keys(folder: Folder) -> Iterator[Finding]:
    file = folder.path / "keys" / "vault.key"
    seen = folder.seen(file)
    if seen is not None and seen.mode & OTHERS:
        return  # such a file is not even read, and `permissions` says so
    try:
        known = Keys.load(file)
    except ConfigError as error:
        yield found("vault_key_wrong", mistake=error)
        return
    if known.newest is None and folder.config.vault_without_key:
        yield found("vault_unsealed")
    for key in folder.journal.vault_keys() if folder.journal else ():
        try:
            known.by_id(bytes.fromhex(key))
        except KeyMissing:
            yield found("vault_key_missing", key_id=key, file=file)
