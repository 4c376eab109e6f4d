"""Everybody who is connected, and what all connections share.

Finds out who is calling (credential -> caller), lets the newest connection of a station win,
tells connections that their person is not signed in any more, and beats the heart of all of
them. What is said on a connection is the session's.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Iterator, Mapping
from contextlib import contextmanager
from itertools import cycle
from typing import Any, Final, Protocol

from msgspec import Struct

from server.administration import Administration
from server.allowances import Allowances, CallerKind
from server.auth import HOUSE
from server.clock import Clock
from server.config import HOUSE_STREAM
from server.domain.refusals import Refused
from server.domain.state import Actor
from server.house import views
from server.hub import Hub, Outbox
from server.limits import Pace
from server.links import TicketLinks
from server.metrics import Metrics
from server.people import Guest, People
from server.runner import BranchRunner
from server.signins import BranchTimes, SignInHeld
from server.sockets import NOT_KNOWN, SUPERSEDED
from shared.protocol import Heartbeat, Hello, HouseView, SignInEnd, encode

log = logging.getLogger(__name__)

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
    """Who a connection belongs to, and in which branch: a station, or else a customer."""

    runner: BranchRunner
    guest: Guest | None = None
    customer: Actor | None = None

    @property
    def actor(self) -> Actor:
        """Who acts when something comes over this connection now."""
        if self.guest is not None:
            return self.guest.actor
        assert self.customer is not None, "a caller is a station or a customer"
        return self.customer

    @property
    def key(self) -> tuple[str, str | int]:
        """What the same caller has in common with the connection it had before."""
        return self.runner.id, self.actor.visit or self.actor.station

    @property
    def kind(self) -> CallerKind:
        """What kind of station it is, or a customer's phone."""
        return self.guest.station.kind if self.guest is not None else "phone"

    @property
    def connections_max(self) -> int:
        """How many of them may be open."""
        return CONNECTIONS_PER_TICKET if self.actor.visit else CONNECTIONS_PER_STATION

    @property
    def times(self) -> BranchTimes:
        """The branch's time."""
        return times_of(self.runner)


def times_of(runner: BranchRunner) -> BranchTimes:
    """A branch's time, and its day."""
    return BranchTimes(runner.now, runner.published.day_ends)


class Connection(Protocol):
    """A session, as seen from here."""

    outbox: Outbox

    async def close(self, code: int) -> None:
        """End it with this code; returns when it has ended."""

    def sign_in_ended(self, reason: SignInEnd) -> None:
        """Nobody is signed in on it any more."""


