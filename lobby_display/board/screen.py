"""The one screen of the board: draws the scene it is given, for eyes, fingers and keys.

Never scrolls: what does not fit is turned over, page by page. Everything that can be touched has a
key too. What a touch means is decided in `flow`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar, Final

from msgspec import Struct
from rich.cells import cell_len
from textual import events
from textual.app import ComposeResult, RenderResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import Static

from lobby_display.board.flow import Told
from lobby_display.board.pages import PAGES, SIDE_CELLS, WIDE_CELLS, Page, Tile
from lobby_display.board.sheet import Turn, fitted, turns
from shared.ui.choice import Answer, Choice, Question
from shared.ui.qr import half_blocks
from shared.ui.screen import ClientScreen
from shared.ui.sign_in import Asked, SignInForm
from shared.ui.widgets import Banner, QrCode, Status

MARK: Final = "▸ "
NO_MARK: Final = "  "

DOUBLE_SECONDS: Final = 0.35
"""A finger that comes down twice means one thing: what has just appeared hears nothing so long."""

LOW_ROWS: Final = 30
"""Below it tabs and keys are one row high: such a screen has a keyboard."""


class Scene(Struct, frozen=True):
    """All there is to see. `alert` stands out until somebody looks; `asked`, or the `form` for
    signing in, covers the page."""

    status: Status
    top: str = ""
    alert: str = ""
    tabs: tuple[Tile, ...] = ()
    page: Page | None = None
    turned: int = 0
    asked: tuple[Question, Answer] | None = None
    form: Asked | None = None
    told: Told | None = None
    address: str = ""
    keys: tuple[Tile, ...] = ()
    row_rows: int = 1


class Touched(Message):
    """A row, a tab or a key was touched, or its key pressed."""

    def __init__(self, word: str) -> None:
        super().__init__()
        self.word = word


class Bar(Widget):
    """Tiles side by side, each a target as a whole."""

    DEFAULT_CSS = """
    Bar { width: 100%; height: 1; background: $panel; color: $foreground; }
    """

    tiles: reactive[tuple[Tile, ...]] = reactive[tuple[Tile, ...]](())

    def render(self) -> RenderResult:
        """What is chosen has brackets, what wants somebody an exclamation mark: no colour alone."""
        height = max(1, self.size.height)
        blank = Content("\n").join([self._row("") for _ in range((height - 1) // 2)])
        words = self._row("label")
        rows = [blank, words] if height > 1 else [words]
        if height > 2:
            rows.append(self._row(""))
        return Content("\n").join(rows)

    def _row(self, what: str) -> Content:
        parts = []
        for tile, (start, end) in zip(self.tiles, self._spans(), strict=True):
            label = _label(tile) if what else ""
            style = "bold $on-primary on $primary" if tile.chosen else "bold" if tile.wants else ""
            if tile.wants and not tile.chosen:
                style = "bold $on-accent on $accent"
            parts.append(Content.styled(_centred(label, end - start - 1), style))
            parts.append(Content(" "))
        return Content("").join(parts)

    def _spans(self) -> list[tuple[int, int]]:
        """Where each begins and ends: as wide as its words, and its share of what is left."""
        wide = [cell_len(_label(tile)) + 1 for tile in self.tiles]
        left = self.size.width - sum(wide)
        ends = [
            sum(wide[: n + 1]) + left * (n + 1) // len(self.tiles) for n in range(len(self.tiles))
        ]
        return list(zip([0, *ends], ends, strict=False))

    def on_click(self, event: events.Click) -> None:
        """Touched."""
        event.stop()
        for tile, (start, end) in zip(self.tiles, self._spans(), strict=True):
            if start <= event.x < end:
                self.post_message(Touched(tile.touch))


class AlertLine(Static):
    """What nobody has looked at yet; a touch shows all of it."""

    def on_click(self, event: events.Click) -> None:
        """Touched."""
        event.stop()
        self.post_message(Touched("tab:alerts"))


class SheetView(Widget):
    """Tables, a page of them at a time; a touch picks a row."""

    DEFAULT_CSS = """
    SheetView { width: 1fr; height: 100%; overflow: hidden; }
    """

    STYLES: ClassVar[dict[str, str]] = {
        "title": "bold $primary",
        "head": "$quiet",
        "plain": "",
        "late": "bold $accent",
        "wants": "bold",
        "quiet": "$quiet",
        "blank": "",
    }

    page: reactive[Turn] = reactive[Turn](())
    marked: reactive[str] = reactive("")
    grey: reactive[bool] = reactive(False)

    def render(self) -> RenderResult:
        """The marked row has an arrow."""
        drawn = []
        first = True
        for line in self.page:
            here = bool(line.pick) and line.pick == self.marked and first
            first = first and not here
            words = (MARK if here else NO_MARK) + line.text
            # What is not current cannot be taken for what is: no colours.
            style = "$quiet" if self.grey else self.STYLES[line.kind]
            drawn.append(Content.styled(words, f"{style} on $panel" if here else style))
        return Content("\n").join(drawn)

    @property
    def picks(self) -> list[str]:
        """The words of the rows on this page."""
        return list(dict.fromkeys(line.pick for line in self.page if line.pick))

    def on_click(self, event: events.Click) -> None:
        """Touched."""
        event.stop()
        if 0 <= event.y < len(self.page) and self.page[event.y].pick:
            self.post_message(Touched(self.page[event.y].pick))


class BoardScreen(ClientScreen, inherit_bindings=False):
    """See above."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(str(n), f"send('tab:{name}')", show=False) for n, name in enumerate(PAGES, 1)),
        Binding("up", "mark(-1)", show=False),
        Binding("down", "mark(1)", show=False),
        Binding("left", "narrow(-1)", show=False),
        Binding("right", "narrow(1)", show=False),
        Binding("enter,space", "pick", show=False),
        Binding("pageup", "send('turn:-1')", show=False),
        Binding("pagedown", "send('turn:1')", show=False),
        Binding("n", "send('verb:issue')", show=False),
        Binding("c", "send('verb:issue_care')", show=False),
        Binding("v", "send('verb:issue_more')", show=False),
        Binding("b", "send('verb:book')", show=False),
        Binding("slash", "send('verb:find_booking')", show=False),
        Binding("e", "elastic", show=False),
        Binding("m", "send('more')", show=False),
        Binding("escape", "send('back')", show=False),
    ]

    def __init__(self, now: Callable[[], float]) -> None:
        super().__init__()
        self._now = now
        self._scene = Scene(status=Status())
        self._turns: list[Turn] = [()]
        self._appeared_at = float("-inf")

    def compose(self) -> ComposeResult:
        """From the top: the banner, who and when, what wants somebody, tabs, the page, keys."""
        yield Banner(self._scene.status)
        yield Static(id="top")
        yield AlertLine(id="alert")
        yield Bar(id="tabs")
        yield Bar(id="chips")
        with Horizontal(id="body"):
            yield SheetView(id="main")
            yield SheetView(id="side")
        yield Vertical(id="who")
        with Horizontal(id="cover"):
            yield Vertical(id="question")
            yield QrCode(widget_id="code")
        yield Static(id="told")
        yield Bar(id="foot")

    # --- Changes -----------------------------------------------------------------------------

    async def show(self, scene: Scene) -> None:
        """Draw this."""
        before, self._scene = self._scene, scene
        if _shape(before) != _shape(scene):
            self._appeared_at = self._now()
        self._draw_bars(scene)
        self._draw_page(scene)
        await self._draw_question(before, scene)
        await self._draw_form(scene)

    async def on_resize(self) -> None:
        """Another size holds another number of rows."""
        self.set_class(self.size.height < LOW_ROWS, "-low")
        self.call_after_refresh(self._redraw)

    def _redraw(self) -> None:
        self._draw_bars(self._scene)
        self._draw_page(self._scene)

    def _draw_bars(self, scene: Scene) -> None:
        self.query_one(Banner).status = scene.status
        self._put("top", scene.top)
        self._put("alert", scene.alert)
        self._put("told", scene.told.words if scene.told else "")
        told = self.query_one("#told", Static)
        told.styles.height = self._told_rows()
        for kind in ("done", "refused", "unknown"):
            told.set_class(scene.told is not None and scene.told.kind == kind, f"-{kind}")
        tabs = self.query_one("#tabs", Bar)
        tabs.tiles = scene.tabs
        tabs.display = bool(scene.tabs)
        chips = self.query_one("#chips", Bar)
        chips.tiles = scene.page.chips if scene.page else ()
        chips.display = bool(chips.tiles) and scene.asked is None
        keys = self.query_one("#foot", Bar)
        keys.display = scene.asked is None and bool(scene.keys)

    def _put(self, name: str, words: str) -> None:
        line = self.query_one(f"#{name}", Static)
        line.display = bool(words)
        line.update(Content(words))

    def _draw_page(self, scene: Scene) -> None:
        page, main = scene.page, self.query_one("#main", SheetView)
        side = self.query_one("#side", SheetView)
        main.grey = side.grey = scene.status.state in ("stale", "refused")
        side.display = bool(page and page.side) and self.size.width >= WIDE_CELLS
        self.query_one("#body").display = scene.asked is None and scene.form is None
        if page is None:
            main.page = ()
            return
        rows = max(1, self._rows())
        self._turns = turns(page.sections, self._cells(page), rows, scene.row_rows)
        main.page = self._turns[min(scene.turned, len(self._turns) - 1)]
        if main.marked not in main.picks:
            main.marked = next(iter(main.picks), "")
        if side.display:
            side.page = turns(page.side, SIDE_CELLS - len(MARK), rows, scene.row_rows)[0]
        self.query_one("#foot", Bar).tiles = self._keys(scene)

    def _keys(self, scene: Scene) -> tuple[Tile, ...]:
        """Turning is offered where there is something to turn to."""
        count = len(self._turns)
        if count == 1:
            return tuple(tile for tile in scene.keys if not tile.touch.startswith("turn"))
        here = min(scene.turned, count - 1)
        return tuple(
            tile
            if tile.touch != "turn:1"
            else Tile(tile.touch, f"{tile.label} {here + 1}/{count}", tile.key)
            for tile in scene.keys
        )

    async def _draw_question(self, before: Scene, scene: Scene) -> None:
        cover = self.query_one("#cover")
        cover.display = scene.asked is not None
        self.query_one("#code", QrCode).address = self._code(scene)
        if _question(before) == _question(scene):
            return
        holder = self.query_one("#question", Vertical)
        await holder.remove_children()
        if scene.asked is not None:
            await holder.mount(Choice(*scene.asked))

    async def _draw_form(self, scene: Scene) -> None:
        holder = self.query_one("#who", Vertical)
        holder.display = scene.form is not None
        forms = list(holder.query(SignInForm))
        if scene.form is None:
            await holder.remove_children()
        elif forms:
            forms[0].asked = scene.form
        else:
            await holder.mount(SignInForm(scene.form, now=self._now))

    def _code(self, scene: Scene) -> str:
        address = scene.address
        fits = bool(address) and self.size.width >= 100
        return address if fits and len(half_blocks(address)) + 6 <= self.size.height else ""

    # --- Places ------------------------------------------------------------------------------

    @property
    def turned_max(self) -> int:
        """How often the page can be turned."""
        return len(self._turns) - 1

    def _cells(self, page: Page) -> int:
        beside = bool(page.side) and self.size.width >= WIDE_CELLS
        return self.size.width - len(MARK) - (SIDE_CELLS + 1 if beside else 0)

    def _rows(self) -> int:
        bar = 1 if self.size.height < LOW_ROWS else 3
        scene = self._scene
        said = [scene.top, scene.alert]
        banner = 1 if self.query_one(Banner).sentence else 0
        chips = bar if scene.page and scene.page.chips else 0
        lines = banner + sum(map(bool, said)) + self._told_rows()
        return self.size.height - lines - 2 * bar - chips

    def _told_rows(self) -> int:
        """A refusal is a sentence, and a sentence is read to its end."""
        told = self._scene.told
        return -(-cell_len(told.words) // max(1, self.size.width - 2)) if told else 0

    # --- Touches and keys --------------------------------------------------------------------

    def _forward_event(self, event: events.Event) -> None:
        # The second half of a double touch must not pick what has just appeared under it. (The
        # only place that every touch passes; the version of the library is pinned.)
        early = self._now() - self._appeared_at < DOUBLE_SECONDS
        if isinstance(event, events.MouseDown | events.MouseUp | events.Click) and early:
            return
        super()._forward_event(event)

    @property
    def _asks(self) -> bool:
        return self._scene.asked is not None or self._scene.form is not None

    def action_send(self, word: str) -> None:
        """A key with a meaning of its own; a question that is open has the keyboard."""
        if not self._asks:
            self.post_message(Touched(word))

    def action_elastic(self) -> None:
        """Open the window that is suggested, where that is offered."""
        tiles = (tile.touch for tile in self._scene.keys if tile.touch.startswith("elastic"))
        self.action_send(next(tiles, ""))

    def action_mark(self, step: int) -> None:
        """The next row, or the one before; at the end of the page, the next page."""
        main = self.query_one("#main", SheetView)
        picks = main.picks
        if self._asks or not picks:
            return
        here = picks.index(main.marked) if main.marked in picks else 0
        there = here + step
        if 0 <= there < len(picks):
            main.marked = picks[there]
        else:
            self.post_message(Touched(f"turn:{step}"))

    def action_pick(self) -> None:
        """The marked row."""
        main = self.query_one("#main", SheetView)
        if not self._asks and main.marked:
            self.post_message(Touched(main.marked))

    def action_narrow(self, step: int) -> None:
        """The next part of the line, or the one before."""
        chips = self.query_one("#chips", Bar).tiles
        if self._asks or not chips:
            return
        here = next((n for n, tile in enumerate(chips) if tile.chosen), 0)
        self.post_message(Touched(chips[(here + step) % len(chips)].touch))


def _label(tile: Tile) -> str:
    key = f"{tile.key} " if tile.key else ""
    label = f"{key}{tile.label}"
    if tile.chosen:
        return f"[{label}]"
    return f"! {label}" if tile.wants else label


def _centred(words: str, cells: int) -> str:
    plain = fitted(words, max(0, cells)).rstrip()
    return fitted(" " * ((cells - cell_len(plain)) // 2) + plain, max(0, cells))


def _question(scene: Scene) -> tuple[object, ...] | None:
    """What cannot change without drawing the question anew; what is typed would be lost."""
    if scene.asked is None:
        return None
    question = scene.asked[0]
    words: Sequence[str] = [option.word for option in question.options]
    return question.name, question.heading.partition(" — ")[0], tuple(words), len(question.lines)


def _shape(scene: Scene) -> tuple[object, ...]:
    """What a finger would be surprised by."""
    page = scene.page.name if scene.page else ""
    return page, scene.turned, scene.asked[0].name if scene.asked else ""
