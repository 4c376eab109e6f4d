"""A display on a screen of any size, with a branch behind it and a clock that is set by hand."""

from contextlib import asynccontextmanager

from lobby_display.app import DisplayApp
from lobby_display.settings import Settings
from lobby_display.voice.settings import VoiceSettings
from shared.protocol import VERSION, Welcome
from shared.testing import FakeLink
from tests.screens import lines_of
from tests.server.domain.story import MONDAY, Story, _default_branch
from tests.settle import settle

SIZES = [(160, 45), (80, 24), (45, 80)]

WELCOME = Welcome(
    version=VERSION,
    branch="main",
    station="display-1",
    role="display",
    epoch="e",
    seq=0,
    at=0,
    heartbeat_ms=5_000,
    time_zone="Asia/Shanghai",
)


class ByHand(DisplayApp):
    """Its clock is set by the test alone, however slow the machine is."""

    tick_seconds = 3600.0
    draw_seconds = 0.0


class OneDisplay:
    """The app, its link, the branch and the clock."""

    def __init__(self, app, link, story, pilot, clock):
        self.app, self.link, self.story, self.pilot, self._clock = app, link, story, pilot, clock

    async def settle(self):
        """Until everything has been drawn."""
        await settle(self.app)

    async def push(self):
        """The branch as it is now arrives."""
        self.link.push(self.story.display)
        await self.settle()

    async def wait(self, seconds):
        """So much time goes by, and the display looks at its clock."""
        self._clock[0] += seconds
        self.app._tick()
        await self.settle()

    def text(self):
        return "\n".join(lines_of(self.app))


def busy_branch(at=f"{MONDAY} 09:41"):
    """Some are called, some wait, one needs a long visual call."""
    story = Story(_default_branch(), at)
    story.open(1, 2, 3, 5)
    for _ in range(9):
        story.take("A")
    for _ in range(4):
        story.take("F")
    story.take("W")
    for counter in (1, 2, 3, 5):
        story.call(counter)
        story.later(seconds=2)
    return story


@asynccontextmanager
async def display(size=(80, 24), story=None, voice=None, **settings):
    story = story or busy_branch()
    link = FakeLink(story.display, welcome=WELCOME)
    clock = [1000.0]
    if voice:
        settings["voice"] = VoiceSettings()
    app = ByHand(link, Settings(**settings), voice=voice, monotonic=lambda: clock[0])
    async with app.run_test(size=size) as pilot:
        one = OneDisplay(app, link, story, pilot, clock)
        await one.settle()
        yield one
