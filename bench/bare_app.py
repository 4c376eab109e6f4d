"""The least that a screen of the kiosk's kind costs: a bare Textual app that draws one.

As many words, tiles and keys as the kiosk's welcome, one look at the clock a second, and nothing
behind it: no link, no catalogue, no printer.
"""

from __future__ import annotations

from typing import Final

from textual.app import App, ComposeResult
from textual.containers import Grid, Horizontal, Vertical
from textual.widgets import Static

DRAWN: Final = "bare and drawn"


class Tile(Static, can_focus=True):
    """Something to touch."""

    DEFAULT_CSS = """
    Tile { border: round #888888; height: 5; width: 100%; content-align: center middle; }
    Tile:focus { border: heavy #ffffff; }
    """


class BareApp(App[None]):
    """See above."""

    CSS = """
    Screen { layout: vertical; overflow: hidden; }
    #heading { height: 3; width: 100%; text-align: center; padding: 1; }
    #tiles { height: 1fr; width: 100%; }
    #bar { height: 3; dock: bottom; }
    #bar Tile { height: 3; width: 1fr; }
    """

    def compose(self) -> ComposeResult:
        """A heading, three tiles, a line, five keys."""
        yield Static(DRAWN, id="heading")
        with Vertical(), Grid(id="tiles"):
            for n in range(3):
                yield Tile(f"tile {n}\nand a line about it")
        yield Static("a line at the foot")
        with Horizontal(id="bar"):
            for n in range(5):
                yield Tile(f"key {n}")

    def on_mount(self) -> None:
        """A tick a second, as every terminal has."""
        self.set_interval(1, lambda: None)


if __name__ == "__main__":
    BareApp().run()
