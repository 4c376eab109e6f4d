"""Dials the server, says hello, hands on what it says, and dials again: for ever, or until sent
away for good.

The only place that knows websockets, close codes and how long to wait before the next attempt.
What the messages mean is left to `shared/link.py`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from ssl import SSLContext
from typing import Any, Final, Protocol

import msgspec
from msgspec import Struct
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException

from shared.direct import Direct, connect
from shared.i18n import text
from shared.lane import headers_of
from shared.protocol import (
    VIEW_BYTES_MAX,
    Hello,
    Refused,
    Welcome,
    decode_from_server,
    encode,
)
from shared.timing import Timing

log = logging.getLogger(__name__)

FINAL_CODES: Final = {4401: "NotKnown", 4403: "NotAllowed", 4409: "Superseded"}
"""Close codes after which the same `Hello` would only be sent away again."""


class Wire:
    """One connection to the server, for as long as it lasts."""

    def __init__(self, connection: Direct) -> None:
        self._connection = connection
        self.welcomed = False

    async def send(self, data: bytes) -> None:
        """Send one message; ConnectionError when the connection is lost."""
        try:
            await self._connection.send(data, text=True)
        except ConnectionClosed as closed:
            raise ConnectionError(str(closed)) from None

    def abort(self) -> None:
        """Drop the connection at once, without a word."""
        self._connection.transport.abort()


class Listener(Protocol):
    """What a dialler tells."""

    def heard(self, message: Any, wire: Wire) -> None:
        """A message came; None for one that this version does not understand."""

    def lost(self, close_code: int | None) -> None:
        """A connection ended; the code is the server's, if it gave one."""

    def sent_away(self, refusal: Refused) -> None:
        """The server will not have us back."""


class Dialler:
    """Keeps one terminal connected. `stop` ends it after the present message.

    `hello` is asked for at every connection: it changes as people sign in and out.
    """

    def __init__(
        self,
        url: str,
        hello: Callable[[], Hello],
        timing: Timing,
        tls: SSLContext | None,
        listener: Listener,
    ) -> None:
        self._url = url
        self._hello = hello
        self._timing = timing
        self._tls = tls
        self._listener = listener
        self._told_to_wait = 0.0
        self._stopped = False

    def stop(self) -> None:
        """Dial no more."""
        self._stopped = True

    async def run(self) -> None:
        """Dial, again and again. Only a healthy spell makes the next wait short again: a server
        that welcomes and then hangs up must not be asked a thousand times a second."""
        attempt = 0
        while not self._stopped:
            began = self._timing.now()
            self._told_to_wait = 0.0
            welcomed = await self._connect_once()
            if self._stopped:
                return
            if welcomed and self._timing.now() - began >= self._timing.healthy_seconds:
                attempt = 0
            await self._timing.sleep(self._told_to_wait + self._timing.backoff(attempt))
            attempt += 1

    async def _connect_once(self) -> bool:
        """One connection from beginning to end; whether the server welcomed us."""
        connection = await self._connect()
        if connection is None:
            return False
        wire = Wire(connection)
        try:
            await self._converse(connection, wire)
        finally:
            received = connection.protocol.close_rcvd
            self._listener.lost(received.code if received else None)
            await self._hang_up(connection)
        return wire.welcomed

    async def _connect(self) -> Direct | None:
        hello = self._hello()
        try:
            return await connect(
                self._url,
                headers_of(hello.station, hello.secret),
                tls=self._tls,
                size_max=VIEW_BYTES_MAX,
                open_seconds=self._timing.open_seconds,
                close_seconds=self._timing.close_seconds,
            )
        except InvalidStatus as refused:
            log.info("no connection: %s", refused)
            self._obey(_retry_after_header(refused))
        except (OSError, TimeoutError, WebSocketException) as error:
            log.info("no connection: %r", error)
        except Exception:
            log.exception("no connection")
        return None

    async def _converse(self, connection: Direct, wire: Wire) -> None:
        try:
            async with asyncio.timeout(self._timing.open_seconds) as deadline:
                await connection.send(encode(self._hello()), text=True)
                while not self._stopped:
                    message = _read(await connection.recv(decode=False))
                    if isinstance(message, Welcome):
                        wire.welcomed = True
                        deadline.reschedule(None)
                    elif isinstance(message, Refused) and not wire.welcomed:
                        self._obey(message.retry_after_ms or 0)
                    self._listener.heard(message, wire)
        except ConnectionClosed as closed:
            self._closed(closed)
        except TimeoutError:
            log.info("no welcome within %s s", self._timing.open_seconds)
        except Exception:
            log.exception("this connection has failed")

    def _closed(self, closed: ConnectionClosed) -> None:
        log.info("disconnected: %s", closed)
        if closed.rcvd is None:
            return
        code, reason = closed.rcvd.code, closed.rcvd.reason
        if code in FINAL_CODES:
            said = reason or text(self._hello().language, f"link.closed.{code}")
            refusal = Refused(id="", code=FINAL_CODES[code], text=said, final=True)
            self._listener.sent_away(refusal)
        else:
            self._obey(_retry_after_ms(reason))

    async def _hang_up(self, connection: Direct) -> None:
        # The closing handshake with a peer that does not read never ends by itself.
        try:
            async with asyncio.timeout(self._timing.close_seconds):
                await connection.close()
        except TimeoutError:
            log.info("hung up without a goodbye")
        finally:
            connection.transport.abort()

    def _obey(self, retry_after_ms: int) -> None:
        if retry_after_ms > 0:
            self._told_to_wait = self._timing.later(retry_after_ms)


def _read(data: bytes | str) -> Any:
    """A message of this version; None for one that is not: a newer server may say more."""
    try:
        return decode_from_server(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        log.debug("not understood: %s", error)
        return None


class _Reason(Struct):
    """What a close reason may carry."""

    retry_after_ms: int = 0


def _retry_after_ms(reason: str) -> int:
    try:
        return msgspec.json.decode(reason, type=_Reason).retry_after_ms
    except msgspec.DecodeError:
        return 0  # a reason in words, or none


def _retry_after_header(refused: InvalidStatus) -> int:
    seconds = refused.response.headers.get("Retry-After", "")
    return int(seconds[:9]) * 1000 if seconds.isascii() and seconds.isdigit() else 0
