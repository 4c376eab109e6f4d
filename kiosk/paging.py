"""How many tiles fit on a screen of that size, and which of them are on this page of it. Pure."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from kiosk.page import Page, Tile
from shared.ui.glyphs import drawn

TILE_ROWS: Final = 5
"""An edge, the label, two lines, an edge."""

TILE_ROWS_MAX: Final = 9
"""Higher ones look empty."""

LETTER_ROWS: Final = 8
"""In large text, a line of drawn words: the square of a Chinese character."""

LABEL_LINES: Final = 2
EDGES: Final = 2

TILE_CELLS_MIN: Final = 36
COLUMNS_MAX: Final = 3
IN_ONE_COLUMN: Final = 3
"""So few tiles stand below each other: nothing to look for."""

IN_A_SQUARE: Final = 4
"""Two and two; of three and one, the one would look left over."""

ROOMY_CELLS: Final = 160
ROOMY_ROWS: Final = 13
ROOMY_ROWS_MAX: Final = 15
"""On so large a screen plain words look lost: labels are drawn for everybody."""

GRID_CELLS_MIN: Final = 11
"""Of a small tile in a grid; there are fewer columns where that is more than there is."""

GRID_ROWS_MAX: Final = 7
LETTER_ROWS_MIN: Final = 3
"""The smallest drawing of a Latin letter or a digit."""

WIDE_CELLS: Final = 110
"""A screen so wide shows large words and the code for phones side by side."""


class Room(Struct, frozen=True):
    """What is left of the screen for tiles, and how many rows a finger needs."""

    cells: int
    rows: int
    touch_rows: int = 3


class Paged(Struct, frozen=True):
    """The tiles of one turn, in so many columns, and the keys that turn. `drawn`: with big labels
    of at most `letter_rows`; `bare`: there is no room for edges around such large words."""

    tiles: tuple[Tile, ...]
    turned: int
    turns: int
    columns: int
    tile_rows: int = TILE_ROWS
    turning: tuple[Tile, ...] = ()
    drawn: bool = False
    bare: bool = False
    letter_rows: int = LETTER_ROWS


def paged(page: Page, room: Room, turned: int, large: bool) -> Paged:
    """What is shown of the page's tiles after so many turns, never beyond the last."""
    if page.columns and (not large or _columns_drawn(page, room)):
        return _grid(page, room, turned, large)
    columns = columns_of(room.cells, len(page.tiles), large)
    least = max(_least_rows(page, room, large), room.touch_rows)
    rows = max(1, room.rows // least)
    each = columns * rows
    turns = max(1, -(-len(page.tiles) // each))
    here = min(turned, turns - 1)
    shown = page.tiles[here * each : (here + 1) * each]
    lines = max(1, -(-len(shown) // columns))
    roomy = room.rows // lines >= ROOMY_ROWS and _all_drawn(page, room, columns)
    most = max(least + EDGES, ROOMY_ROWS_MAX if roomy else TILE_ROWS_MAX)
    tile_rows = max(least, min(most, room.rows // lines))
    return Paged(
        shown,
        here,
        turns,
        columns,
        tile_rows,
        turned_by(page.turning, here, turns),
        drawn=large or roomy,
        bare=large and tile_rows < least + EDGES,
    )


def _grid(page: Page, room: Room, turned: int, large: bool) -> Paged:
    """Small tiles side by side: a keypad, days, times. In large text their labels are drawn, in as
    many columns as leave room for that."""
    columns, big = _columns(page, room), large
    if big:
        columns = _columns_drawn(page, room)
    least = max(room.touch_rows, LETTER_ROWS_MIN)
    whole = -(-len(page.tiles) // columns)
    rows = max(1, room.rows // least)
    if page.pad is None and big:
        rows = max(1, room.rows // (LETTER_ROWS_MIN + 1 + _more(page)))
    turns = max(1, -(-whole // rows))
    here = min(turned, turns - 1)
    shown = page.tiles[here * columns * rows : (here + 1) * columns * rows]
    lines = min(rows, whole)
    most = max(least, GRID_ROWS_MAX + (LETTER_ROWS if big else 0))
    tile_rows = max(least, min(most, room.rows // lines))
    bare = big and tile_rows - _more(page) < LETTER_ROWS_MIN + EDGES
    letters = min(LETTER_ROWS, tile_rows - _more(page) - (0 if bare else EDGES))
    return Paged(
        shown,
        here,
        turns,
        columns,
        tile_rows,
        turned_by(page.turning, here, turns),
        drawn=big,
        bare=bare,
        letter_rows=max(LETTER_ROWS_MIN, letters),
    )


def _columns(page: Page, room: Room) -> int:
    return max(1, min(page.columns, room.cells // GRID_CELLS_MIN))


def _columns_drawn(page: Page, room: Room) -> int:
    """The most columns in which all labels can be drawn; 0 where there are none."""
    columns = range(_columns(page, room), 0, -1)
    return next((n for n in columns if _signs_fit(page, room, n)), 0)


def _signs_fit(page: Page, room: Room, columns: int) -> bool:
    cells = label_cells(room.cells // columns)
    return all(drawn(tile.sign or tile.label, cells, LETTER_ROWS_MIN) for tile in page.tiles)


def _more(page: Page) -> int:
    """Rows below a label."""
    return max((len(tile.lines) for tile in page.tiles), default=0)


def turned_by(turning: tuple[Tile, ...], here: int, turns: int) -> tuple[Tile, ...]:
    """The keys that turn from here: backwards, forwards, where there is something."""
    return (*turning[:1][: here > 0], *turning[1:][: here < turns - 1])


def columns_of(cells: int, tiles: int, large: bool) -> int:
    """As many as are wide enough."""
    if large or tiles <= IN_ONE_COLUMN:
        return 1
    most = 2 if tiles == IN_A_SQUARE else COLUMNS_MAX
    return max(1, min(most, tiles, cells // TILE_CELLS_MIN))


def label_cells(cells: int) -> int:
    """What is left of a screen's width for the words on a tile that takes all of it."""
    return max(1, cells - 2 * EDGES)


def _all_drawn(page: Page, room: Room, columns: int) -> bool:
    """Some big and some small would say that the big ones matter more."""
    cells = label_cells(room.cells // columns)
    labels = [tile.label for tile in page.tiles]
    return room.cells >= ROOMY_CELLS and all(drawn(one, cells, LETTER_ROWS) for one in labels)


def _least_rows(page: Page, room: Room, large: bool) -> int:
    if not large:
        return TILE_ROWS
    cells = label_cells(room.cells)
    heights = (len(drawn(tile.label, cells, LETTER_ROWS, LABEL_LINES)) for tile in page.tiles)
    return max((LETTER_ROWS, *heights))
