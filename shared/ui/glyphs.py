"""Big letters for a terminal: digits, Latin letters and Chinese, drawn in half blocks.

A terminal has one size of letter, and a number has to be read across a hall. The drawings come
from an open font (`docs/glyphs.py`; its notice is beside them) and are looked up line by line
when they are wanted: reading all seven thousand would cost a kiosk its start.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Final, TypeAlias
from unicodedata import category

LATIN: Final = Path(__file__).with_name("glyphs_latin.txt")
HANZI: Final = Path(__file__).with_name("glyphs_hanzi.txt")

HANZI_PIXELS: Final = 16

LATIN_HEIGHTS: Final = (5, 6, 7, 8, 10, 12, 14, 16, 20, 24, 28, 32, 40, 48, 56)
"""Of a capital letter, in pixels: what there is a drawing for."""

BLOCKY: Final = 2
"""So many dots of height each time of stretching is worth less."""

BLOCKS: Final = " ▄▀█"
"""By two bits: the upper half of the cell, the lower half."""

DEEP_CAPITALS: Final = "Q"
"""Those that hang below the line in the font."""

BREAKS: Final = ("Po", "Pd", "Zs")
"""Words are broken after these kinds of characters (Unicode: commas, hyphens, spaces); Chinese
anywhere, where there is none of them."""

Rows: TypeAlias = tuple[int, ...]
Drawing: TypeAlias = tuple[int, Rows]
"""Width in pixels, and a bit mask for each row of pixels from the top; the highest bit is left."""


def big(words: str, rows: int) -> list[str]:
    """The words, so many terminal rows high, as lines of one width.

    Latin letters use all rows for a capital letter; with Chinese among them, for the square of a
    Chinese character, so its size grows in steps of eight rows. Small letters that hang below the
    line take more. What has no drawing is left out; `has_drawing` tells before.
    """
    return _in_blocks(pixels(words, rows))


def pixels(words: str, rows: int) -> Drawing:
    """The same as dots, two rows of them for each: what a printer draws."""
    chinese = is_chinese(words)
    found = (_drawing(character, rows, chinese) for character in words)
    drawings = [drawing for drawing in found if drawing is not None]
    deepest = max((_depth(masks) for _, masks in drawings), default=0)
    return _side_by_side(drawings, max(2 * rows, deepest + deepest % 2))


def width_of(words: str, rows: int) -> int:
    """How many cells `big` will take across."""
    return len(big(words, rows)[0])


def rows_that_fit(words: str, cells: int, rows_max: int) -> int:
    """The most rows, up to that many, at which the words are no wider than so many cells; 0 when
    even the smallest letters are wider."""
    least = HANZI_PIXELS // 2 if is_chinese(words) else -(-LATIN_HEIGHTS[0] // 2)
    for rows in range(rows_max, least - 1, -1):
        if width_of(words, rows) <= cells:
            return rows
    return 0


def drawn(words: str, cells: int, rows_max: int, lines_max: int = 1) -> list[str]:
    """The words as large as there is room, broken into as few lines as will do; nothing where
    even the smallest drawing is wider, or there is none."""
    if not words or not has_drawing(words):
        return []
    for lines in _broken(words, lines_max):
        rows = min(rows_that_fit(line, cells, rows_max) for line in lines)
        if rows:
            return [row for line in lines for row in big(line, rows)]
    return []


def is_chinese(words: str) -> bool:
    """Whether a Chinese character is among them."""
    return any(ord(character) >= 0x2E80 for character in words)


def has_drawing(words: str) -> bool:
    """Whether every character can be drawn."""
    return all(c == " " or _hanzi(c) or _latin(LATIN_HEIGHTS[0], c) for c in words)


def _broken(words: str, lines_max: int) -> Iterator[Sequence[str]]:
    """The words in one line, then in two of nearly the same width."""
    yield (words,)
    places = [n for n in range(1, len(words)) if category(words[n - 1]) in BREAKS]
    if is_chinese(words):
        places = places or list(range(1, len(words)))
    if lines_max > 1 and places:
        middle = min(places, key=lambda place: abs(2 * place - len(words)))
        yield words[:middle].strip(), words[middle:].strip()


# --- Drawings --------------------------------------------------------------------------------


def _drawing(character: str, rows: int, beside_chinese: bool) -> Drawing | None:
    pixels = 2 * rows
    if character == " ":
        return max(1, pixels // 4), ()
    hanzi = _hanzi(character)
    if hanzi is not None:
        return _scaled(hanzi, max(1, pixels // HANZI_PIXELS))
    # Beside Chinese a capital letter is three quarters of the square, as printers have it.
    square = pixels // HANZI_PIXELS * HANZI_PIXELS or HANZI_PIXELS
    wanted = square * 3 // 4 if beside_chinese else pixels
    # The finest drawing of nearly the largest size: 96 dots are twice 48, and 26 are once 24, as
    # five times 5 would fill one row more with blocks.
    height = max(LATIN_HEIGHTS, key=lambda h: (wanted // h * (h - BLOCKY), h))
    scale = max(1, wanted // height)
    found = _latin(height, character)
    if found is None:
        return None
    width, masks = _scaled(found, scale)
    above = (square - height * scale) // 2 if beside_chinese else 0
    return width, (0,) * above + masks


@cache
def _latin(height: int, character: str) -> Drawing | None:
    if character in DEEP_CAPITALS:
        return _on_the_line(character, height)
    return _font(height, character)


def _on_the_line(character: str, height: int) -> Drawing | None:
    """The next smaller drawing, with its tail no higher than the others, less the rows that differ
    least from those above them where it still is: every number is as high as was asked, whatever
    its series, and its tail comes into nothing that stands below."""
    smaller = max((h for h in LATIN_HEIGHTS if h < height), default=height)
    found = _font(smaller, character)
    if found is None:
        return None
    width, masks = found
    rows = list(masks[: _depth(masks)])
    while len(rows) > height:
        least = min(
            range(1, len(rows)),
            key=lambda y: ((rows[y] ^ rows[y - 1]).bit_count(), abs(2 * y - len(rows))),
        )
        del rows[least]
    return width, tuple(rows)


def _font(height: int, character: str) -> Drawing | None:
    line = _line(LATIN, f"{height} {character} ")
    if line is None:
        return None
    width, masks = line.split(" ")
    return int(width), tuple(int(mask, 16) for mask in masks.split(","))


@cache
def _hanzi(character: str) -> Drawing | None:
    line = _line(HANZI, f"{character} ")
    if line is None:
        return None
    masks = tuple(int(line[n : n + 4], 16) for n in range(0, 4 * HANZI_PIXELS, 4))
    return HANZI_PIXELS, masks


def _depth(masks: Rows) -> int:
    return max((y + 1 for y, mask in enumerate(masks) if mask), default=0)


def _line(file: Path, start: str) -> str | None:
    lines = _lines(file)
    at = lines.find(f"\n{start}")
    if at < 0:
        return None
    at += 1 + len(start)
    return lines[at : lines.index("\n", at)]


@cache
def _lines(file: Path) -> str:
    return "\n" + file.read_text(encoding="utf-8")


def _scaled(drawing: Drawing, times: int) -> Drawing:
    width, masks = drawing
    if times == 1:
        return drawing
    wide = tuple(_stretched(mask, width, times) for mask in masks)
    return width * times, tuple(mask for mask in wide for _ in range(times))


def _stretched(mask: int, width: int, times: int) -> int:
    stretched = 0
    for bit in range(width - 1, -1, -1):
        block = (1 << times) - 1 if mask >> bit & 1 else 0
        stretched = stretched << times | block
    return stretched


# --- Putting together ------------------------------------------------------------------------


def _side_by_side(drawings: Sequence[Drawing], height: int) -> Drawing:
    gap = max(1, height // 12)
    width, masks = 0, [0] * height
    for n, (one_width, one_masks) in enumerate(drawings):
        between = gap if n else 0
        width += between + one_width
        for y in range(height):
            mask = one_masks[y] if y < len(one_masks) else 0
            masks[y] = masks[y] << (between + one_width) | mask
    return width, tuple(masks)


def _in_blocks(drawing: Drawing) -> list[str]:
    width, masks = drawing
    lines = []
    for upper, lower in zip(masks[::2], masks[1::2], strict=True):
        cells = (
            BLOCKS[2 * (upper >> bit & 1) + (lower >> bit & 1)] for bit in range(width - 1, -1, -1)
        )
        lines.append("".join(cells))
    return lines
