"""One connection with nothing round it: no outbox, no reconnecting, views thrown away unread.

The lightest client there can be, so that on a small machine it is the server that is measured
and not its clients. Terminals use `shared/link.py`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from itertools import count
from typing import Final

from websockets.asyncio.client import ClientConnection, connect

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
    """A welcomed connection. Ask one thing at a time."""

    def __init__(self, socket: ClientConnection, welcome: Welcome) -> None:
        self.socket = socket
        self.welcome = welcome

    async def ask(self, command: Command) -> Reply:
        """Send a command and wait for its reply; ConnectionClosed when there will be none."""
        await self.socket.send(encode(command), text=True)
        while True:
            data = await self.socket.recv(decode=False)
            if data.startswith(_REPLIES):
                reply: Reply = decode_from_server(data)
                assert reply.id == command.id, (reply, command)
                return reply


@asynccontextmanager
async def wire(address: str, first: Hello) -> AsyncIterator[Wire]:
    """A connection of whoever says this first, while the block runs."""
    async with connect(
        address, compression=None, max_size=VIEW_BYTES_MAX, proxy=None, close_timeout=1
    ) as socket:
        await socket.send(encode(first), text=True)
        welcome = decode_from_server(await socket.recv(decode=False))
        assert isinstance(welcome, Welcome), welcome
        try:
            yield Wire(socket, welcome)
        finally:
            # A goodbye would wait behind the views that nobody has read.
            socket.transport.abort()


def ids(name: str) -> Iterator[str]:
    """Command ids that are the same in each run: at least as long as the protocol wants."""
    return (f"{name}-{n:016d}" for n in count(1))
