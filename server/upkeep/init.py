"""`lobby init`: makes a data folder, complete, and never touches one that is there.

What it writes is what a first start would do without (the configuration, with everything that can
be set) and what it would make by itself (the keys). The code for the first administrator is kept
as a hash, like every other code.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from server import show
from server.clock import Clock
from server.config import (
    DEFAULT_BRANCH,
    HOUSE_STREAM,
    branch_faults,
    load_data_folder,
    write_private,
)
from server.credentials import CODE_FOR_SET_UP, Credentials, KeptCode
from server.domain.configuration import BranchConfig
from server.hashing import SET_UP_LENGTH, Hashing, as_typed, code_of, load_pepper
from server.house.apply import apply
from server.house.state import House, is_administrator
from server.journal import sqlite_lock
from server.journal.sqlite_errors import refusals
from server.journal.upcast import to_house_event
from server.links import TicketLinks
from server.upkeep.copying import writing
from server.upkeep.errors import CannotDo
from server.vault.keys import add_key
from shared.config import ConfigError, load, loads

EXAMPLE: Final = Path(__file__).parent.with_name("default_lobby.toml")
"""Every setting of a server, each with its default."""

CODE_MS: Final = 24 * 3_600_000
"""Longer than the code of a start: the machine may stand in another house, or come tomorrow."""

HEADER: Final = """\
# The branch {id}: a copy of the example that comes with Lobby. Change what is different; `lobby
# check` says what does not fit together. The server reads this file when it starts, and when it is
# told to (`lobby reload`). Every text is given in both languages; everything that is left out has a
# default.
"""


class Wishes(Struct, frozen=True):
    """What is asked. The id is for ever: it is written into the journal."""

    id: str
    name_zh: str
    name_en: str
    time_zone: str


class Code(Struct, frozen=True):
    """A code for the first administrator, and until when it is good (ms)."""

    code: str
    until: int


class Made(Struct, frozen=True):
    """What was written."""

    folder: Path
    files: list[Path]
    code: Code


def example() -> Wishes:
    """The branch that comes with Lobby."""
    config = load(DEFAULT_BRANCH, BranchConfig)
    return Wishes(config.id, config.name.zh, config.name.en, config.time_zone)


def mistake_in(wishes: Wishes) -> ConfigError | None:
    """Why there cannot be such a branch."""
    file = Path("branches") / f"{wishes.id}.toml"
    try:
        config = loads(branch_text(wishes), BranchConfig, file)
    except ConfigError as error:
        return error
    for fault in branch_faults(file, config):
        return ConfigError(file, fault.key, fault.expected)
    return None


def branch_text(wishes: Wishes) -> str:
    """The file of the branch: the example with these answers."""
    names = f"{{ zh = {_quoted(wishes.name_zh)}, en = {_quoted(wishes.name_en)} }}"
    answers = {"id": _quoted(wishes.id), "name": names, "time_zone": _quoted(wishes.time_zone)}
    text = re.sub(r"\A(#.*\n)+", "", DEFAULT_BRANCH.read_text(encoding="utf-8"))
    for key, answer in answers.items():
        line = re.search(rf"^{key} = .*$", text, flags=re.MULTILINE)
        assert line, "the example says what it is"
        text = f"{text[: line.start()]}{key} = {answer}{text[line.end() :]}"
    return HEADER.format(id=wishes.id) + text


def initialise(folder: Path, wishes: Wishes, clock: Clock) -> Made:
    """Make the data folder. Raises CannotDo and ConfigError; then nothing of it is left."""
    if mistake := mistake_in(wishes):
        raise mistake
    there = [str(file.relative_to(folder)) for file in _ours_in(folder)]
    if there:
        raise CannotDo("initialised", folder=folder, files=", ".join(there))
    with writing(folder):
        _make_private(folder)
    branch = folder / "branches" / f"{wishes.id}.toml"
    files = [folder / "lobby.toml", branch, *_keys(folder), folder / "credentials.json"]
    with _all_or_nothing(files), writing(folder):
        write_private(files[0], EXAMPLE.read_bytes())
        branch.parent.mkdir(mode=0o700, exist_ok=True)
        write_private(branch, branch_text(wishes).encode())
        pepper, links, vault = _keys(folder)
        hashing = Hashing(load_pepper(pepper, clock.token))
        TicketLinks.load(links, clock.token)
        add_key(vault, clock.token)
        code = _keep_code(folder, hashing, clock, clock.now_ms())
    return Made(folder, files, code)


def new_code(folder: Path, clock: Clock) -> Code:
    """Another set-up code in place of the one before. Raises CannotDo while a server runs, and
    where somebody can look after the house."""
    config, _ = load_data_folder(folder)
    pepper, database = _keys(folder)[0], folder / config.database
    if not pepper.exists():
        raise CannotDo("not_initialised", folder=folder)
    with refusals(database):
        held = sqlite_lock.lock(database)
    try:
        hashing = Hashing(load_pepper(pepper, clock.token))
        house, kept = _house_of(database), Credentials.load(folder / "credentials.json").kept
        if kept.check not in ("", hashing.check):
            raise CannotDo("another_pepper", path=pepper)
        accounts = house.staff.values()
        if any(is_administrator(s) and s.ready and s.id in kept.secrets for s in accounts):
            raise CannotDo("has_administrator")
        with writing(folder):
            return _keep_code(folder, hashing, clock, max(house.at, clock.now_ms()))
    finally:
        os.close(held)


def _quoted(text: str) -> str:
    # What JSON writes TOML reads, but for one sign that neither writing nor names need.
    return json.dumps(text.replace("\x7f", ""), ensure_ascii=False)


def _keys(folder: Path) -> tuple[Path, Path, Path]:
    """Of passwords, of tickets' links, of the vault."""
    keys = folder / "keys"
    return keys / "pepper.key", keys / "link.key", keys / "vault.key"


def _ours_in(folder: Path) -> Iterator[Path]:
    """Whatever of a data folder is there."""
    for pattern in ("lobby.toml", "branches/*.toml", "keys/*", "credentials.json", "*.sqlite*"):
        yield from sorted(folder.glob(pattern))


def _make_private(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not any(folder.iterdir()):  # else somebody has a use for it that we do not know
        folder.chmod(0o700)


@contextmanager
def _all_or_nothing(files: list[Path]) -> Iterator[None]:
    try:
        yield
    except BaseException:
        for file in files:
            with suppress(OSError):
                file.unlink()
        raise


def _keep_code(folder: Path, hashing: Hashing, clock: Clock, now_ms: int) -> Code:
    file = folder / "credentials.json"
    kept = Credentials.load(file).kept
    code, until = code_of(clock.token(), SET_UP_LENGTH), now_ms + CODE_MS
    kept.check = hashing.check
    kept.codes[CODE_FOR_SET_UP] = KeptCode(hashing.quick(as_typed(code)), until)
    write_private(file, msgspec.json.encode(kept))
    return Code(code, until)


def _house_of(database: Path) -> House:
    house = House()
    if database.exists():
        with show.opened(database) as journal:
            for row in journal.rows(HOUSE_STREAM):
                apply(house, to_house_event(row), row.at, row.command_id)
    return house
