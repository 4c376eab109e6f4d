"""A board on a screen of any size, with a branch behind it and a clock that is set by hand."""

from contextlib import asynccontextmanager

from lobby_display.board.app import BoardApp
from lobby_display.board.settings import Settings
from shared.protocol import VERSION, Welcome
from shared.testing import FakeLink
from tests.screens import lines_of
from tests.server.domain.story import MONDAY, STAFF, Story, _default_branch
from tests.settle import settle

SIZES = [(80, 24), (100, 30), (160, 45)]


def welcome(staff="li", role="lobby_manager"):
    return Welcome(
        version=VERSION,
        branch="main",
        station="board-1",
        role=role,
        epoch="e",
        seq=0,
        at=0,
        heartbeat_ms=5_000,
        time_zone="Asia/Shanghai",
        staff=staff,
    )


class ByHand(BoardApp):
    """Its clock is set by the test alone, however slow the machine is."""

    tick_seconds = 3600.0
    redraw_seconds = 0.0
    rung = 0

    def bell(self):
        self.rung += 1


class OneBoard:
    """The app, its link, the branch and the clock."""

    def __init__(self, app, link, story, pilot, clock):
        self.app, self.link, self.story, self.pilot, self._clock = app, link, story, pilot, clock

    def pass_by(self, seconds):
        """So much time goes by, and nobody looks at a clock."""
        self._clock[0] += seconds

    async def settle(self):
        """Until everything has been drawn."""
        await settle(self.app)

    async def press(self, *keys):
        for key in keys:
            self._clock[0] += 1
            await self.pilot.press(key)
            await self.settle()

    async def touch(self, words, times=1):
        """A finger on these words, wherever they are on the screen."""
        self._clock[0] += 1
        lines = self.shown()
        y = next((n for n, line in enumerate(lines) if words in line), None)
        assert y is not None, f"{words!r} is not to be seen:\n{self.text()}"
        before = lines[y][: lines[y].index(words)]
        x = sum(2 if ord(c) >= 0x2E80 else 1 for c in before) + 1
        await self.pilot.click(offset=(x, y), times=times)
        await self.settle()

    def digit_of(self, word):
        """The key that chooses this."""
        question, _ = self.app.scene().asked
        return str([option.word for option in question.options].index(word) + 1)

    async def push(self):
        """The branch as it is now arrives."""
        self.link.push(self.story.board)
        await self.settle()

    async def wait(self, seconds):
        """So much time goes by, and the board looks at its clock."""
        self._clock[0] += seconds
        self.app._tick()
        await self.settle()

    def shown(self):
        return lines_of(self.app)

    def text(self):
        return "\n".join(self.shown())


@asynccontextmanager
async def board(size=(160, 45), role="lobby_manager", story=None, printer=None, **settings):
    """A board with somebody of that role signed in; role "board": nobody."""
    story = story or Story(_default_branch(), f"{MONDAY} 09:00")
    staff = STAFF.get(role, None if role == "board" else role)
    link = FakeLink(welcome=welcome(staff, role))
    link._staff = staff
    if staff:
        link.push(story.board)
    clock = [0.0]
    at_work, at = printer or (None, None)
    options = Settings(**settings, printer=at)
    app = ByHand(link, options, printer=at_work, monotonic=lambda: clock[0])
    async with app.run_test(size=size) as pilot:
        one = OneBoard(app, link, story, pilot, clock)
        await one.settle()
        yield one
