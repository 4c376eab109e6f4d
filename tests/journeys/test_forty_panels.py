"""Forty counters and forty rating panels on a played morning: every service is asked about once,
and what became of the questions adds up to the services finished.

All by real links to a real server; at counter 1 the panel is the real program on its own screen,
at counter 2 the teller works at the real one.
"""

import asyncio
import json
import random
from collections import Counter
from contextlib import AsyncExitStack, asynccontextmanager

from counter.rating.app import RatingApp
from counter.rating.settings import Settings
from server.journal.memory import MemoryJournal
from shared import protocol as p
from shared.link import Link
from shared.testing import ManualClock
from tests.journeys.desk import desk
from tests.journeys.hall import BRISK, live
from tests.server.one_branch import DAY, branch_config, rows
from tests.server.one_house import secret_of, station_secret
from tests.server.one_server import serving

COUNTERS = range(1, 41)
ROUNDS = 2
PATIENCE_SECONDS = 60
APP_PANEL, APP_COUNTER = 1, 2
FATES = ("rated", "rated", "rated", "ignored", "cut", "offline")


class OneLink:
    """A terminal somewhere in the hall: what it says, and what it shows."""

    def __init__(self, link, feed, counter=0):
        self.link, self.feed, self.counter = link, feed, counter

    @property
    def view(self):
        return self.link.view(self.feed)

    async def do(self, kind, **fields):
        """A command that takes effect."""
        if issubclass(kind, p.CounterCommand):
            fields["counter"] = self.counter
        reply = await self.link.send(kind(id=self.link.new_id(), day=DAY, **fields))
        assert isinstance(reply, p.Accepted), reply

    async def sees(self, holds):
        """Wait until it shows what must come."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            if self.view is not None and holds(self.view):
                return self.view
            async for _ in self.link.views():
                if self.view is not None and holds(self.view):
                    return self.view
        raise AssertionError(self.view)


class Morning:
    """The hall, and how it goes on."""

    def __init__(self, stack, server, clock):
        self._stack, self._server, self._clock = stack, server, clock
        self._chance = random.Random(40)
        self._at_kiosk = asyncio.Lock()  # one after the other, as people stand before it
        self.tellers: dict[int, OneLink] = {}
        self.panels: dict[int, OneLink] = {}
        self.fates: Counter[str] = Counter()

    async def furnish(self, folder):
        self.kiosk = await self._link("kiosk-1", "KioskView")
        self.board = await self._signed_in("board-manager", "manager", "BoardView")
        for n in COUNTERS:
            if n != APP_COUNTER:
                teller = await self._signed_in(f"counter-{n}", f"teller-{n}", f"CounterView:{n}", n)
                self.tellers[n] = teller
                await teller.do(p.OpenCounter)
            if n != APP_PANEL:
                self.panels[n] = await self._link(f"panel-{n}", f"PanelView:{n}", n)
        address = self._server.running.address
        self.desk = await self._stack.enter_async_context(
            desk(address, folder, counter=APP_COUNTER)
        )
        await self.desk.sign_in()
        await self.desk.press("f2")  # open
        panel = Link(address, _hello(f"panel-{APP_PANEL}"), timing=BRISK)
        self.app = RatingApp(panel, Settings(language="en"))
        self.pilot = await self._stack.enter_async_context(self.app.run_test(size=(80, 24)))

    async def _link(self, station, feed, counter=0):
        link = Link(self._server.running.address, _hello(station), timing=BRISK)
        await self._stack.enter_async_context(link)
        await live(link)
        return OneLink(link, feed, counter)

    async def _signed_in(self, station, staff, feed, counter=0):
        one = await self._link(station, feed, counter)
        assert isinstance(await one.link.sign_in(staff, secret_of(staff)), p.SignedIn)
        return one

    # --- Serving -----------------------------------------------------------------------------

    async def begin(self, n):
        """The next customer comes to this counter."""
        async with self._at_kiosk:
            await self.kiosk.do(p.TakeTicket, service="A")
        if n == APP_COUNTER:
            await self.desk.press("f2", "f4")
            return
        await self.tellers[n].do(p.CallNext)
        await self.tellers[n].do(p.StartService)

    async def finish(self, n):
        """And has been served."""
        if n == APP_COUNTER:
            await self.desk.press("f5")
        else:
            await self.tellers[n].do(p.FinishService)

    async def later(self, seconds):
        self._clock.advance(seconds=seconds)
        await self.desk.knows(self._clock.now_ms())

    # --- Rating ------------------------------------------------------------------------------

    async def react(self, n, fate):
        """What the customer at this counter makes of the question."""
        if n == APP_PANEL:
            return await self._react_at_the_app()
        self.fates[fate] += 1
        if fate == "offline":
            return None
        panel = self.panels[n]
        question = (await panel.sees(lambda view: view.question is not None)).question
        await panel.do(p.ConfirmQuestion, question=question.id)
        if fate == "rated":
            score = self._chance.randint(1, 5)
            await panel.do(p.RateService, question=question.id, score=score)
        return None

    async def _react_at_the_app(self):
        self.fates["rated"] += 1
        async with asyncio.timeout(PATIENCE_SECONDS):
            while self.app.page().name != "question":
                await self.pilot.pause()
            await self.pilot.press("4")
            while self.app.page().name != "thanks":
                await self.pilot.pause()

    def fate(self, n):
        return "rated" if n == APP_PANEL else self._chance.choice(FATES)


def _hello(station):
    return p.Hello(version=p.VERSION, station=station, secret=station_secret(station))


@asynccontextmanager
async def morning(folder, journal):
    clock = ManualClock()
    config = branch_config(counters=len(COUNTERS))
    async with (
        serving(journal=journal, clock=clock, branches=[config]) as server,
        AsyncExitStack() as stack,
    ):
        hall = Morning(stack, server, clock)
        await hall.furnish(folder)
        yield hall


async def test_every_service_is_asked_about_once_and_the_ends_add_up(tmp_path):
    journal = MemoryJournal()
    async with morning(tmp_path, journal) as hall:
        begun: set[int] = set()
        for nth in range(1, ROUNDS + 1):
            await asyncio.gather(*(hall.begin(n) for n in COUNTERS if n not in begun))
            await hall.later(120)
            await asyncio.gather(*(hall.finish(n) for n in COUNTERS))
            fates = {n: hall.fate(n) for n in COUNTERS}
            await asyncio.gather(*(hall.react(n, fates[n]) for n in COUNTERS))
            begun = {n for n in COUNTERS if fates[n] == "cut" and nth < ROUNDS}
            await asyncio.gather(*(hall.begin(n) for n in begun))
            await hall.later(25)
        finished = ROUNDS * len(COUNTERS)
        board = await hall.board.sees(lambda view: ended(view.ratings) == finished)

    # Every finished service was asked about once.
    happened = [json.loads(row.data) | {"type": row.type} for row in await rows(journal)]
    asked = [event for event in happened if event["type"] == "RatingAsked"]
    served = [event for event in happened if event["type"] == "ServiceFinished"]
    assert len(served) == finished
    about = Counter((event["visit"], event["counter"]) for event in asked)
    assert about == Counter((event["visit"], event["counter"]) for event in served)
    assert set(about.values()) == {1}

    # What became of the questions is what the people did, and nothing is left over.
    ratings = board.ratings
    assert ratings.answered == hall.fates["rated"]
    assert ratings.panel_offline == hall.fates["offline"]
    assert ratings.not_rated + ratings.cut_short == hall.fates["ignored"] + hall.fates["cut"]
    assert ratings.cut_short > 0
    by_counter = [one.ratings for one in board.counters]
    assert (
        sum(map(ended, by_counter)) == sum(c.figures.finished for c in board.counters) == finished
    )
    assert {ended(one) for one in by_counter} == {ROUNDS}


def ended(ratings):
    """The questions that have come to one of their four ends."""
    return ratings.answered + ratings.not_rated + ratings.cut_short + ratings.panel_offline
