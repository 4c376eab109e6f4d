"""Everybody who is connected, and what all connections share.

Finds out who is calling (credential -> actor), lets the newest connection of a station win, and
beats the heart of all of them. What is said on a connection is the session's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import cycle
from typing import Final, Protocol

from msgspec import Struct

from server.clock import Clock
from server.domain.state import Actor
from server.hub import Hub, Outbox
from server.links import TicketLinks
from server.metrics import Metrics
from server.runner import BranchRunner
from server.sockets import SUPERSEDED
from server.stations import Stations
from shared.protocol import Heartbeat, Hello, encode

CONNECTIONS_PER_STATION: Final = 1
CONNECTIONS_PER_TICKET: Final = 3
"""A phone, its reloaded page, and the phone of whoever came along."""

BEAT_PARTS: Final = 10
"""A tenth of the connections at a time: thousands of heartbeats at once hold the loop."""


class Deadlines(Struct, frozen=True, kw_only=True):
    """How long the network may take; shorter in tests."""

    hello_seconds: float = 5.0
    send_seconds: float = 4.0
    pulse_seconds: float = 2.0
    pong_seconds: float = 3.5
    close_seconds: float = 2.0
    heartbeat_seconds: float = 5.0


class Caller(Struct, frozen=True):
    """Who a connection belongs to, and in which branch."""

    runner: BranchRunner
    actor: Actor

    @property
    def key(self) -> tuple[str, str | int]:
        """What the same caller has in common with the connection it had before."""
        return self.runner.id, self.actor.visit or self.actor.station

    @property
    def connections_max(self) -> int:
        """How many of them may be open."""
        return CONNECTIONS_PER_TICKET if self.actor.visit else CONNECTIONS_PER_STATION


class Connection(Protocol):
    """A session, as seen from here."""

    outbox: Outbox

    async def close(self, code: int) -> None:
        """End it with this code; returns when it has ended."""


class Reception:
    """See above."""

    def __init__(
        self,
        runners: Mapping[str, BranchRunner],
        hub: Hub,
        stations: Stations,
        links: TicketLinks,
        clock: Clock,
        metrics: Metrics,
        *,
        epoch: str,
        public_url: str = "",
        deadlines: Deadlines | None = None,
    ) -> None:
        self.hub = hub
        self.clock = clock
        self.metrics = metrics
        self.epoch = epoch
        self.deadlines = deadlines or Deadlines()
        self._runners = runners
        self._stations = stations
        self._links = links
        self._public_url = public_url
        self._seats: dict[tuple[str, str | int], list[Connection]] = {}
        self._parts: list[dict[Connection, BranchRunner]] = [{} for _ in range(BEAT_PARTS)]
        self._closing: set[asyncio.Task[None]] = set()

    def caller(self, hello: Hello) -> Caller | None:
        """Whose credential this is; None, whatever is wrong with it."""
        if hello.station:
            return self._station(hello.station, hello.secret)
        return self._customer(hello.ticket)

    def link(self, branch: str, visit: int) -> str | None:
        """The address of a ticket's page; None while nobody has said where phones reach us."""
        if not self._public_url:
            return None
        return f"{self._public_url}/t/{self._links.secret(branch, visit)}"

    @contextmanager
    def seated(self, connection: Connection, caller: Caller) -> Iterator[None]:
        """While this connection is open. The newest of one caller wins."""
        seats = self._seats.setdefault(caller.key, [])
        for older in seats[: len(seats) + 1 - caller.connections_max]:
            self._close_soon(older)
        seats.append(connection)
        part = min(self._parts, key=len)
        part[connection] = caller.runner
        role = self.metrics.connections.labels(caller.actor.role)
        role.inc()
        try:
            yield
        finally:
            role.dec()
            self.hub.leave(connection.outbox)
            del part[connection]
            seats.remove(connection)
            if not seats:
                self._seats.pop(caller.key, None)

    async def beat(self) -> None:
        """Tell every connection from time to time, for ever, that the server is alive."""
        loop = asyncio.get_running_loop()
        pause = self.deadlines.heartbeat_seconds / BEAT_PARTS
        for part in cycle(self._parts):
            planned = loop.time() + pause
            await asyncio.sleep(pause)
            self.metrics.loop_lag_seconds.set(max(0.0, loop.time() - planned))
            self._beat(part)

    def _station(self, station_id: str, secret: str) -> Caller | None:
        station = self._stations.known(station_id, secret)
        runner = self._runners.get(station.branch) if station else None
        return Caller(runner, station.actor) if station and runner else None

    def _customer(self, ticket: str) -> Caller | None:
        for runner in self._runners.values() if ticket else ():
            visit = self._links.visit(ticket, runner.id, runner.published.visits)
            if visit is not None:
                return Caller(runner, Actor(role="customer", visit=visit))
        return None

    def _beat(self, part: Mapping[Connection, BranchRunner]) -> None:
        beats: dict[str, bytes] = {}
        for connection, runner in part.items():
            # Without heartbeats the screens of a stopped branch say that they are stale.
            if runner.stopped:
                continue
            if runner.id not in beats:
                seq, at = runner.published.seq, runner.now
                beats[runner.id] = encode(Heartbeat(seq=seq, at=at, epoch=self.epoch))
            connection.outbox.heartbeat(beats[runner.id])

    def _close_soon(self, connection: Connection) -> None:
        # Not awaited: the newcomer must not wait for a connection that may be dead.
        task = asyncio.create_task(connection.close(SUPERSEDED))
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)
