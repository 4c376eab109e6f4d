"""Columns of text for a terminal, where a Chinese character takes two cells."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence

NOTHING = "-"
CUT = "~"
"""Stands for what did not fit. Terminals disagree on how wide an ellipsis is."""

SECOND_MS = 1_000


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


def row(content: Sequence[str], widths: Sequence[int]) -> str:
    """One line of a table: the first column to the left, the others to the right."""
    first, *others = zip(content, widths, strict=True)
    shown = [fit(*first), *(fit(text, width, right=True) for text, width in others)]
    return " ".join(shown).rstrip()


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], widths: Sequence[int]) -> list[str]:
    """A line of heads, and the rows below it."""
    return [row(heads, widths), *(row(content, widths) for content in rows)]


def duration(ms: int | None) -> str:
    """Minutes and seconds, also beyond the hour, as targets are in minutes: 6:05, 90:00."""
    if ms is None:
        return NOTHING
    minutes, seconds = divmod(round(ms / SECOND_MS), 60)
    return f"{minutes}:{seconds:02}"


def percent(share: float | None) -> str:
    """A share in percent. Only everything is shown as 100 %: nothing is rounded up to it."""
    return NOTHING if share is None else f"{int(share * 1000 + 1e-9) / 10:g}%"
