"""A real server process: started as an operator would, killed as a power cut would, and weighed.

It plays a rehearsal from a Monday at nine, so that the branch is open whenever it is measured.
A server that is started again goes on at the time it would be by now, as the wall clock does.
"""

from __future__ import annotations

import asyncio
import os
import random
import re
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

MONDAY: Final = datetime(2026, 11, 16, 9)  # noqa: DTZ001 - the branch's own zone is meant
PATIENCE_SECONDS: Final = 60

_TICKS: Final = os.sysconf("SC_CLK_TCK")
_SET_UP_CODE: Final = re.compile(rb"Set-up code, [^:]*: ([A-Z-]+)")
_ADDRESS: Final = re.compile(rb"(?:http|ws)://([0-9.]+):(\d+)")


class CannotStart(Exception):
    """The server ended, or hung, before it listened; says what it left in its log."""


class ServerProcess:
    """A server on one data folder. Its log goes to `server.log` there, unless told otherwise."""

    def __init__(self, folder: Path, start: datetime = MONDAY) -> None:
        self.folder = folder
        self.log = folder / "server.log"
        self.port = 0
        self.set_up_code = ""
        self._start = start
        self._began = time.monotonic()
        self._process: asyncio.subprocess.Process | None = None

    @property
    def address(self) -> str:
        """For a websocket client; the same after a restart."""
        return f"ws://127.0.0.1:{self.port}/ws"

    @property
    def day(self) -> str:
        """The business day it opens."""
        return self._start.date().isoformat()

    async def start(self) -> None:
        """Start it, or start it again at the port it had; returns when it listens."""
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                *self._arguments(),
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
            )
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                self.port = await self._listening()
        except TimeoutError:
            self.kill()
            raise CannotStart(self._log()) from None

    def kill(self) -> None:
        """End it with SIGKILL: it cannot finish anything."""
        assert self._process is not None
        self._process.kill()

    async def ended(self) -> int:
        """Wait for its end; the exit code."""
        assert self._process is not None
        return await self._process.wait()

    def after_end(self, chance: random.Random) -> None:
        """What else happens to its folder when it was killed: nothing, here."""

    async def stop(self) -> None:
        """Ask it to end, and wait for that; a server that was killed is only waited for."""
        if self._process is None:
            return
        if self._process.returncode is None:
            self._process.terminate()
        await self._process.wait()

    def cpu_seconds(self) -> float:
        """What all its threads have used so far."""
        stat = Path(f"/proc/{self._pid}/stat").read_text()
        user, system = stat.rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / _TICKS

    def memory_mb(self) -> float:
        """What it holds now (RSS)."""
        return self._status("VmRSS")

    def memory_peak_mb(self) -> float:
        """The most it ever held."""
        return self._status("VmHWM")

    def open_files(self) -> int:
        """How many it has open, sockets included."""
        return len(list(Path(f"/proc/{self._pid}/fd").iterdir()))

    @property
    def _pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def _status(self, key: str) -> float:
        status = Path(f"/proc/{self._pid}/status").read_text()
        found = re.search(rf"^{key}:\s+(\d+) kB$", status, re.MULTILINE)
        assert found is not None, key
        return int(found[1]) / 1024

    def _arguments(self) -> Sequence[str]:
        now = self._start + timedelta(seconds=time.monotonic() - self._began)
        serve = ["serve", "--data", str(self.folder), "--port", str(self.port)]
        rehearsal = ["--rehearsal", "--start", now.isoformat()]
        return ["-m", *self._program(), *serve, *rehearsal]

    def _program(self) -> Sequence[str]:
        return ["lobby"]

    async def _listening(self) -> int:
        assert self._process is not None
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            if code := _SET_UP_CODE.search(line):
                self.set_up_code = code[1].decode()
            if found := _ADDRESS.search(line):
                return int(found[2])
        raise CannotStart(self._log())

    def _log(self) -> str:
        return self.log.read_text(errors="replace")[-4000:]


class BareProcess(ServerProcess):
    """`bench/bare.py` instead of Lobby: the least that such a server could do."""

    def __init__(self, folder: Path, mode: str) -> None:
        super().__init__(folder)
        self._mode = mode

    def _arguments(self) -> Sequence[str]:
        return ["-m", "bench.bare", self._mode, "--data", str(self.folder)]


@asynccontextmanager
async def serving(server: ServerProcess) -> AsyncIterator[ServerProcess]:
    """The server while the block runs, and nothing of it afterwards."""
    try:
        await server.start()
        yield server
    finally:
        await server.stop()
