"""The tellers of a played day: they open, call, serve for as long as it takes, pause and close.

A teller acts on what the counter's screen shows. What a supervisor has to answer for (the last
counter for cash goes to lunch), the supervisor does.
"""

from __future__ import annotations

import asyncio

from msgspec import Struct

from play.branch_time import Time
from play.crowd import Crowd, Ticket
from play.people import Person, Place, either
from shared.protocol import (
    Accepted,
    AddTransaction,
    CallNext,
    CallNumber,
    CloseCounter,
    CounterView,
    FinishService,
    MarkMissed,
    OpenCounter,
    PauseCounter,
    RecallTicket,
    Refused,
    ResumeCounter,
    StartService,
)

SECOND_MS = 1_000

RECALL_SECONDS = 20
"""Between two calls of somebody who does not come: after the third of them a minute is over."""

CALLS_IN_VAIN = 3
MISS_TRIES = 20

LOOK_SECONDS = 60
"""So often a teller without a customer looks again, also when nothing is new."""

FOREVER = float("inf")


class Stint(Struct, frozen=True):
    """A shift by the branch's time (ms)."""

    begins_at: float
    ends_at: float = FOREVER
    breaks: tuple[tuple[float, float], ...] = ()


class Teller(Person):
    """Works one counter, one stint after the other. `free` while there is no customer."""

    def __init__(
        self, place: Place, day: str, time: Time, counter: int, crowd: Crowd, supervisor: Person
    ) -> None:
        super().__init__(place, day, time)
        self.counter = counter
        self._crowd = crowd
        self._supervisor = supervisor
        self._news = asyncio.Event()
        self.free = asyncio.Event()
        self.free.set()

    async def listen(self) -> None:
        """Hear what time it is, and that something is new on the screen."""
        async for view in self.link.views():
            self.time.heard(view.at)
            self._news.set()

    async def work(self, stints: tuple[Stint, ...]) -> None:
        """All stints of the day; a stint without an end is ended by whoever ends the day."""
        for stint in stints:
            await self.time.until(stint.begins_at)
            await self._begin(OpenCounter)
            for begins_at, ends_at in stint.breaks:
                await self._serve(begins_at)
                await self._take_break(ends_at)
            await self._serve(stint.ends_at, stays=True)
            await self.close()

    # --- The counter ---------------------------------------------------------------------------

    async def _begin(self, command: type[OpenCounter | ResumeCounter]) -> None:
        await self.ask(command, counter=self.counter)
        view = self._view
        self._crowd.at_work[self.counter] = frozenset(view.services if view else ())

    async def _take_break(self, ends_at: float) -> None:
        """Lunch. Nobody leaves the last counter for cash, or for care, but by the supervisor."""
        self._crowd.at_work.pop(self.counter, None)
        if isinstance(await self.ask(PauseCounter, counter=self.counter, reason="meal"), Refused):
            await self._supervisor.ask(PauseCounter, counter=self.counter, reason="meal")
        await self.time.until(ends_at)
        await self._begin(ResumeCounter)

    async def close(self) -> None:
        """Close the counter, by the supervisor where a teller may not."""
        self._crowd.at_work.pop(self.counter, None)
        if isinstance(await self.ask(CloseCounter, counter=self.counter), Refused):
            await self._supervisor.ask(CloseCounter, counter=self.counter)

    def _is_needed(self) -> bool:
        """Whether somebody waits whom no other counter would serve."""
        view = self._view
        return view is not None and any(
            not self._crowd.served_elsewhere(ticket.service, self.counter) for ticket in view.line
        )

    @property
    def _view(self) -> CounterView | None:
        view = self.link.view(f"CounterView:{self.counter}")
        return view if isinstance(view, CounterView) else None

    # --- Customers -----------------------------------------------------------------------------

    async def _serve(self, until: float, stays: bool = False) -> None:
        """Serve whoever is next, until that instant; who stays, also whoever has nobody else."""
        while self.time.now() < until or (stays and self._is_needed()):
            self._news.clear()
            if not await self._serve_next():
                look_at = self.time.now() + LOOK_SECONDS * SECOND_MS
                look_at = min(until, look_at) if self.time.now() < until else look_at
                await either(self._news.wait(), self.time.until(look_at))

    async def _serve_next(self) -> bool:
        """Call and serve one customer; False when nobody waits who is not called already."""
        view = self._view
        visit = self._crowd.next_of(view.line) if view else None
        if visit is None:
            return False
        with self._crowd.calling(visit):
            answer = await self.ask(CallNext, counter=self.counter)
        if isinstance(answer, Refused) or answer.visit is None:
            return False
        await self._meet(self._crowd.ticket(answer.visit))
        return True

    async def _meet(self, ticket: Ticket) -> None:
        self.free.clear()
        ticket.called.set()
        customer = ticket.customer
        if customer.comes and not customer.service_seconds:
            await ticket.gone.wait()  # left in the recorded day: see Door
            await self.link.until(ticket.left_seq)
        elif customer.comes:
            await self._walk(customer.walk_seconds)
            await self._attend(ticket)
        if self._has_in_hand(ticket):
            await self._wait_in_vain(ticket)
        self.free.set()

    async def _walk(self, seconds: float) -> None:
        """Until the customer is here: since the call, by the server, and not since its answer."""
        view = self._view
        called_at = view.current.called_at if view and view.current else None
        since = self.time.now() if called_at is None else called_at
        await self.time.until(since + seconds * SECOND_MS - self.time.lead)

    async def _attend(self, ticket: Ticket) -> None:
        """Start, and serve one transaction after the other for as long as each takes."""
        since = await self._start(ticket)
        if since is None and await self._call_back(ticket):
            since = await self._start(ticket)
        if since is not None and not ticket.served:
            for service in ticket.customer.services[1:]:
                await self.ask(AddTransaction, counter=self.counter, service=service)
        while since is not None:
            await self.time.until(since + ticket.seconds * SECOND_MS - self.time.lead)
            if not await self._finish(ticket):
                return
            since = self._since(ticket)

    async def _start(self, ticket: Ticket) -> int | None:
        """Since when, by the server; None when it was refused."""
        sent = self.time.now()
        if isinstance(await self.ask(StartService, counter=self.counter), Refused):
            return None
        since = self._since(ticket)
        if since is not None:
            self.time.took_effect(sent, since)
        return since

    async def _call_back(self, ticket: Ticket) -> bool:
        """Whose call expired on the way to the counter, and who is here now: called once more."""
        missed = self._view.missed if self._view else ()
        number = next((t.number for t in missed if t.visit == ticket.visit), None)
        if number is None:
            return False
        answer = await self.ask(
            CallNumber, counter=self.counter, number=number, reason="customer_returned"
        )
        return isinstance(answer, Accepted)

    async def _finish(self, ticket: Ticket) -> bool:
        papers = ("identity card",) if ticket.customer.papers_missing else ()
        outcome = "papers_missing" if papers else "done"
        answer = await self.ask(FinishService, counter=self.counter, outcome=outcome, papers=papers)
        if isinstance(answer, Accepted):
            ticket.served += 1
            if ticket.served >= len(ticket.customer.services):
                ticket.end("done")
        return isinstance(answer, Accepted)

    def _since(self, ticket: Ticket) -> int | None:
        """When the present transaction began, by the server; None when it is not here."""
        view = self._view
        current = view.current if view else None
        if current is None or current.visit != ticket.visit:
            return None
        return current.started_at

    def _has_in_hand(self, ticket: Ticket) -> bool:
        view = self._view
        current = view.current if view else None
        return current is not None and (current.visit, current.state) == (ticket.visit, "called")

    async def _wait_in_vain(self, ticket: Ticket) -> None:
        ticket.missed = True
        for _ in range(CALLS_IN_VAIN - 1):
            await self.time.until(self.time.now() + RECALL_SECONDS * SECOND_MS)
            await self.ask(RecallTicket, counter=self.counter)
        for _ in range(MISS_TRIES):
            await self.time.until(self.time.now() + RECALL_SECONDS * SECOND_MS)
            answer = await self.ask(MarkMissed, counter=self.counter)
            if isinstance(answer, Accepted) or answer.code != "TooEarlyToMiss":
                return
