"""How many tiles fit on a screen of that size, and which of them are on this page of it. Pure."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from kiosk.pages import Page, Tile

TILE_ROWS: Final = 5
TILE_ROWS_MAX: Final = 9
"""An edge, the label, two lines, an edge: at 8 mm a row, twice as high as a finger needs."""

TILE_ROWS_LARGE: Final = 18
"""Two lines of drawn Chinese within an edge."""

TILE_CELLS_MIN: Final = 36
COLUMNS_MAX: Final = 3
IN_ONE_COLUMN: Final = 3
"""So few tiles stand below each other: nothing to look for."""


class Room(Struct, frozen=True):
    """What is left of the screen for tiles."""

    cells: int
    rows: int


class Paged(Struct, frozen=True):
    """The tiles of one turn, in so many columns, and the keys that turn."""

    tiles: tuple[Tile, ...]
    turned: int
    turns: int
    columns: int
    tile_rows: int = TILE_ROWS
    turning: tuple[Tile, ...] = ()


def paged(page: Page, room: Room, turned: int, large: bool) -> Paged:
    """What is shown of the page's tiles after so many turns, never beyond the last."""
    columns = columns_of(room.cells, len(page.tiles), large)
    least = TILE_ROWS_LARGE if large else TILE_ROWS
    rows = max(1, room.rows // least)
    each = columns * rows
    turns = max(1, -(-len(page.tiles) // each))
    here = min(turned, turns - 1)
    shown = page.tiles[here * each : (here + 1) * each]
    turning = (*page.turning[:1][: here > 0], *page.turning[1:][: here < turns - 1])
    lines = max(1, -(-len(shown) // columns))
    most = max(least, TILE_ROWS_MAX)
    return Paged(shown, here, turns, columns, max(least, min(most, room.rows // lines)), turning)


def columns_of(cells: int, tiles: int, large: bool) -> int:
    """As many as are wide enough."""
    if large or tiles <= IN_ONE_COLUMN:
        return 1
    return max(1, min(COLUMNS_MAX, tiles, cells // TILE_CELLS_MIN))
