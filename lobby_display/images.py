"""Pictures of the playlist, as rows of half blocks: a cell is two points, one above the other.

They are read once, when the display starts, so that a file that is none is said there and not in
the hall. Pillow is loaded only where a playlist has pictures: it is the extra `pictures`.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from PIL.Image import Image

POINTS_MAX: Final = 40_000_000
"""More than any camera's; what unpacks to more is no poster."""

COLOURS: Final = 48
"""Enough for a poster; every pair of them is a style that Textual keeps."""

UPPER_HALF: Final = "\N{UPPER HALF BLOCK}"

Row: TypeAlias = tuple[tuple[str, str], ...]


class NotAPicture(Exception):
    """The file cannot be shown; says why, in a sentence."""


@lru_cache(maxsize=20)
def opened(file: Path) -> Image:
    """The picture in this file, its colours on black; raises NotAPicture."""
    try:
        from PIL import Image
    except ImportError:
        raise NotAPicture("a picture needs the extra: pip install 'lobby[pictures]'") from None
    try:
        with Image.open(file) as image:
            if image.width * image.height > POINTS_MAX:
                raise NotAPicture(f"it has more than {POINTS_MAX} points")
            drawn = image.convert("RGBA")
    except (OSError, ValueError, Image.DecompressionBombError) as error:
        raise NotAPicture(f"it cannot be read as a picture: {error}") from None
    ground = Image.new("RGBA", drawn.size, "black")
    ground.alpha_composite(drawn)
    return ground.convert("RGB")


@lru_cache(maxsize=40)
def rows_of(file: Path, width: int, height: int) -> tuple[Row, ...]:
    """The picture as large as it fits into so many cells and rows, in their middle; every row is
    as wide as `width`. The look of a piece is its colours."""
    image = opened(file)
    across = max(1, min(width, round(height * 2 * image.width / image.height)))
    down = max(1, min(height, round(across * image.height / image.width / 2)))
    small = image.resize((across, down * 2)).quantize(COLOURS).convert("RGB").tobytes()
    points = [f"#{small[n : n + 3].hex()}" for n in range(0, len(small), 3)]
    left, above = (width - across) // 2, (height - down) // 2
    empty: Row = ((" " * width, "text"),)
    drawn = [
        _row(
            points[2 * y * across :][:across], points[(2 * y + 1) * across :][:across], left, width
        )
        for y in range(down)
    ]
    return (*[empty] * above, *drawn, *[empty] * (height - down - above))


def _row(upper: list[str], lower: list[str], left: int, width: int) -> Row:
    """Cells of the same colours are one piece."""
    pieces: list[tuple[str, str]] = [(" " * left, "text")]
    for colours in zip(upper, lower, strict=True):
        look = " on ".join(colours)
        words, before = pieces[-1]
        if before == look:
            pieces[-1] = (words + UPPER_HALF, look)
        else:
            pieces.append((UPPER_HALF, look))
    pieces.append((" " * (width - left - len(upper)), "text"))
    return tuple(piece for piece in pieces if piece[0])
