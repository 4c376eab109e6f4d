"""Lives a planned day at a running server: everybody comes, works, and goes home.

The only place that puts the people of a day together. How they got their terminals is left to
`house`, what came of it is looked at in `compare`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from zoneinfo import ZoneInfo

from msgspec import Struct

from play.branch_time import Time
from play.crowd import Crowd
from play.errors import CannotPlay
from play.house import Key, gone
from play.people import Arrival, Door, Person, Place, either, nobody_here
from play.plan import CounterPlan, DayPlan, Shift, instant_ms
from play.tellers import FOREVER, Stint, Teller
from shared.link import Link
from shared.protocol import (
    CloseDay,
    GiveUpTicket,
    KioskView,
    Refused,
    SignOffDuty,
    SignOnDuty,
)

DAY_IS_OVER = ("DayNotOpen", "DayChanged")
"""What `CloseDay` meets where the branch has closed its day by itself."""


class Cast(Struct, frozen=True, kw_only=True):
    """Everybody who takes part, at their terminals; tellers by counter."""

    url: str
    kiosks: tuple[Place, ...]
    assistant: Place
    supervisor: Place
    tellers: Mapping[int, Place]


def cast_of(keys: Sequence[Key], places: Sequence[Place]) -> Cast:
    """Who is who."""
    by_post = [(key.post, place) for key, place in zip(keys, places, strict=True)]
    return Cast(
        url=keys[0].station.url,
        kiosks=tuple(place for post, place in by_post if post.kind == "kiosk"),
        assistant=next(place for post, place in by_post if post.role == "lobby_assistant"),
        supervisor=next(place for post, place in by_post if post.role == "operations_supervisor"),
        tellers={post.counter: place for post, place in by_post if post.counter is not None},
    )


class Played(Struct, frozen=True, kw_only=True):
    """A day that was played: who took which ticket, and when the rows of the plan were to come
    (ms)."""

    day: str
    rate: float
    crowd: Crowd
    arrivals: tuple[Arrival, ...]


async def play(plan: DayPlan, cast: Cast, time: Time, zone: ZoneInfo) -> Played:
    """The day from the first ticket to its close."""
    kiosk = await _first_view(cast.kiosks[0].link)
    day = kiosk.day
    assert day is not None, "waited for"
    crowd = Crowd()
    _tell_time(cast, time)
    supervisor, assistant = (
        Person(place, day, time) for place in (cast.supervisor, cast.assistant)
    )
    kiosks = [Person(place, day, time) for place in cast.kiosks]
    tellers = [
        Teller(place, day, time, counter, crowd, supervisor)
        for counter, place in cast.tellers.items()
    ]
    stints = {counter.counter: stints_of(counter, day, zone) for counter in plan.counters}
    opens_at = min((s.opens for s in kiosk.services if s.opens is not None), default=0)
    all_day = (Stint(opens_at),)
    coming = arrivals(plan, day, zone)
    door = Door(cast.url, kiosks, assistant, crowd, time)

    staff: tuple[Person, ...] = (supervisor, assistant, *tellers)
    watches = [
        _watch(cast.supervisor.link),
        *(person.listen() for person in (*kiosks, *tellers)),
        *(person.stay() for person in staff),
    ]
    async with _working(watches):
        await assistant.ask(SignOnDuty, staff=cast.assistant.staff)
        works = [teller.work(stints.get(teller.counter, all_day)) for teller in tellers]
        async with _working(works) as at_work:
            await door.let_in(coming)
            # Whoever still waits when everybody has gone home is told so when the day is closed.
            await either(nobody_here(supervisor.link), asyncio.wait(at_work))
            for teller in tellers:
                await teller.free.wait()
        await _go_home(crowd, supervisor, assistant, tellers)
    return Played(day=day, rate=time.rate, crowd=crowd, arrivals=coming)


def arrivals(plan: DayPlan, day: str, zone: ZoneInfo) -> tuple[Arrival, ...]:
    """The customers by the branch's time."""
    return tuple(
        Arrival(
            row,
            customer,
            instant_ms(day, customer.arrival_seconds, zone),
            None
            if customer.leave_seconds is None
            else instant_ms(day, customer.leave_seconds, zone),
        )
        for row, customer in enumerate(plan.customers)
    )


def stints_of(counter: CounterPlan, day: str, zone: ZoneInfo) -> tuple[Stint, ...]:
    """The shifts of a counter by the branch's time."""

    def at(seconds: float | None, otherwise: float) -> float:
        return otherwise if seconds is None else instant_ms(day, seconds, zone)

    def stint(shift: Shift) -> Stint:
        breaks = tuple((at(begin, 0), at(end, 0)) for begin, end in shift.breaks)
        return Stint(at(shift.begin_seconds, 0), at(shift.end_seconds, FOREVER), breaks)

    return tuple(map(stint, counter.shifts))


async def _first_view(kiosk: Link) -> KioskView:
    async for view in kiosk.views():
        if isinstance(view, KioskView) and view.day is not None:
            return view
    raise gone(kiosk)


async def _watch(link: Link) -> None:
    """Nothing is heard of the server any more: everybody would wait for it for ever."""
    async for state in link.changed():
        if state in ("stale", "refused"):
            raise gone(link)


def _tell_time(cast: Cast, time: Time) -> None:
    for place in (*cast.kiosks, cast.assistant, cast.supervisor, *cast.tellers.values()):
        now = place.link.now_ms()
        if now is not None:
            time.heard(now)


@asynccontextmanager
async def _working(
    works: Sequence[Coroutine[object, object, None]],
) -> AsyncIterator[list[asyncio.Task[None]]]:
    """These work while the block runs. A fault of one of them ends the play at once."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(work) for work in works]
            try:
                yield tasks
            finally:
                for task in tasks:
                    task.cancel()
    except ExceptionGroup as faults:
        raise _first_of(faults) from faults


def _first_of(faults: ExceptionGroup[Exception]) -> Exception:
    first = faults.exceptions[0]
    return _first_of(first) if isinstance(first, ExceptionGroup) else first


async def _go_home(
    crowd: Crowd, supervisor: Person, assistant: Person, tellers: Sequence[Teller]
) -> None:
    """Whoever missed the call is given up, counters close, then the day."""
    for ticket in crowd.tickets.values():
        if ticket.missed and ticket.ended is None:
            await supervisor.ask(GiveUpTicket, visit=ticket.visit, reason="manager_decision")
            ticket.end("given_up")
    for teller in tellers:
        if teller.counter in crowd.at_work:
            await teller.close()
    await assistant.ask(SignOffDuty, staff=assistant.place.staff)
    closed = await supervisor.ask(CloseDay, leftovers=True)
    if isinstance(closed, Refused) and closed.code not in DAY_IS_OVER:
        raise CannotPlay("refused", why=closed.text)
    for ticket in crowd.tickets.values():
        ticket.end("unserved")
