"""Draws the big letters of the screens from an open font: `python -m docs.glyphs FONT.ttc`.

Run once, by hand, with Pillow and Noto Sans CJK at hand; the files it writes are committed, with
the font's notice beside them. Bitmaps because a terminal has no letters of another size, and made
beforehand because a kiosk should not need a font renderer.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from shared.ui.glyphs import HANZI, HANZI_PIXELS, LATIN, LATIN_HEIGHTS

HANGING: Final = "gjpqyQ,;()"
"""Letters that hang below the line."""

SIMPLIFIED: Final = 2
"""Which font of the collection: Noto Sans CJK SC."""

LATIN_CHARACTERS: Final = (
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-–:/.,;'()+&%!?@_"
)


def main(font: str) -> None:
    """Write both files."""
    Path(LATIN).write_text("".join(latin(font)), encoding="utf-8")
    Path(HANZI).write_text("".join(hanzi(font)), encoding="utf-8")


def latin(font: str) -> Iterator[str]:
    """`height character width rows`, the rows in hexadecimal from the top, separated by commas."""
    for height in LATIN_HEIGHTS:
        face = _face_with_capitals_of(font, height)
        top = _inked(face, "H")[0][1]
        for character in LATIN_CHARACTERS:
            (left, _, right, _), pixels = _inked(face, character)
            # Round letters are drawn a little over the line: not here, where a pixel is tall.
            lowest = top + height + (height // 4 if character in HANGING else 0)
            rows = [_bits(pixels, y, left, right) for y in range(top, lowest)]
            if character == "_":  # below the line there is no room for it on a key
                rows = [0] * (height - 1) + [(1 << (right - left)) - 1]
            yield f"{height} {character} {right - left} {','.join(f'{r:x}' for r in rows)}\n"


def hanzi(font: str) -> Iterator[str]:
    """`character rows`: sixteen rows of four hexadecimal digits, from the top."""
    # At fifteen every letter fits into sixteen dots; at sixteen half of them lose their foot.
    face = _face(font, HANZI_PIXELS - 1)
    for character in characters_of_gb2312():
        pixels = _drawn(face, character, 0, -4)
        rows = (_bits(pixels, y, 0, HANZI_PIXELS) for y in range(HANZI_PIXELS))
        yield f"{character} {''.join(f'{row:04x}' for row in rows)}\n"


def characters_of_gb2312() -> Iterator[str]:
    """Every Chinese character of the standard, and the punctuation of Chinese texts."""
    yield from "，。、：；？！（）《》“”·—…"
    for high in range(0xB0, 0xF8):
        for low in range(0xA1, 0xFF):
            try:
                yield bytes((high, low)).decode("gb2312")
            except UnicodeDecodeError:
                continue


def _face(font: str, pixels: int) -> Any:
    return _pillow("ImageFont").truetype(font, pixels, index=SIMPLIFIED)


def _face_with_capitals_of(font: str, height: int) -> Any:
    for pixels in range(height, 3 * height):
        face = _face(font, pixels)
        box = _inked(face, "H")[0]
        if box[3] - box[1] >= height:
            return face
    raise AssertionError(height)


def _inked(face: Any, character: str) -> tuple[tuple[int, int, int, int], Any]:
    image = _drawn(face, character, 8, 8)
    box = image.getbbox()
    assert box is not None, character
    return box, image


def _drawn(face: Any, character: str, x: int, y: int) -> Any:
    image = _pillow("Image").new("1", (face.size * 3, face.size * 3), 0)
    draw = _pillow("ImageDraw").Draw(image)
    draw.fontmode = "1"  # hinted for pixels, no grey
    draw.text((x, y), character, font=face, fill=1)
    return image


def _pillow(module: str) -> Any:
    # Nothing else here needs Pillow: it is no dependency, and not there to be checked.
    return import_module(f"PIL.{module}")


def _bits(image: Any, y: int, left: int, right: int) -> int:
    bits: Iterable[int] = (image.getpixel((x, y)) and 1 for x in range(left, right))
    number = 0
    for bit in bits:
        number = number << 1 | bit
    return number


if __name__ == "__main__":
    main(sys.argv[1])
