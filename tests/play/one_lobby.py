"""A lobby in this process in which a day is played, and time passes only while nobody is busy.

The server is a real one, and so are the sockets. The clock of both is moved by hand, from one
instant that somebody waits for to the next, and never while a command is on its way: so a played
day takes seconds, and every service lasts exactly as long as planned.
"""

import asyncio
import math
from contextlib import AsyncExitStack, asynccontextmanager
from zoneinfo import ZoneInfo

from play.house import sign_in
from play.people import Place
from play.player import Cast, play
from server import show
from server.journal.memory import MemoryJournal
from shared.link import Link
from shared.protocol import VERSION, Hello
from shared.testing import ManualClock
from tests.server.one_branch import branch_config, rows
from tests.server.one_house import secret_of, staff_at, station_secret
from tests.server.one_server import serving

PASSES = 25
"""Turns of the event loop without a command on its way: whoever has something to do has begun."""


class Errands:
    """How many commands are on their way."""

    def __init__(self):
        self.count = 0

    async def one(self, sending):
        self.count += 1
        try:
            return await sending
        finally:
            self.count -= 1


class WatchedLink(Link):
    """A link that tells how many commands are on their way."""

    def __init__(self, url, hello, errands):
        super().__init__(url, hello)
        self._errands = errands

    async def send(self, command, *, pursue=True):
        return await self._errands.one(super().send(command, pursue=pursue))

    async def request(self, command):
        return await self._errands.one(super().request(command))


class SteppedTime:
    """The `Time` of a clock that is moved by hand."""

    rate = 1.0
    lead = 0.0

    def __init__(self, clock):
        self.clock = clock

    def now(self):
        return self.clock.now_ms()

    def heard(self, at):
        pass  # this one needs not be told

    def took_effect(self, sent, at):
        assert sent == at

    async def until(self, at):
        await self.clock.sleep_until(math.ceil(at))


async def step(clock, errands):
    """Let time pass to the next instant somebody waits for, whenever nobody is busy."""
    while True:
        quiet = 0
        while quiet < PASSES:
            await asyncio.sleep(0)
            quiet = 0 if errands.count else quiet + 1
        if clock.naps:
            clock.advance(seconds=clock.naps[0])


@asynccontextmanager
async def at_station(url, station, errands):
    """Somebody at a terminal, signed in where people sign in."""
    hello = Hello(version=VERSION, station=station, secret=station_secret(station))
    async with WatchedLink(url, hello, errands) as link:
        async for state in link.changed():
            if state == "live":
                break
        if station.startswith("kiosk"):
            yield Place(link)
            return
        staff = staff_at(station)
        await sign_in(link, staff, secret_of(staff))
        yield Place(link, staff, secret_of(staff))


async def play_here(plan, start="2026-11-16T08:50", counters=4, **server):
    """A day at a branch with some counters that do everything; how it was played, and its journal
    as `lobby show --json` prints it."""
    clock, errands, journal = ManualClock(start), Errands(), MemoryJournal()
    config = branch_config(counters=counters)
    async with (
        serving(journal, clock, [config], rehearsal=True, **server) as running,
        AsyncExitStack() as stack,
    ):
        url = running.running.address

        async def place(station):
            return await stack.enter_async_context(at_station(url, station, errands))

        cast = Cast(
            url=url,
            kiosks=(await place("kiosk-1"),),
            assistant=await place("board-assistant"),
            supervisor=await place("board-supervisor"),
            tellers={n: await place(f"counter-{n}") for n in range(1, counters + 1)},
        )
        stepping = asyncio.create_task(step(clock, errands))
        try:
            played = await play(plan, cast, SteppedTime(clock), ZoneInfo(config.time_zone))
        finally:
            stepping.cancel()
        kept = await rows(journal)
    return played, [line.encode() for line in show.objects("main", iter(kept))]
