"""A kiosk on a screen of any size, with a branch behind it and a clock that is set by hand."""

from contextlib import asynccontextmanager

from textual.events import MouseDown, MouseUp

from kiosk.app import KioskApp
from kiosk.settings import Settings
from shared.protocol import VERSION, Accepted, Welcome
from shared.testing import FakeLink
from tests.server.domain.story import MONDAY, Story, _default_branch
from tests.settle import settle

SIZES = [(80, 24), (120, 40), (240, 67)]

WELCOME = Welcome(
    version=VERSION,
    branch="main",
    station="kiosk-1",
    role="kiosk",
    epoch="e",
    seq=0,
    at=0,
    heartbeat_ms=5_000,
    time_zone="Asia/Shanghai",
)


LINK = "https://lobby.example.com/t/abcdefghijklmnopqrstuv"
GIVEN = Accepted(
    id="x", seq=9, visit=1, number="A083", people_ahead=3, link=LINK, short_code="012345"
)


class ByHand(KioskApp):
    """Its clock is set by the test alone, however slow the machine is."""

    tick_seconds = 3600.0
    rung = 0

    def bell(self):
        self.rung += 1


class OneKiosk:
    """The app, its link, the branch and the clock."""

    def __init__(self, app, link, story, pilot, clock):
        self.app, self.link, self.story, self.pilot, self._clock = app, link, story, pilot, clock

    async def settle(self):
        """Until everything has been drawn."""
        await settle(self.app)

    async def press(self, *keys):
        for key in keys:
            await self.pilot.press(key)
            await self.settle()

    async def touch(self, word):
        """Click the tile of that word, in its middle."""
        tile = next(b for b in self.app.screen.query("TileButton") if b.tile.touch == word)
        await self.pilot.click(tile)
        await self.settle()

    async def tap(self, x, y):
        """A finger at that cell, as the terminal tells of it."""
        for kind in (MouseDown, MouseUp):
            self.app.post_message(kind(None, x, y, 0, 0, 1, False, False, False, x, y))
        await settle(self.app)

    async def push(self):
        """The branch as it is now arrives."""
        self.link.push(self.story.kiosk)
        await self.settle()

    async def wait(self, seconds):
        """So much time goes by, and the kiosk looks at its clock."""
        self._clock[0] += seconds
        self.app._tick()
        await self.settle()

    async def walk(self):
        """Through all pages of a visit, each name as its page is shown."""
        self.link.answer_with(GIVEN, GIVEN, GIVEN)
        yield "welcome"
        await self.touch("start")
        yield "services"
        await self.touch("needs")
        yield "needs"
        await self.touch("back")
        for _ in range(10):
            self.story.take("A")
        await self.push()
        await self.touch("service:A")
        yield "confirm"
        self.link.hold()
        await self.touch("yes")
        yield "asking"
        self.link.release()
        await self.settle()
        yield "ticket"
        await self.wait(30)
        yield "still_there"
        await self.touch("stay")
        await self.touch("help")
        yield "told"
        await self.touch("back")
        await self.touch("done")

    def tiles(self):
        """What can be touched, as it is drawn."""
        return [b for b in self.app.screen.query("TileButton") if b.region.area]

    def shown(self):
        """The screen as lines of text."""
        strips = self.app.screen._compositor.render_strips()
        return [strip.text.rstrip() for strip in strips]

    def text(self):
        return "\n".join(self.shown())


@asynccontextmanager
async def kiosk(size=(80, 24), at=f"{MONDAY} 09:00", **options):
    story = Story(_default_branch(), at)
    link = FakeLink(story.kiosk, welcome=WELCOME)
    clock = [0.0]
    settings = Settings(**options.pop("settings", {}))
    app = ByHand(link, settings, monotonic=lambda: clock[0], **options)
    async with app.run_test(size=size) as pilot:
        one = OneKiosk(app, link, story, pilot, clock)
        await one.settle()
        yield one
