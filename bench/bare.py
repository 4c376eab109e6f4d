"""The least that a durable command server could do: the limit that Lobby is measured against.

`bare`: websocket, decode, one row into SQLite (WAL, FULL, one transaction for all that waits),
reply. No domain, no views, no rights, no repeats. `echo`: websocket alone, every message sent
back.

    python -m bench.bare (bare | echo) --data FOLDER
"""

from __future__ import annotations

import argparse
import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TypeAlias

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from bench.figures import run
from shared.protocol import (
    VERSION,
    Accepted,
    Command,
    Hello,
    Welcome,
    decode_command,
    decode_first,
    encode,
)

GROUP_MAX = 512

Waiting: TypeAlias = tuple[Command, "asyncio.Future[int]"]


class Commits:
    """Whatever waits goes into one transaction, on a thread of its own."""

    def __init__(self, path: Path) -> None:
        self._thread = ThreadPoolExecutor(1)
        self._path = path
        self._waiting: list[Waiting] = []
        self._bell = asyncio.Event()
        self._seq = 0

    async def commit(self, command: Command) -> int:
        """The row's number, once it is durable."""
        done: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._waiting.append((command, done))
        self._bell.set()
        return await done

    async def work(self) -> None:
        """Write what waits, for ever."""
        loop = asyncio.get_running_loop()
        db = await loop.run_in_executor(self._thread, _open, self._path)
        while True:
            await self._bell.wait()
            self._bell.clear()
            while self._waiting:
                group, self._waiting = self._waiting[:GROUP_MAX], self._waiting[GROUP_MAX:]
                first, self._seq = self._seq + 1, self._seq + len(group)
                rows = [(first + n, one.id, encode(one)) for n, (one, _) in enumerate(group)]
                await loop.run_in_executor(self._thread, _write, db, rows)
                for n, (_, done) in enumerate(group):
                    if not done.done():
                        done.set_result(first + n)


def _open(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    db.execute("PRAGMA journal_mode = wal")
    db.execute("PRAGMA synchronous = full")
    db.execute("CREATE TABLE rows (seq INTEGER PRIMARY KEY, id TEXT, data BLOB)")
    return db


def _write(db: sqlite3.Connection, rows: list[tuple[int, str, bytes]]) -> None:
    db.execute("BEGIN IMMEDIATE")
    db.executemany("INSERT INTO rows VALUES (?, ?, ?)", rows)
    db.execute("COMMIT")


async def converse(socket: ServerConnection, commits: Commits) -> None:
    """A welcome, then a reply for each command."""
    hello = decode_first(await socket.recv(decode=False))
    assert isinstance(hello, Hello), hello
    welcome = Welcome(
        version=VERSION,
        branch="main",
        station=hello.station,
        role="teller",
        epoch="bare",
        seq=0,
        at=0,
        heartbeat_ms=5_000,
        day="2026-11-16",
    )
    await socket.send(encode(welcome), text=True)
    while True:
        command = decode_command(await socket.recv(decode=False))
        seq = await commits.commit(command)
        await socket.send(encode(Accepted(id=command.id, seq=seq, visit=seq)), text=True)


async def echo(socket: ServerConnection) -> None:
    """Everything comes back."""
    while True:
        await socket.send(await socket.recv(decode=False), text=True)


def _until_closed(
    handler: Callable[[ServerConnection], Awaitable[None]],
) -> Callable[[ServerConnection], Awaitable[None]]:
    async def handle(socket: ServerConnection) -> None:
        with suppress(ConnectionClosed):
            await handler(socket)

    return handle


async def main(mode: str, folder: Path) -> None:
    """Serve for ever."""
    if mode == "echo":
        handler, background = echo, None
    else:
        commits = Commits(folder / "bare.sqlite")
        handler = lambda socket: converse(socket, commits)  # noqa: E731 - as in the server
        background = asyncio.create_task(commits.work())
    async with serve(_until_closed(handler), "127.0.0.1", 0, compression=None) as server:
        port = server.sockets[0].getsockname()[1]
        print(f"listens on ws://127.0.0.1:{port}", flush=True)
        await (background or server.wait_closed())


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("mode", choices=("bare", "echo"))
    parser.add_argument("--data", type=Path, required=True)
    options = parser.parse_args()
    run(main(options.mode, options.data))
