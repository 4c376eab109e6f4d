"""Small plots of block characters: one column a quarter of an hour, eight steps to a row. Pure.

Drawn by ourselves, because a terminal has nothing finer and the numbers are few. Each has its
largest value in words and the hours below it: a bar alone says little, and a colour says nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

STEPS: Final = " ▁▂▃▄▅▆▇█"

UNKNOWN: Final = "·"
"""Where there is no value, which is another thing than zero."""

HOUR_LABELS_CELLS: Final = 6
"""An hour's label, and a space behind it."""


def bars(values: Sequence[int | None], rows: int, most: int | None = None) -> list[str]:
    """A bar for each value, so many rows high; the highest first."""
    top = max([value for value in values if value is not None] or [0]) if most is None else most
    eighths = [None if v is None else _eighths(v, top, rows) for v in values]
    return ["".join(_cell(n, row, rows) for n in eighths) for row in range(rows)]


def axis(first_hour_label: Sequence[str], cells_each: int = 1) -> str:
    """The labels of a row of columns (\"\" where there is none), none written over another."""
    drawn: list[str] = [" "] * (len(first_hour_label) * cells_each)
    free_from = 0
    for n, label in enumerate(first_hour_label):
        start = n * cells_each
        if label and start >= free_from and start + len(label) <= len(drawn):
            drawn[start : start + len(label)] = label
            free_from = start + max(len(label) + 1, HOUR_LABELS_CELLS)
    return "".join(drawn).rstrip()


def widened(line: str, cells_each: int) -> str:
    """The same columns, each so many cells wide."""
    return "".join(character * cells_each for character in line)


def _eighths(value: int, top: int, rows: int) -> int:
    if value <= 0 or top <= 0:
        return 0
    # Whatever there is can be seen, however little of the largest it is.
    return max(1, round(min(value, top) / top * rows * 8))


def _cell(eighths: int | None, row: int, rows: int) -> str:
    if eighths is None:
        return UNKNOWN if row == rows - 1 else " "
    above = (rows - 1 - row) * 8
    return STEPS[max(0, min(8, eighths - above))]
