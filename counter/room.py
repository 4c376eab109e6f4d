"""How much of the desk fits on a screen of that size, and on which page the rest is. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from counter.page import ListShown, ListsShown
from counter.words import TicketLines
from shared.columns import cells, fit
from shared.ui.glyphs import big, rows_that_fit
from shared.ui.keys import KeyShown
from shared.wrapping import wrapped

KEY_ROWS: Final = 3
"""Of a key: a finger finds it."""

ROWS_STACKED_MIN: Final = 22
"""So high, and all lists stand below each other, as long as there are three."""

OTHER_LIST_ROWS: Final = 6
NUMBER_ROWS: Final = (3, 12)
"""The number in hand: never smaller, never larger."""

TURN: Final = "PgUp PgDn"
MARK: Final = "▸"
MORE: Final = "…"


def keys_across(width: int) -> int:
    """How many keys stand beside each other."""
    return 5 if width < 100 else 6 if width < 140 else 9


def key_lines(height: int) -> int:
    """How many rows of keys there are."""
    return 2 if height < 28 else 3


def keys_on_screen(keys: Sequence[KeyShown], width: int, height: int) -> tuple[KeyShown, ...]:
    """As many as there is room for, the commonest first; `more` only where some are left out."""
    room = keys_across(width) * key_lines(height)
    without = tuple(key for key in keys if key.word != "more")
    return without if len(without) <= room else tuple(keys[:room])


# --- The ticket in hand ----------------------------------------------------------------------


def ticket_rows(ticket: TicketLines, width: int, height: int) -> list[tuple[str, str]]:
    """The rows of the ticket in hand, each with what it is: `number`, `state`, `need`, `line`."""
    rows = [("state", line) for line in wrapped(ticket.state, width)]
    rows += [("need", line) for need in ticket.needs for line in wrapped(f"! {need}", width)]
    rows += [("line", line) for words in ticket.lines for line in wrapped(words, width)]
    if not ticket.number:
        return _cut(rows, height)
    least, most = NUMBER_ROWS
    wanted = max(least, min(most, height - len(rows) - 2))
    size = rows_that_fit(ticket.number, width, wanted)
    number = [("number", line) for line in big(ticket.number, size)] if size else []
    number = number or [("number", ticket.number)]
    air = [("line", "")] if len(number) + len(rows) < height else []
    return _cut([*number, *air, *rows], height)


def _cut(rows: list[tuple[str, str]], height: int) -> list[tuple[str, str]]:
    return rows if len(rows) <= height else [*rows[: height - 1], ("line", MORE)]


# --- The lists -------------------------------------------------------------------------------


def list_rows(shown: ListsShown, width: int, height: int) -> list[tuple[str, str]]:
    """The rows of the lists, each with what it is: `heading`, `why`, `row`, `page`."""
    if not shown.lists:
        return []
    if not _stacks(shown, height):
        return _one_list(shown, width, height)
    first, *others = shown.lists
    rows = [*_stacked(first, shown, width, height - len(others) * OTHER_LIST_ROWS)]
    for one in others:
        rows += _stacked(one, shown, width, OTHER_LIST_ROWS)
    return rows


def pages_of(shown: ListsShown, width: int, height: int) -> int:
    """How many pages the list that is looked at has."""
    one = _looked_at(shown)
    if _stacks(shown, height):
        others = (len(shown.lists) - 1) * OTHER_LIST_ROWS
        high = OTHER_LIST_ROWS if one.name != "line" else height - others
        return _pages(one, _room(one, shown, width, high))
    return _pages(one, _room(one, shown, width, height))


def _stacks(shown: ListsShown, height: int) -> bool:
    return height >= ROWS_STACKED_MIN + max(0, len(shown.lists) - 3) * OTHER_LIST_ROWS


def _looked_at(shown: ListsShown) -> ListShown:
    return next((one for one in shown.lists if one.name == shown.shown), shown.lists[0])


def _one_list(shown: ListsShown, width: int, height: int) -> list[tuple[str, str]]:
    marked = (f"{MARK if one.name == shown.shown else ' '}{one.heading}" for one in shown.lists)
    one = _looked_at(shown)
    return [("heading", fit(" ".join(marked), width)), *_body(one, shown, width, height)]


def _stacked(one: ListShown, shown: ListsShown, width: int, height: int) -> list[tuple[str, str]]:
    mark = MARK if one.name == shown.shown else " "
    rows = [("heading", fit(f"{mark}{one.heading}", width)), *_body(one, shown, width, height)]
    return [*rows, *[("row", "")] * (height - len(rows))]


def _body(one: ListShown, shown: ListsShown, width: int, height: int) -> Iterator[tuple[str, str]]:
    for line in _why(one, shown, width):
        yield "why", line
    room = _room(one, shown, width, height)
    pages = _pages(one, room)
    page = min(shown.page, pages - 1) if one.name == shown.shown else 0
    for row in one.rows[page * room : (page + 1) * room]:
        yield "row", _row(row, width)
    if pages > 1:
        yield "page", f"{page + 1}/{pages}  {TURN}"


def _why(one: ListShown, shown: ListsShown, width: int) -> list[str]:
    return wrapped(shown.why, width) if one.name == "line" and shown.why else []


def _room(one: ListShown, shown: ListsShown, width: int, height: int) -> int:
    """Rows for tickets: without the heading, the reason, and the line that counts the pages."""
    left = height - 1 - len(_why(one, shown, width))
    return max(1, left if len(one.rows) <= left else left - 1)


def _pages(one: ListShown, room: int) -> int:
    return max(1, -(-len(one.rows) // room))


def _row(row: Sequence[str], width: int) -> str:
    number, service, time, remarks = row
    wide = max(8, min(20, width // 3))
    words = f"{fit(number, 6)}{fit(service, wide)} {fit(time, 7, right=True)}"
    left = width - cells(words) - 1
    return f"{words} {fit(remarks, left)}" if left > 2 and remarks else words
