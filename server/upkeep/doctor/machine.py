"""What the doctor has to know of the machine, gathered here and nowhere else, as plain values.

So every check can be tried on any machine there is: a full disk is a number.
"""

from __future__ import annotations

import resource
import shutil
import sqlite3
from pathlib import Path

from msgspec import Struct

from server.clock import SystemClock
from server.config import ServerConfig
from server.journal.sqlite_open import filesystem
from server.upkeep.doctor import timekeeping
from server.upkeep.doctor.asking import Answer, ask_public, ask_server
from server.upkeep.doctor.knocking import Knocked, knock
from server.upkeep.doctor.processes import Writer, files_max_of, holder_of, writers_of


class Machine(Struct, frozen=True, kw_only=True):
    """The machine as the data folder meets it.

    `server` is the process that serves the folder; `files_max` how many files it may have open,
    or could have. `answer` is what the configured address said, `public` why `public_url` cannot
    be reached ("" where it can, or was not asked). `channels`: who carries customers' notices.
    """

    now_ms: int
    sqlite: str
    filesystem: str
    free_bytes: int
    files_max: int
    clock_kept: bool | None
    zones: str
    server: int | None
    writers: tuple[Writer, ...]
    answer: Answer | None
    public: str
    channels: tuple[Knocked, ...]


def gather(folder: Path, config: ServerConfig) -> Machine:
    """Look at the machine; the folder has to be there."""
    database = folder / config.database
    server = holder_of(database.with_name(f"{database.name}.lock"))
    answer = ask_server(config)
    return Machine(
        now_ms=SystemClock().wall_ms(),
        sqlite=answer.sqlite_version if answer and answer.is_lobby else sqlite3.sqlite_version,
        filesystem=_filesystem(folder),
        free_bytes=shutil.disk_usage(folder).free,
        files_max=files_max_of(server) or _own_files_max(),
        clock_kept=timekeeping.clock_kept(),
        zones=timekeeping.zone_data_version(),
        server=server,
        writers=writers_of(database, apart_from=server),
        answer=answer,
        public=ask_public(config) if answer and answer.is_lobby else "",
        channels=knock(config.reminders, folder),
    )


def _filesystem(folder: Path) -> str:
    mountinfo = Path("/proc/self/mountinfo")
    if not mountinfo.exists():  # not Linux: we cannot tell
        return ""
    return filesystem(folder.stat().st_dev, mountinfo.read_text(errors="replace")) or ""


def _own_files_max() -> int:
    """What a server started from here could have: it asks for as many as it is let."""
    _, limit = resource.getrlimit(resource.RLIMIT_NOFILE)
    return limit if limit != resource.RLIM_INFINITY else 2**31
