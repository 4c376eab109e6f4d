"""What a program has drawn on its page, read as a terminal reads it: places and characters.

As much of a terminal as Textual uses: it moves to a place and writes there.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from rich.cells import cell_len

TOKEN: Final = re.compile(r"\x1b\[([0-9;?<>=]*)[ $]?([A-Za-z])|\x1b[^\[]|(.)", re.DOTALL)


def grid(received: Sequence[bytes]) -> dict[tuple[int, int], str]:
    """Every cell that was written, by (row, column); the second half of a wide one is empty."""
    cells: dict[tuple[int, int], str] = {}
    row, column = 0, 0
    for match in TOKEN.finditer(b"".join(received).decode(errors="replace")):
        numbers, order, character = match.groups()
        if order == "H":
            row, column = (int(n or 1) - 1 for n in ((numbers or "1") + ";1").split(";")[:2])
        elif (numbers, order) == ("?1049", "h"):
            cells.clear()  # a program begins
        elif character == "\n":
            row += 1
        elif character == "\r":
            column = 0
        elif character and (width := cell_len(character)):
            cells[row, column] = character
            if width == 2:
                cells[row, column + 1] = ""
            column += width
    return cells


def lines(received: Sequence[bytes]) -> list[str]:
    """The screen as lines of text."""
    cells = grid(received)
    rows = max((row for row, _ in cells), default=-1) + 1
    columns = max((column for _, column in cells), default=-1) + 1
    return [
        "".join(cells.get((row, column), " ") for column in range(columns)).rstrip()
        for row in range(rows)
    ]


def place_of(received: Sequence[bytes], words: str) -> tuple[int, int] | None:
    """Row and column of the middle of these words; None while they are not there."""
    for row, line in enumerate(lines(received)):
        if words in line:
            before = cell_len(line[: line.index(words)])
            return row, before + cell_len(words) // 2
    return None
