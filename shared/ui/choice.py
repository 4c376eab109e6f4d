"""One or several of a list: by number, by arrows, by touch; with a line to type in where asked.

    question = Question("park", "Why?", (Option("papers", "papers to fetch"), ...))

Pages turn, nothing scrolls: what is on the screen can be reached by one digit. What was chosen goes
out in `Chosen`, or `GivenUp`; what it means is left to the program.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final, Literal, TypeAlias

from msgspec import Struct
from msgspec.structs import replace
from textual import events, on
from textual.app import ComposeResult, RenderResult
from textual.binding import Binding, BindingType
from textual.containers import Grid, Horizontal
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static

from shared.i18n import text
from shared.protocol import Language
from shared.ui.keys import Key, KeyShown, Line, Pressed

DIGITS_MAX: Final = 9
"""On a page: one digit each."""

OPTION_ROWS: Final = 3
OPTION_CELLS_MIN: Final = 34
COLUMNS_MAX: Final = 2

LineKind: TypeAlias = Literal["none", "note", "more", "instead"]
"""`note`: a text that goes with the answer. `more`: each text entered is one more ticked option.
`instead`: what is typed is the answer, in place of an option."""


class Option(Struct, frozen=True):
    """Something to choose. `word` is what the program knows it by."""

    word: str
    label: str
    more: str = ""


class Question(Struct, frozen=True):
    """What is asked. `several`: any number of them, at least `least`; otherwise exactly one."""

    name: str
    heading: str
    options: tuple[Option, ...]
    lines: tuple[str, ...] = ()
    several: bool = False
    least: int = 0
    line: LineKind = "none"
    line_label: str = ""
    line_required: bool = False
    line_length_max: int = 60
    language: Language = "zh"


class Answer(Struct, frozen=True):
    """What has been chosen so far: ticked words, the marked option, added ones, the text."""

    ticked: tuple[str, ...] = ()
    marked: int = 0
    added: tuple[str, ...] = ()
    text: str = ""


class Room(Struct, frozen=True):
    """What the screen leaves for options."""

    cells: int
    rows: int

    @property
    def columns(self) -> int:
        """As many as are wide enough."""
        return max(1, min(COLUMNS_MAX, self.cells // OPTION_CELLS_MIN))

    @property
    def each(self) -> int:
        """How many options are on a page."""
        return max(1, min(DIGITS_MAX, self.columns * (self.rows // OPTION_ROWS)))


class Page(Struct, frozen=True):
    """The options on the screen: the first one's place among all, which page of how many."""

    options: tuple[Option, ...]
    first: int
    page: int
    pages: int


def options_of(question: Question, answer: Answer) -> tuple[Option, ...]:
    """Those that were offered, and those that were typed."""
    return (*question.options, *(Option(word, word) for word in answer.added))


