"""The one screen of the rating panel: draws whatever page it is given, for fingers and keys 1 to 5.

Faces stand side by side where there is room, below each other on a small panel. Nothing moves and
nothing counts down: whoever needs time has it.
"""

from __future__ import annotations

from typing import ClassVar, Final

from textual import events
from textual.app import ComposeResult, RenderResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import Static

from counter.rating.pages import Page, Tile
from shared.ui.screen import ClientScreen
from shared.ui.widgets import BigText

WIDE_CELLS: Final = 70
"""From here on five faces stand side by side."""

HIGH_ROWS: Final = 18
"""From here on there is room between the words."""

HUGE_CELLS: Final = 110
HUGE_ROWS: Final = 30
"""From here on the faces are drawn as large as a hand."""

EMPTY: Final = Page(name="", heading="")


class Touched(Message):
    """A face or a reason was touched, or its key pressed."""

    def __init__(self, word: str) -> None:
        super().__init__()
        self.word = word


class TileButton(Widget):
    """A face with its number and words, or a reason: a target as a whole."""

    tile: reactive[Tile] = reactive(Tile("", "", "", ""))

    def __init__(self, tile: Tile, *, wide: bool, huge: bool) -> None:
        super().__init__(classes="-chosen" if tile.chosen else "")
        self.set_class(tile.touch == "leave", "-leave")
        self.set_reactive(TileButton.tile, tile)
        self._wide = wide
        self._face = tile.huge if huge else tile.face

    def render(self) -> RenderResult:
        """The face above its words, or before them; the number always beside the word."""
        tile = self.tile
        if self._wide and self._face:
            face = Content("\n".join(self._face))
            words = [Content.styled(tile.key, "bold"), Content.styled(tile.label, "bold")]
            return Content("\n").join([face, *words, Content(tile.also)])
        first = Content.styled(f"{tile.key}  {tile.label}", "bold")
        before = f"{tile.small}  " if tile.small else ""
        return Content("\n").join([Content(before) + first, Content(tile.also)])

    def on_click(self, event: events.Click) -> None:
        """Touched."""
        event.stop()
        self.post_message(Touched(self.tile.touch))


class RatingScreen(ClientScreen, inherit_bindings=False):
    """See above."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(str(n), f"press('{n}')", show=False) for n in range(10)),
        Binding("escape,enter", "press('0')", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.page = EMPTY

    def compose(self) -> ComposeResult:
        """One frame; pages are drawn into it."""
        yield Vertical(id="page")

    async def show(self, page: Page) -> None:
        """Draw this page, unless it is there."""
        if page == self.page:
            return
        self.page = page
        await self._draw()

    async def on_resize(self) -> None:
        """Another size, another order."""
        if self.page is not EMPTY:
            await self._draw()

    async def _draw(self) -> None:
        page, wide = self.page, self.size.width >= WIDE_CELLS
        self.set_class(wide, "-wide")
        self.set_class(self.size.height >= HIGH_ROWS, "-high")
        self.set_class(page.name == "question", "-faces")
        if not self.query("#page"):
            return  # the program is ending
        frame = self.query_one("#page", Vertical)
        async with self.batch():
            await frame.remove_children()
            await frame.mount(*self._parts(page, wide))

    def _parts(self, page: Page, wide: bool) -> list[Widget]:
        words: Widget = Static(Content(page.heading), classes="heading")
        if page.big:
            words = BigText(page.heading, rows_max=max(8, self.size.height // 3), classes="heading")
        parts = [words]
        if page.also:
            parts.append(Static(Content(page.also), classes="also"))
        if page.tiles:
            huge = wide and self.size.width >= HUGE_CELLS and self.size.height >= HUGE_ROWS
            tiles = [TileButton(tile, wide=wide, huge=huge) for tile in page.tiles]
            parts.append(Container(*tiles, id="tiles"))
        below = [Static(Content(line), classes="line") for line in page.lines]
        return [*parts, Vertical(*below, id="below")]

    def action_press(self, key: str) -> None:
        """A key under the fingers, where the page has something by it."""
        for tile in self.page.tiles:
            if tile.key == key:
                self.post_message(Touched(tile.touch))
