"""The program of a station while its page is open: a process that is shown through two pipes.

It speaks as textual-serve has its programs speak (Textual brings the other half, the WebDriver),
but is started otherwise: without a shell, with an environment of its own, its log in ours. And it
is never waited for without end: what does not leave is ended, with all it has started.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from typing import Final

from web.places import Place

log = logging.getLogger(__name__)

READY: Final = b"__GANGLION__\n"
"""The first line of a program that is shown by pipes."""

PACKET_BYTES_MAX: Final = 8 * 1024 * 1024
"""More than any screen: a longer one was not written by Textual."""

START_SECONDS: Final = 30.0
LEAVE_SECONDS: Final = 3.0
"""So long a program may take to say goodbye, and then to be told to."""

PASSED_ON: Final = (
    "HOME",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "LC_MESSAGES",
    "PATH",
    "TMPDIR",
    "TZ",
    "VIRTUAL_ENV",
    "XDG_RUNTIME_DIR",  # where the sound server is found: the kiosk reads aloud
)
"""All that a program gets of our environment: secrets of the service stay here."""

SHOWN: Final = {
    "TEXTUAL_DRIVER": "textual.drivers.web_driver:WebDriver",
    "TEXTUAL_COLOR_SYSTEM": "truecolor",
    "TEXTUAL_FPS": "30",
}


class AppProcess:
    """One run of a program, from `start` to `stop`."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._process: asyncio.subprocess.Process | None = None

    async def start(self, width: int, height: int) -> None:
        """Run it on a screen of that size."""
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "lobby",
            *self._place.command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env=environment(os.environ, width, height),
            start_new_session=True,  # so that what it has started is ended with it
        )
        log.info("%s has begun (process %d)", self._place.path, self._process.pid)

    async def drawn(self) -> AsyncIterator[bytes]:
        """What it draws, as it draws it; ends with the program."""
        pipe = self._pipes[1]
        with suppress(asyncio.IncompleteReadError, ConnectionResetError):
            async with asyncio.timeout(START_SECONDS):
                first = await pipe.readline()
            if first != READY:
                log.error("%s did not begin", self._place.path)
                return
            while True:
                kind = await pipe.readexactly(1)
                size = int.from_bytes(await pipe.readexactly(4))
                if size > PACKET_BYTES_MAX:
                    log.error("%s drew %d bytes at once", self._place.path, size)
                    return
                packet = await pipe.readexactly(size)
                # The others would open pages and send files: no terminal of ours does either.
                if kind == b"D":
                    yield packet

    async def typed(self, keys: str) -> None:
        """Keys and touches, as a terminal sends them."""
        await self._send(b"D", keys.encode(errors="replace"))

    async def tell(self, kind: str, **values: int) -> None:
        """Another size, the focus, or that it is time to leave."""
        await self._send(b"M", json.dumps({"type": kind, **values}).encode())

    async def stop(self) -> None:
        """Let it leave, or end it; it is gone when this returns."""
        process = self._process
        if process is None:
            return
        with suppress(ConnectionError, RuntimeError):
            await self.tell("quit")
        for end in (signal.SIGTERM, signal.SIGKILL):
            if await _leaves(process):
                break
            log.warning("%s does not leave: %s", self._place.path, end.name)
            _signal(process, end)
        await process.wait()
        _signal(process, signal.SIGKILL)
        self._close_pipes(process)
        log.info("%s has ended (%s)", self._place.path, process.returncode)

    @property
    def _pipes(self) -> tuple[asyncio.StreamWriter, asyncio.StreamReader]:
        assert self._process is not None, "it was started"
        assert self._process.stdin is not None, "it was asked for"
        assert self._process.stdout is not None, "it was asked for"
        return self._process.stdin, self._process.stdout

    async def _send(self, kind: bytes, content: bytes) -> None:
        pipe = self._pipes[0]
        pipe.write(kind + len(content).to_bytes(4) + content)
        await pipe.drain()

    def _close_pipes(self, process: asyncio.subprocess.Process) -> None:
        # asyncio closes them when it collects the process, and warns of it.
        transport = getattr(process, "_transport", None)
        if transport is not None:
            transport.close()


def environment(ours: Mapping[str, str], width: int, height: int) -> dict[str, str]:
    """What a program is given: some of ours, and how it is shown."""
    kept = {name: ours[name] for name in PASSED_ON if name in ours}
    return {**kept, **SHOWN, "COLUMNS": str(width), "ROWS": str(height)}


async def _leaves(process: asyncio.subprocess.Process) -> bool:
    try:
        async with asyncio.timeout(LEAVE_SECONDS):
            await process.wait()
    except TimeoutError:
        return False
    return True


def _signal(process: asyncio.subprocess.Process, wish: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, wish)
