"""How high a number has to be drawn so that it can be read from the farthest seat. Pure.

The rule is the stricter of two: 0.7 degrees of sight (EN 301 549), and what is asked of signs that
hang above eye level (ADA 703.5.5). Walls of single lamps draw coarser and need more (CA
11B-703.8.4). A terminal draws in rows of one height: how many a number takes follows from the
screen's height and how many rows it shows.
"""

from __future__ import annotations

import math
from typing import Final

from msgspec import Struct

from shared.ui.glyphs import pixels

SIGHT: Final = 0.01222
"""The tangent of 0.7 degrees: height by distance."""

SIGN_MM: Final = 50.8
SIGN_UP_TO_MM: Final = 4570
SIGN_STEP: Final = 3.2 / 305
"""Two inches up to fifteen feet, an eighth of an inch more for each foot beyond."""

LAMPS: Final = 1 / 60
LAMPS_MM: Final = 76.0

MM_AN_INCH: Final = 25.4
WIDE: Final = 16
HIGH: Final = 9

WIDEST_NUMBER: Final = "W888"
WIDEST_COUNTER: Final = "88"


class Screen(Struct, frozen=True):
    """A 16:9 screen on the wall, by its diagonal, and how many rows of text it shows."""

    inches: float
    rows: int
    portrait: bool = False

    @property
    def height_mm(self) -> float:
        """Of what is lit."""
        side = WIDE if self.portrait else HIGH
        return self.inches * MM_AN_INCH * side / math.hypot(WIDE, HIGH)

    @property
    def row_mm(self) -> float:
        """The height of one row of text."""
        return self.height_mm / max(1, self.rows)


def needed_mm(distance_m: float, *, lamps: bool = False) -> int:
    """The least height of a digit for that distance."""
    distance_mm = distance_m * 1000
    if lamps:
        return round(max(LAMPS_MM, distance_mm * LAMPS))
    beyond = max(0.0, distance_mm - SIGN_UP_TO_MM)
    return round(max(SIGHT * distance_mm, SIGN_MM + SIGN_STEP * beyond))


def drawn_mm(rows: int, screen: Screen) -> float:
    """How high a digit comes out in so many rows: not every size has a drawing of its own."""
    return _dots(rows) / 2 * screen.row_mm


def rows_needed(distance_m: float, screen: Screen, *, lamps: bool = False) -> int:
    """The fewest rows in which a number is high enough."""
    wanted = needed_mm(distance_m, lamps=lamps)
    rows = max(3, math.ceil(wanted / screen.row_mm))
    while round(drawn_mm(rows, screen)) < wanted:
        rows += 1
    return rows


def _dots(rows: int) -> int:
    _, masks = pixels("8", rows)
    inked = [n for n, mask in enumerate(masks) if mask]
    return inked[-1] - inked[0] + 1
