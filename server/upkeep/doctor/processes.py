"""Which processes hold a data folder's files, as far as the system lets this user see.

Everything is read from /proc; where there is none, nothing is known. No lock is tried: a server
that starts at the same moment would be refused.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from msgspec import Struct

PROC: Final = Path("/proc")


class Writer(Struct, frozen=True):
    """A process that has the database open to write to it."""

    pid: int
    program: str


def holder_of(lock: Path) -> int | None:
    """The process that has locked this file, as a server does with its own."""
    with suppress(OSError):
        inode = lock.stat().st_ino
        for line in (PROC / "locks").read_text().splitlines():
            found = re.search(rf"FLOCK +\w+ +WRITE +(\d+) +\w+:\w+:{inode} ", line)
            if found:
                return int(found[1])
    return None


def writers_of(database: Path, apart_from: int | None) -> tuple[Writer, ...]:
    """Who else could write to the database, or tidy up its log. Mere readers are left out."""
    path = str(database.resolve())
    own = {apart_from, os.getpid()}
    found = {pid for pid in _processes() if pid not in own and _writes(pid, path)}
    return tuple(Writer(pid, _program(pid)) for pid in sorted(found))


def files_max_of(pid: int | None) -> int | None:
    """How many files this process may have open now."""
    if pid is not None:
        with suppress(OSError):
            limits = (PROC / str(pid) / "limits").read_text()
            if found := re.search(r"^Max open files +(\d+)", limits, re.MULTILINE):
                return int(found[1])
    return None


def _processes() -> Iterator[int]:
    with suppress(OSError):
        for entry in os.listdir(PROC):
            if entry.isdecimal():
                yield int(entry)


def _writes(pid: int, path: str) -> bool:
    with suppress(OSError):  # gone by now, or another user's
        for descriptor in os.listdir(PROC / str(pid) / "fd"):
            with suppress(OSError):
                if os.readlink(PROC / str(pid) / "fd" / descriptor) == path:
                    info = (PROC / str(pid) / "fdinfo" / descriptor).read_text()
                    flags = re.search(r"^flags:\s*([0-7]+)", info, re.MULTILINE)
                    if flags and int(flags[1], 8) & os.O_ACCMODE != os.O_RDONLY:
                        return True
    return False


def _program(pid: int) -> str:
    with suppress(OSError):
        return (PROC / str(pid) / "comm").read_text(errors="replace").strip()
    return "?"
