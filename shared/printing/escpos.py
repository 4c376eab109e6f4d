"""Paper -> the bytes of ESC/POS, the language of receipt printers; and what they answer. Pure.

Two ways: the printer's own letters in GB18030 and its own QR codes, small and sharp; or everything
as a picture, for printers without Chinese letters. Commands are those that every maker's manual
has; what differs between makers (code pages, buzzers, drawers) is not used.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from msgspec import Struct
from rich.cells import cell_len

from shared.printing.paper import Code, Line, Paper, Part, Rule, Space, broken
from shared.printing.raster import Bitmap, drawn, png
from shared.protocol import PrinterState

ESC, GS, FS, DLE, EOT = b"\x1b", b"\x1d", b"\x1c", b"\x10", b"\x04"

START: Final = ESC + b"@"
CHINESE: Final = FS + b"&"
CUT: Final = GS + b"VB\x03"
"""Feed to the knife, and cut but for one point: paper that hangs does not fall."""

BAND_ROWS: Final = 256
"""A picture goes in bands: cheap printers hold no more."""

QR_MODULE_DOTS: Final = 6

ASK_STATUS: Final = b"".join(DLE + EOT + bytes((n,)) for n in (1, 2, 4))
"""Answered at once, also by a printer that is offline: printer, cause, paper."""


class Width(Struct, frozen=True):
    """Of the paper: in cells of the printer's own letters, and in dots."""

    cells: int = 32
    dots: int = 384


WIDE: Final = Width(cells=48, dots=576)
"""Paper of 80 mm; the default is that of 58 mm."""


def as_text(paper: Paper, width: Width) -> bytes:
    """With the printer's own letters."""
    return START + CHINESE + b"".join(_part(part, width) for part in paper.parts) + CUT


def as_picture(paper: Paper, width: Width) -> bytes:
    """Everything drawn."""
    return START + b"".join(_bands(drawn(paper, width.dots))) + CUT


def as_png(paper: Paper, width: Width) -> bytes:
    """A file for looking at, for demonstrations and tests: no printer knows it."""
    return png(drawn(paper, width.dots))


def state_of(answer: bytes) -> PrinterState:
    """What the printer says of itself, in answer to `ASK_STATUS`.

    A printer that says nothing, or too little, or no status at all, is unknown: nothing is read
    into silence.
    """
    if len(answer) != 3 or any(byte & 0b1001_0011 != 0b0001_0010 for byte in answer):
        return "unknown"
    printer, cause, paper = answer
    if cause & 0x04:
        return "cover_open"
    if paper & 0x60 or cause & 0x20:
        return "paper_out"
    if printer & 0x08:
        return "offline"
    return "paper_low" if paper & 0x0C else "ready"


# --- Parts -----------------------------------------------------------------------------------


def _part(part: Part, width: Width) -> bytes:
    match part:
        case Line():
            return b"".join(_line(part, width))
        case Code(address):
            return _code(address)
        case Rule():
            return ESC + b"a\x00" + b"-" * width.cells + b"\n"
        case Space(rows):
            return b"\n" * rows


def _line(line: Line, width: Width) -> Iterator[bytes]:
    size = max(1, min(8, line.size))
    scale = bytes(((size - 1) << 4 | (size - 1),))
    # Chinese letters of some printers have a size of their own: both are told.
    chinese = FS + b"W" + (b"\x01" if size > 1 else b"\x00")
    yield ESC + b"a" + (b"\x01" if line.align == "centre" else b"\x00")
    yield ESC + b"E" + (b"\x01" if line.bold else b"\x00")
    yield GS + b"!" + scale + chinese
    for words in broken(line.words, lambda words: cell_len(words) * size <= width.cells):
        yield _encoded(words) + b"\n"
    yield GS + b"!\x00" + FS + b"W\x00" + ESC + b"E\x00"


def _encoded(words: str) -> bytes:
    # Nothing from outside becomes a command: what is below a space is a command byte, and no
    # byte of GB18030 beyond the first of a letter is one.
    printable = "".join(letter for letter in words if letter.isprintable())
    return printable.encode("gb18030", "replace")


def _code(address: str) -> bytes:
    data = address.encode("ascii", "replace")
    stored = len(data) + 3
    parameters = (
        b"\x04\x001A2\x00",  # model 2
        b"\x03\x001C" + bytes((QR_MODULE_DOTS,)),
        b"\x03\x001E1",  # error correction M
        bytes((stored & 0xFF, stored >> 8)) + b"1P0" + data,
        b"\x03\x001Q0",  # print what was stored
    )
    return ESC + b"a\x01" + b"".join(GS + b"(k" + one for one in parameters) + b"\n"


def _bands(bitmap: Bitmap) -> Iterator[bytes]:
    across = -(-bitmap.width // 8)
    for top in range(0, len(bitmap.rows), BAND_ROWS):
        rows = bitmap.rows[top : top + BAND_ROWS]
        size = bytes((across & 0xFF, across >> 8, len(rows) & 0xFF, len(rows) >> 8))
        dots = b"".join(
            (row << (8 * across - bitmap.width)).to_bytes(across, "big") for row in rows
        )
        yield GS + b"v0\x00" + size + dots
