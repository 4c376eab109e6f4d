"""A data folder as the doctor sees it: everything that several checks ask for, read once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from stat import S_IMODE

from msgspec import Struct

from server.config import ServerConfig, branch_files, errors_in
from server.credentials import Credentials, Kept
from server.domain.configuration import BranchConfig
from server.house.state import House
from server.journal.contract import JournalError
from server.upkeep.doctor.backup import Backup, newest
from server.upkeep.doctor.findings import Finding
from server.upkeep.doctor.journal import Opened, opened, trouble
from shared.config import ConfigError, load


class FileSeen(Struct, frozen=True):
    """A file or folder, and who may do what with it."""

    path: Path
    is_folder: bool
    mode: int
    owner: int
    changed_ms: int
    bytes: int


@dataclass(frozen=True, kw_only=True)
class Folder:
    """What lies in a data folder. `branches` are those whose file can be read, `kept` what is
    kept of secrets, `journal` what can be read of it, `house` what that tells of people. `tell`
    hears how many megabytes have been looked through; `everything`: however many there are."""

    path: Path
    config: ServerConfig
    errors: Sequence[ConfigError]
    branches: Mapping[str, BranchConfig]
    files: Sequence[FileSeen]
    kept: Kept | ConfigError
    journal: Opened | None
    journal_trouble: Finding | None
    house: House
    newest_backup: Backup | None = None
    everything: bool = False
    tell: Callable[[int], None] = lambda _mb: None

    @property
    def database(self) -> Path:
        """Where the journal is, or would be."""
        return self.path / self.config.database

    @property
    def backups(self) -> Path:
        """Where backups are looked for."""
        return self.path / self.config.backups

    @property
    def zone(self) -> str:
        """The time zone in which to tell an instant."""
        return next((branch.time_zone for branch in self.branches.values()), "UTC")

    def seen(self, path: Path) -> FileSeen | None:
        """A file or folder, if it is there."""
        return next((file for file in self.files if file.path == path), None)


def server_config(folder: Path) -> ServerConfig | None:
    """What `lobby.toml` says; None where it says something that cannot be understood."""
    file = folder / "lobby.toml"
    try:
        return load(file, ServerConfig) if file.exists() else ServerConfig()
    except ConfigError:
        return None


@contextmanager
def read(
    path: Path,
    config: ServerConfig,
    *,
    hurry: bool = False,
    everything: bool = False,
    tell: Callable[[int], None] = lambda _mb: None,
) -> Iterator[Folder]:
    """Read what lies there; `hurry` as for a journal. Raises OSError."""
    database = path / config.database
    with ExitStack() as stack:
        there = opened(database, hurry=hurry) if database.exists() else nullcontext()
        journal, house, problem = _history(stack.enter_context(there))
        yield Folder(
            path=path,
            config=config,
            errors=list(errors_in(path)),
            branches=_branches(path),
            files=list(_files(path, config)),
            kept=_kept(path),
            journal=journal,
            journal_trouble=problem,
            house=house,
            newest_backup=newest(path / config.backups, stack, everything=everything),
            everything=everything,
            tell=tell,
        )


def _history(looked: Opened | Finding | None) -> tuple[Opened | None, House, Finding | None]:
    if not isinstance(looked, Opened):
        return None, House(), looked
    try:
        return looked, looked.house(), None
    except JournalError as error:
        return None, House(), trouble(error, looked.path)


def _branches(path: Path) -> dict[str, BranchConfig]:
    branches: dict[str, BranchConfig] = {}
    for file in branch_files(path):
        with suppress(ConfigError):
            branch = load(file, BranchConfig)
            branches[branch.id] = branch
    return branches


def _kept(path: Path) -> Kept | ConfigError:
    try:
        return Credentials.load(path / "credentials.json").kept
    except ConfigError as error:
        return error


def _files(path: Path, config: ServerConfig) -> Iterator[FileSeen]:
    yield _seen(path)
    folders = [path, path / "keys", path / "branches", path / config.backups]
    folders.append((path / config.database).parent)
    tls = (config.tls.certificate, config.tls.key) if config.tls else ()
    elsewhere = [path / file for file in tls]
    inside = [file for folder in folders if folder.is_dir() for file in sorted(folder.iterdir())]
    for file in dict.fromkeys([*inside, *folders[3:], *elsewhere]):
        with suppress(FileNotFoundError):  # files come and go beside a running server
            yield _seen(file)


def _seen(path: Path) -> FileSeen:
    found = path.stat()
    return FileSeen(
        path=path,
        is_folder=path.is_dir(),
        mode=S_IMODE(found.st_mode),
        owner=found.st_uid,
        changed_ms=found.st_mtime_ns // 1_000_000,
        bytes=found.st_size,
    )
