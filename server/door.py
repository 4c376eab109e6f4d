"""Where handshakes are let in or turned away, before anything is said.

By somebody else's web page; for want of room; or because too many come at once, all together or
from one address. A terminal that shows its pass is not counted with the crowd at its address, and
finds places that phones leave free.
"""

from __future__ import annotations

from http import HTTPStatus
from math import ceil
from typing import Final

from websockets.asyncio.server import ServerConnection
from websockets.http11 import Request, Response

from server.allowances import Allowances
from server.clock import Clock
from server.metrics import Metrics
from server.people import People
from server.responses import come_again, words
from server.room import Party, Room
from server.sockets import network_of
from shared.lane import HEADER, station_in
from shared.origins import Origins

NO_ROOM_SECONDS: Final = 10
CROWD_SECONDS: Final = (1.0, 10.0)
"""When whoever came in a crowd may come again, by chance, or they would come as one."""


class Door:
    """See above."""

    def __init__(
        self,
        origins: Origins,
        room: Room,
        allowances: Allowances,
        people: People,
        clock: Clock,
        metrics: Metrics,
    ) -> None:
        self._origins = origins
        self._room = room
        self._allowances = allowances
        self._people = people
        self._clock = clock
        self._metrics = metrics

    def handshake(self, connection: ServerConnection, request: Request) -> Response | None:
        """Why a websocket is not begun; None when it is."""
        headers = request.headers
        if not self._origins.may_talk(headers.get_all("Origin"), headers.get_all("Host")):
            return words(HTTPStatus.FORBIDDEN)
        party = self._party(connection, request)
        if seconds := self._too_many_at_once(party):
            return self._turned_away("handshakes", seconds)
        if not self._room.take(connection, party):
            return self._turned_away("places", NO_ROOM_SECONDS)
        # The library has no public hook for the end of a connection that needs no task.
        lost = connection.connection_lost_waiter
        lost.add_done_callback(lambda _: self._room.leave(connection))
        return None

    def _party(self, connection: ServerConnection, request: Request) -> Party:
        shown = request.headers.get_all(HEADER)
        station = station_in(shown[0], self._people.secret_sha256_of) if shown else None
        if station is not None:
            return Party(station, is_station=True)
        return Party(network_of(connection))

    def _too_many_at_once(self, party: Party) -> int:
        """Seconds to wait; 0 when it is let in."""
        now = self._clock.monotonic()
        of_party, of_all = self._allowances.handshakes(party.name, known=party.is_station)
        if seconds := of_party.take(now):
            return ceil(seconds)
        leave = 0.0 if party.is_station else self._allowances.kept_for_stations
        if of_all.take(now, leave):
            return ceil(self._clock.uniform(*CROWD_SECONDS))
        return 0

    def _turned_away(self, limit: str, seconds: int) -> Response:
        self._metrics.turned_away.labels(limit).inc()
        return come_again(seconds)
