"""What the library leaves to us about a socket: how long its opening may take, how we close one,
and how the system treats it."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Iterable
from typing import Any, Final

from websockets.asyncio.server import ServerConnection

# Close codes of our own; what a client does about each is in `shared/link.py`.
DONE: Final = 1000
BAD_MESSAGES: Final = 4400
NOT_KNOWN: Final = 4401
NOT_ALLOWED: Final = 4403
HELLO_LATE: Final = 4408
SUPERSEDED: Final = 4409
STOPPED_READING: Final = 4413
TOO_OFTEN: Final = 4429
DRAINING: Final = 4503
FAULT: Final = 1011

UNREAD_SECONDS: Final = 4
SEND_BUFFER_BYTES: Final = 65_536

IPV6_NETWORK_BITS: Final = 64
"""What a line is given; within it every machine chooses its addresses."""


class Connection(ServerConnection):
    """One whose request must be there, and its answer taken, within so many seconds; `give_time`
    makes more of them. The library's own deadline for both cannot be moved."""

    def __init__(self, *arguments: Any, opening_seconds: float, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._opening_seconds = opening_seconds
        self._opening: asyncio.Timeout | None = None

    async def handshake(self, *arguments: Any, **options: Any) -> None:
        """As the library does it, in time. Raises TimeoutError, which ends the connection."""
        async with asyncio.timeout(self._opening_seconds) as self._opening:
            await super().handshake(*arguments, **options)

    def give_time(self, seconds: float) -> None:
        """Let the answer to its request take as long, and be waited for as long until it is read:
        what is large comes slowly over a thin line."""
        assert self._opening is not None, "a request is being answered"
        self._opening.reschedule(asyncio.get_running_loop().time() + seconds)
        self.close_timeout = seconds


async def hang_up(
    connection: ServerConnection, code: int, reason: str = "", *, seconds: float
) -> None:
    """Close a connection within so many seconds, whether its client reads or not."""
    try:
        async with asyncio.timeout(seconds):
            await connection.close(code, reason)
    except TimeoutError:
        connection.transport.abort()


def address_of(connection: ServerConnection) -> str:
    """The other side's address, without its port; "" when it is already gone."""
    try:
        address = connection.remote_address
    except AttributeError:  # the library asks a transport that there is no more
        return ""
    return str(address[0]) if isinstance(address, tuple) and address else ""


def network_of(connection: ServerConnection) -> str:
    """What is counted as one address: of IPv6 whole networks, because each machine has as many
    addresses of its own as it likes."""
    address = address_of(connection)
    try:
        there = ipaddress.IPv6Address(address.partition("%")[0])
    except ValueError:
        return address
    if there.ipv4_mapped is not None:
        return str(there.ipv4_mapped)
    return str(ipaddress.IPv6Network((there, IPV6_NETWORK_BITS), strict=False))


def limit_unread(listening: Iterable[socket.socket]) -> None:
    """Let the system, too, give up on clients that do not read. Accepted sockets inherit it.

    Its buffer for each would otherwise grow to megabytes, and hide for as long that nobody
    reads them.
    """
    for one in listening:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
        if hasattr(socket, "TCP_USER_TIMEOUT"):
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNREAD_SECONDS * 1000)
