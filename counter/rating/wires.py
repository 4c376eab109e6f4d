"""How a panel's device is reached: at a serial device file, or on the network."""

from __future__ import annotations

import asyncio
import os
import termios
import tty
from collections.abc import Awaitable, Callable
from typing import Final

from counter.rating.device import LINE_BYTES_MAX, Wire
from counter.rating.settings import DeviceSettings

PATIENCE_SECONDS: Final = 3.0


def wire_of(settings: DeviceSettings) -> Callable[[], Awaitable[Wire]]:
    """What connects to the device of these settings. Raises ValueError when none is named."""
    if bool(settings.file) == bool(settings.host):
        raise ValueError("device: either file or host")
    if settings.file:
        return lambda: _serial(settings.file, settings.baud)
    return lambda: _network(settings.host, settings.port)


async def _network(host: str, port: int) -> Wire:
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await asyncio.open_connection(host, port, limit=LINE_BYTES_MAX)
    except TimeoutError as error:
        raise OSError(f"{host}:{port} does not answer") from error


async def _serial(file: str, baud: int) -> Wire:
    # Opened without waiting for a carrier, which such devices do not have.
    device = os.open(file, os.O_RDWR | os.O_NONBLOCK | os.O_NOCTTY)
    _as_wire(device, baud)
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=LINE_BYTES_MAX)
    protocol = asyncio.StreamReaderProtocol(reader)
    # Each side closes its own: the transports must not share one.
    await loop.connect_read_pipe(lambda: protocol, os.fdopen(os.dup(device), "rb", 0))
    transport, flow = await loop.connect_write_pipe(
        lambda: asyncio.streams.FlowControlMixin(loop=loop),
        os.fdopen(device, "wb", 0),
    )
    return reader, asyncio.StreamWriter(transport, flow, reader, loop)


def _as_wire(device: int, baud: int) -> None:
    """Bytes as they are, at that speed; nothing to do for what is no terminal line."""
    if not os.isatty(device):
        return
    tty.setraw(device)
    speed = getattr(termios, f"B{baud}")
    attributes = termios.tcgetattr(device)
    attributes[4] = attributes[5] = speed
    termios.tcsetattr(device, termios.TCSANOW, attributes)
