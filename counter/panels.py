"""The halves of the desk: the ticket in hand, and the lists. They know what is shown of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from textual import events
from textual.app import RenderResult
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from counter.page import ListsShown
from counter.room import list_rows, pages_of, ticket_rows
from counter.words import TicketLines
from shared.ui.keys import Pressed

STYLES: Final[Mapping[str, str]] = {
    "number": "$primary",
    "state": "bold",
    "need": "bold $accent",
    "heading": "bold",
    "why": "$primary",
    "page": "$quiet",
}
"""By what a row is; each is told by its words too."""


class TicketPanel(Widget):
    """The ticket in hand."""

    ticket: reactive[TicketLines] = reactive(TicketLines(number="", state="", lines=()))

    def render(self) -> RenderResult:
        """As large as there is room."""
        rows = ticket_rows(self.ticket, self.content_size.width, self.content_size.height)
        return _styled(rows)


class ListsPanel(Widget):
    """The line, the missed, the parked: one at a time, or all, as there is room."""

    lists: reactive[ListsShown] = reactive(ListsShown())

    def render(self) -> RenderResult:
        """A page of it."""
        return _styled(list_rows(self.lists, self.content_size.width, self.content_size.height))

    @property
    def pages(self) -> int:
        """How many pages the list that is looked at has."""
        return pages_of(self.lists, self.content_size.width, self.content_size.height)

    def on_click(self, event: events.Click) -> None:
        """Touched on its heading: another list. Anywhere else: another page."""
        event.stop()
        on_heading = event.y <= self.gutter.top
        turns = 1 if self.lists.page < self.pages - 1 else -self.lists.page
        self.post_message(Pressed("list_shown:1" if on_heading else f"page:{turns}"))


def _styled(rows: list[tuple[str, str]]) -> Content:
    lines = (Content.styled(words, STYLES.get(what, "")) for what, words in rows)
    return Content("\n").join(lines)
