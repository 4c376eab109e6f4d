"""A terminal's real program on a screen of its own, in the hall: touched, looked at, listened to.

async with kiosk_app(lobby, size=(80, 24)) as kiosk:
    await kiosk.touch("start")
    assert "..." in kiosk.text()
"""

import asyncio
from contextlib import asynccontextmanager

from kiosk.app import KioskApp
from kiosk.settings import Settings
from shared import protocol as p
from shared.link import Link
from tests.journeys.hall import BRISK
from tests.journeys.people import PATIENCE_SECONDS
from tests.screens import lines_of
from tests.server.one_house import station_secret
from tests.settle import settle


class Heard:
    """A voice: what it read aloud, in order."""

    def __init__(self):
        self.sentences = []

    def say(self, sentences, _language, *, loud):
        self.sentences += sentences

    def stop(self):
        """Nothing more is read."""


class OnScreen:
    """A program that runs, and whoever stands before it."""

    def __init__(self, app, pilot, heard):
        self.app, self.heard, self._pilot = app, heard.sentences, pilot

    async def until(self, holds):
        """Come back when the screen shows what must come."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not holds():
                await self._pilot.pause()
                await asyncio.sleep(0)
        await settle(self.app)

    async def shows(self, words):
        """Wait for these words."""
        await self.until(lambda: words in self.text())

    async def touch(self, word):
        """Touch the tile of that word, in its middle, as soon as it is there."""
        await self.until(lambda: self._tiles(word))
        await self._pilot.click(self._tiles(word)[0])
        await settle(self.app)

    async def press(self, *keys):
        """Keys of a keyboard; a reader of QR codes is one."""
        await self._pilot.press(*keys)
        await self._pilot.pause()

    async def step(self, name):
        """Wait until it is that page's turn."""
        await self.until(lambda: self.app.kiosk.step == name and self.app.screen.page.name == name)

    async def prove(self, code, digits=""):
        """Type the code of an appointment, and the last digits of the phone if one was left."""
        await self.step("code")
        await self.press(*code)
        if digits:
            await self.step("digits")
            await self.press(*digits)

    async def checks_in(self, code, digits=""):
        """Check in by the code; how the customer came."""
        await self.touch("appointments")
        await self.touch("check_in")
        await self.prove(code, digits)
        await self.step("ticket")
        came = self.app.kiosk.ticket
        await self.touch("done")
        return came

    def _tiles(self, word):
        tiles = self.app.screen.query("TileButton")
        return [tile for tile in tiles if tile.tile.touch == word and tile.region.area]

    def text(self):
        """What is written there."""
        return "\n".join(lines_of(self.app))


@asynccontextmanager
async def kiosk_app(hall, size=(80, 24), **settings):
    """The kiosk's program at the branch of this hall, with a voice that is listened to."""
    hello = p.Hello(
        version=p.VERSION,
        station="kiosk-2",
        secret=station_secret("kiosk-2"),
        views=("KioskView",),
    )
    heard = Heard()
    app = KioskApp(Link(hall.address, hello, timing=BRISK), Settings(**settings), voice=heard)
    async with app.run_test(size=size) as pilot:
        screen = OnScreen(app, pilot, heard)
        await screen.until(lambda: app.view is not None and app.link_state == "live")
        yield screen
