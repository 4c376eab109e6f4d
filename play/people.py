"""The people of a played day, each with a connection of their own: customers, tellers, staff.

They see only what their terminals show them and act as people do: a customer who does not come
is called three times, a teller finishes before calling on. What comes of it is the server's.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable

from play.day import Customer
from shared.link import Link
from shared.protocol import (
    Accepted,
    BoardView,
    CallNext,
    Command,
    CounterView,
    FinishService,
    LeaveLine,
    MarkMissed,
    OpenCounter,
    RecallTicket,
    Refused,
    SignOnDuty,
    StartService,
    TakeTicket,
)

WALK_SECONDS = 8
"""From the seat to the counter, in branch time."""

RECALL_SECONDS = 11
"""Between two calls of somebody who does not come: a little more than the rule asks."""

CALLS_BEFORE_MISSED = 3


class BranchTime:
    """The branch's clock as a client knows it: what the server said, run on at its rate."""

    def __init__(self, at: int, rate: float) -> None:
        self._loop = asyncio.get_running_loop()
        self._started, self._at, self._rate = self._loop.time(), at, rate

    def now(self) -> int:
        """The branch's time in ms."""
        return self._at + round((self._loop.time() - self._started) * 1000 * self._rate)

    async def until(self, at: int) -> None:
        """Wait for an instant of branch time (ms)."""
        await asyncio.sleep(max(0.0, (at - self.now()) / 1000 / self._rate))

    async def seconds(self, seconds: float) -> None:
        """Wait some seconds of branch time."""
        await asyncio.sleep(seconds / self._rate)


class Crowd:
    """Who holds which number: the tellers find out whether a called customer comes."""

    def __init__(self) -> None:
        self._by_visit: dict[int, Customer] = {}

    def remember(self, visit: int, customer: Customer) -> None:
        """This customer took that ticket."""
        self._by_visit[visit] = customer

    def customer(self, visit: int) -> Customer:
        """Who was called; somebody unknown comes, and takes five minutes."""
        stranger = Customer(arrives_at=0, service="", service_minutes=5)
        return self._by_visit.get(visit, stranger)


class Person:
    """Somebody at a terminal."""

    def __init__(self, link: Link, day: str, time: BranchTime) -> None:
        self.link = link
        self.day = day
        self.time = time

    async def ask(self, command: Callable[..., Command], **values: object) -> Accepted | Refused:
        """Give a command, for the day that is played."""
        return await self.link.send(command(id=self.link.new_id(), day=self.day, **values))


class Doorkeeper(Person):
    """Takes tickets at the kiosk for everyone who arrives; some of them leave again."""

    def __init__(self, link: Link, day: str, time: BranchTime, crowd: Crowd, lobby: Link) -> None:
        super().__init__(link, day, time)
        self._crowd = crowd
        self._lobby = Person(lobby, day, time)
        self.taken = 0
        self.refused: list[Refused] = []

    async def let_in(self, customers: list[Customer]) -> None:
        """Everybody, in the order of arrival; ends when the last one who leaves has left."""
        async with asyncio.TaskGroup() as leaving:
            for customer in customers:
                await self.time.until(customer.arrives_at)
                visit = await self._take(customer)
                if visit is not None and customer.leaves_after_minutes is not None:
                    leaving.create_task(self._leave(visit, customer.leaves_after_minutes))

    async def _take(self, customer: Customer) -> int | None:
        answer = await self.ask(
            TakeTicket, service=customer.service, lanes=customer.lanes, needs=customer.needs
        )
        if isinstance(answer, Refused):
            self.refused.append(answer)
            return None
        assert answer.visit is not None
        self.taken += 1
        self._crowd.remember(answer.visit, customer)
        return answer.visit

    async def _leave(self, visit: int, minutes: float) -> None:
        """Gone, unless the counter was quicker."""
        await self.time.seconds(minutes * 60)
        await self._lobby.ask(LeaveLine, visit=visit)


class Teller(Person):
    """Works one counter until told that the day is over."""

    def __init__(self, link: Link, day: str, time: BranchTime, crowd: Crowd, counter: int) -> None:
        super().__init__(link, day, time)
        self.counter = counter
        self._crowd = crowd

    async def work(self, opens_at: int) -> None:
        """Open at that instant (ms), and serve whoever is next, for ever."""
        await self.time.until(opens_at)
        await self.ask(OpenCounter, counter=self.counter)
        async for view in self.link.views():
            if isinstance(view, CounterView) and view.line_count:
                while await self._serve_next():
                    pass

    async def _serve_next(self) -> bool:
        """Call and serve one customer; False when nobody waits."""
        answer = await self.ask(CallNext, counter=self.counter)
        if isinstance(answer, Refused) or answer.visit is None:
            return False
        customer = self._crowd.customer(answer.visit)
        if not customer.comes:
            await self._wait_in_vain()
            return True
        await self.time.seconds(WALK_SECONDS)
        if isinstance(await self.ask(StartService, counter=self.counter), Accepted):
            await self.time.seconds(customer.service_minutes * 60)
            await self._finish(customer)
        return True

    async def _wait_in_vain(self) -> None:
        for _ in range(CALLS_BEFORE_MISSED - 1):
            await self.time.seconds(RECALL_SECONDS)
            await self.ask(RecallTicket, counter=self.counter)
        for _ in itertools.repeat(None, 20):
            await self.time.seconds(RECALL_SECONDS)
            answer = await self.ask(MarkMissed, counter=self.counter)
            if isinstance(answer, Accepted) or answer.code != "TooEarlyToMiss":
                return

    async def _finish(self, customer: Customer) -> None:
        papers = ("identity card",) if customer.papers_missing else ()
        outcome = "papers_missing" if papers else "done"
        await self.ask(FinishService, counter=self.counter, outcome=outcome, papers=papers)


async def sign_on(person: Person, staff: str) -> Accepted | Refused:
    """Take the duty of the lobby."""
    return await person.ask(SignOnDuty, staff=staff)


async def everyone_gone(board: Link) -> BoardView:
    """The board, once nobody is in the line, at a counter or at a machine any more."""
    async for view in board.views():
        if isinstance(view, BoardView):
            busy = view.figures
            if not busy.waiting + busy.called + busy.serving + busy.parked + busy.diverted:
                return view
    raise ConnectionError("the board's connection ended")
