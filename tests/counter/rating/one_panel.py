"""A rating panel at counter 1, with a branch behind it and a clock that is set by hand."""

from contextlib import asynccontextmanager

from counter.rating.app import RatingApp
from counter.rating.settings import Settings
from server.domain.refusals import Refused as IsRefused
from shared.protocol import VERSION, Accepted, Refused, Welcome
from shared.testing import FakeLink
from tests.server.domain.story import MONDAY, Story, a_branch
from tests.settle import settle

SIZES = [(80, 24), (40, 20), (120, 40)]

WELCOME = Welcome(
    version=VERSION,
    branch="main",
    station="panel-1",
    role="rating_panel",
    epoch="e",
    seq=0,
    at=0,
    heartbeat_ms=5_000,
    counter=1,
    time_zone="Asia/Shanghai",
)


class Speaker:
    """What is read aloud, instead of a voice."""

    def __init__(self):
        self.said = []

    def say(self, sentences, language, *, loud):
        self.said.append((language, list(sentences), loud))

    def stop(self):
        self.said.append("quiet")


class ByHand(RatingApp):
    """Its clock is that of the branch, and is looked at when the test says so."""

    tick_seconds = 3600.0


class BranchLink(FakeLink):
    """Gives what the panel says to the branch, and shows what comes of it."""

    story: Story

    async def send(self, command, *, pursue=True):
        self.answer_with(self.decided)
        reply = await super().send(command, pursue=pursue)
        self.push(self.story.feed("PanelView:1"))
        return reply

    def decided(self, command):
        fields = {f: getattr(command, f) for f in command.__struct_fields__ if f != "id"}
        outcome = self.story._give(type(command), "rating_panel", "counter-1", fields)
        if outcome.refusal is not None:
            refusal = IsRefused(outcome.refusal)
            return Refused(id=command.id, code=str(refusal), text=f"refused: {refusal}")
        return Accepted(id=command.id, seq=self.story.branch.seq)

    def now_ms(self):
        return self.story.now


class OnePanel:
    """The app, its link, the branch and whoever works and stands at counter 1."""

    def __init__(self, app, link, story, pilot):
        self.app, self.link, self.story, self.pilot = app, link, story, pilot

    async def settle(self):
        """Until everything has been drawn."""
        await settle(self.app)

    async def push(self):
        """The branch as it is now arrives."""
        self.app._tick()
        self.link.push(self.story.feed("PanelView:1"))
        await self.settle()

    async def served(self, language="zh"):
        """Somebody has been served at counter 1."""
        number = self.story.take("A", language=language)
        assert self.story.serve(1) == number
        self.story.later(minutes=3)
        self.story.finish(1)
        await self.push()
        return number

    async def press(self, *keys):
        await self.pilot.press(*keys)
        await self.settle()

    async def touch(self, word):
        """Click the tile of that word, in its middle."""
        tile = next(b for b in self.app.screen.query("TileButton") if b.tile.touch == word)
        await self.pilot.click(tile)
        await self.settle()

    async def wait(self, seconds):
        """So much time goes by at the branch and at the panel."""
        self.story.later(seconds=seconds)
        await self.push()

    @property
    def question(self):
        """The last question, as the branch has it."""
        return list(self.story.branch.day.questions.values())[-1]

    def text(self):
        strips = self.app.screen._compositor.render_strips()
        return "\n".join(strip.text.rstrip() for strip in strips)


@asynccontextmanager
async def panel(size=(80, 24), *, settings=None, **options):
    """On a Monday at nine, with counter 1 open."""
    story = Story(a_branch(), f"{MONDAY} 08:59")
    story.at("09:00")
    story.open(1)
    link = BranchLink(story.feed("PanelView:1"), welcome=WELCOME)
    link.story = story
    app = ByHand(link, Settings(**(settings or {})), **options)
    async with app.run_test(size=size) as pilot:
        one = OnePanel(app, link, story, pilot)
        await one.settle()
        yield one
