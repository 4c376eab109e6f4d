"""What `lobby check` looks at besides the configuration: keys, what is kept of secrets, and who
else may read them. Told as mistakes in a configuration are, by file and what was expected."""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from server.config import errors_in, load_data_folder
from server.credentials import Credentials
from server.domain.configuration import sound_alike
from server.hashing import Hashing, load_pepper
from server.links import TicketLinks
from server.vault.keys import Keys
from shared.config import ConfigError

ONLY_OWNER: Final = "a file that only its owner can read: chmod 600"


def mistakes_in(folder: Path) -> Iterator[ConfigError]:
    """Everything wrong in a data folder but for its journal: that is what `lobby verify` is for."""
    yield from errors_in(folder)
    keys = folder / "keys"
    pepper, credentials = keys / "pepper.key", folder / "credentials.json"
    yield from _secret(pepper, lambda: load_pepper(pepper, _no_chance))
    yield from _secret(keys / "link.key", lambda: TicketLinks.load(keys / "link.key", _no_chance))
    yield from _secret(keys / "vault.key", lambda: Keys.load(keys / "vault.key"))
    yield from _secret(credentials, lambda: Credentials.load(credentials))
    if credentials.exists() and not _fits(pepper, credentials):
        yield ConfigError(pepper, "", "the key that credentials.json was made with, from a copy")


def series_alike(folder: Path) -> Iterator[tuple[str, str, str]]:
    """Branch by branch, letters of tickets that sound alike: no mistake, but people mishear."""
    for config in load_data_folder(folder)[1].values():
        for one, other in sound_alike(config):
            yield config.id, one, other


def is_untouched(folder: Path) -> bool:
    """Whether neither `lobby init` nor a server has been here."""
    ours = ("lobby.toml", "branches", "keys", "credentials.json")
    return not any((folder / name).exists() for name in ours)


def _secret(file: Path, load: Callable[[], object]) -> Iterator[ConfigError]:
    if not file.exists():
        return
    try:
        if stat.S_IMODE(file.stat().st_mode) & 0o077:
            yield ConfigError(file, "", ONLY_OWNER)
            return
        load()
    except OSError:
        yield ConfigError(file, "", "a file that this user may read")
    except ConfigError as error:
        yield error


def _fits(pepper: Path, credentials: Path) -> bool:
    """False, too, for one that is not there: a start would make another without a word."""
    try:
        check = Credentials.load(credentials).kept.check
        return pepper.exists() and check in ("", Hashing(load_pepper(pepper, _no_chance)).check)
    except (OSError, ConfigError):
        return True  # told before


def _no_chance() -> str:
    raise AssertionError("what is there is not made")
