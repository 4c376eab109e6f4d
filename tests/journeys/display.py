"""The display's real program on a screen of its own, in the hall: looked at, and listened to.

async with display_app(lobby, folder) as screen:
    await screen.shows("A003")
    assert screen.spoken == ["A003"]
"""

import asyncio
from contextlib import asynccontextmanager

from lobby_display.app import DisplayApp
from lobby_display.settings import Settings
from lobby_display.voice.settings import VoiceSettings
from shared import protocol as p
from shared.link import Link
from tests.journeys.hall import BRISK
from tests.journeys.people import PATIENCE_SECONDS
from tests.lobby_display.voice.one_voice import PlayerByHand, clips_in
from tests.screens import lines_of
from tests.server.one_house import station_secret
from tests.settle import settle


class AtTheWall:
    """The program, its player, and whoever looks up to it."""

    def __init__(self, app, pilot, player):
        self.app, self.player, self._pilot = app, player, pilot

    async def until(self, holds):
        """Come back when the screen is as it must be."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not holds():
                self.app._tick()
                await self._pilot.pause()
                await asyncio.sleep(0)
        await settle(self.app)

    async def shows(self, words):
        """Wait for these words."""
        await self.until(lambda: words in self.text())

    async def shows_no(self, words):
        """Wait until they are gone."""
        await self.until(lambda: words not in self.text())

    def text(self):
        return "\n".join(lines_of(self.app))

    @property
    def up(self):
        """The calls that are up, and where they go."""
        return [(one.call.number, one.call.counter) for one in self.app.stage.shown]

    @property
    def spoken(self):
        """The numbers that were spoken, in order."""
        return [one.call.number for one in self.app.speaker.spoken]


@asynccontextmanager
async def display_app(hall, folder, size=(160, 45), **settings):
    """The display's program at the branch of this hall, with clips and a player."""
    hello = p.Hello(
        version=p.VERSION,
        station="display-2",
        secret=station_secret("display-2"),
        views=("DisplayView",),
    )
    player = PlayerByHand([0])
    app = DisplayApp(
        Link(hall.address, hello, timing=BRISK),
        Settings(languages=("en",), voice=VoiceSettings(), **settings),
        voice=(clips_in(folder / "voice", ms=20), player),
        monotonic=hall.clock.monotonic,
    )
    async with app.run_test(size=size) as pilot:
        screen = AtTheWall(app, pilot, player)
        await screen.until(lambda: app.view is not None and app.link_state == "live")
        yield screen
