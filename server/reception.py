"""Everybody who is connected, and what all connections share.

Lets the newest connection of a station win, tells connections that their person is not signed in
any more, and beats the heart of all of them. Who is calling is found out in `callers`; what is
said on a connection is the session's.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import cycle
from typing import Any, Final, Protocol

from msgspec import Struct
from msgspec.structs import replace

from server.administration import Administration
from server.allowances import Allowances
from server.auth import HOUSE, as_seen_by
from server.bookings import Bookings
from server.callers import Caller, Callers, times_of
from server.clock import Clock
from server.config import HOUSE_STREAM
from server.domain.commands import NoteTerminal
from server.domain.refusals import Refused
from server.exporting import Exports
from server.house import views
from server.hub import Hub, Outbox
from server.limits import Bucket, Pace
from server.links import TicketLinks
from server.metrics import Metrics
from server.own_data import OwnData
from server.people import Guest, People
from server.phones import Phones
from server.reloading import Reloading
from server.room import Room
from server.runner import BranchRunner
from server.signins import SignInHeld
from server.silence import Silence
from server.sockets import NOT_KNOWN, SUPERSEDED
from shared.addresses import TICKET_PATH
from shared.protocol import Accepted, Heartbeat, HouseView, SignInEnd, encode

log = logging.getLogger(__name__)

BEAT_PARTS: Final = 10
"""A connection belongs to one of so many parts, and each part has its time in every round."""

BEATS_AT_ONCE: Final = 8
"""Heartbeats at one moment: hundreds of them would hold the loop."""


class Deadlines(Struct, frozen=True, kw_only=True):
    """How long the network may take; shorter in tests."""

    open_seconds: float = 5.0
    hello_seconds: float = 5.0
    send_seconds: float = 4.0
    pulse_seconds: float = 2.0
    pong_seconds: float = 3.5
    close_seconds: float = 2.0
    heartbeat_seconds: float = 5.0
    phones_seconds: float = 1.0


class Connection(Protocol):
    """A session, as seen from here."""

    outbox: Outbox

    async def close(self, code: int) -> None:
        """End it with this code; returns when it has ended."""

    def sign_in_ended(self, reason: SignInEnd) -> None:
        """Nobody is signed in on it any more."""

    def left_alone(self) -> None:
        """Whoever is signed in on it has gone away."""


class Reception:
    """See above."""

    def __init__(
        self,
        runners: Mapping[str, BranchRunner],
        hub: Hub,
        people: People,
        exports: Exports,
        own_data: OwnData,
        bookings: Bookings,
        reloading: Reloading,
        links: TicketLinks,
        callers: Callers,
        phones: Phones,
        room: Room,
        allowances: Allowances,
        clock: Clock,
        metrics: Metrics,
        *,
        epoch: str,
        public_url: str = "",
        rehearsal_rate: float | None = None,
        deadlines: Deadlines | None = None,
    ) -> None:
        self.hub = hub
        self.people = people
        self.administration = Administration(people)
        self.callers = callers
        self.room = room
        self.own_data = own_data
        self.bookings = bookings
        self.clock = clock
        self.metrics = metrics
        self.epoch = epoch
        self.rehearsal_rate = rehearsal_rate
        self.deadlines = deadlines or Deadlines()
        self.reloading = reloading
        self.exports = exports
        self._runners = runners
        self._links = links
        self._phones = phones
        self._allowances = allowances
        self._public_url = public_url
        self._seats: dict[tuple[str, str | int], list[Connection]] = {}
        self._guests: dict[Connection, Guest] = {}
        self._parts: list[dict[Connection, Caller]] = [{} for _ in range(BEAT_PARTS)]
        self._background: set[asyncio.Task[None]] = set()
        self._silence = Silence()
        people.ended = self._sign_in_ended
        people.keeper.changed.append(self._house_changed)

    def with_its_secrets(self, taken: Accepted, branch: str) -> Accepted:
        """With the customer's private link and short code, where phones have an address."""
        return replace(taken, **self.secrets_of(taken.visit or 0, branch))

    def secrets_of(self, visit: int, branch: str) -> dict[str, str]:
        """The private link and the short code of a ticket; nothing without an address for phones,
        or for no ticket."""
        if not visit or not self._public_url:
            return {}
        return {
            "link": f"{self._public_url}{TICKET_PATH}{self._links.secret(branch, visit)}",
            "short_code": self._links.short_code(branch, visit),
        }

    def remote_tickets(self, caller: Caller) -> Bucket:
        """What bounds the numbers this caller takes before coming."""
        return self._allowances.remote_tickets(caller.runner.id, caller.visits_from)

    def paces(self, caller: Caller) -> list[Pace]:
        """What bounds the commands of a new connection of this caller."""
        return self._allowances.paces(caller.kind, caller.key)

    def listen(self, feed: str, caller: Caller, outbox: Outbox) -> None:
        """Leave this view and every newer one in the outbox."""
        if feed != HOUSE:
            away = caller.guest is not None and self.people.is_away(caller.guest)
            caller.runner.listen(feed if away else as_seen_by(caller.actor, feed), outbox)
            return
        self.hub.listen(HOUSE_STREAM, HOUSE, outbox)
        self.hub.introduce(HOUSE_STREAM, HOUSE, self._house_view)

    @contextmanager
    def seated(self, connection: Connection, caller: Caller) -> Iterator[None]:
        """While this connection is open. The newest of one caller wins."""
        seat = caller.seat
        seats = self._seats.setdefault(seat, [])
        for older in seats[: len(seats) + 1 - caller.connections_max]:
            # Not awaited: the newcomer must not wait for a connection that may be dead.
            self._in_background(older.close(SUPERSEDED))
        seats.append(connection)
        part = min(self._parts, key=len)
        part[connection] = caller
        if caller.guest is not None:
            self._guests[connection] = caller.guest
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
                self._seats.pop(seat, None)

    async def beat(self) -> None:
        """Tell every connection from time to time, for ever, that the server is alive."""
        pause = self.deadlines.heartbeat_seconds / BEAT_PARTS
        for part in cycle(self._parts):
            await self._beat_for(pause, list(part.items()))
            self.end_old_sign_ins()
            if part is self._parts[0]:
                self.listen_for_counters()

    def listen_for_counters(self) -> None:
        """Whoever is on duty is told of an open counter whose terminal has gone."""
        stations = self.people.keeper.house.stations.values()
        paired = {
            (station.branch, station.counter)
            for station in stations
            if station.kind == "counter" and station.counter and not station.revoked
        }
        here = (guest.station for guest in self._guests.values())
        there = {(one.branch, one.counter or 0) for one in here if one.kind == "counter"}
        for (branch, counter), silent in self._silence.look(paired, there, self.clock.monotonic()):
            runner = self._runners.get(branch)
            if runner is not None:
                self._in_background(_told(runner, NoteTerminal(counter=counter, silent=silent)))

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
        for connection, guest in self._guests.items():
            if guest.signed_in is held:
                connection.left_alone()
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

    async def _beat_for(self, seconds: float, part: Sequence[tuple[Connection, Caller]]) -> None:
        """Tell these connections within so long, a few at a time and evenly."""
        loop = asyncio.get_running_loop()
        starts = range(0, len(part), BEATS_AT_ONCE) or range(1)
        for start in starts:
            planned = loop.time() + seconds / len(starts)
            await asyncio.sleep(seconds / len(starts))
            self.metrics.loop_lag_seconds.set(max(0.0, loop.time() - planned))
            self._beat(part[start : start + BEATS_AT_ONCE])

    def _beat(self, several: Iterable[tuple[Connection, Caller]]) -> None:
        beats: dict[tuple[str, bool], bytes] = {}
        for connection, caller in several:
            runner, is_phone = caller.runner, caller.actor.role == "customer"
            # Without heartbeats the screens of a stopped branch say that they are stale.
            if runner.stopped:
                continue
            if (runner.id, is_phone) not in beats:
                beats[runner.id, is_phone] = encode(self._heartbeat(runner, is_phone))
            connection.outbox.heartbeat(beats[runner.id, is_phone])

    def _heartbeat(self, runner: BranchRunner, is_phone: bool) -> Heartbeat:
        seq = self._phones.vouched(runner.id) if is_phone else runner.vouched
        return Heartbeat(seq=seq, at=runner.now, epoch=self.epoch)

    def _in_background(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)


async def _told(runner: BranchRunner, news: NoteTerminal) -> None:
    """A branch that is busy or stopped is told again when something changes; screens are stale."""
    await runner.ask(news)
