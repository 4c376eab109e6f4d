"""One connection with nothing round it: no outbox, no reconnecting, views thrown away unread.

The lightest client there can be, so that on a small machine it is the server that is measured
and not its clients. Terminals use `shared/link.py`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from itertools import count
from typing import Final

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from shared.protocol import (
    VIEW_BYTES_MAX,
    Command,
    Hello,
    Reply,
    Welcome,
    decode_from_server,
    encode,
)

_REPLIES: Final = (b'{"type":"Accepted"', b'{"type":"Refused"')


class Wire:
    """A welcomed connection that reads all the time. Ask one thing at a time."""

    def __init__(self, socket: ClientConnection, welcome: Welcome) -> None:
        self.socket = socket
        self.welcome = welcome
        self._replies: asyncio.Queue[bytes | ConnectionClosed] = asyncio.Queue()
        self._reading = asyncio.create_task(self._read())

    async def ask(self, command: Command) -> Reply:
        """Send a command and wait for its reply; ConnectionClosed when there will be none."""
        await self.socket.send(encode(command), text=True)
        answer = await self._replies.get()
        if isinstance(answer, ConnectionClosed):
            raise answer
        reply: Reply = decode_from_server(answer)
        assert reply.id == command.id, (reply, command)
        return reply

    async def stop_reading(self) -> None:
        """Never read again, like a frozen program: the connection stays open."""
        self._reading.cancel()
        await asyncio.wait([self._reading])
        self.socket.transport.pause_reading()

    async def _read(self) -> None:
        # Also while nobody asks: whoever does not read is cut off.
        try:
            while True:
                data = await self.socket.recv(decode=False)
                if data.startswith(_REPLIES):
                    self._replies.put_nowait(data)
        except ConnectionClosed as closed:
            self._replies.put_nowait(closed)


@asynccontextmanager
async def wire(address: str, first: Hello) -> AsyncIterator[Wire]:
    """A connection of whoever says this first, while the block runs."""
    async with welcomed(address, first) as (socket, welcome):
        yield Wire(socket, welcome)


@asynccontextmanager
async def welcomed(address: str, first: Hello) -> AsyncIterator[tuple[ClientConnection, Welcome]]:
    """The same for somebody who reads by himself, or not at all."""
    async with connect(
        address, compression=None, max_size=VIEW_BYTES_MAX, proxy=None, close_timeout=1
    ) as socket:
        await socket.send(encode(first), text=True)
        welcome = decode_from_server(await socket.recv(decode=False))
        assert isinstance(welcome, Welcome), welcome
        try:
            yield socket, welcome
        finally:
            # A goodbye would wait behind the views that nobody has read.
            socket.transport.abort()


def ids(name: str) -> Iterator[str]:
    """Command ids that are the same in each run: at least as long as the protocol wants."""
    return (f"{name}-{n:016d}" for n in count(1))
