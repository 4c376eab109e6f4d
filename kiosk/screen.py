"""The one screen of the kiosk: draws whatever page it is given, for eyes, fingers and five keys.

Never scrolls: what does not fit is turned over, page by page. Every tile is a target as a whole.
"""

from __future__ import annotations

from typing import ClassVar, Final

from textual import events
from textual.app import ComposeResult, RenderResult
from textual.binding import Binding, BindingType
from textual.containers import Grid, Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Static

from kiosk.pages import Page, Tile
from kiosk.paging import Paged, Room, paged
from shared.ui.qr import half_blocks
from shared.ui.widgets import Banner, BigText, QrCode, Status

BAR_ROWS: Final = 3

EMPTY: Final = Page(name="", heading="")


class Touched(Message):
    """A tile was touched, or its key pressed."""

    def __init__(self, word: str) -> None:
        super().__init__()
        self.word = word


class Marked(Message):
    """The keys have come to a tile: whoever cannot see it has it read."""

    def __init__(self, tile: Tile) -> None:
        super().__init__()
        self.tile = tile


class TileButton(Widget, can_focus=True):
    """A tile: touched anywhere, or with the middle key while it is marked."""

    tile: reactive[Tile] = reactive(Tile("", ""), layout=True)

    def __init__(self, tile: Tile, *, large: bool = False, classes: str = "") -> None:
        super().__init__(classes=f"{classes} -{tile.kind}")
        self.set_reactive(TileButton.tile, tile)
        self._large = large

    def compose(self) -> ComposeResult:
        """In large text the label is drawn, if there is room for it."""
        if self._large:
            yield BigText(self.tile.label, rows_max=8, lines_max=2)

    def render(self) -> RenderResult:
        """Label and lines."""
        if self._large:
            return ""
        label = Content.styled(self.tile.label, "bold")
        return Content("\n").join([label, *map(Content, self.tile.lines)])

    def watch_tile(self, before: Tile, tile: Tile) -> None:
        """The kind is a colour and a word in the lines, never a colour alone."""
        self.remove_class(f"-{before.kind}")
        self.add_class(f"-{tile.kind}")

    def on_click(self, event: events.Click) -> None:
        """Touched."""
        event.stop()
        self.post_message(Touched(self.tile.touch))


