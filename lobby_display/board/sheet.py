"""Tables of a page: columns that fit the screen, rows that turn over page by page. Pure.

A section says what it has to show; how wide its columns are, which of them are left out on a narrow
screen, and where a page ends, is found out here. Widths are those of a terminal, where a Chinese
character takes two cells.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, Literal, TypeAlias

from msgspec import Struct
from rich.cells import cell_len, set_cell_size

Kind: TypeAlias = Literal["title", "head", "plain", "late", "wants", "quiet", "blank"]

GAP: Final = 2
"""Cells between two columns."""

CUT: Final = "…"

REST_MIN: Final = 20
"""Cells that the column which takes the rest wants to have."""


class Column(Struct, frozen=True):
    """A column. `rest`: takes what the others leave. Those with the highest `spare` are left out
    first where there is no room; 0: never."""

    head: str
    right: bool = False
    rest: bool = False
    spare: int = 0


class Row(Struct, frozen=True):
    """What is told of one thing. `pick` is the word that a touch of it sends; "" when none."""

    cells: tuple[str, ...]
    pick: str = ""
    kind: Kind = "plain"


class Section(Struct, frozen=True):
    """A table; `empty` is said when there is no row. `whole`: not to be torn apart."""

    title: str
    columns: tuple[Column, ...] = ()
    rows: tuple[Row, ...] = ()
    empty: str = ""
    whole: bool = False


def lines(title: str, *texts: str) -> Section:
    """Plain lines below a title."""
    return Section(title, (Column("", rest=True),), tuple(Row((words,)) for words in texts))


class Line(Struct, frozen=True):
    """A line of the screen, as wide as it is."""

    text: str
    pick: str = ""
    kind: Kind = "plain"


Turn: TypeAlias = tuple[Line, ...]
"""What is on the screen at once."""


def turns(sections: Sequence[Section], width: int, rows: int, row_rows: int = 1) -> list[Turn]:
    """All pages of these sections; at least one. `row_rows`: lines that a row takes."""
    done: list[Turn] = []
    page: list[Line] = []
    for section in sections:
        head, body = _drawn(section, width, row_rows)
        needed = len(body) if section.whole else min(row_rows, len(body))
        if page and len(page) + 1 + len(head) + needed > rows:
            done.append(tuple(page))
            page = []
        if page:
            page.append(Line("", kind="blank"))
        page += head
        for row in body:
            if len(page) + len(row) > rows and len(page) > len(head):
                done.append(tuple(page))
                page = list(head)
            page += row
    return [*done, tuple(page)] if page or not done else done


def fitted(words: str, cells: int, right: bool = False) -> str:
    """Words in exactly so many cells."""
    wide = cell_len(words)
    if wide > cells:
        return set_cell_size(words, max(0, cells - 1)) + (CUT if cells else "")
    blanks = " " * (cells - wide)
    return blanks + words if right else words + blanks


# --- Drawing ---------------------------------------------------------------------------------


def _drawn(section: Section, width: int, row_rows: int) -> tuple[list[Line], list[list[Line]]]:
    head = [Line(fitted(section.title, width), kind="title")] if section.title else []
    if not section.rows:
        empty = [[Line(fitted(section.empty, width), kind="quiet")]] if section.empty else []
        return head, empty
    widths = _widths(section, width)
    if any(column.head for column in section.columns):
        head.append(Line(_joined(section, [c.head for c in section.columns], widths), kind="head"))
    body = []
    for row in section.rows:
        line = Line(fitted(_joined(section, row.cells, widths), width), row.pick, row.kind)
        more = Line(" " * width, row.pick, row.kind)
        body.append([line, *[more] * (row_rows - 1 if row.pick else 0)])
    return head, body


def _widths(section: Section, width: int) -> dict[int, int]:
    """The columns that are shown, by their place, and how wide each is."""
    wide = {
        n: max(cell_len(words) for words in (column.head, *(row.cells[n] for row in section.rows)))
        for n, column in enumerate(section.columns)
    }
    # Words may be cut; before that, columns are left out that can be spared.
    shown = {
        n: min(cells, REST_MIN) if section.columns[n].rest else cells
        for n, cells in wide.items()
        if cells
    }
    for n in _by_spare(section):
        if sum(shown.values()) + GAP * (len(shown) - 1) <= width:
            break
        shown.pop(n, None)
    rest = next((n for n in shown if section.columns[n].rest), None)
    if rest is not None:
        others = sum(cells for n, cells in shown.items() if n != rest)
        shown[rest] = max(0, width - others - GAP * (len(shown) - 1))
    return shown


def _by_spare(section: Section) -> Iterator[int]:
    spare = [(column.spare, n) for n, column in enumerate(section.columns) if column.spare]
    return (n for _, n in sorted(spare, reverse=True))


def _joined(section: Section, cells: Sequence[str], widths: dict[int, int]) -> str:
    shown = (
        fitted(words, widths[n], section.columns[n].right)
        for n, words in enumerate(cells)
        if n in widths
    )
    return (" " * GAP).join(shown)
