"""The counter's one screen: the form for signing in, the desk, or the question a key asks.

It draws what it is given and says what was pressed. Nothing scrolls; nothing moves by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Grid, Horizontal
from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget
from textual.widgets import Static

from counter.page import DeskShown
from counter.panels import ListsPanel, TicketPanel
from counter.room import keys_across, keys_on_screen
from counter.verbs import VERBS
from counter.words import TicketLines
from shared.ui.choice import Choice, Question
from shared.ui.keys import Key, KeyShown, Pressed
from shared.ui.screen import ClientScreen
from shared.ui.sign_in import Asked, SignInForm
from shared.ui.widgets import Banner, Status
from shared.wrapping import wrapped

TOLD_ROWS: Final = 2


def _hotkeys() -> Iterator[BindingType]:
    for verb in VERBS:
        yield Binding(verb.hotkey.lower(), f"send('{verb.word}')", show=False)
        if len(verb.hotkey) == 1:
            yield Binding(verb.hotkey, f"send('{verb.word}')", show=False)


class CounterScreen(ClientScreen, inherit_bindings=False):
    """See above."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *_hotkeys(),
        Binding("left", "send('list_shown:-1')", show=False),
        Binding("right", "send('list_shown:1')", show=False),
        Binding("pageup", "send('page:-1')", show=False),
        Binding("pagedown", "send('page:1')", show=False),
        Binding("tab,down", "mark(1)", show=False),
        Binding("shift+tab,up", "mark(-1)", show=False),
        Binding("escape", "send('away')", show=False),
    ]

    def __init__(self, now: Callable[[], float]) -> None:
        super().__init__()
        self._now = now
        self._shown = DeskShown()
        self._status = Status()
        self._written: dict[str, str] = {}

    def compose(self) -> ComposeResult:
        """From the top: the banner, the head, the two halves, the keys, what is told, the line."""
        yield Banner(self._status)
        with Container(id="desk"):
            yield Static(id="head")
            yield Static(id="figures")
            yield Static(id="messages")
            with Container(id="middle"):
                with Horizontal(id="halves"):
                    yield TicketPanel(id="ticket")
                    yield ListsPanel(id="lists")
                yield Static(id="reading")
            yield Grid(id="keys")
        yield Container(id="over")
        yield Static(id="told")
        yield Static(id="linear")

    # --- What is shown -----------------------------------------------------------------------

    def hand(self, ticket: TicketLines) -> None:
        """The ticket in hand, before everything else: it is what the teller waits for."""
        self.query_one(TicketPanel).ticket = ticket

    async def show(self, shown: DeskShown) -> None:
        """The desk; only what has changed is drawn anew."""
        before, self._shown = self._shown, shown
        self._write("#head", shown.head)
        self._write("#figures", shown.figures)
        if before.messages != shown.messages:
            self.query_one("#messages", Static).update(Content(shown.messages))
            self.query_one("#messages").display = bool(shown.messages)
        self.query_one(TicketPanel).ticket = shown.ticket
        self.query_one(ListsPanel).lists = shown.lists
        self._read(shown)
        self.tell(shown.told, refused=shown.refused)
        if before.keys != shown.keys:
            await self._show_keys()

    def tell(self, sentence: str, *, refused: bool = False) -> None:
        """The sentence below the keys."""
        self._write("#told", sentence)
        self.query_one("#told").set_class(refused, "-refused")

    def say(self, linear: str) -> None:
        """The last line: what has changed, and where the keyboard is, in words."""
        self._write("#linear", linear)

    def status(self, status: Status, *, grey: bool) -> None:
        """How the link is; what is not current is grey besides."""
        self._status = status
        self.query_one(Banner).status = status
        self.query_one("#desk").set_class(grey, "-stale")

    async def ask(self, question: Question | None) -> None:
        """Put a question in the place of the desk; None: the desk again."""
        choice = self.choice
        if question is None and choice is None:
            return
        if choice is not None and question is not None and choice.question == question:
            return
        place = self._place_over()
        await self._put_over(Choice(question, place=place) if question is not None else None)

    async def sign_in(self, asked: Asked | None) -> None:
        """Put the form in the place of the desk; None: the desk again."""
        form = self.form
        if form is not None and asked is not None:
            form.asked = asked
        elif form is not None or asked is not None:
            await self._put_over(SignInForm(asked, now=self._now) if asked is not None else None)

    async def end(self, sentence: str) -> None:
        """Nothing more is to be done here: why, and what to do."""
        await self._put_over(Static(Content(sentence), id="ended"))

    @property
    def form(self) -> SignInForm | None:
        """The form for signing in, while it is there."""
        return next((one for one in self._over if isinstance(one, SignInForm)), None)

    @property
    def choice(self) -> Choice | None:
        """The open question."""
        return next((one for one in self._over if isinstance(one, Choice)), None)

    @property
    def list_pages(self) -> int:
        """How many pages the list that is looked at has on this screen."""
        return self.query_one(ListsPanel).pages

    @property
    def focus_words(self) -> str:
        """Where the keyboard is, in words; "" when it is nowhere in particular."""
        return self.focused.shown.words if isinstance(self.focused, Key) else ""

    async def on_resize(self) -> None:
        """Another size holds another number of keys."""
        if self._shown.keys:
            await self._show_keys()
            self._read(self._shown)

    # --- Keys --------------------------------------------------------------------------------

    def action_send(self, word: str) -> None:
        """A key of the keyboard."""
        self.post_message(Pressed(word))

    def action_mark(self, step: int) -> None:
        """The next key, or the one before; round and round."""
        (self.focus_next if step > 0 else self.focus_previous)()
        self.post_message(Pressed("marked"))

    # --- Details -----------------------------------------------------------------------------

    @property
    def _over(self) -> Sequence[Widget]:
        """What stands in the place of the desk. Asked at every key: the whole screen is not
        searched for it."""
        return self.query_one("#over").children

    def _place_over(self) -> Size:
        """What the desk leaves to a question, within its edges."""
        over = self.query_one("#over")
        whole = over.size if over.display and over.size.width else self.query_one("#desk").size
        return Size(whole.width - 2, whole.height)

    async def _put_over(self, widget: Widget | None) -> None:
        over = self.query_one("#over")
        await over.remove_children()
        self.query_one("#desk").display = widget is None
        over.display = widget is not None
        if widget is not None:
            await over.mount(widget)
        else:
            self.set_focus(None)

    async def _show_keys(self) -> None:
        grid = self.query_one("#keys", Grid)
        shown = keys_on_screen(self._shown.keys, self.size.width, self.size.height)
        there = list(grid.query(Key))
        if [key.shown.word for key in there] == [key.word for key in shown]:
            for key, now in zip(there, shown, strict=True):
                key.shown = now
            return
        await self._lay_keys(grid, shown)

    async def _lay_keys(self, grid: Grid, shown: tuple[KeyShown, ...]) -> None:
        across = keys_across(self.size.width)
        grid.styles.grid_size_columns = across
        grid.styles.height = 3 * -(-len(shown) // across)
        await grid.remove_children()
        await grid.mount_all([Key(one) for one in shown])

    def _read(self, shown: DeskShown) -> None:
        reading = self.query_one("#reading", Static)
        if reading.display != bool(shown.reading):
            self.query_one("#halves").display = not shown.reading
            reading.display = bool(shown.reading)
        if not shown.reading:
            return
        width, height = self.query_one("#middle").size
        lines = [line for words in shown.reading for line in wrapped(words, max(1, width - 2))]
        room = max(1, height)
        page = min(shown.page, max(0, -(-len(lines) // room) - 1))
        reading.update(Content("\n".join(lines[page * room : (page + 1) * room])), layout=False)

    def _write(self, where: str, words: str) -> None:
        # Their places are fixed: laying the whole screen out anew would cost more than all else.
        if self._written.get(where) != words:
            self._written[where] = words
            self.query_one(where, Static).update(Content(words), layout=False)