def page_of(question: Question, answer: Answer, room: Room) -> Page:
    """The page with the marked option."""
    options = options_of(question, answer)
    pages = max(1, -(-len(options) // room.each))
    page = min(answer.marked // room.each, pages - 1)
    first = page * room.each
    return Page(options[first : first + room.each], first, page, pages)


def moved(question: Question, answer: Answer, step: int) -> Answer:
    """Another option is marked; at the ends it stays."""
    last = max(0, len(options_of(question, answer)) - 1)
    return replace(answer, marked=max(0, min(last, answer.marked + step)))


def turned(question: Question, answer: Answer, room: Room, step: int) -> Answer:
    """Another page: its first option is marked."""
    now = page_of(question, answer, room)
    page = max(0, min(now.pages - 1, now.page + step))
    return replace(answer, marked=page * room.each)


def ticked(question: Question, answer: Answer, place: int) -> Answer:
    """That option is chosen; of several, chosen or not any more."""
    options = options_of(question, answer)
    if not 0 <= place < len(options):
        return answer
    word = options[place].word
    if not question.several:
        return replace(answer, marked=place, ticked=(word,))
    chosen = {*answer.ticked} ^ {word}
    order = tuple(one.word for one in options if one.word in chosen)
    return replace(answer, marked=place, ticked=order)


def added(question: Question, answer: Answer, words: str) -> Answer:
    """What was typed is one more option, ticked; nothing twice."""
    words = words.strip()
    known = {one.word: n for n, one in enumerate(options_of(question, answer))}
    if not words:
        return answer
    if words in known:
        place = known[words]
        return answer if words in answer.ticked else ticked(question, answer, place)
    more = replace(answer, added=(*answer.added, words))
    return ticked(question, more, len(options_of(question, more)) - 1)


def lacking(question: Question, answer: Answer) -> str:
    """The key of the sentence that says what is still to be chosen or typed; "": nothing."""
    if question.line == "instead":
        return "" if answer.ticked or answer.text.strip() else "choice.nothing_chosen"
    if question.options or question.line == "more":
        least = max(question.least, 0 if question.several else 1)
        if len(answer.ticked) < least:
            return "choice.nothing_chosen"
    if question.line_required and not answer.text.strip():
        return "choice.nothing_typed"
    return ""


class Chosen(Message):
    """The answer to a question, by its name."""

    def __init__(self, name: str, words: tuple[str, ...], note: str) -> None:
        super().__init__()
        self.name, self.words, self.note = name, words, note


class GivenUp(Message):
    """The question was put away."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name


class Choice(Widget, can_focus=True):
    """See above. It has the keyboard as long as it is there."""

    DEFAULT_CSS = """
    Choice { width: 100%; height: 100%; layout: vertical; overflow: hidden; padding: 0 1; }
    Choice .heading { width: 100%; height: auto; text-style: bold; color: $primary; }
    Choice .line { width: 100%; height: auto; }
    Choice Grid { width: 100%; height: 1fr; grid-rows: 3; grid-gutter: 0 1; }
    Choice #typed { height: 3; }
    Choice #typed .label { width: auto; max-width: 34; height: 3; padding: 1 1 1 0; }
    Choice .told { width: 100%; height: 1; color: $error; text-wrap: nowrap; }
    Choice #answers { height: 3; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(str(n), f"pick({n})", show=False) for n in range(1, DIGITS_MAX + 1)),
        Binding("up", "move(-1, True)", show=False),
        Binding("down", "move(1, True)", show=False),
        Binding("left", "move(-1, False)", show=False),
        Binding("right", "move(1, False)", show=False),
        Binding("pageup", "turn(-1)", show=False),
        Binding("pagedown", "turn(1)", show=False),
        Binding("space", "tick", show=False),
        Binding("enter", "enter", show=False),
        Binding("f2", "answer", show=False),
        Binding("tab,shift+tab", "change_place", show=False),
        Binding("escape", "give_up", show=False),
    ]

    def __init__(
        self, question: Question, answer: Answer | None = None, *, place: Size | None = None
    ) -> None:
        """`place` is how large it is going to be, where that is known: it is right at once then."""
        super().__init__()
        self.question = question
        self.answer = answer or Answer()
        self._place = place
        self._drawn: Room | None = None
        self.told = ""

    def compose(self) -> ComposeResult:
        """From the top: the question, the options of this page, the line, the keys."""
        self._drawn = self._room()
        question, page = self.question, self._page()
        heading = question.heading
        if page.pages > 1:
            heading = f"{heading}  {self._say('page', page=page.page + 1, pages=page.pages)}"
        yield Static(Content(heading), classes="heading")
        for line in question.lines:
            yield Static(Content(line), classes="line")
        with Grid() as grid:
            grid.styles.grid_size_columns = self._room().columns
            for n, option in enumerate(page.options):
                yield OptionKey(self._key(n, page.first + n, option))
        if question.line != "none":
            with Horizontal(id="typed"):
                yield Static(Content(question.line_label), classes="label")
                yield self._line()
        yield Static(Content(self.told), classes="told")
        with Horizontal(id="answers"):
            for shown in self._keys(page):
                yield Key(shown)

    def on_mount(self) -> None:
        """The keyboard is here; with nothing to choose from, in the line."""
        self._take_keyboard()
        # On a slow machine its first size comes without a word (Textual 8), and would not be seen.
        self.call_after_refresh(self.on_resize)

    async def on_resize(self) -> None:
        """Another size holds another number of options."""
        if self._room() != self._drawn:
            await self._draw()

    def sentences(self) -> Iterator[str]:
        """The question in words, for whoever cannot see it; then what is marked."""
        yield self.question.heading
        yield from self.question.lines
        if self.told:
            yield self.told
        options = options_of(self.question, self.answer)
        if isinstance(self.screen.focused, Line):
            yield text(self.question.language, "sign_in.typing", field=self.question.line_label)
        elif options:
            option = options[self.answer.marked]
            yield self._say("of", n=self.answer.marked + 1, all=len(options), option=option.label)
            if self.question.several:
                chosen = option.word in self.answer.ticked
                yield self._say("ticked" if chosen else "not_ticked")

    # --- Keys and touches --------------------------------------------------------------------

    async def action_pick(self, digit: int) -> None:
        """The option of that number on this page; where one is asked for, that is the answer."""
        page = self._page()
        if digit <= len(page.options):
            await self._pick(page.first + digit - 1)

    async def action_move(self, step: int, by_rows: bool) -> None:
        """Mark another one."""
        self.answer = moved(self.question, self.answer, step * self._columns(by_rows))
        await self._draw()

    async def action_turn(self, step: int) -> None:
        """Another page."""
        self.answer = turned(self.question, self.answer, self._room(), step)
        await self._draw()

    async def action_tick(self) -> None:
        """The marked one."""
        await self._pick(self.answer.marked)

    async def action_enter(self) -> None:
        """One of many: the marked one. Of several: those that are ticked."""
        if self.question.several or self._is_ticked() or self._is_typed():
            await self.action_answer()
        else:
            await self._pick(self.answer.marked)

    async def action_answer(self) -> None:
        """That is all; or what is still lacking is said."""
        self._read_line()
        lacks = lacking(self.question, self.answer)
        if lacks:
            self.told = text(self.question.language, lacks)
            await self._draw()
            return
        self.post_message(Chosen(self.question.name, self.answer.ticked, self.answer.text.strip()))

    def action_give_up(self) -> None:
        """Put it away."""
        self.post_message(GivenUp(self.question.name))

    def action_change_place(self) -> None:
        """Between the options and the line."""
        lines = list(self.query(Line))
        if lines and self.screen.focused is not lines[0]:
            lines[0].focus()
        else:
            self.focus()
        self.post_message(Moved())

    @on(Pressed)
    async def _on_pressed(self, message: Pressed) -> None:
        message.stop()
        word, _, place = message.word.partition(":")
        match word:
            case "pick":
                await self._pick(int(place))
            case "turn":
                await self.action_turn(int(place))
            case "answer":
                await self.action_answer()
            case _:
                self.action_give_up()

    @on(Line.Submitted)
    async def _on_entered(self, message: Line.Submitted) -> None:
        message.stop()
        if self.question.line == "more" and message.value.strip():
            self.answer = added(self.question, self.answer, message.value)
            message.input.value = ""
            await self._draw()
        else:
            await self.action_answer()

    @on(Line.Changed)
    def _on_typed(self, message: Line.Changed) -> None:
        message.stop()
        self._read_line()

    async def _pick(self, place: int) -> None:
        self._read_line()
        self.answer = ticked(self.question, self.answer, place)
        self.told = ""
        if self.question.line == "instead":
            self.answer = replace(self.answer, text="")
            for line in self.query(Line):
                line.value = ""
        if self.question.several:
            await self._draw()
        elif self.question.line == "note":
            await self._draw(typing=True)
        else:
            await self.action_answer()

    def _is_typed(self) -> bool:
        self._read_line()
        return self.question.line == "instead" and bool(self.answer.text.strip())

    def _is_ticked(self) -> bool:
        options = options_of(self.question, self.answer)
        return not options or options[self.answer.marked].word in self.answer.ticked

    # --- Drawing -----------------------------------------------------------------------------

    async def _draw(self, typing: bool = False) -> None:
        if not self.is_attached:
            return
        typing = typing or isinstance(self.screen.focused, Line)
        await self.recompose()
        self._take_keyboard(typing)
        self.post_message(Moved())

    def _take_keyboard(self, typing: bool = False) -> None:
        lines = list(self.query(Line))
        if lines and (typing or not options_of(self.question, self.answer)):
            lines[0].focus()
        else:
            self.focus()

    def _line(self) -> Line:
        line = Line("line", length_max=self.question.line_length_max)
        line.value = "" if self.question.line == "more" else self.answer.text
        return line

    def _read_line(self) -> None:
        if self.question.line != "more":
            for line in self.query(Line):
                self.answer = replace(self.answer, text=line.value)

    def _room(self) -> Room:
        taken = 1 + len(self.question.lines) + 1 + 3 + (3 if self.question.line != "none" else 0)
        width, height = self.size if self.size.width or self._place is None else self._place
        return Room(cells=width, rows=max(OPTION_ROWS, height - taken))

    def _columns(self, by_rows: bool) -> int:
        return self._room().columns if by_rows else 1

    def _page(self) -> Page:
        return page_of(self.question, self.answer, self._room())

    def _key(self, n: int, place: int, option: Option) -> OptionShown:
        mark = ""
        if self.question.several or self.question.line == "note":
            mark = self._say("mark" if option.word in self.answer.ticked else "no_mark")
        return OptionShown(
            word=f"pick:{place}",
            digit=str(n + 1),
            label=f"{mark} {option.label}".strip(),
            more=option.more,
            marked=place == self.answer.marked,
        )

    def _keys(self, page: Page) -> Iterator[KeyShown]:
        if page.page > 0:
            yield KeyShown("turn:-1", self._say("previous"), "PgUp")
        if page.page < page.pages - 1:
            yield KeyShown("turn:1", self._say("following"), "PgDn")
        if self.question.several or self.question.line != "none":
            yield KeyShown("answer", self._say("answer"), "F2", "main")
        yield KeyShown("give_up", self._say("give_up"), "Esc")

    def _say(self, key: str, **values: object) -> str:
        return text(self.question.language, f"choice.{key}", **values)


class Moved(Message):
    """Something else is marked or ticked: whoever reads the screen aloud may say so."""


class OptionShown(Struct, frozen=True):
    """An option as it is drawn."""

    word: str
    digit: str
    label: str
    more: str
    marked: bool


class OptionKey(Widget):
    """An option: touched anywhere. The marked one has an arrow, not a colour alone."""

    DEFAULT_CSS = """
    OptionKey {
        width: 100%; height: 3; border: round $line; background: $surface; color: $foreground;
        padding: 0 1; text-wrap: nowrap; text-overflow: ellipsis; overflow: hidden;
    }
    OptionKey.-marked { border: heavy $accent; background: $panel; }
    """

    def __init__(self, shown: OptionShown) -> None:
        super().__init__(classes="-marked" if shown.marked else "")
        self.shown = shown

    def render(self) -> RenderResult:
        """Arrow, digit, label, and more of it."""
        shown = self.shown
        arrow = "▶" if shown.marked else " "
        words = [Content.styled(f"{arrow}{shown.digit}", "bold"), Content(shown.label)]
        if shown.more:
            words.append(Content(shown.more))
        return Content("  ").join(words)

    def on_click(self, event: events.Click) -> None:
        """Touched."""
        event.stop()
        self.post_message(Pressed(self.shown.word))
