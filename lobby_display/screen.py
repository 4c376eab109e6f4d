"""The one screen of the display: rows of pieces, drawn as they are. It knows no view."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from textual.app import ComposeResult, RenderResult
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from lobby_display.frame import Row
from shared.ui.screen import ClientScreen

LOOKS: Final = {
    "head": "bold $foreground on $panel",
    "head-quiet": "$foreground on $panel",
    "warning": "bold $on-warning on $warning",
    "call": "bold $primary",
    "call-lit": "bold $on-primary on $primary",
    "said": "$foreground",
    "said-lit": "bold $on-primary on $primary",
    "last": "bold $foreground",
    "title": "bold $primary",
    "heading": "bold $primary",
    "message": "bold $foreground on $panel",
    "order": "$quiet",
    "quiet": "$quiet",
    "state": "bold $foreground",
    "text": "$foreground",
    "stale": "$quiet",
}
"""By the name of a look. Light on dark or dark on light, nothing slanted; pictures bring theirs."""


class Sheet(Widget):
    """All rows of the screen; drawn anew only when one of them is another."""

    DEFAULT_CSS = "Sheet { width: 100%; height: 100%; text-wrap: nowrap; }"

    def __init__(self) -> None:
        super().__init__()
        self._rows: Sequence[Row] = ()

    def show(self, rows: Sequence[Row]) -> None:
        """These rows from now on."""
        if rows != self._rows:
            self._rows = rows
            self.refresh()

    def render(self) -> RenderResult:
        """Each piece in its look."""
        lines = (
            Content.assemble(*((words, LOOKS.get(look, look)) for words, look in row))
            for row in self._rows
        )
        return Content("\n").join(lines)


class Resized(Message):
    """The screen has another size: other things fit."""


class DisplayScreen(ClientScreen, inherit_bindings=False):
    """See above."""

    def compose(self) -> ComposeResult:
        """Nothing but the sheet."""
        yield Sheet()

    def show(self, rows: Sequence[Row]) -> None:
        """Draw these rows."""
        for sheet in self.query(Sheet):
            sheet.show(rows)

    def on_resize(self) -> None:
        """Lay out anew."""
        self.post_message(Resized())