class KioskScreen(Screen[None], inherit_bindings=False):
    """See above."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,left,shift+tab", "mark(-1)", show=False),
        Binding("down,right,tab", "mark(1)", show=False),
        Binding("asterisk,r", "send('repeat')", show=False),
        Binding("number_sign,q", "send('quiet')", show=False),
        Binding("enter,space", "touch", show=False),
        Binding("escape,backspace", "send('back')", show=False),
        Binding("f1,question_mark", "send('help')", show=False),
        Binding("pageup", "send('previous')", show=False),
        Binding("pagedown", "send('next')", show=False),
    ]

    page: reactive[Page] = reactive(EMPTY)
    turned: reactive[int] = reactive(0)
    large: reactive[bool] = reactive(False)

    def __init__(self) -> None:
        super().__init__()
        self._paged = Paged((), 0, 1, 1)
        self._status = Status()

    def compose(self) -> ComposeResult:
        """From the top: the banner, the heading, what the page is about, the bar."""
        page = self.page
        self._paged = paged(page, self._room(), self.turned, self.large)
        yield Banner(self._status)
        with Horizontal(id="page"):
            with Vertical(id="words"):
                yield from self._words(page)
            if page.address and self._code_fits(page.address):
                with Vertical(id="code"):
                    yield QrCode(page.address)
        with Horizontal(id="bar"):
            for tile in page.bar:
                yield TileButton(tile, classes="key")

    def _words(self, page: Page) -> ComposeResult:
        yield self._heading(page)
        with Vertical(id="body"):
            if page.big:
                yield BigText(page.big, rows_max=self._rows_of_number(), classes="number")
            for line in page.lines:
                yield Static(Content(line), classes="line")
            with Grid(id="tiles") as grid:
                grid.styles.grid_size_columns = self._paged.columns
                grid.styles.grid_rows = str(self._paged.tile_rows)
                for tile in self._paged.tiles:
                    yield TileButton(tile, large=self.large, classes="tile")
        keys = (*self._paged.turning, *page.keys)
        if keys:
            with Horizontal(id="keys"):
                for tile in keys:
                    yield TileButton(tile, classes="key")
        if page.foot:
            yield Static(Content(page.foot), id="foot")

    # --- Changes -----------------------------------------------------------------------------

    async def show(self, page: Page, turned: int, large: bool) -> None:
        """Draw this page; where only words have changed, only these."""
        same = (self.page.name, self.large, self.turned) == (page.name, large, turned)
        self.set_reactive(KioskScreen.large, large)
        self.set_reactive(KioskScreen.turned, turned)
        before, self.page = self.page, page
        if same and _shape(before) == _shape(page) and self._update():
            return
        # On another page the first tile is the one that is marked: five keys find it.
        focused = self._touch_of(self.focused) if before.name == page.name else ""
        await self.recompose()
        self._focus_again(focused)

    def tell(self, status: Status) -> None:
        """How the link is."""
        self._status = status
        for banner in self.query(Banner):
            banner.status = status

    async def on_resize(self) -> None:
        """Another size holds another number of tiles."""
        if self.page is not EMPTY:
            focused = self._touch_of(self.focused)
            await self.recompose()
            self._focus_again(focused)

    def _update(self) -> bool:
        """False: the screen has another size by now, and holds other tiles."""
        self._paged = paged(self.page, self._room(), self.turned, self.large)
        shown = (*self._paged.tiles, *self._paged.turning, *self.page.keys, *self.page.bar)
        buttons = list(self.query(TileButton))
        if [button.tile.touch for button in buttons] != [tile.touch for tile in shown]:
            return False
        for button, tile in zip(buttons, shown, strict=True):
            button.tile = tile
        return True

    def _focus_again(self, touch: str) -> None:
        buttons = list(self.query(TileButton))
        again = next((b for b in buttons if b.tile.touch == touch), None)
        first = again or next(iter(buttons), None)
        if first is not None:
            first.focus(scroll_visible=False)

    @staticmethod
    def _touch_of(widget: Widget | None) -> str:
        return widget.tile.touch if isinstance(widget, TileButton) else ""

    # --- Places ------------------------------------------------------------------------------

    def _heading(self, page: Page) -> Widget:
        if self.large:
            return BigText(page.heading, rows_max=8, lines_max=2, classes="heading")
        return Static(Content(page.heading), classes="heading")

    def _room(self) -> Room:
        taken = self._rows_around()
        return Room(cells=self.size.width, rows=max(1, self.size.height - taken))

    def _rows_around(self) -> int:
        page = self.page
        heading = 18 if self.large else 3
        keys = 3 if page.keys else 0
        return heading + len(page.lines) + keys + bool(page.foot) + BAR_ROWS

    def _rows_of_number(self) -> int:
        return max(3, min(20, self.size.height // 3))

    def _code_fits(self, address: str) -> bool:
        return len(half_blocks(address)) + BAR_ROWS <= self.size.height

    # --- Keys --------------------------------------------------------------------------------

    def action_mark(self, step: int) -> None:
        """The next tile, or the one before; round and round."""
        (self.focus_next if step > 0 else self.focus_previous)()
        if isinstance(self.focused, TileButton):
            self.post_message(Marked(self.focused.tile))

    def action_touch(self) -> None:
        """The middle key: whatever is marked."""
        if touch := self._touch_of(self.focused):
            self.post_message(Touched(touch))

    def action_send(self, word: str) -> None:
        """A key with a meaning of its own."""
        self.post_message(Touched(word))


def _shape(page: Page) -> tuple[object, ...]:
    """What cannot be changed without drawing anew."""
    touches = [tile.touch for tile in (*page.tiles, *page.keys, *page.bar)]
    return page.name, page.heading, page.lines, page.big, page.address, page.foot, touches
