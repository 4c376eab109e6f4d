"""Paper -> a picture of black and white dots, and a PNG of it. Pure.

Drawn with the letters that the screens have, so that a printer without Chinese letters, a test and
a demonstration need no font.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from shared.printing.paper import Code, Line, Paper, Part, Rule, Space, broken
from shared.ui.glyphs import is_chinese, pixels

LETTER_ROWS: Final = 16
CAPITAL_ROWS: Final = 12
"""Half the dots of a Chinese letter, and of a capital among Latin ones."""

GAP_DOTS: Final = 6
SPACE_DOTS: Final = 16
MARGIN_DOTS: Final = 24


class Bitmap(Struct, frozen=True):
    """A row of dots is a number: the highest bit is the leftmost dot, 1 is black."""

    width: int
    rows: tuple[int, ...]


def drawn(paper: Paper, dots: int) -> Bitmap:
    """The picture of a paper of that width."""
    rows: list[int] = []
    for part in paper.parts:
        rows += _part(part, dots)
    return Bitmap(dots, tuple(rows))


def png(bitmap: Bitmap) -> bytes:
    """As a file, with a margin like that of real paper."""
    width = bitmap.width + 2 * MARGIN_DOTS
    across = -(-width // 8)
    empty = [0] * MARGIN_DOTS
    data = b""
    for row in [*empty, *bitmap.rows, *empty]:
        white = ~(row << MARGIN_DOTS) & ((1 << width) - 1)
        data += b"\x00" + (white << (8 * across - width)).to_bytes(across, "big")
    header = struct.pack(">IIBBBBB", width, len(bitmap.rows) + 2 * MARGIN_DOTS, 1, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(data, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, content) for kind, content in chunks)


def _chunk(kind: bytes, content: bytes) -> bytes:
    check = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)


# --- Parts -----------------------------------------------------------------------------------


def _part(part: Part, dots: int) -> Iterator[int]:
    match part:
        case Line():
            yield from _line(part, dots)
        case Code(address):
            yield from _code(address, dots)
        case Rule():
            yield from ([0] * GAP_DOTS + [(1 << dots) - 1] * 2 + [0] * GAP_DOTS)
        case Space(rows):
            yield from [0] * (SPACE_DOTS * rows)


def _line(line: Line, dots: int) -> Iterator[int]:
    size = _size(line, dots)
    for words in broken(line.words, lambda words: _pixels(words, size)[0] <= dots):
        width, rows = _pixels(words, size)
        left = (dots - width) // 2 if line.align == "centre" else 0
        shift = max(0, dots - width - left)
        yield from (row << shift for row in rows)
        yield from [0] * GAP_DOTS


def _size(line: Line, dots: int) -> int:
    """A word alone, such as a number, is rather smaller than broken."""
    size = line.size
    while size > 1 and " " not in line.words and not is_chinese(line.words):
        if _pixels(line.words, size)[0] <= dots:
            break
        size -= 1
    return size


def _pixels(words: str, size: int) -> tuple[int, tuple[int, ...]]:
    return pixels(words, size * (LETTER_ROWS if is_chinese(words) else CAPITAL_ROWS))


def _code(address: str, dots: int) -> Iterator[int]:
    import qrcode  # not before there is one: a terminal starts often, and draws few
    from qrcode.constants import ERROR_CORRECT_M

    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=4)
    code.add_data(address)
    code.make(fit=True)
    matrix = code.get_matrix()
    module = max(1, min(6, dots // len(matrix)))
    left = (dots - module * len(matrix)) // 2
    for modules in matrix:
        row = 0
        for black in modules:
            row = row << module | ((1 << module) - 1 if black else 0)
        yield from [row << (dots - module * len(matrix) - left)] * module
