"""A screen follows the terminal's size, and comes to rest at the newest."""

import asyncio

from textual.app import App
from textual.events import Resize
from textual.geometry import Size

from shared.ui.screen import ClientScreen

NEW, OLD = Size(80, 24), Size(120, 40)


class Counting(ClientScreen):
    """Counts how often it is laid out, and has something else to do each time."""

    laid_out = 0

    async def on_resize(self):
        self.laid_out += 1
        self.call_later(lambda: None)


class OneScreen(App):
    def get_default_screen(self):
        return Counting()


async def turns(count):
    for _ in range(count):
        await asyncio.sleep(0)


async def test_two_sizes_that_follow_each_other_closely_do_not_go_on_for_ever():
    app = OneScreen()
    async with app.run_test(size=NEW) as pilot:
        await pilot.pause()
        screen = app.screen
        assert isinstance(screen, Counting)

        for size in (OLD, NEW):
            screen.post_message(Resize(size, size))
            screen.call_later(lambda: None)
        await turns(200)
        laid_out = screen.laid_out
        await turns(200)

        assert screen.laid_out == laid_out
        assert screen.size == NEW
