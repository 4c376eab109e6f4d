"""What can be served: the programs there are, and the stations that were named.

A program is asked for by its module, so each appears here by itself on the day it exists.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from msgspec import Struct

from shared.i18n import text
from shared.pairing import NotPaired, read_key
from shared.protocol import Language, StationKind

PLACES_MAX: Final = 16
"""Each is a process of 48 MB and more while its page is open."""


class CannotServe(Exception):
    """A plain sentence on why not."""


class Program(Struct, frozen=True, kw_only=True):
    """A `lobby` command that can be shown in a browser. `columns`: characters across a wide
    screen, and across an upright one; `typed`: whether people type there."""

    name: str
    module: str
    kind: StationKind
    columns: tuple[int, int] = (120, 80)
    typed: bool = False


PROGRAMS: Final = (
    Program(name="kiosk", module="kiosk.program", kind="kiosk"),
    Program(name="counter", module="counter.program", kind="counter", typed=True),
    Program(name="rate", module="counter.rating.program", kind="rating_panel"),
    Program(
        name="display",
        module="lobby_display.program",
        kind="display",
        columns=(160, 100),
    ),
    Program(
        name="board",
        module="lobby_display.board.program",
        kind="board",
        columns=(160, 100),
        typed=True,
    ),
)


class Place(Struct, frozen=True, kw_only=True):
    """A station that is served: what its address ends with, and what is run for it."""

    path: str
    program: Program
    secret_file: Path
    settings: Path | None = None

    @property
    def command(self) -> tuple[str, ...]:
        """What `lobby` is asked to run."""
        secret = ("--secret-file", str(self.secret_file))
        settings = ("--settings", str(self.settings)) if self.settings else ()
        return (self.program.name, *secret, *settings)


def programs() -> list[Program]:
    """Those that are there."""
    return [program for program in PROGRAMS if _is_there(program.module)]


def places(words: Sequence[str], language: Language) -> list[Place]:
    """The stations that were named as PROGRAM or PROGRAM=FILE. Raises CannotServe."""
    if not words:
        raise CannotServe(text(language, "web.which", there=_names(language)))
    if len(words) > PLACES_MAX:
        raise CannotServe(text(language, "web.too_many", n=PLACES_MAX))
    found = [_place(word, language) for word in words]
    files = Counter(place.secret_file for place in found)
    for file, times in files.items():
        if times > 1:
            raise CannotServe(text(language, "web.same_station", file=file))
    return _told_apart(found)


def _place(word: str, language: Language) -> Place:
    name, _, file = word.partition("=")
    program = next((one for one in programs() if one.name == name), None)
    if program is None:
        raise CannotServe(text(language, "web.no_program", name=name, there=_names(language)))
    secret_file = Path(file or f"lobby-{name}.json").absolute()
    try:
        key = read_key(secret_file, language)
    except NotPaired as wrong:
        raise CannotServe(str(wrong)) from wrong
    if key.kind != program.kind:
        kinds = {"is": key.kind, "wanted": program.kind}
        named = {which: text(language, f"station_kind.{kind}") for which, kind in kinds.items()}
        raise CannotServe(text(language, "web.other_kind", file=secret_file, **named))
    settings = secret_file.with_suffix(".toml")
    return Place(
        path=name,
        program=program,
        secret_file=secret_file,
        settings=settings if settings.exists() else None,
    )


def _told_apart(found: Sequence[Place]) -> list[Place]:
    """Two of one program: kiosk and kiosk-2, in the order they were named."""
    numbers: Counter[str] = Counter()
    apart = []
    for place in found:
        numbers[place.path] += 1
        number = numbers[place.path]
        path = place.path if number == 1 else f"{place.path}-{number}"
        apart.append(
            Place(
                path=path,
                program=place.program,
                secret_file=place.secret_file,
                settings=place.settings,
            )
        )
    return apart


def _names(language: Language) -> str:
    return text(language, "word.and").join(program.name for program in programs())


def _is_there(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False  # nor is the package it would be in
