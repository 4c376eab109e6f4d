"""Who holds which ticket, and who is at work: what the people in a lobby see of each other.

The tellers find out here whether a called customer comes, and which ticket another teller is
about to call. Nothing here knows a terminal.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from play.plan import Customer, Ending
from shared.protocol import TicketShown

STRANGER = Customer(arrival_seconds=0, services=("",), service_seconds=(300,))
"""Somebody whose ticket was not taken by the player: comes, and takes five minutes."""


class Ticket:
    """A customer with a number: `row` is the customer's place in the plan, `served` counts the
    transactions that are done, `left_seq` is the journal's sequence since which the customer is
    off the line."""

    def __init__(self, row: int, customer: Customer, visit: int, link: str | None) -> None:
        self.row = row
        self.customer = customer
        self.visit = visit
        self.link = link
        self.called = asyncio.Event()
        self.gone = asyncio.Event()
        self.left_seq = 0
        self.served = 0
        self.missed = False
        self.ended: Ending | None = None

    def end(self, how: Ending) -> None:
        """It is over."""
        self.ended = self.ended or how
        self.gone.set()

    @property
    def seconds(self) -> float:
        """How long the present transaction takes."""
        planned = self.customer.service_seconds
        return planned[self.served] if self.served < len(planned) else 0.0


class Crowd:
    """Everybody in the lobby."""

    def __init__(self) -> None:
        self.tickets: dict[int, Ticket] = {}
        self.turned_away: dict[str, int] = {}
        self.at_work: dict[int, frozenset[str]] = {}
        self._about_to_call: set[int] = set()

    def took(self, ticket: Ticket) -> None:
        """Somebody has a number now."""
        self.tickets[ticket.visit] = ticket

    def went_away(self, code: str) -> None:
        """Somebody got no number, and why."""
        self.turned_away[code] = self.turned_away.get(code, 0) + 1

    def ticket(self, visit: int) -> Ticket:
        """Whose number was called."""
        if visit not in self.tickets:
            return Ticket(-1, STRANGER, visit, None)
        return self.tickets[visit]

    def next_of(self, line: Iterable[TicketShown]) -> int | None:
        """The first of a line whom no other teller is about to call."""
        return next((t.visit for t in line if t.visit not in self._about_to_call), None)

    @contextmanager
    def calling(self, visit: int) -> Iterator[None]:
        """While a teller calls, nobody else presses for the same customer."""
        self._about_to_call.add(visit)
        try:
            yield
        finally:
            self._about_to_call.discard(visit)

    def served_elsewhere(self, service: str, counter: int) -> bool:
        """Whether another counter that is at work does this service."""
        return any(service in does for other, does in self.at_work.items() if other != counter)
