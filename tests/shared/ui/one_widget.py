"""One widget of the staff's terminals on a screen, and what it says to its program."""

from contextlib import asynccontextmanager

from textual.app import ComposeResult
from textual.widget import Widget

from shared.protocol import CounterView
from shared.testing import FakeLink
from shared.ui.app import ClientApp
from shared.ui.keys import Key
from shared.ui.theme import DAY
from tests.settle import settle


class Around(Widget):
    """Keeps the messages of what is in it."""

    DEFAULT_CSS = "Around { width: 100%; height: 100%; }"

    def __init__(self, widget, kinds):
        super().__init__()
        self.widget, self.kinds, self.heard = widget, kinds, []

    def compose(self) -> ComposeResult:
        yield self.widget

    def post_message(self, message):
        if isinstance(message, self.kinds):
            self.heard.append(message)
        return super().post_message(message)


class OneWidgetApp(ClientApp[CounterView]):
    """Nothing but the widget."""

    shows = CounterView
    tick_seconds = 3600.0

    def __init__(self, around):
        super().__init__(FakeLink(), theme=DAY)
        self.around = around

    def compose(self) -> ComposeResult:
        yield self.around


class OneWidget:
    """The widget under the fingers of a test."""

    def __init__(self, app, pilot):
        self.app, self.pilot = app, pilot
        self.widget = app.around.widget

    async def settle(self):
        await settle(self.app)

    async def press(self, *keys):
        await self.pilot.press(*keys)
        await self.settle()

    async def write(self, words):
        await self.press(*words)

    async def touch(self, word):
        key = next(key for key in self.app.screen.query(Key) if key.shown.word == word)
        await self.pilot.click(key)
        await self.settle()

    @property
    def heard(self):
        """What it has said, without the messages' own housekeeping."""
        return self.app.around.heard

    def shown(self):
        return [strip.text.rstrip() for strip in self.app.screen._compositor.render_strips()]

    def text(self):
        return "\n".join(self.shown())


@asynccontextmanager
async def one_widget(widget, *kinds, size=(80, 24)):
    app = OneWidgetApp(Around(widget, kinds))
    async with app.run_test(size=size) as pilot:
        one = OneWidget(app, pilot)
        await one.settle()
        yield one
