"""`lobby backup`: a copy of the journal, proven before it gets its name, beside a running server.

The copy holds the events and the private rows as sealed as they are, and never a key, a password
or a hash of one: whoever finds it has the least that can be found. The configuration goes into a
second file, since it is no secret and a new machine needs it. The copy has an epoch of its own, so
that terminals notice even if somebody puts it in the journal's place by hand.
"""

from __future__ import annotations

import re
import sqlite3
import tarfile
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from msgspec import Struct

from server.config import ServerConfig, load_data_folder
from server.journal.sqlite_open import new_epoch, sync
from server.upkeep.copying import DRAFT, LEFT_FREE_BYTES, change, copy, draft_beside, writing
from server.upkeep.errors import CannotDo
from server.upkeep.findings import Findings
from server.upkeep.progress import SILENT, Progress
from server.upkeep.verify import verify

SAME_SECOND_MAX: Final = 99

LEFTOVER_MS: Final = 24 * 3_600_000
"""A draft that nobody has written to for so long belongs to a backup that was killed."""


class Place(Struct, frozen=True):
    """Where a backup goes: into a folder, under a name with the time, or into this very file."""

    path: Path
    is_folder: bool = True


class Backup(Struct, frozen=True):
    """What was made, what was removed, and what has to be copied to another place besides."""

    file: Path
    configuration: Path
    findings: Findings
    removed: list[Path]
    apart: list[Path]


def place(typed: str | None, folder: Path) -> Place:
    """What somebody means: a folder if there is one of that name, or if it ends like one; if
    nothing is said, the place that `lobby.toml` names. Raises ConfigError."""
    if typed is None:
        return Place(folder / load_data_folder(folder)[0].backups)
    return Place(Path(typed), is_folder=typed.endswith("/") or Path(typed).is_dir())


def back_up(
    folder: Path,
    to: Place,
    now_ms: int,
    *,
    keep: int | None = None,
    progress: Progress = SILENT,
    left_free_bytes: int = LEFT_FREE_BYTES,
) -> Backup:
    """Back up the journal of a data folder, and keep only the `keep` newest backups there.

    Raises CannotDo, JournalError and ConfigError; then nothing of it is left.
    """
    config, _ = load_data_folder(folder)
    database = folder / config.database
    names = _Names(database.stem)
    targets = list(names.at(to, now_ms))
    if to.is_folder:
        _tidy(to.path, names, now_ms)
    elif to.path.exists():
        raise CannotDo("exists", path=to.path)
    with draft_beside(targets[0]) as draft, draft_beside(configuration_of(targets[0])) as packed:
        copy(database, draft, progress, left_free_bytes)
        change(draft, _give_epoch)
        findings = verify(draft, replay=False, progress=progress)
        for fault in findings.faults:
            raise CannotDo("copy_faulty", path=database, fault=fault)
        with writing(packed):
            _pack(folder, packed)
            sync(packed)
        made = _publish(draft, packed, targets)
    removed = _remove_all_but(keep, names, made.parent) if keep else []
    return Backup(made, configuration_of(made), findings, removed, list(apart(folder, config)))


def configuration_of(backup: Path) -> Path:
    """The file beside a backup that holds the configuration of its time."""
    return backup.with_name(f"{backup.stem}.config.tar")


def apart(folder: Path, config: ServerConfig) -> Iterator[Path]:
    """What is in no backup, because it must not lie beside one: keys, and hashes of secrets."""
    certificate = [config.tls.certificate, config.tls.key] if config.tls else []
    for name in ("keys", "credentials.json", *certificate):
        if (folder / name).exists():
            yield folder / name


# --- Names -----------------------------------------------------------------------------------


class _Names:
    """How backups of one journal are called: `lobby-2026-11-23T091500Z.sqlite`."""

    def __init__(self, stem: str) -> None:
        self._stem = stem
        time = r"\d{4}-\d\d-\d\dT\d{6}Z"
        self._ours = re.compile(rf"{re.escape(stem)}-({time})(?:-(\d+))?\.sqlite")
        self._drafts = re.compile(rf"{re.escape(stem)}-{time}\..*{re.escape(DRAFT)}(-journal)?")

    def at(self, to: Place, now_ms: int) -> Iterator[Path]:
        """The name to give, and others for when it is taken."""
        if not to.is_folder:
            yield to.path
            return
        time = f"{datetime.fromtimestamp(now_ms / 1000, tz=UTC):%Y-%m-%dT%H%M%SZ}"
        for n in range(1, SAME_SECOND_MAX + 1):
            yield to.path / f"{self._stem}-{time}{f'-{n}' if n > 1 else ''}.sqlite"

    def newest_first(self, folder: Path) -> list[Path]:
        """The backups in a folder."""
        found = {file: self._ours.fullmatch(file.name) for file in folder.iterdir()}
        ages = {file: (name[1], int(name[2] or 1)) for file, name in found.items() if name}
        return sorted(ages, key=ages.__getitem__, reverse=True)

    def drafts(self, folder: Path) -> list[Path]:
        """What backups have left there that did not come to their end, or are not there yet."""
        return [file for file in folder.iterdir() if self._drafts.fullmatch(file.name)]


def _tidy(folder: Path, names: _Names, now_ms: int) -> None:
    with writing(folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for draft in names.drafts(folder):
            with suppress(FileNotFoundError):
                if draft.stat().st_mtime * 1000 < now_ms - LEFTOVER_MS:
                    draft.unlink()


def _remove_all_but(keep: int, names: _Names, folder: Path) -> list[Path]:
    old = names.newest_first(folder)[keep:]
    with writing(folder):
        for backup in old:
            configuration_of(backup).unlink(missing_ok=True)
            backup.unlink(missing_ok=True)
    return old


# --- Writing ---------------------------------------------------------------------------------


def _give_epoch(db: sqlite3.Connection) -> None:
    db.execute("UPDATE journal SET epoch = ?, instance = ''", (new_epoch(),))


def _pack(folder: Path, packed: Path) -> None:
    with tarfile.open(packed, "w") as archive:
        for file in (folder / "lobby.toml", *sorted((folder / "branches").glob("*.toml"))):
            if file.exists():
                archive.add(file, file.relative_to(folder))


def _publish(draft: Path, packed: Path, targets: list[Path]) -> Path:
    """Give both files their names, the first ones that are free; durable."""
    for target in targets:
        with writing(target), suppress(FileExistsError):
            _name(draft, target)
            packed.replace(configuration_of(target))
            sync(target.parent)
            return target
    raise CannotDo("exists", path=targets[0])


def _name(draft: Path, target: Path) -> None:
    """Never in the place of another file. Raises FileExistsError."""
    try:
        target.hardlink_to(draft)
    except FileExistsError:
        raise
    except OSError:  # a stick or a share where files have one name only
        if target.exists():
            raise FileExistsError(target) from None
        draft.rename(target)
