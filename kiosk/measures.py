"""How large things are under a finger and to the eye, from the size of the screen. Pure.

A terminal knows rows and cells; a hand and an eye know millimetres. Whoever writes the size of the
screen into the settings gets targets that are large enough, and is told of text that is not.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil
from typing import Annotated, Final

from msgspec import Meta, Struct

TOUCH_MM: Final = 20.0
"""A target is at least so wide and so high (AX-02); half of that is a finger that trembles."""

GAP_MM: Final = 3.0
"""From the edge of one target, as drawn, to that of the next (AX-02)."""

CAPITAL_MM: Final = 4.8
"""Plain text, at arm's length: 3/16 of an inch (AX-03)."""

LARGE_CAPITAL_MM: Final = 7.4
"""Large text: 0.7 degrees at 600 mm (AX-03)."""

CAPITAL_SHARE: Final = 0.55
"""Of a row, what a capital letter takes in a font for terminals with Chinese characters."""

EDGE_ROWS: Final = 1.0
"""An edge is drawn in the middle of its row: between two that touch there is a whole row."""

MillimetresSeen: Final = Meta(gt=50, le=5_000)


class ScreenSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The lit area of the screen, in millimetres, as it hangs: width and height."""

    width_mm: Annotated[float, MillimetresSeen]
    height_mm: Annotated[float, MillimetresSeen]

    def cell(self, cells: int, rows: int) -> Cell:
        """One cell, where the screen shows so many."""
        return Cell(self.width_mm / max(1, cells), self.height_mm / max(1, rows))


class Cell(Struct, frozen=True):
    """One cell of the terminal, in millimetres."""

    width_mm: float
    height_mm: float

    @property
    def rows_to_touch(self) -> int:
        """Rows that a finger needs."""
        return ceil(TOUCH_MM / self.height_mm)

    @property
    def cells_to_touch(self) -> int:
        """Cells that a finger needs."""
        return ceil(TOUCH_MM / self.width_mm)

    @property
    def gap_mm(self) -> float:
        """Between two targets above each other, edge to edge as drawn."""
        return EDGE_ROWS * self.height_mm

    @property
    def capital_mm(self) -> float:
        """A capital letter of plain text."""
        return CAPITAL_SHARE * self.height_mm

    def drawn_mm(self, rows: int) -> float:
        """A capital letter that is drawn over so many rows."""
        return rows * self.height_mm

    def faults(self) -> Iterator[str]:
        """What is too small on this screen: keys of the catalogue."""
        if self.capital_mm < CAPITAL_MM:
            yield "kiosk.small.text"
        if self.gap_mm < GAP_MM:
            yield "kiosk.small.gap"


UNKNOWN: Final = Cell(width_mm=4.3, height_mm=8.1)
"""Where nothing was said: 80 by 24 on a panel of 15.6 inches."""
