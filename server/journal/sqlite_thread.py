"""Runs a function on the thread that owns a connection. The only place that does."""

import asyncio
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar, cast

import aiosqlite

P = ParamSpec("P")
T = TypeVar("T")

# A file that another program holds is refused at once: two seconds are promised for it all.
OPENING_TIMEOUT_SECONDS = 0.5


async def connect(path: Path, mode: str) -> aiosqlite.Connection:
    """A connection to an existing file, "ro" or "rw". Close it: its thread outlives the loop."""
    uri = f"{path.as_uri()}?mode={mode}"
    return await aiosqlite.connect(
        uri, uri=True, isolation_level=None, timeout=OPENING_TIMEOUT_SECONDS
    )


async def in_thread(
    db: aiosqlite.Connection,
    work: Callable[Concatenate[sqlite3.Connection, P], T],
    *args: P.args,
    **kwargs: P.kwargs,
) -> T:
    """Run `work(connection, …)` in one hop; it runs to its end even if the caller is cancelled.

    Statement by statement, a cancelled caller would leave half a transaction behind. aiosqlite
    offers no public way to run a function, hence `_execute`: private, so its version is pinned.
    """
    try:
        work_done = db._execute(work, db._conn, *args, **kwargs)  # type: ignore[no-untyped-call]
        return cast(T, await asyncio.shield(work_done))
    except ValueError as error:
        if db._running:
            raise
        # aiosqlite has a word of its own for what sqlite3 calls this.
        raise sqlite3.ProgrammingError("the connection is closed") from error
