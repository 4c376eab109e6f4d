"""Where the bytes go: a device file, a socket, the system's spooler; or a picture for looking at.

Each says what the printer answers, or nothing where it says nothing. Never waits longer than its
patience: a printer is the least reliable thing in the lobby.
"""

from __future__ import annotations

import asyncio
import os
import select
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final, Protocol

from shared.printing.escpos import ASK_STATUS

PATIENCE_SECONDS: Final = 3.0
"""With a paper."""

ASK_SHARE: Final = 2 / 3
ANSWER_SHARE: Final = 1 / 3
"""Of it with a question, and with its answer: staff know of a fault when none has come."""

ANSWER_BYTES: Final = 3


class NotPrinted(Exception):
    """Nothing, or nobody knows how much, was taken. `sent`: some of it may have been."""

    def __init__(self, why: str, *, sent: bool) -> None:
        super().__init__(why)
        self.sent = sent


class Device(Protocol):
    """A way to a printer."""

    async def ask(self) -> bytes:
        """What the printer answers to `ASK_STATUS`; b"" for silence. Raises NotPrinted when the
        printer cannot be reached at all."""

    async def send(self, data: bytes) -> None:
        """Hand it all over. Raises NotPrinted."""


class DeviceFile:
    """A printer at a device file such as /dev/usb/lp0, which answers where it was asked."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def ask(self) -> bytes:
        """See `Device`."""
        return await _in_time(lambda: _converse(self._path, ASK_STATUS, answer=True), sent=False)

    async def send(self, data: bytes) -> None:
        """See `Device`."""
        await _in_time(lambda: _converse(self._path, data, answer=False), sent=True)


class TcpPrinter:
    """A printer on the network, by convention at port 9100."""

    def __init__(
        self, host: str, port: int = 9100, patience_seconds: float = PATIENCE_SECONDS
    ) -> None:
        self._host = host
        self._port = port
        self._patience_seconds = patience_seconds

    async def ask(self) -> bytes:
        """See `Device`."""
        return await self._converse(ASK_STATUS, answer=True)

    async def send(self, data: bytes) -> None:
        """See `Device`."""
        await self._converse(data, answer=False)

    async def _converse(self, data: bytes, *, answer: bool) -> bytes:
        sent = False
        try:
            async with asyncio.timeout(self._patience_seconds * (ASK_SHARE if answer else 1)):
                reader, writer = await asyncio.open_connection(self._host, self._port)
                try:
                    sent = not answer
                    writer.write(data)
                    await writer.drain()
                    return await self._heard(reader) if answer else b""
                finally:
                    writer.close()
                    with suppress(OSError):
                        await writer.wait_closed()
        except (OSError, TimeoutError) as error:
            raise NotPrinted(f"{self._host}:{self._port}: {error}", sent=sent) from error

    async def _heard(self, reader: asyncio.StreamReader) -> bytes:
        """As much of an answer as comes in time: a printer may answer a part, or nothing."""
        heard = b""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._patience_seconds * ANSWER_SHARE):
                while len(heard) < ANSWER_BYTES:
                    more = await reader.read(ANSWER_BYTES - len(heard))
                    if not more:
                        break
                    heard += more
        return heard


class Spooler:
    """The system's print queue. It takes everything and says nothing of the paper."""

    def __init__(self, queue: str) -> None:
        self._queue = queue

    async def ask(self) -> bytes:
        """See `Device`: silence, honestly."""
        return b""

    async def send(self, data: bytes) -> None:
        """See `Device`."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                spooling = await asyncio.create_subprocess_exec(
                    "lp",
                    "-d",
                    self._queue,
                    "-o",
                    "raw",
                    stdin=asyncio.subprocess.PIPE,
                    stdout=asyncio.subprocess.DEVNULL,
                    stderr=asyncio.subprocess.PIPE,
                )
                _, wrong = await spooling.communicate(data)
        except (OSError, TimeoutError) as error:
            raise NotPrinted(f"lp: {error}", sent=True) from error
        if spooling.returncode:
            raise NotPrinted(f"lp: {wrong.decode(errors='replace').strip()}", sent=False)


class Folder:
    """A printer for looking at: every paper is a file. It never fails but when the disk does."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._printed = 0

    async def ask(self) -> bytes:
        """See `Device`: always well."""
        return b"\x12\x12\x12"

    async def send(self, data: bytes) -> None:
        """See `Device`."""
        self._printed += 1
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            (self._folder / f"paper-{self._printed:04d}.png").write_bytes(data)
        except OSError as error:
            raise NotPrinted(str(error), sent=False) from error


async def _in_time(work: Callable[[], bytes], *, sent: bool) -> bytes:
    try:
        async with asyncio.timeout(PATIENCE_SECONDS * (1 if sent else ASK_SHARE)):
            return await asyncio.to_thread(work)
    except (OSError, TimeoutError) as error:
        raise NotPrinted(str(error) or type(error).__name__, sent=sent) from error


def _converse(path: Path, data: bytes, *, answer: bool) -> bytes:
    # Opened without waiting, so that a printer that is switched off holds no thread for ever.
    flags = os.O_RDWR if answer else os.O_WRONLY
    device = os.open(path, flags | os.O_NONBLOCK | os.O_NOCTTY)
    try:
        _written(device, data)
        return _answered(device) if answer else b""
    finally:
        os.close(device)


def _written(device: int, data: bytes) -> None:
    ends = select.poll()
    ends.register(device, select.POLLOUT)
    while data:
        if not ends.poll(PATIENCE_SECONDS * 1000):
            raise TimeoutError("the printer takes nothing")
        data = data[os.write(device, data) :]


def _answered(device: int) -> bytes:
    answers = select.poll()
    answers.register(device, select.POLLIN)
    heard = b""
    while len(heard) < ANSWER_BYTES and answers.poll(PATIENCE_SECONDS * 1000 * ANSWER_SHARE):
        more = os.read(device, ANSWER_BYTES - len(heard))
        if not more:
            break
        heard += more
    return heard
