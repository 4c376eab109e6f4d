"""What staff see behind a terminal's screen: a keypad that shows no digit, and their small page.

Knows words, never the network and never the PIN: what is typed is kept by whoever shows this.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Grid, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from shared.i18n import text
from shared.protocol import Language
from shared.ui.keys import Key, KeyShown, Pressed
from shared.ui.screen import ClientScreen
from shared.ui.staff_exit import Door, Facts, Step

PAD: Final = ("1", "2", "3", "4", "5", "6", "7", "8", "9", "erase", "0", "try")
DOT: Final = "●"


class StaffTouched(Message):
    """A key was touched."""

    def __init__(self, word: str) -> None:
        super().__init__()
        self.word = word


class StaffScreen(ClientScreen, inherit_bindings=False):
    """See above."""

    DEFAULT_CSS = """
    StaffScreen { align: center middle; overflow: hidden; background: $background; }
    StaffScreen #staff { width: 60; max-width: 100%; height: auto; }
    StaffScreen Static { width: 100%; height: auto; text-align: center; }
    StaffScreen .heading { text-style: bold; color: $primary; padding: 0 0 1 0; }
    StaffScreen .dots { height: 1; }
    StaffScreen .told { min-height: 1; color: $error; }
    StaffScreen #pad { grid-size: 3 4; grid-rows: 3; height: 12; }
    StaffScreen #page { height: auto; padding: 1 0 0 0; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,left,shift+tab", "app.focus_previous", show=False),
        Binding("down,right,tab", "app.focus_next", show=False),
        Binding("escape", "send('close')", show=False),
        Binding("backspace,delete", "send('erase')", show=False),
        *(Binding(digit, f"send('{digit}')", show=False) for digit in "0123456789"),
    ]

    def __init__(self, language: Language) -> None:
        super().__init__()
        self._language = language
        self._drawn: Step = "closed"

    def compose(self) -> ComposeResult:
        """A place for what is told, and for the keys of the step."""
        with Vertical(id="staff"):
            yield Static(Content(self._say("staff.heading")), classes="heading")
            yield Static("", classes="dots")
            yield Static("", classes="told")
            if self._drawn == "staff":
                yield Vertical(id="page")
            else:
                with Grid(id="pad"):
                    for word in PAD:
                        label = word if word.isdigit() else self._say(f"staff.{word}")
                        yield Key(KeyShown(word, label, kind="main" if word == "try" else "plain"))
                yield Key(KeyShown("close", self._say("staff.close")))

    def on_mount(self) -> None:
        """Whoever types on a keyboard ends with the middle key."""
        self._focus("try")

    async def show(self, door: Door, told: str, facts: Facts) -> None:
        """Draw where staff are; `told` is a sentence for them."""
        inside = door.step == "staff"
        if inside != (self._drawn == "staff"):
            self._drawn = door.step
            await self.recompose()
        dots = "\n".join(facts.lines) if inside else DOT * len(door.typed)
        self.query_one(".dots", Static).styles.height = "auto" if inside else 1
        self.query_one(".dots", Static).update(Content(dots))
        self.query_one(".told", Static).update(Content(told))
        if inside:
            await self._show_page(list(self._keys(door, facts)))

    async def _show_page(self, keys: Sequence[KeyShown]) -> None:
        page = self.query_one("#page", Vertical)
        shown = list(page.query(Key))
        if [key.shown.word for key in shown] != [key.word for key in keys]:
            await page.remove_children()
            await page.mount_all(Key(key) for key in keys)
            self._focus("close")
            return
        for widget, key in zip(shown, keys, strict=True):
            widget.shown = key

    def _focus(self, word: str) -> None:
        next(key for key in self.query(Key) if key.shown.word == word).focus(scroll_visible=False)

    def _keys(self, door: Door, facts: Facts) -> Iterator[KeyShown]:
        yield KeyShown("close", self._say("staff.close"), kind="main")
        if facts.printer:
            yield KeyShown("test_page", self._say("staff.test_page"))
        if facts.served:
            yield KeyShown("restart", self._say("staff.restart"))
        sure = "staff.leave_sure" if door.sure else "staff.leave"
        yield KeyShown("leave", self._say(sure), kind="chosen" if door.sure else "plain")

    def _say(self, key: str) -> str:
        return text(self._language, key)

    @on(Pressed)
    def _on_pressed(self, message: Pressed) -> None:
        message.stop()
        self.post_message(StaffTouched(message.word))

    def action_send(self, word: str) -> None:
        """A key of the keyboard."""
        self.post_message(StaffTouched(word))
