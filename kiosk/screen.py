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
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import Static

from kiosk.measures import UNKNOWN, Cell, ScreenSettings
from kiosk.page import Page, Tile
from kiosk.paging import (
    EDGES,
    LABEL_LINES,
    LETTER_ROWS,
    WIDE_CELLS,
    Paged,
    Room,
    label_cells,
    paged,
    turned_by,
)
from kiosk.scanner import Heard, heard
from shared.ui.glyphs import drawn
from shared.ui.qr import half_blocks
from shared.ui.screen import ClientScreen
from shared.ui.widgets import Banner, BigText, QrCode, Status
from shared.wrapping import wrapped

KEY_ROWS: Final = 3

TALL_ROWS: Final = 36
"""So high a screen has room for more than the largest words."""

ROOMY_ROWS: Final = 28
"""So high a screen has room for a heading above the number, and for space below the keys."""

WRAPPING_ROWS: Final = 8
"""So high a tile has room for its name and two lines that are longer than it is wide."""

ENTRY_ROWS: Final = 5
"""What is typed is drawn on such a screen, with a row below it."""

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

    def __init__(
        self,
        tile: Tile,
        *,
        drawn: bool = False,
        letter_rows: int = LETTER_ROWS,
        lines_max: int = LABEL_LINES,
        classes: str = "",
    ) -> None:
        super().__init__(classes=f"{classes} -{tile.kind}")
        self.set_reactive(TileButton.tile, tile)
        self._drawn = drawn
        self._letter_rows, self._lines_max = letter_rows, lines_max

    def compose(self) -> ComposeResult:
        """In large text the label is drawn; what else there is to say goes below, while it fits."""
        if self._drawn:
            words = self.tile.sign or self.tile.label
            yield BigText(words, rows_max=self._letter_rows, lines_max=self._lines_max)
            for line in self.tile.lines:
                yield Static(Content(line), classes="more")

    def render(self) -> RenderResult:
        """Label and lines."""
        if self._drawn:
            return ""
        label = Content.styled(self.tile.label, "bold")
        return Content("\n").join([label, *map(Content, self.tile.lines)])

    def watch_tile(self, before: Tile, tile: Tile) -> None:
        """The kind is a colour and a word in the lines, never a colour alone."""
        if before.kind != tile.kind:
            self.remove_class(f"-{before.kind}", update=False)
            self.add_class(f"-{tile.kind}")
        if self._drawn and (before.label, before.lines) != (tile.label, tile.lines):
            self.refresh(recompose=True)

    def on_click(self, event: events.Click) -> None:
        """Touched."""
        event.stop()
        self.post_message(Touched(self.tile.touch))


class EntryLine(BigText):
    """What has been typed so far."""