class Reception:
    """See above."""

    def __init__(
        self,
        runners: Mapping[str, BranchRunner],
        hub: Hub,
        people: People,
        links: TicketLinks,
        clock: Clock,
        metrics: Metrics,
        allowances: Allowances,
        *,
        epoch: str,
        public_url: str = "",
        rehearsal_rate: float | None = None,
        deadlines: Deadlines | None = None,
    ) -> None:
        self.hub = hub
        self.people = people
        self.administration = Administration(people)
        self.clock = clock
        self.metrics = metrics
        self.epoch = epoch
        self.rehearsal_rate = rehearsal_rate
        self.deadlines = deadlines or Deadlines()
        self._runners = runners
        self._links = links
        self._allowances = allowances
        self._public_url = public_url
        self._seats: dict[tuple[str, str | int], list[Connection]] = {}
        self._guests: dict[Connection, Guest] = {}
        self._parts: list[dict[Connection, BranchRunner]] = [{} for _ in range(BEAT_PARTS)]
        self._background: set[asyncio.Task[None]] = set()
        people.ended = self._sign_in_ended
        people.keeper.changed.append(self._house_changed)

    def caller(self, hello: Hello) -> Caller | None:
        """Who says this hello; None where the credential is not good."""
        if hello.station:
            return self._station(hello)
        return self._customer(hello.ticket)

    def link(self, branch: str, visit: int) -> str | None:
        """The customer's private link, where there is an address for phones."""
        if not self._public_url:
            return None
        return f"{self._public_url}/t/{self._links.secret(branch, visit)}"

    def paces(self, caller: Caller) -> list[Pace]:
        """What bounds the commands of a new connection of this caller."""
        return self._allowances.paces(caller.kind, caller.key)

    def listen(self, feed: str, caller: Caller, outbox: Outbox) -> None:
        """Leave this view and every newer one in the outbox."""
        if feed != HOUSE:
            caller.runner.listen(feed, outbox)
            return
        self.hub.listen(HOUSE_STREAM, HOUSE, outbox)
        self.hub.introduce(HOUSE_STREAM, HOUSE, self._house_view)

    @contextmanager
    def seated(self, connection: Connection, caller: Caller) -> Iterator[None]:
        """While this connection is open. The newest of one caller wins."""
        seats = self._seats.setdefault(caller.key, [])
        for older in seats[: len(seats) + 1 - caller.connections_max]:
            # Not awaited: the newcomer must not wait for a connection that may be dead.
            self._in_background(older.close(SUPERSEDED))
        seats.append(connection)
        part = min(self._parts, key=len)
        part[connection] = caller.runner
        if caller.guest is not None:
            self._guests[connection] = caller.guest
        key = caller.key
        role = self.metrics.connections.labels(caller.actor.role)
        role.inc()
        try:
            yield
        finally:
            role.dec()
            self.hub.leave(connection.outbox)
            del part[connection]
            self._guests.pop(connection, None)
            seats.remove(connection)
            if not seats:
                self._seats.pop(key, None)

    async def beat(self) -> None:
        """Tell every connection from time to time, for ever, that the server is alive."""
        loop = asyncio.get_running_loop()
        pause = self.deadlines.heartbeat_seconds / BEAT_PARTS
        for part in cycle(self._parts):
            planned = loop.time() + pause
            await asyncio.sleep(pause)
            self.metrics.loop_lag_seconds.set(max(0.0, loop.time() - planned))
            self._beat(part)
            self.end_old_sign_ins()

    def end_old_sign_ins(self) -> None:
        """Whose time has run out, or whose right was taken away, is signed in no more."""
        for held in self.people.signins:
            station = self.people.keeper.house.stations[held.station]
            runner = self._runners.get(station.branch)
            if (reason := self.people.lost_right(held)) is not None:
                self._in_background(self._end(held, reason))
            elif runner is None or self.people.is_over(held, times_of(runner)):
                self._in_background(self._end(held, "expired"))
            elif self.people.was_left(held):
                self._in_background(self._lock(held))

    # --- Who is calling ------------------------------------------------------------------------

    def _station(self, hello: Hello) -> Caller | None:
        station = self.people.known(hello.station, hello.secret)
        runner = self._runners.get(station.branch) if station else None
        if station is None or runner is None:
            return None
        guest = Guest(station)
        self.people.resume(guest, hello.token, times_of(runner))
        return Caller(runner, guest)

    def _customer(self, ticket: str) -> Caller | None:
        for runner in self._runners.values() if ticket else ():
            visit = self._links.visit(ticket, runner.id, runner.published.visits)
            if visit is not None:
                return Caller(runner, customer=Actor(role="customer", visit=visit))
        return None

    # --- What happens to people and stations ---------------------------------------------------

    def _house_changed(self) -> None:
        """Rights that are gone are gone on open connections too."""
        stations = self.people.keeper.house.stations
        for connection, guest in self._guests.items():
            if stations[guest.station.id].revoked:
                self._in_background(connection.close(NOT_KNOWN))
        self.end_old_sign_ins()
        self._publish_house()

    def _sign_in_ended(self, held: SignInHeld, reason: SignInEnd) -> None:
        for connection, guest in self._guests.items():
            if guest.signed_in is held:
                guest.signed_in = None
                connection.sign_in_ended(reason)

    async def _end(self, held: SignInHeld, reason: SignInEnd) -> None:
        try:
            await self.people.end(held, reason)
        except Refused as refused:
            log.error("the end of a sign-in was not written down: %s", refused)

    async def _lock(self, held: SignInHeld) -> None:
        try:
            await self.people.lock(held)
        except Refused as refused:
            log.error("the lock of a sign-in was not written down: %s", refused)

    def _publish_house(self) -> None:
        self.hub.publish(HOUSE_STREAM, self._house_view)

    def _house_view(self, _feed: str) -> HouseView:
        keeper = self.people.keeper
        signed_in = {held.station: held.staff for held in self.people.signins}
        return views.build(keeper.house, keeper.now, signed_in, self.people.without_secret)

    # --- Heartbeats ----------------------------------------------------------------------------

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

    def _in_background(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)
