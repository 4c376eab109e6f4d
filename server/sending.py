"""What goes out on one connection, and whether anybody reads it.

A client that stops reading is cut off: one task sends everything, each message under a deadline,
and then aborts the transport. The library's keepalive, its `close()` and `broadcast()` would all
wait for such a client, or pile up what it does not read. What waits to be sent, and in which order,
is the outbox's; what is said is the session's.
"""

from __future__ import annotations

import asyncio
import logging

from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from server.hub import Outbox, OutboxClosed
from server.metrics import Metrics
from server.reception import Deadlines
from server.sockets import STOPPED_READING, address_of

log = logging.getLogger(__name__)


class Sending:
    """The way out of one connection. `ending`: its outbox was closed on purpose."""

    def __init__(
        self, socket: ServerConnection, outbox: Outbox, deadlines: Deadlines, metrics: Metrics
    ) -> None:
        self.ending = False
        self._socket, self._outbox = socket, outbox
        self._deadlines, self._metrics = deadlines, metrics

    async def send_what_waits(self) -> None:
        """The only task that sends; ends with the connection, or with what there is to send."""
        try:
            while True:
                message = await self._outbox.next()
                async with asyncio.timeout(self._deadlines.send_seconds):
                    await self._socket.send(message, text=True)
        except ConnectionClosed:
            pass
        except TimeoutError:
            self._cut_off()
        except OutboxClosed:
            # Closed by itself: more commands than their sender reads the answers of.
            if not self.ending:
                self._cut_off()
        except Exception:
            log.exception("a fault in sending")
            self._socket.transport.abort()

    async def feel_pulse(self) -> None:
        """A terminal in the house answers at once, or it has stopped reading: found out also in
        a quiet branch, where nothing is sent that it could leave unread. Phones are spared."""
        try:
            while True:
                await asyncio.sleep(self._deadlines.pulse_seconds)
                async with asyncio.timeout(self._deadlines.pong_seconds):
                    await (await self._socket.ping())
        except ConnectionClosed:
            pass
        except TimeoutError:
            self._cut_off()

    def _cut_off(self) -> None:
        self._metrics.kicked.labels(STOPPED_READING).inc()
        log.info("cut off: it stopped reading", extra={"address": address_of(self._socket)})
        self._socket.transport.abort()
