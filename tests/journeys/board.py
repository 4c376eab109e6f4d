"""The board's real program in the hall, and whoever stands at it.

    async with board_app(lobby, "supervisor", size=(100, 30)) as board:
        await board.sign_in()
        await board.press("4")
        await board.touch("...")

It takes the place of that person's bare link, on the same station: the newest connection wins.
"""

import asyncio
from contextlib import asynccontextmanager

from lobby_display.board.app import BoardApp
from lobby_display.board.settings import Settings
from shared import protocol as p
from shared.link import Link
from tests.journeys.hall import BRISK
from tests.journeys.people import PATIENCE_SECONDS
from tests.screens import lines_of
from tests.server.one_house import secret_of, station_secret
from tests.settle import settle


class AtTheBoard:
    """A board that runs, and whoever is at it. Between two touches a second goes by."""

    def __init__(self, app, pilot, hall, staff, clock):
        self.app, self._pilot, self._hall = app, pilot, hall
        self._staff, self._clock = staff, clock

    async def until(self, holds):
        """Come back when the screen shows what must come."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not holds():
                await self._pilot.pause()
                await asyncio.sleep(0)
        await settle(self.app)

    async def shows(self, *words):
        """Wait until all of these are to be read."""
        try:
            await self.until(lambda: all(one in self.text() for one in words))
        except TimeoutError:
            raise AssertionError(f"{words} do not come:\n{self.text()}") from None

    async def sign_in(self):
        """Type who one is, and the secret."""
        await self.until(lambda: self.app.screen.query("Line"))
        await self.press(*self._staff, "enter", *_keys(secret_of(self._staff)), "enter")
        await self.until(lambda: self.app.view is not None)

    async def press(self, *keys):
        for key in keys:
            self._clock[0] += 1
            await self._pilot.press(key)
        await self._settled()

    async def touch(self, words):
        """A finger on these words, as soon as they are there."""
        await self.shows(words)
        self._clock[0] += 1
        y, line = next((n, line) for n, line in enumerate(self.lines()) if words in line)
        x = sum(2 if ord(c) >= 0x2E80 else 1 for c in line[: line.index(words)])
        await self._pilot.click(offset=(x + 1, y))
        await self._settled()

    async def _settled(self):
        await settle(self.app)
        await self.until(lambda: not self.app.board.busy)
        await self._hall.settled()
        await settle(self.app)

    @property
    def offered(self):
        """What can be chosen."""
        question, _ = self.app.scene().asked
        return [option.label for option in question.options]

    def lines(self):
        return lines_of(self.app)

    def text(self):
        return "\n".join(self.lines())


def _keys(secret):
    return [{" ": "space"}.get(character, character) for character in secret]


@asynccontextmanager
async def board_app(hall, staff, size=(160, 45), **settings):
    """The program of that person's board."""
    await hall.replaced(staff)
    station = f"board-{staff}"
    hello = p.Hello(
        version=p.VERSION,
        station=station,
        secret=station_secret(station),
        views=("BoardView",),
        language=settings.get("language", "zh"),
    )
    clock = [0.0]
    app = BoardApp(
        Link(hall.address, hello, timing=BRISK), Settings(**settings), monotonic=lambda: clock[0]
    )
    async with app.run_test(size=size) as pilot:
        yield AtTheBoard(app, pilot, hall, staff, clock)