class KioskScreen(ClientScreen, inherit_bindings=False):
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

    def __init__(
        self,
        measured: ScreenSettings | None = None,
        *,
        low: bool = False,
        page: Page = EMPTY,
        status: Status | None = None,
    ) -> None:
        super().__init__(classes="-low" if low else "")
        self.set_reactive(KioskScreen.page, page)
        self._low = low
        self.measured = measured
        self._paged = Paged((), 0, 1, 1)
        self._heard = Heard()
        self._status = status or Status()
        self._composed_for = Size(0, 0)

    def compose(self) -> ComposeResult:
        """From the top: the banner, the heading, what the page is about, the bar."""
        page = self.page
        self._composed_for = self.size
        self.set_class(self._is_roomy(), "-roomy")
        self._paged = paged(page, self._room(), self.turned, self.large)
        yield Banner(self._status)
        if self._words_are_shown() and not self._code_is_beside():
            # Not in a box of their own: whatever holds them would draw all their rows once more.
            yield from self._words(page)
        else:
            with Horizontal(id="page"):
                yield from self._words_and_code(page)
        with Horizontal(id="bar") as bar:
            bar.display = bool(page.bar)
            bar.styles.height = self._key_rows()
            for tile in page.bar:
                yield TileButton(tile, classes="key")

    def _words_and_code(self, page: Page) -> ComposeResult:
        if self._words_are_shown():
            with Vertical(id="words"):
                yield from self._words(page)
        if self._code_is_beside():
            with Vertical(id="code"):
                yield from self._code(page)
        if not self._words_are_shown():
            with Vertical(id="aside"):
                yield Static(Content(page.caption), classes="line")
                if page.otherwise:
                    yield Static(Content(page.otherwise), classes="line")
                yield self._keys()

    def _words(self, page: Page) -> ComposeResult:
        alone = not (page.tiles or page.big)
        if not alone:
            yield self._heading(page)
        with Vertical(id="body"):
            if alone:
                yield self._heading(page)
            if page.big:
                number = BigText(page.big, rows_max=self._rows_of_number(), classes="number")
                number.styles.margin = (0, 0, int(self.large or self._is_roomy()), 0)
                yield number
            if page.also:
                yield self._also(page)
            for line in page.lines[: self._lines_max()]:
                yield Static(Content(line), classes="line")
            if page.entry:
                yield self._entry(page)
            if self._code_is_shown() and self._code_is_below():
                with Vertical(id="code", classes="-below"):
                    yield from self._code(page)
            with Grid(id="tiles", classes=self._look_of_tiles()) as grid:
                grid.styles.grid_size_columns = self._paged.columns
                grid.styles.grid_rows = str(self._paged.tile_rows)
                grid.styles.margin = (self._rows_above_tiles(), 0, 0, 0)
                for tile in self._paged.tiles:
                    yield TileButton(
                        tile,
                        drawn=self._paged.drawn,
                        letter_rows=self._paged.letter_rows,
                        lines_max=1 if page.columns else LABEL_LINES,
                        classes="tile",
                    )
        if self._turning() or page.keys:
            yield self._keys()
        if page.foot and not (self.large and self.size.height < TALL_ROWS):
            yield Static(Content(page.foot), id="foot")

    def _entry(self, page: Page) -> Widget:
        """What is typed; drawn where there is room."""
        return EntryLine(page.entry, rows_max=max(1, self._entry_rows() - 1), classes="entry")

    def _entry_rows(self) -> int:
        if not self.page.entry:
            return 0
        return ENTRY_ROWS if self.size.height >= TALL_ROWS else 1

    def _look_of_tiles(self) -> str:
        wraps = self._paged.tile_rows >= WRAPPING_ROWS
        return "-bare" if self._paged.bare else "-wrapping" if wraps else ""

    def _code(self, page: Page) -> ComposeResult:
        yield QrCode(page.address)
        if self._words_are_shown():
            caption = Static(Content(page.caption), classes="caption")
            caption.styles.min_width = len(half_blocks(page.address)[0])
            yield caption

    def _keys(self) -> Widget:
        tiles = [TileButton(tile, classes="key") for tile in (*self._turning(), *self.page.keys)]
        keys = Horizontal(*tiles, id="keys")
        keys.styles.height = self._key_rows()
        return keys

    # --- Changes -----------------------------------------------------------------------------

    async def show(self, page: Page, turned: int, large: bool) -> None:
        """Draw this page; where only words have changed, only these."""
        same = (self.page.name, self.large, self.turned) == (page.name, large, turned)
        self.set_reactive(KioskScreen.large, large)
        self.set_reactive(KioskScreen.turned, turned)
        before, self.page = self.page, page
        if same and before == page and self.size == self._composed_for:
            return
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
        if self.page is not EMPTY and self.size != self._composed_for:
            focused = self._touch_of(self.focused)
            await self.recompose()
            self._focus_again(focused)

    def _update(self) -> bool:
        """False: the screen has another size by now, and holds other tiles."""
        self._paged = paged(self.page, self._room(), self.turned, self.large)
        tiles = self._paged.tiles if self._words_are_shown() else ()
        shown = (*tiles, *self._turning(), *self.page.keys, *self.page.bar)
        buttons = list(self.query(TileButton))
        if [button.tile.touch for button in buttons] != [tile.touch for tile in shown]:
            return False
        for button, tile in zip(buttons, shown, strict=True):
            button.tile = tile
        for line in self.query(EntryLine):
            line.words = self.page.entry
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
        if self._heading_is_drawn():
            return BigText(page.heading, rows_max=LETTER_ROWS, classes="heading")
        low = self._heading_is_low()
        words = page.heading if page.address else "\n".join(self._wrapped(page.heading))
        return Static(Content(words), classes="heading -low" if low else "heading")

    def _heading_rows(self) -> int:
        """In large text drawn where there is room; as few as can be where something else needs
        them."""
        if self._heading_is_drawn():
            return len(self._drawn_heading()) + EDGES
        lines = self._rows_of(self.page.heading)
        return lines if self._heading_is_low() else lines + EDGES

    def _heading_is_drawn(self) -> bool:
        return self.large and self.size.height >= TALL_ROWS and bool(self._drawn_heading())

    def _drawn_heading(self) -> list[str]:
        return drawn(self.page.heading, label_cells(self.size.width), LETTER_ROWS)

    def _heading_is_low(self) -> bool:
        page = self.page
        return self.large or (bool(page.big or page.pad) and not self._is_roomy())

    def _rows_of(self, words: str) -> int:
        """How many rows these words take, between the edges of the screen."""
        return len(self._wrapped(words))

    def _wrapped(self, words: str) -> list[str]:
        return wrapped(words, label_cells(self.size.width))

    def _is_roomy(self) -> bool:
        return self.size.height >= ROOMY_ROWS

    def _also(self, page: Page) -> Widget:
        if self.large:
            lines = LABEL_LINES if self.size.height >= TALL_ROWS else 1
            words = page.also_short or page.also
            return BigText(words, rows_max=LETTER_ROWS, lines_max=lines, classes="also")
        return Static(Content(page.also), classes="also")

    def _cell(self) -> Cell:
        if self.measured is None:
            return UNKNOWN
        return self.measured.cell(self.size.width, self.size.height)

    def _key_rows(self) -> int:
        return max(KEY_ROWS, self._cell().rows_to_touch)

    def _room(self) -> Room:
        rows = max(1, self.size.height - self._rows_around())
        if self._low:
            below = 2 * self._key_rows() + bool(self.page.foot)
            rows = max(1, min(rows, self.size.height // 2 - below))
        return Room(cells=self.size.width, rows=rows, touch_rows=self._cell().rows_to_touch)

    def _rows_around(self) -> int:
        page, key_rows = self.page, self._key_rows()
        below = key_rows + self._is_roomy()
        keys = below if page.keys or (self.large and page.turning) else 0
        foot = bool(page.foot) and not (self.large and self.size.height < TALL_ROWS)
        shown = page.lines[: self._lines_max()]
        lines = sum(map(self._rows_of, shown)) + self._entry_rows()
        return self._heading_rows() + lines + self._rows_above_tiles() + keys + foot + key_rows

    def _rows_above_tiles(self) -> int:
        """Between words and large tiles, where there is room."""
        page = self.page
        words = page.tiles and not page.columns and page.lines[: self._lines_max()]
        return 1 if words and self._is_roomy() else 0

    def _lines_max(self) -> int | None:
        """On a low screen large words leave no room: it is on paper, and read aloud."""
        return 0 if self.large and self.size.height < TALL_ROWS else None

    def _rows_of_number(self) -> int:
        return max(3, min(20, self.size.height // 3))

    def _code_fits_beside(self) -> bool:
        high = len(half_blocks(self.page.address)) + KEY_ROWS <= self.size.height
        return high and not (self.large and self.size.width < WIDE_CELLS)

    def _code_is_beside(self) -> bool:
        return self._code_is_shown() and not self._code_is_below()

    def _code_is_below(self) -> bool:
        """On an upright screen; a cell is twice as high as wide."""
        return self._words_are_shown() and 2 * self.size.height > self.size.width

    def _code_has_its_own_turn(self) -> bool:
        return bool(self.page.address) and self.large and not self._code_fits_beside()

    def _code_is_shown(self) -> bool:
        if self._code_has_its_own_turn():
            return self.turned > 0
        return bool(self.page.address) and self._code_fits_beside()

    def _words_are_shown(self) -> bool:
        return not (self._code_has_its_own_turn() and self.turned > 0)

    def _turning(self) -> tuple[Tile, ...]:
        if self._code_has_its_own_turn():
            return turned_by(self.page.turning, min(self.turned, 1), 2)
        return self._paged.turning

    # --- Keys --------------------------------------------------------------------------------

    def action_mark(self, step: int) -> None:
        """The next tile, or the one before; round and round."""
        (self.focus_next if step > 0 else self.focus_previous)()
        if isinstance(self.focused, TileButton):
            self.post_message(Marked(self.focused.tile))

    def on_key(self, event: events.Key) -> None:
        """What is typed goes to the keypad, what a reader types is kept together; any other key
        says that somebody is there."""
        bound = event.key in self._bindings.key_to_bindings
        character = event.character or ""
        self._heard, word = heard(self._heard, event.key, character, self.page, bound=bound)
        if word is not None:
            event.stop()
            self.post_message(Touched(word))
        elif not bound:
            self.post_message(Touched(""))

    def on_click(self) -> None:
        """So does a touch beside the tiles."""
        self.post_message(Touched(""))

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
    return page.name, page.heading, page.lines, page.big, page.also, page.address, touches
