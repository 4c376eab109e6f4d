"""A counter's terminal on a screen, with a branch behind it and a clock that is set by hand.

The branch is a story: what the terminal sends happens in it, and what it answers is true.
"""

from contextlib import asynccontextmanager
from typing import Any

import msgspec
from msgspec.structs import replace

from counter.app import CounterApp
from counter.room import ticket_rows
from counter.settings import Settings
from shared.i18n import say, text
from shared.protocol import VERSION, Accepted, Refused, Welcome
from shared.testing import FakeLink
from shared.ui.keys import Key
from tests.server.domain.story import MONDAY, Story, _default_branch
from tests.settle import settle

SIZES = [(80, 24), (100, 30), (160, 45)]
ZONE = "Asia/Shanghai"

WELCOME = Welcome(
    version=VERSION,
    branch="main",
    station="counter-1",
    role="counter",
    epoch="e",
    seq=0,
    at=0,
    heartbeat_ms=5_000,
    time_zone=ZONE,
    kind="counter",
    counter=1,
)


class ByHand(CounterApp):
    """Its clock is set by the test alone, however slow the machine is."""

    tick_seconds = 3600.0
    calm_seconds = 0.0


class OneCounter:
    """The app, its link, the branch and the clock."""

    def __init__(self, app, link, story, pilot, clock, counter):
        self.app, self.link, self.story, self.pilot = app, link, story, pilot
        self._clock, self.counter = clock, counter

    async def settle(self):
        """Until everything has been drawn."""
        await settle(self.app)

    async def press(self, *keys):
        """One key after the other, each when what the one before has done can be seen."""
        for key in keys:
            await self.pilot.press(key)
            await self.settle()
            self._clock[0] += 1.0

    async def write(self, words):
        await self.pilot.press(*words)
        await self.settle()

    async def touch(self, word):
        """Touch the key of that word, in its middle."""
        key = next(key for key in self.app.screen.query(Key) if key.shown.word == word)
        await self.pilot.click(key)
        await self.settle()
        self._clock[0] += 1.0

    async def push(self):
        """The branch as it is now arrives."""
        self.link.push(self.feed())
        await self.settle()

    def feed(self):
        return self.story.feed(f"CounterView:{self.counter}")

    async def later(self, **time):
        """So much later in the branch, and on the terminal's own clock."""
        before = self.story.now
        self.story.later(**time)
        self._clock[0] += (self.story.now - before) / 1000
        await self.push()
        self.app._tick()
        await self.settle()

    async def sign_in(self, staff="teller-1", pin="481516"):
        await self.write(staff)
        await self.press("enter")
        await self.write(pin)
        await self.press("enter")

    def happen(self, command):
        """The command happens in the story; the answer."""
        fields = {
            name: value
            for name, value in msgspec.structs.asdict(command).items()
            if name not in ("id", "day")
        }
        outcome = self.story._give(type(command), "", "", fields)
        if outcome.refusal is None:
            self.link.push(self.feed())
            events = [getattr(event, "number", None) for event in outcome.events]
            number = next(filter(None, events), None)
            return Accepted(id=command.id, seq=self.story.branch.seq, number=number)
        code, values = type(outcome.refusal).__name__, msgspec.structs.asdict(outcome.refusal)
        sentence = say("zh", f"refusal.{code}", values, ZONE)
        return Refused(id=command.id, code=code, text=sentence, values=values)

    @property
    def sent(self):
        """The kinds of the commands that were sent, in their order."""
        return [type(command).__name__ for command in self.link.sent]

    def shown(self):
        """The screen as lines of text."""
        strips = self.app.screen._compositor.render_strips()
        return [strip.text.rstrip() for strip in strips]

    def text(self):
        return "\n".join(self.shown())

    def words(self):
        """What the screen says, without its line breaks."""
        return "".join(self.text().split())

    def says(self, key, **values):
        """Whether this sentence of the catalogue is on the screen, wherever it is broken."""
        return "".join(text(self.app.language, key, **values).split()) in self.words()

    def panel_says(self, key, **values):
        """Whether it stands in the panel of the ticket in hand, as it is broken there."""
        panel = self.app.screen.query_one("TicketPanel")
        rows = ticket_rows(panel.ticket, panel.content_size.width, panel.content_size.height)
        drawn = "".join("".join(words.split()) for _, words in rows)
        return "".join(text(self.app.language, key, **values).split()) in drawn

    @property
    def told(self):
        return self.app.desk.told

    @property
    def linear(self):
        """The last line."""
        return self.shown()[-1].strip()


class Obedient(FakeLink):
    """Every command happens in the branch, unless the test has written another answer."""

    happen: Any = None

    async def send(self, command, *, pursue=True):
        if not self._script and self.happen is not None:
            self.answer_with(self.happen)
        return await super().send(command, pursue=pursue)


@asynccontextmanager
async def counter(size=(100, 30), at=f"{MONDAY} 09:00", number=1, signed_in=True, **options):
    story = options.pop("story", None) or Story(_default_branch(), at)
    link = Obedient(welcome=replace(WELCOME, counter=number, station=f"counter-{number}"))
    clock = [1000.0]
    settings = Settings(**options.pop("settings", {}))
    app = ByHand(link, settings, monotonic=lambda: clock[0], **options)
    async with app.run_test(size=size) as pilot:
        one = OneCounter(app, link, story, pilot, clock, number)
        link.happen = one.happen
        await one.settle()
        if signed_in:
            await one.sign_in(f"teller-{number}")
            await one.push()
        yield one


def view_of(story, number=1) -> Any:
    """What a counter of the story is shown."""
    return story.feed(f"CounterView:{number}")
