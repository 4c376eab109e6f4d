"""The people of a played day in the lobby: customers, and those who let them in.

They see only what their terminals show them and act as people do. Tellers are in `tellers.py`;
what comes of it all is the server's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence

from msgspec import Struct

from play.branch_time import Time
from play.crowd import Crowd, Ticket
from play.errors import CannotPlay
from play.plan import Customer
from shared.link import Link
from shared.protocol import (
    VERSION,
    Accepted,
    BoardView,
    Command,
    Hello,
    LeaveLine,
    Refused,
    TakeTicket,
)

KIOSK_LANES = frozenset({"ordinary", "care"})
"""What customers say of themselves; other lanes are given by staff."""

TRIES_MAX = 3
"""How often a command is given again after its person has typed the secret again."""


class Place(Struct, frozen=True):
    """A terminal, and the secret of who works there."""

    link: Link
    staff: str = ""
    secret: str = ""


class Arrival(Struct, frozen=True):
    """A customer of the plan, by the branch's time (ms)."""

    row: int
    customer: Customer
    at: int
    leaves_at: int | None = None


class Person:
    """Somebody at a terminal."""

    def __init__(self, place: Place, day: str, time: Time) -> None:
        self.place = place
        self.link = place.link
        self.day = day
        self.time = time

    async def ask(self, command: Callable[..., Command], **values: object) -> Accepted | Refused:
        """Give a command, for the day that is played; type the secret again where asked to."""
        for _ in range(TRIES_MAX):
            given = command(id=self.link.new_id(), day=self.day, **values)
            answer = await self.link.send(given)
            if not await self._typed_again(answer):
                break
        return answer

    async def _typed_again(self, answer: Accepted | Refused) -> bool:
        """A day at the speed of life is longer than a terminal may be left alone."""
        if not self.place.staff or isinstance(answer, Accepted):
            return False
        match answer.code:
            case "Locked" | "ProveAgain":
                await self.link.unlock(self.place.secret)
            case "NobodySignedIn" if self.link.staff is None:
                await self.link.sign_in(self.place.staff, self.place.secret)
            case "NobodySignedIn":
                pass  # signed in again already: see `stay`
            case _:
                return False
        return True

    async def listen(self) -> None:
        """Hear what time it is, for ever."""
        async for view in self.link.views():
            self.time.heard(view.at)

    async def stay(self) -> None:
        """Sign in again whenever the sign-in has ended: it lasts eight hours, some days more."""
        told = self.link.staff
        while self.place.staff and self.link.refusal is None:
            told = await self.link.next_staff(told)
            if told is None:
                answer = await self.link.sign_in(self.place.staff, self.place.secret)
                told = self.link.staff
                if isinstance(answer, Refused) and told is None:
                    raise CannotPlay("refused", why=answer.text)


class Door:
    """Everybody who arrives takes a ticket, and who has waited too long leaves again.

    Customers press the kiosks themselves; a lane that is given by staff takes the assistant. They
    leave by their ticket's link where there is one, else the assistant takes them off the line.
    """

    def __init__(
        self, url: str, kiosks: Sequence[Person], assistant: Person, crowd: Crowd, time: Time
    ) -> None:
        self._url = url
        self._kiosks = [(kiosk, asyncio.Lock()) for kiosk in kiosks]
        self._assistant = (assistant, asyncio.Lock())
        self._crowd = crowd
        self._time = time

    async def let_in(self, arrivals: Sequence[Arrival]) -> None:
        """Everybody, in the order of arrival; ends when the last one who leaves has left."""
        async with asyncio.TaskGroup() as arriving:
            for arrival in arrivals:
                await self._time.until(arrival.at - self._time.lead)
                arriving.create_task(self._arrive(arrival))

    async def _arrive(self, arrival: Arrival) -> None:
        customer = arrival.customer
        by_staff = not KIOSK_LANES.issuperset(customer.lanes)
        person, turn = (
            self._assistant if by_staff else self._kiosks[arrival.row % len(self._kiosks)]
        )
        async with turn:
            answer = await person.ask(
                TakeTicket,
                service=customer.services[0],
                lanes=customer.lanes,
                needs=customer.needs,
            )
        if isinstance(answer, Refused):
            self._crowd.went_away(answer.code)
            return
        assert answer.visit is not None, "a ticket belongs to a visit"
        ticket = Ticket(arrival.row, customer, answer.visit, answer.link)
        self._crowd.took(ticket)
        if arrival.leaves_at is not None:
            await self._leave(ticket, arrival.leaves_at)

    async def _leave(self, ticket: Ticket, at: float) -> None:
        """Gone at that time, unless called before and still wanting the service.

        Of somebody who left in the recorded day nobody knows how long a service would have
        taken: called before, they go all the same, and the counter is free again.
        """
        await either(self._time.until(at), ticket.called.wait())
        if ticket.called.is_set() and ticket.customer.service_seconds:
            return
        if ticket.link:
            answer = await self._by_phone(ticket.visit, ticket.link)
        else:
            answer = await self._by_staff(ticket.visit)
        if isinstance(answer, Accepted):
            ticket.left_seq = answer.seq
            ticket.end("left")
        ticket.gone.set()

    async def _by_staff(self, visit: int) -> Accepted | Refused:
        person, turn = self._assistant
        async with turn:
            return await person.ask(LeaveLine, visit=visit)

    async def _by_phone(self, visit: int, link: str) -> Accepted | Refused:
        hello = Hello(version=VERSION, ticket=link.rpartition("/")[2])
        async with Link(self._url, hello) as phone:
            leave = LeaveLine(id=phone.new_id(), day=self._assistant[0].day, visit=visit)
            return await phone.send(leave)


async def either(*works: Coroutine[object, object, object]) -> None:
    """Wait for the first of these to end; the others are not waited for any more."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()


async def nobody_here(board: Link) -> None:
    """Wait until nobody is in the line, at a counter or at a machine any more."""
    async for view in board.views():
        if isinstance(view, BoardView):
            here = view.figures
            if not here.waiting + here.called + here.serving + here.parked + here.diverted:
                return
    raise ConnectionError("the board's connection ended")
