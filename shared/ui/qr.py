"""QR codes in half blocks: black on white, with a quiet border, for a phone to read."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

BORDER: Final = 2
"""Modules of white around it; the widget adds nothing, whatever the theme."""

MASK: Final = 2
"""Fixed: choosing the best of eight takes ten times as long, and every reader reads each."""

BLOCKS: Final = "█▀▄ "
"""By two bits: black above, black below. White is what is printed: the paper is black."""


@lru_cache(maxsize=64)
def half_blocks(content: str) -> tuple[str, ...]:
    """The code as lines of one width; to be drawn in white on black.

    About half as many rows as cells: 37 by 19 for an address of 55 characters.
    """
    import qrcode  # not before there is an address: a terminal starts often, and shows few
    from qrcode.constants import ERROR_CORRECT_M

    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=BORDER, mask_pattern=MASK)
    code.add_data(content, optimize=0)
    code.make(fit=True)
    matrix = code.get_matrix()
    if len(matrix) % 2:
        matrix.append([False] * len(matrix))
    pairs = zip(matrix[::2], matrix[1::2], strict=True)
    return tuple(
        "".join(BLOCKS[2 * up + down] for up, down in zip(above, below, strict=True))
        for above, below in pairs
    )
