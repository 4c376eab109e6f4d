"""Ways to damage a journal's files: each a small function of bytes and chance, drawn by name.

What a server then makes of the files is looked at in `bench/damage.py`.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeAlias

from msgspec import Struct

from bench.branch import DATABASE

PAGE_BYTES: Final = 4096
HEADER_BYTES: Final = 100
LOG: Final = f"{DATABASE}-wal"
LOCK: Final = f"{DATABASE}.lock"

Wound: TypeAlias = Callable[[bytearray, random.Random], None]


class Patients(Struct, frozen=True):
    """Folders with sound files: one that was closed properly, one as a killed server leaves it,
    and the log of another journal."""

    closed: Path
    killed: Path
    foreign_log: Path


def flip_byte(file: bytearray, chance: random.Random) -> None:
    """One byte, anywhere."""
    file[chance.randrange(len(file))] ^= chance.randrange(1, 256)


def flip_header_byte(file: bytearray, chance: random.Random) -> None:
    """One byte of the first hundred, which steer all others."""
    file[chance.randrange(HEADER_BYTES)] ^= chance.randrange(1, 256)


def flip_page_header_byte(file: bytearray, chance: random.Random) -> None:
    """One byte at the beginning of a page: what it is, and where its cells are."""
    page = chance.randrange(len(file) // PAGE_BYTES) * PAGE_BYTES
    place = page + chance.randrange(200)
    file[place] ^= chance.randrange(1, 256)


def zero_page(file: bytearray, chance: random.Random) -> None:
    """A page of nothing."""
    page = chance.randrange(len(file) // PAGE_BYTES) * PAGE_BYTES
    file[page : page + PAGE_BYTES] = bytes(PAGE_BYTES)


def garble_page(file: bytearray, chance: random.Random) -> None:
    """A page of noise."""
    page = chance.randrange(len(file) // PAGE_BYTES) * PAGE_BYTES
    file[page : page + PAGE_BYTES] = chance.randbytes(PAGE_BYTES)


def swap_pages(file: bytearray, chance: random.Random) -> None:
    """Two pages, each sound, in each other's place."""
    one, other = (n * PAGE_BYTES for n in chance.sample(range(len(file) // PAGE_BYTES), 2))
    kept = file[one : one + PAGE_BYTES]
    file[one : one + PAGE_BYTES] = file[other : other + PAGE_BYTES]
    file[other : other + PAGE_BYTES] = kept


def truncate(file: bytearray, chance: random.Random) -> None:
    """An end that is missing."""
    del file[chance.randrange(len(file)) :]


def truncate_to_pages(file: bytearray, chance: random.Random) -> None:
    """Whole pages that are missing."""
    del file[chance.randrange(len(file) // PAGE_BYTES) * PAGE_BYTES :]


def wrong_header(file: bytearray, chance: random.Random) -> None:
    """The beginning of something else."""
    file[:HEADER_BYTES] = chance.randbytes(HEADER_BYTES)


def lengthen(file: bytearray, chance: random.Random) -> None:
    """Something behind the end."""
    file.extend(chance.randbytes(chance.randrange(1, 3 * PAGE_BYTES)))


OF_THE_FILE: Final[tuple[Wound, ...]] = (
    *(flip_byte,) * 6,
    *(flip_page_header_byte,) * 3,
    flip_header_byte,
    zero_page,
    garble_page,
    swap_pages,
    truncate,
    truncate_to_pages,
    wrong_header,
    lengthen,
)
"""Each as often as it stands here."""

OF_THE_LOG: Final[tuple[Wound, ...]] = (flip_byte, flip_byte, truncate, lengthen, wrong_header)


class Wounded(Struct, frozen=True):
    """What was done, and whether the end of what was written may be missing: a log cut or altered
    ends sooner, as after a power cut, and no reader can tell."""

    what: str
    may_end_sooner: bool


def wound(patients: Patients, folder: Path, chance: random.Random) -> Wounded:
    """Copy one of the patients into the folder, damaged. What the lock remembers comes along."""
    _copy(patients.closed / LOCK, folder / LOCK)
    match chance.randrange(50):
        case 0:
            return _with_foreign_log(patients, folder, chance)
        case n if n < 10:
            return _in_the_log(patients, folder, chance)
        case _:
            return _in_the_file(patients, folder, chance)


def _with_foreign_log(patients: Patients, folder: Path, chance: random.Random) -> Wounded:
    _copy(patients.closed / DATABASE, folder / DATABASE)
    cut = truncate if chance.random() < 0.5 else None
    _copy(patients.foreign_log, folder / LOG, cut, chance)
    return Wounded("the log of another journal", may_end_sooner=False)


def _in_the_log(patients: Patients, folder: Path, chance: random.Random) -> Wounded:
    _copy(patients.killed / DATABASE, folder / DATABASE)
    hurt = chance.choice(OF_THE_LOG)
    _copy(patients.killed / LOG, folder / LOG, hurt, chance)
    return Wounded(f"{hurt.__name__} in the log", may_end_sooner=True)


def _in_the_file(patients: Patients, folder: Path, chance: random.Random) -> Wounded:
    hurt = chance.choice(OF_THE_FILE)
    _copy(patients.closed / DATABASE, folder / DATABASE, hurt, chance)
    return Wounded(hurt.__name__, may_end_sooner=False)


def _copy(
    origin: Path, to: Path, hurt: Wound | None = None, chance: random.Random | None = None
) -> None:
    content = bytearray(origin.read_bytes())
    if hurt is not None and chance is not None:
        hurt(content, chance)
    to.write_bytes(content)
