"""The newest backup in the folder where backups are looked for, opened to be looked at."""

from __future__ import annotations

import re
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from msgspec import Struct

from server.upkeep.doctor.findings import Finding
from server.upkeep.doctor.journal import Opened, opened

TIMED: Final = re.compile(r"-(\d{4}-\d\d-\d\dT\d{6})Z(-\d+)?$")
"""How `lobby backup` calls them: a file that was copied from elsewhere has another time."""


class Backup(Struct, frozen=True):
    """A copy of the journal: when it was made (ms), and its content, or what is wrong with it."""

    path: Path
    made_ms: int
    journal: Opened | Finding


def newest(folder: Path, stack: ExitStack, *, everything: bool) -> Backup | None:
    """The newest one there. A large one is not read whole, unless everything is wanted."""
    files = list(folder.glob("*.sqlite")) if folder.is_dir() else []
    if not files:
        return None
    made_ms, path = max((_made_ms(file), file) for file in files)
    return Backup(path, made_ms, stack.enter_context(opened(path, hurry=not everything)))


def _made_ms(file: Path) -> int:
    if timed := TIMED.search(file.stem):
        try:
            made = datetime.strptime(timed[1], "%Y-%m-%dT%H%M%S").replace(tzinfo=UTC)
        except ValueError:
            pass
        else:
            return round(made.timestamp() * 1000)
    return file.stat().st_mtime_ns // 1_000_000
