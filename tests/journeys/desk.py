"""A counter's real program on a screen of its own, at a real server: by keyboard alone.

    async with desk(lobby.address, folder, counter=1) as teller:
        await teller.sign_in()
        await teller.press("f2", "f2", "f4")
        assert teller.says("counter.in_hand", number="A001")

Its double presses and its idleness go by a clock that every key moves on by a second; everything
else is as at a counter.
"""

from contextlib import asynccontextmanager
from typing import Any

from counter.app import CounterApp
from counter.settings import Settings
from shared import protocol as p
from shared.i18n import text
from shared.link import Link
from tests.journeys.hall import BRISK
from tests.journeys.screen import Heard, OnScreen
from tests.server.one_house import secret_of, station_secret
from tests.settle import settle


class AtDesk(OnScreen):
    """The program, and the teller before it."""

    def __init__(self, app, pilot, heard, counter, clock):
        super().__init__(app, pilot, heard)
        self.counter, self._clock = counter, clock

    async def press(self, *keys):
        """One key after the other, each when the one before has been carried out and shown."""
        for key in keys:
            self._clock[0] += 1.0
            await self._pilot.press(key)
            await self.idle()

    async def type_ahead(self, key):
        """A key whose answer nobody waits for."""
        self._clock[0] += 1.0
        await self._pilot.press(key)

    async def write(self, words):
        await self._pilot.press(*words)
        await settle(self.app)

    async def idle(self):
        """Come back when nothing is on its way and everything is drawn."""
        await settle(self.app)
        await self.until(lambda: not self.app.is_busy)

    async def sign_in(self, staff=None):
        """签到, by keyboard."""
        staff = staff or f"teller-{self.counter}"
        await self.write(staff)
        await self.press("enter")
        await self.write(secret_of(staff))
        await self.press("enter")
        await self.until(lambda: self.app.view is not None)

    async def unlock(self):
        """Go on after the terminal was left alone."""
        await self.write(secret_of(f"teller-{self.counter}"))
        await self.press("enter")
        await self.until(lambda: self.app.desk.told == self.app.say("counter.unlocked"))

    async def sees(self, holds):
        """Wait until the view it lives by shows what must come."""
        await self.until(lambda: self.app.view is not None and holds(self.app.view))

    async def knows(self, moment):
        """Let it know how late it is, as the heartbeat does that is silent in tests."""
        link = self.app.link
        epoch, seq = link.welcome.epoch, self.app.view.seq
        link.heard(p.Heartbeat(seq=seq, at=moment, epoch=epoch), link._wire)
        self.app._tick()
        await self.idle()

    def says(self, key, **values):
        """Whether this sentence is on the screen, wherever it is broken."""
        wanted = "".join(text(self.app.language, key, **values).split())
        return wanted in "".join(self.text().split())

    def command(self, name):
        """A command under its own word."""
        return text(self.app.language, f"command.{name}")

    @property
    def told(self):
        """The sentence below the keys."""
        return self.app.desk.told

    def in_hand(self) -> Any:
        """The ticket in hand."""
        return self.app.view.current


class ByHand(CounterApp):
    """Its seconds are the test's."""

    tick_seconds = 3600.0
    calm_seconds = 0.0


@asynccontextmanager
async def desk(address, folder, counter=1, size=(100, 30), language="en", station=None, **options):
    """The counter's program. It keeps its files in the folder, as the real one does."""
    station = station or f"counter-{counter}"
    hello = p.Hello(version=p.VERSION, station=station, secret=station_secret(station))
    link = Link(
        address,
        hello,
        outbox=folder / f"{station}.outbox",
        sign_in=folder / f"{station}.sign_in",
        timing=BRISK,
    )
    heard, clock = Heard(), [1000.0]
    settings = Settings(language=language, speech=True)
    app = ByHand(link, settings, voice=heard, monotonic=lambda: clock[0], **options)
    async with app.run_test(size=size) as pilot:
        teller = AtDesk(app, pilot, heard, counter, clock)
        await teller.until(lambda: app.link_state in ("live", "stale"))
        yield teller
