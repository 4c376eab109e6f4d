"""What the terminals of the staff have under their fingers: keys with their letters, lines to type.

A key is three rows high, so that a finger finds it, and shows the key of the keyboard that does
the same. What it does is left to whoever hears `Pressed`.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct
from textual import events
from textual.app import RenderResult
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import Input

KeyKind: TypeAlias = Literal["plain", "main", "chosen", "off"]


class KeyShown(Struct, frozen=True):
    """A key: the word it sends, what it says, and the key of the keyboard that sends it too.

    An `off` one is shown and can be pressed: whoever does so is told why not.
    """

    word: str
    label: str
    hotkey: str = ""
    kind: KeyKind = "plain"

    @property
    def words(self) -> str:
        """As it is shown."""
        return f"{self.hotkey} {self.label}".strip()


class Pressed(Message):
    """A key was touched, or pressed while it was marked."""

    def __init__(self, word: str) -> None:
        super().__init__()
        self.word = word


class Key(Widget, can_focus=True):
    """See above."""

    DEFAULT_CSS = """
    Key {
        width: 1fr; height: 3; border: round $line; background: $surface; color: $foreground;
        text-align: center; content-align: center middle; text-wrap: nowrap;
        text-overflow: ellipsis; overflow: hidden;
    }
    Key:focus { border: heavy $accent; }
    Key.-main { background: $primary; color: $on-primary; border: round $primary; }
    Key.-main:focus { border: heavy $accent; }
    Key.-chosen { background: $panel; border: heavy $primary; }
    Key.-off { background: $panel; color: $quiet; border: blank; }
    """

    shown: reactive[KeyShown] = reactive(KeyShown("", ""))

    def __init__(self, shown: KeyShown) -> None:
        super().__init__(classes=f"-{shown.kind}")
        self.set_reactive(Key.shown, shown)

    def render(self) -> RenderResult:
        """The hotkey before the label: what is off is said by more than a colour."""
        shown = self.shown
        key = Content.styled(shown.hotkey, "bold")
        label = Content.styled(shown.label, "bold" if shown.kind == "main" else "")
        return Content(" ").join([key, label]) if shown.hotkey else label

    def watch_shown(self, before: KeyShown, shown: KeyShown) -> None:
        """The kind is a colour and a sentence when it is pressed, never a colour alone."""
        if before.kind != shown.kind:
            self.remove_class(f"-{before.kind}", update=False)
            self.add_class(f"-{shown.kind}")

    def on_click(self, event: events.Click) -> None:
        """Touched."""
        event.stop()
        self.post_message(Pressed(self.shown.word))

    def on_key(self, event: events.Key) -> None:
        """Pressed while it is marked."""
        if event.key in ("enter", "space"):
            event.stop()
            event.prevent_default()
            self.post_message(Pressed(self.shown.word))


class Line(Input):
    """One line to type in. What is masked cannot be copied out of it either."""

    DEFAULT_CSS = """
    Line {
        width: 1fr; border: round $line; background: $surface; color: $foreground; padding: 0 1;
    }
    Line:focus { border: heavy $accent; background: $surface; background-tint: $surface 0%; }
    """

    def __init__(self, name: str, *, length_max: int, masked: bool = False) -> None:
        super().__init__(name=name, password=masked, max_length=length_max, select_on_focus=False)
        # Nothing on a terminal of the staff moves by itself.
        self.cursor_blink = False

    def action_copy(self) -> None:
        """Not a secret."""
        if not self.password:
            super().action_copy()

    def action_cut(self) -> None:
        """Not a secret."""
        if not self.password:
            super().action_cut()
