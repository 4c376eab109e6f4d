"""What a branch tells of waits is kept with what then happens, over restarts, for all to read."""

from contextlib import asynccontextmanager

from server.accuracy.figures import Accuracy
from server.accuracy.shown import End
from server.accuracy.store import Looked, open_record
from server.accuracy_pages import AccuracyPages
from server.domain.configuration import Waits
from server.forecasting import Forecasting
from server.journal.memory import MemoryJournal
from server.recording import FIGURES_SECONDS, Recording
from shared.protocol import Accepted, CallNext, LeaveLine, OpenCounter, TakeTicket
from shared.testing import ManualClock
from tests.server.accuracy.told_ranges import DAY as MONDAY
from tests.server.accuracy.told_ranges import a_range, ms
from tests.server.one_branch import DAY, branch_config, new_id
from tests.server.one_server import serving

KNOWN = branch_config(waits=Waits(priors=True))


class House:
    """A server whose forecasts and looks are made when the test says so."""

    def __init__(self, server, journal, clock, record):
        self.server, self.clock, self.record = server, clock, record
        self.figures: dict[str, Accuracy] = {}
        runners = server.running.runners
        self.forecast = Forecasting(runners, journal, clock)
        self.recording = Recording(runners, journal, record, clock, self.figures)
        self.pages = AccuracyPages(runners, self.figures)

    async def open(self):
        self.kiosk = await self.server.terminal("kiosk-1")
        self.teller = await self.server.terminal("counter-1")
        await self.teller.order(OpenCounter(id=new_id(), day=DAY, counter=1))

    async def take(self):
        reply = await self.kiosk.order(TakeTicket(id=new_id(), day=DAY, service="A"))
        assert isinstance(reply, Accepted)
        return reply

    async def call(self):
        return await self.teller.order(CallNext(id=new_id(), day=DAY, counter=1))

    async def tell(self):
        self.clock.advance(seconds=31)
        assert await self.forecast.forecast("main")

    async def told(self):
        """The sums by kind, after a look."""
        await self.recording.look("main")
        found = await self.record.sums("main", MONDAY, MONDAY)
        of_a = [one for one in found.sums if (one.service, one.lane) == ("A", "ordinary")]
        return {one.kind: one for one in of_a}


@asynccontextmanager
async def a_house(record, journal=None, clock=None, config=KNOWN):
    journal, clock = journal or MemoryJournal(), clock or ManualClock()
    async with serving(journal, clock, [config]) as server:
        house = House(server, journal, clock, record)
        try:
            yield house
        finally:
            await house.forecast.end()


@asynccontextmanager
async def a_record(path=None):
    record = await open_record(path)
    try:
        yield record
    finally:
        await record.close()


async def test_what_was_told_and_what_became_of_it_is_kept():
    async with a_record() as record, a_house(record) as house:
        await house.open()
        await house.tell()
        for _ in range(4):
            mine = await house.take()
        await house.recording.look("main")
        house.clock.advance(minutes=3)
        await house.call()
        board = await house.server.terminal("board-head")
        await board.order(LeaveLine(id=new_id(), day=DAY, visit=mine.visit))

        told = await house.told()

    assert told["first"].shown == 4
    assert (told["first"].called, told["first"].wait) == (1, 3)
    assert (told["first"].left, told["first"].open) == (1, 2)
    assert told["first"].learned == 0, "nothing was finished yet: by what is configured"
    assert told["next"].called == 1, "the first of them read it before taking a number"


async def test_what_reads_the_same_is_shown_once():
    async with a_record() as record, a_house(record) as house:
        await house.open()
        await house.take()
        await house.tell()
        before = await house.told()

        await house.tell()

        assert {k: one.shown for k, one in (await house.told()).items()} == {
            k: one.shown for k, one in before.items()
        }


async def test_a_ticket_keeps_its_promise_over_a_restart(tmp_path):
    journal, clock = MemoryJournal(), ManualClock()
    async with a_record(tmp_path / "waits.sqlite") as record:
        async with a_house(record, journal, clock) as house:
            await house.open()
            for _ in range(5):
                await house.take()
            await house.tell()
            mine = await house.take()
            await house.recording.look("main")
        clock.advance(minutes=2)
        async with a_house(record, journal, clock) as house:
            await house.recording.look("main")

            again = house.server.running.runners["main"].wait(mine.visit)
            await house.tell()
            told = await house.told()

    assert again is not None
    assert again.until == mine.wait.until
    assert told["first"].shown == 6


async def test_a_call_while_nobody_looked_is_found_afterwards(tmp_path):
    journal, clock = MemoryJournal(), ManualClock()
    async with a_record(tmp_path / "waits.sqlite") as record:
        async with a_house(record, journal, clock) as house:
            await house.open()
            await house.take()
            await house.tell()
            await house.recording.look("main")
            clock.advance(minutes=4)
            await house.call()
        async with a_house(record, journal, clock) as house:
            told = await house.told()

    assert (told["first"].called, told["first"].open) == (1, 0)


async def test_anybody_may_read_the_page():
    async with a_record() as record, a_house(record) as house:
        before = await house.server.get("/accuracy", headers="Accept-Language: en-GB,zh;q=0.5\r\n")
        style = await house.server.get("/accuracy.css")
        await house.open()
        await house.tell()
        await house.take()
        await house.recording.look("main")
        house.clock.advance(minutes=2)
        await house.call()
        house.clock.advance(seconds=FIGURES_SECONDS + 1)
        await house.recording.look("main")
        after = house.pages.answer("/accuracy", "branch=main&language=zh", "")

    status, headers, body = before
    assert (status, style[0]) == (200, 200)
    assert b"Nothing is known yet" in body
    assert 'lang="en"' in body.decode()
    assert headers["content-security-policy"].startswith("default-src 'none'; style-src 'self'")
    assert headers["cache-control"] == "no-store"
    assert b"<svg" in after.body
    assert 'lang="zh"' in after.body.decode()


async def test_the_figures_are_of_today_and_of_the_days_before():
    async with a_record() as record, a_house(record) as house:
        before = a_range(1, day="2026-11-09")
        await record.write("main", [before], [End(1, "called", ms(15))], Looked("", 0))
        await house.open()
        await house.tell()
        await house.take()
        await house.recording.look("main")
        house.clock.advance(minutes=2)
        await house.call()
        house.clock.advance(seconds=FIGURES_SECONDS + 1)

        await house.recording.look("main")

    told = house.figures["main"]
    assert [(week.name, week.held.called) for week in told.weeks] == [
        ("2026-11-09", 1),
        (MONDAY, 1),
    ]
    assert sum(one.tickets for one in told.said) == 2


async def test_a_branch_that_is_not_here_has_no_page():
    async with a_record() as record, a_house(record) as house:
        assert house.pages.answer("/accuracy", "branch=nowhere", "") is None
        assert house.pages.answer("/accurate", "", "") is None


async def test_a_record_that_fails_is_said_once_and_stops_nothing(caplog):
    async with a_record() as record, a_house(record) as house:
        await house.open()
        await house.tell()
        await house.recording.look("main")
        record._db.execute("DROP TABLE shown")
        await house.take()

        await house.recording.look("main")
        await house.recording.look("main")

        assert isinstance(await house.call(), Accepted)
    assert caplog.text.count("cannot be kept") == 1
