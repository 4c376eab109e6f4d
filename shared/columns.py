"""Text in columns for a terminal, where a Chinese character takes two cells.

For what `lobby` prints. What comes from outside is bounded in `shared/cleaning.py`, before.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

CUT = "~"
"""Stands for what did not fit. Terminals disagree on how wide an ellipsis is."""

GAP = "  "


def cells(shown: str) -> int:
    """How many cells a text takes."""
    return sum(_cells_of(character) for character in shown)


def _cells_of(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def plain(shown: str) -> str:
    """Without anything a terminal would obey."""
    return "".join(c for c in shown if not unicodedata.category(c).startswith("C"))


def fit(shown: str, width: int, right: bool = False) -> str:
    """Exactly so many cells: filled up, or cut with a mark."""
    shown = plain(shown)
    if cells(shown) > width:
        while cells(shown) > width - cells(CUT):
            shown = shown[:-1]
        shown += CUT
    filling = " " * (width - cells(shown))
    return filling + shown if right else shown + filling


def aligned(heads: Sequence[str], rows: Sequence[Sequence[str]], cells_max: int = 40) -> list[str]:
    """A table whose columns are as wide as what is in them, up to a bound; nothing of the last
    one is cut."""
    lines = [[plain(cell) for cell in line] for line in (heads, *rows)]
    *widths, last = (max(map(cells, column)) for column in zip(*lines, strict=True))
    widths = [*(min(cells_max, width) for width in widths), last]
    return [
        GAP.join(fit(cell, width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    ]
