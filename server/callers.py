"""Who is calling: from the first message's credential to a caller, and wrong ones counted.

A right one is always let in, whatever others at its address have tried: only who brought a wrong
one is told to wait. A short code alone is short enough to be guessed, so beyond its limits it is
not even looked at; who holds the ticket's link is not affected.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from server.allowances import Allowances, CallerKind
from server.clock import Clock
from server.domain.refusals import NotKnown, RateLimited, Refusal
from server.domain.state import Actor
from server.links import TicketLinks
from server.metrics import Metrics
from server.people import Guest, People
from server.runner import BranchRunner
from server.signins import BranchTimes
from shared.protocol import Hello

CONNECTIONS_PER_STATION: Final = 1
CONNECTIONS_PER_TICKET: Final = 3
"""A phone, its reloaded page, and the phone of whoever came along."""

CONNECTIONS_PER_VISITORS: Final = 20
"""Of one address; a connection that takes a number is open for a moment."""

NO_VISIT: Final = 0
"""Whose short code is computed where there is no such ticket: that must not be quicker."""


class Caller(Struct, frozen=True):
    """Who a connection belongs to, and in which branch: a station, or else a customer. All that is
    known of a visitor of the branch's page is the address: `visits_from`."""

    runner: BranchRunner
    guest: Guest | None = None
    customer: Actor | None = None
    visits_from: str = ""

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
        actor = self.actor
        if self.visits_from:
            return self.runner.id, f"visitor:{self.visits_from}"
        if actor.appointment:
            return self.runner.id, f"appointment:{actor.appointment}"
        return self.runner.id, actor.visit or actor.station

    @property
    def seat(self) -> tuple[str, str | int]:
        """Where there is room for so many connections only. A counter has one terminal: another
        one that is set up there takes its place."""
        station = self.guest.station if self.guest is not None else None
        if station is not None and station.kind == "counter":
            return self.runner.id, f"counter:{station.counter}"
        return self.key

    @property
    def kind(self) -> CallerKind:
        """What kind of station it is, or a customer's phone."""
        return self.guest.station.kind if self.guest is not None else "phone"

    @property
    def connections_max(self) -> int:
        """How many of them may be open."""
        if self.visits_from:
            return CONNECTIONS_PER_VISITORS
        return CONNECTIONS_PER_STATION if self.actor.station else CONNECTIONS_PER_TICKET

    @property
    def times(self) -> BranchTimes:
        """The branch's time."""
        return times_of(self.runner)


def times_of(runner: BranchRunner) -> BranchTimes:
    """A branch's time, and its day."""
    return BranchTimes(runner.now, runner.published.day_ends)


class Denied(Exception):
    """Not let in: why, and after how many seconds to come again; None where that is no use."""

    def __init__(self, refusal: Refusal, seconds: float | None = None) -> None:
        super().__init__(type(refusal).__name__)
        self.refusal = refusal
        self.seconds = seconds


class Callers:
    """See above."""

    def __init__(
        self,
        runners: Mapping[str, BranchRunner],
        people: People,
        links: TicketLinks,
        allowances: Allowances,
        clock: Clock,
        metrics: Metrics,
        *,
        is_public: bool = False,
    ) -> None:
        self._runners = runners
        self._people = people
        self._links = links
        self._allowances = allowances
        self._clock = clock
        self._metrics = metrics
        self._is_public = is_public

    def of(self, hello: Hello, address: str) -> Caller:
        """Who says this hello, from that address; raises Denied."""
        caller = self._found(hello, address)
        if caller is None:
            raise self.wrong(address)
        return caller

    def ticket(self, secret: str, address: str) -> tuple[BranchRunner, int]:
        """The branch and the visit of a ticket's link, for its page; raises Denied."""
        caller = self._by_link(secret)
        if caller is None:
            raise self.wrong(address)
        return caller.runner, caller.actor.visit

    def wrong(self, address: str) -> Denied:
        """What to say to whoever brought a wrong credential. One answer for all that is wrong."""
        seconds = self._allowances.wrong_credentials(address).take(self._clock.monotonic())
        return self._too_often("credentials", seconds) if seconds else Denied(NotKnown())

    def _found(self, hello: Hello, address: str) -> Caller | None:
        if hello.station:
            return self._station(hello)
        if hello.ticket:
            return self._by_link(hello.ticket)
        if hello.appointment_link:
            return self._by_appointment_link(hello.appointment_link)
        if hello.short_code:
            return self._by_short_code(hello, address)
        if hello.visitor:
            return self._visitor(hello, address)
        return None

    def _station(self, hello: Hello) -> Caller | None:
        station = self._people.known(hello.station, hello.secret)
        runner = self._runners.get(station.branch) if station else None
        if station is None or runner is None:
            return None
        guest = Guest(station)
        self._people.resume(guest, hello.token, times_of(runner))
        return Caller(runner, guest)

    def _by_link(self, ticket: str) -> Caller | None:
        for runner in self._runners.values():
            visit = self._links.visit(ticket, runner.id, runner.published.visits)
            if visit is not None and runner.shows_tickets:
                return _customer(runner, visit)
        return None

    def _by_appointment_link(self, link: str) -> Caller | None:
        for runner in self._runners.values():
            found = self._links.appointment(link, runner.id, runner.published.appointments)
            if found is not None and runner.link_is_good(found):
                actor = Actor(role="booked_customer", appointment=found)
                return Caller(runner, customer=actor)
        return None

    def _visitor(self, hello: Hello, address: str) -> Caller | None:
        """Whoever has opened the branch's page, where there is one for phones."""
        runner = self._branch(hello.branch) if self._is_public else None
        if runner is None:
            return None
        return Caller(runner, customer=Actor(role="visitor"), visits_from=address)

    def _by_short_code(self, hello: Hello, address: str) -> Caller | None:
        runner = self._branch(hello.branch)
        if runner is None:
            return None
        now = self._clock.monotonic()
        tries = self._allowances.wrong_short_codes(runner.id, address)
        if seconds := max(bucket.wait(now) for bucket in tries):
            raise self._too_often("short_code", seconds)
        visit = runner.visit_numbered(hello.number) or NO_VISIT
        code = self._links.short_code(runner.id, visit)
        if hmac.compare_digest(code, hello.short_code) and visit != NO_VISIT:
            return _customer(runner, visit)
        for bucket in tries:
            bucket.take(now)
        return None

    def _branch(self, named: str) -> BranchRunner | None:
        """The one that is meant; where there is only one, it need not be named."""
        if not named and len(self._runners) == 1:
            return next(iter(self._runners.values()))
        return self._runners.get(named)

    def _too_often(self, limit: str, seconds: float) -> Denied:
        self._metrics.too_often.labels(limit).inc()
        return Denied(RateLimited(), seconds)


def _customer(runner: BranchRunner, visit: int) -> Caller:
    return Caller(runner, customer=Actor(role="customer", visit=visit))
