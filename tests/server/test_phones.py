"""Customers' pages hear of everything a little later than the stations, and all of it at once."""

import asyncio
from contextlib import asynccontextmanager

from server.domain.refusals import Busy
from server.domain.state import Actor
from server.hub import Hub, Outbox
from server.journal.contract import JournalFull
from server.journal.memory import MemoryJournal
from server.phones import Phones
from server.runner import REST_MS
from shared.protocol import Accepted, LeaveLine
from shared.testing import ManualClock
from tests.server.one_branch import (
    DAY,
    KIOSK,
    SlowJournal,
    call,
    everybody_told,
    new_id,
    next_view,
    open_counter,
    running,
    start,
    take,
    take_tickets,
    teller,
)


def page_of(visit):
    """Whoever holds this ticket's link."""
    return Actor(role="customer", visit=visit)


@asynccontextmanager
async def branch_with_pages(visits, journal=None, clock=None):
    """A branch where so many have taken a number, each with an open page; nobody is told yet."""
    hub = Hub()
    async with running(journal or MemoryJournal(), clock, hub=hub) as runner:
        await open_counter(runner)
        await take_tickets(runner, visits)
        await everybody_told(runner)
        pages = [Outbox() for _ in range(visits)]
        for visit, page in enumerate(pages, 1):
            runner.listen(f"TicketView:{visit}", page)
            await page.next()
        yield runner, pages, Phones(hub, {"main": runner}, pause_seconds=0)


async def left_in(outbox):
    """The next view in the outbox, None where there is none."""
    outbox.heartbeat(b"that is all")
    data = await outbox.next()
    if data == b"that is all":
        return None
    await outbox.next()
    return data


async def test_what_happens_in_between_is_told_in_one_view():
    async with branch_with_pages(3) as (runner, (_, _, third), phones):
        await runner.submit(LeaveLine(id=new_id(), day=DAY, visit=1), page_of(1))
        await runner.submit(LeaveLine(id=new_id(), day=DAY, visit=2), page_of(2))
        assert await left_in(third) is None

        await phones.tell_next()

        assert (await next_view(third)).people_ahead == 0
        assert await left_in(third) is None


async def test_whoever_asks_sees_it_with_the_answer():
    async with branch_with_pages(2) as (runner, (first, second), _):
        answer = await runner.submit(LeaveLine(id=new_id(), day=DAY, visit=1), page_of(1))
        first.reply(b"the answer")

        view = await next_view(first)
        assert (view.state, view.seq) == ("left", answer.seq)
        assert await first.next() == b"the answer"
        assert await left_in(second) is None


async def test_a_page_on_which_nothing_changes_is_left_alone():
    async with branch_with_pages(2) as (runner, (first, second), phones):
        await runner.submit(LeaveLine(id=new_id(), day=DAY, visit=2), page_of(2))

        await phones.tell_next()

        assert (await next_view(second)).state == "left"
        assert await left_in(first) is None


async def test_pages_are_told_nothing_that_is_not_durable_and_by_a_slow_disk_with_what_it_wrote():
    journal = SlowJournal()
    async with branch_with_pages(2, journal) as (runner, (first, _), phones):
        await runner.submit(take(), KIOSK)
        journal.hold()
        calling = asyncio.create_task(runner.submit(call(), teller(1)))
        await journal.writing.wait()

        await phones.tell_next()

        assert await left_in(first) is None
        assert not calling.done()
        assert phones.vouched("main") < runner.published.seq
        journal.let_go()
        answer = await calling
        assert (await next_view(first)).state == "called"
        assert phones.vouched("main") == answer.seq


class FullDisk(MemoryJournal):
    """While it is full nothing can be written, and nothing be read either."""

    is_full = False

    async def append(self, branch, expected_seq, entries, private_rows=()):
        self._try()
        return await super().append(branch, expected_seq, entries, private_rows)

    async def read(self, branch, after=0, upto=None):
        self._try()
        async for row in super().read(branch, after, upto):
            yield row

    async def has_room(self):
        return not self.is_full

    def _try(self):
        if self.is_full:
            raise JournalFull("full", path="the disk")


async def test_pages_say_that_a_disk_too_full_to_be_read_is_full_and_that_there_is_room_again():
    journal, clock = FullDisk(), ManualClock()
    async with branch_with_pages(2, journal, clock) as (runner, (first, second), phones):
        journal.is_full = True
        refused = await runner.submit(call(), teller(1))
        await phones.tell_next()
        assert (refused, runner.can_be_shown) == (Busy(), False)

        await clock.asleep()
        clock.advance(seconds=REST_MS / 1000)
        full = [await next_view(page) for page in (first, second)]
        journal.is_full = False
        while runner.read_only:
            await clock.asleep()
            clock.advance(seconds=REST_MS / 1000)
        await phones.tell_next()
        after = [await next_view(page) for page in (first, second)]
        answer = await runner.submit(call(), teller(1))

    assert [(view.read_only, view.state) for view in full] == [(True, "waiting")] * 2
    assert [(view.read_only, view.state) for view in after] == [(False, "waiting")] * 2
    assert isinstance(answer, Accepted)


async def test_pages_are_told_again_and_again():
    async with branch_with_pages(2) as (runner, pages, phones):
        telling = asyncio.create_task(phones.tell_for_ever())

        called = await runner.submit(call(), teller(1))
        views = [await next_view(page) for page in pages]
        assert [view.seq for view in views] == [called.seq] * 2

        await runner.submit(take(), KIOSK)
        started = await runner.submit(start(), teller(1))
        assert (await next_view(pages[0])).seq == started.seq
        telling.cancel()


async def test_it_is_vouched_for_what_all_pages_have_been_told():
    async with branch_with_pages(2) as (runner, _, phones):
        before = runner.published.seq
        assert phones.vouched("main") == before

        answer = await runner.submit(call(), teller(1))
        assert phones.vouched("main") < answer.seq
        await everybody_told(runner)
        assert phones.vouched("main") < answer.seq

        await phones.tell_next()
        assert phones.vouched("main") == answer.seq
