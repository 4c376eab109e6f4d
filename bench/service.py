"""A service manager in miniature: runs a terminal's program as its unit file says, on a console.

It obeys what matters when a program fails: Restart, RestartSec, RestartPreventExitStatus, the
watchdog over NOTIFY_SOCKET, where the three streams lead. The console is a pseudo terminal that
outlives the program, as a real one does, with everything that was ever drawn on it.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import pty
import re
import signal
import socket
import struct
import sys
import termios
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from bench.unit import Unit

INSTALLED: Final = "/opt/lobby/.venv/bin/lobby"
"""What the unit files start; here the same program runs from this tree."""

HERE: Final = (sys.executable, "-m", "lobby")

CONTROLLED: Final = ("setsid", "--ctty")
"""Makes what it starts, in its own place, the first of a session whose terminal is the console."""

_CONTROL: Final = re.compile(
    rb"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[()][0-9A-Za-z]|\x1b[=>78]"
)


def now() -> float:
    """Seconds by a clock that never goes back: the one that `Service.starts` is kept by."""
    return time.monotonic()


class Console:
    """A pseudo terminal, and what was drawn on it. `size` is columns and rows."""

    def __init__(self, size: tuple[int, int] = (80, 24)) -> None:
        self.master, self.slave = pty.openpty()
        self.drawn = bytearray()
        self._news = asyncio.Event()
        self._begin = termios.tcgetattr(self.slave)
        self.resize(*size)
        os.set_blocking(self.master, False)
        asyncio.get_running_loop().add_reader(self.master, self._read)

    def resize(self, columns: int, rows: int) -> None:
        """Another size, as when a window is dragged."""
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def type(self, keys: bytes) -> None:
        """Somebody types, or touches."""
        os.write(self.master, keys)

    def words(self, since: int = 0) -> str:
        """What was drawn since then, without what moves and colours it."""
        return _CONTROL.sub(b"", bytes(self.drawn[since:])).decode(errors="replace")

    async def shows(self, words: str, since: int = 0, patience_seconds: float = 30) -> None:
        """Wait until these words have been drawn; AssertionError says what was there instead."""
        try:
            async with asyncio.timeout(patience_seconds):
                while words not in self.words(since):
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise AssertionError(f"{words!r} not in: {self.words(since)[-2000:]}") from None

    async def begins(self, since: int = 0) -> None:
        """Wait for the first bytes that are drawn."""
        while len(self.drawn) <= since:
            self._news.clear()
            await self._news.wait()

    @property
    def is_as_it_was(self) -> bool:
        """Whether keys are echoed, lines gathered and signals sent as at the beginning."""
        return termios.tcgetattr(self.slave)[:4] == self._begin[:4]

    def reset(self) -> None:
        """TTYReset."""
        termios.tcsetattr(self.slave, termios.TCSANOW, self._begin)

    def unplug(self) -> None:
        """It is gone, while the program runs."""
        if self.master >= 0:
            asyncio.get_running_loop().remove_reader(self.master)
            os.close(self.master)
            self.master = -1

    def close(self) -> None:
        """Done with it."""
        self.unplug()
        os.close(self.slave)

    def _read(self) -> None:
        with suppress(OSError):
            self.drawn += os.read(self.master, 65536)
        self._news.set()


class Service:
    """One unit, running on a console. `stands_for` says what is where on this machine; what is
    None in `environment` is not set; `command` is run in place of the unit's."""

    def __init__(
        self,
        unit: Unit,
        console: Console,
        folder: Path,
        *,
        stands_for: Mapping[str, str] | None = None,
        watchdog_seconds: float | None = None,
        environment: Mapping[str, str | None] | None = None,
        command: Sequence[str] = (),
    ) -> None:
        self.unit, self.console, self.folder = unit, console, folder
        self.journal = folder / "journal"
        self.exits: list[int] = []
        self.starts: list[float] = []
        self._began: list[int] = []
        self._stands_for = stands_for or {}
        self._instead = command
        self._watchdog_seconds = watchdog_seconds or unit.seconds("WatchdogSec", "0")
        self._environment = environment or {}
        self._process: asyncio.subprocess.Process | None = None
        self._fed_at = 0.0
        self._socket = self._listen()
        self._running: asyncio.Task[None] | None = None
        self._ready = asyncio.Event()
        self._news = asyncio.Event()

    async def __aenter__(self) -> Service:
        self._running = asyncio.create_task(self._run())
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._running is not None
        self._running.cancel()
        await asyncio.gather(self._running, return_exceptions=True)
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()
        asyncio.get_running_loop().remove_reader(self._socket)
        self._socket.close()

    @property
    def pid(self) -> int:
        """Of the program that runs now."""
        assert self._process is not None
        return self._process.pid

    async def has_ended(self, times: int = 1) -> None:
        """Wait until the program has come to its end so often."""
        while len(self.exits) < times:
            self._news.clear()
            await self._news.wait()

    async def shows(self, words: str, life: int = 1) -> None:
        """Wait until the program has drawn these words, in that life of it."""
        assert self._running is not None
        if self._running.done() and (fault := self._running.exception()):
            raise fault
        while len(self.starts) < life:
            self._news.clear()
            await self._news.wait()
        await self.console.shows(words, self._began[life - 1])

    async def is_ready(self) -> None:
        """Wait until the program has said that it is."""
        await self._ready.wait()

    async def ended(self) -> None:
        """Wait until it is not started again."""
        assert self._running is not None
        await self._running

    def stop(self) -> None:
        """As `systemctl stop`: asked to end, and not started again."""
        self._stopping = True
        os.kill(self.pid, signal.SIGTERM)

    _stopping = False

    async def _run(self) -> None:
        while True:
            await self._start()
            assert self._process is not None
            code = await self._watched(self._process)
            self.exits.append(code)
            self._news.set()
            left = {int(word) for word in self.unit.words("RestartPreventExitStatus")}
            if self._stopping or code in left or self.unit.one("Restart") != "always":
                return
            await asyncio.sleep(self.unit.seconds("RestartSec", "100ms"))

    async def _start(self) -> None:
        self._ready.clear()
        if self.unit.one("TTYReset") == "yes":
            self.console.reset()
        self._fed_at = now()
        self.starts.append(self._fed_at)
        self._began.append(len(self.console.drawn))
        self._news.set()
        tty = self.console.slave
        with self.journal.open("ab") as journal:
            leads: dict[str, Any] = {"tty": tty, "journal": journal, "inherit": tty}
            self._process = await asyncio.create_subprocess_exec(
                *CONTROLLED,
                *self._command(),
                stdin=leads[self.unit.one("StandardInput", "tty")],
                stdout=leads[self.unit.one("StandardOutput", "inherit")],
                stderr=leads[self.unit.one("StandardError", "inherit")],
                env=self._environ(),
            )

    async def _watched(self, process: asyncio.subprocess.Process) -> int:
        """Its exit code, as systemd counts: minus the signal that ended it."""
        ending = asyncio.ensure_future(process.wait())
        while not ending.done():
            await asyncio.wait([ending], timeout=0.05)
            waited = now() - self._fed_at
            if self._ready.is_set() and self._watchdog_seconds and waited > self._watchdog_seconds:
                # SIGABRT first, and what does not even die of it is killed.
                for last in (signal.SIGABRT, signal.SIGKILL):
                    with suppress(ProcessLookupError):
                        process.send_signal(last)
                await process.wait()
        return ending.result()

    def _command(self) -> Sequence[str]:
        if self._instead:
            return self._instead
        words = [self._here(word) for word in self.unit.command()]
        return [*HERE, *words[1:]] if words[0] == INSTALLED else words

    def _here(self, word: str) -> str:
        for there, here in self._stands_for.items():
            word = word.replace(there, here)
        return word

    def _environ(self) -> dict[str, str]:
        # A service does not inherit what a person has set.
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        manager = {"NOTIFY_SOCKET": str(self.folder / "notify")}
        wanted = {**kept, **self.unit.environment(), **manager, **self._environment}
        return {name: value for name, value in wanted.items() if value is not None}

    def _listen(self) -> socket.socket:
        listening = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        listening.bind(str(self.folder / "notify"))
        listening.setblocking(False)
        asyncio.get_running_loop().add_reader(listening, self._told)
        return listening

    def _told(self) -> None:
        with suppress(BlockingIOError):
            words = self._socket.recv(4096).split(b"\n")
            self._fed_at = now()
            if b"READY=1" in words:
                self._ready.set()
