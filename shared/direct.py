"""Opens one connection to the server: straight to it, through no proxy and after no redirect.

The library's own `connect` follows redirects, and a station's secret is not to go wherever they
lead; and it loads what finds and asks proxies, which stays in every terminal for good and is a
fortieth of its memory. So here is the little of it that is left, from the same parts. They are not
all promised by the library: its version is pinned, and `tests/shared/test_link.py` goes through
what can become of a connection.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from ssl import SSLContext
from typing import Final

from websockets.asyncio.connection import Connection
from websockets.client import ClientProtocol
from websockets.http11 import USER_AGENT, Response
from websockets.protocol import CONNECTING, Event
from websockets.uri import WebSocketURI, parse_uri

PING_SECONDS: Final = 10.0
"""Finds a connection that still brings messages but carries none to the server."""


class Direct(Connection):
    """A connection that begins with our request and the server's answer to it."""

    def __init__(self, uri: WebSocketURI, size_max: int, close_seconds: float) -> None:
        self._client = ClientProtocol(uri, max_size=size_max)
        super().__init__(
            self._client,
            ping_interval=PING_SECONDS,
            ping_timeout=PING_SECONDS,
            close_timeout=close_seconds,
        )
        self._answered: asyncio.Future[None] = self.loop.create_future()

    async def open(self, headers: Mapping[str, str]) -> None:
        """Ask for the connection; InvalidHandshake when the server will not have it."""
        self.request = self._client.connect()
        self.request.headers.update({**headers, "User-Agent": USER_AGENT})
        async with self.send_context(expected_state=CONNECTING):
            self._client.send_request(self.request)
        either = [self._answered, self.connection_lost_waiter]
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if self._client.handshake_exc is not None:
            raise self._client.handshake_exc
        self.start_keepalive()

    def process_event(self, event: Event) -> None:
        """The answer first, then messages."""
        if self.response is None:
            assert isinstance(event, Response)
            self.response = event
            self._answered.set_result(None)
        else:
            super().process_event(event)


async def connect(
    url: str,
    headers: Mapping[str, str],
    *,
    tls: SSLContext | None,
    size_max: int,
    open_seconds: float,
    close_seconds: float,
) -> Direct:
    """A connection to that address. OSError, TimeoutError, WebSocketException: there is none."""
    uri = parse_uri(url)
    async with asyncio.timeout(open_seconds):
        _, connection = await asyncio.get_running_loop().create_connection(
            lambda: Direct(uri, size_max, close_seconds),
            uri.host,
            uri.port,
            ssl=(tls or True) if uri.secure else None,
            server_hostname=uri.host if uri.secure else None,
        )
        try:
            await connection.open(headers)
        except BaseException:
            connection.transport.abort()
            raise
    return connection
