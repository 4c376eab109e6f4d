"""A QR code as a drawing in a page: black on white, with its quiet border."""

from __future__ import annotations

from functools import lru_cache
from html import escape
from typing import Final

BORDER: Final = 4
"""Modules of white around it, as the standard wants: the page behind it may be dark."""

WIDTH_PX: Final = 232


@lru_cache(maxsize=256)
def svg(content: str, label: str) -> str:
    """The drawing; `label` is what it is called for whoever cannot see it."""
    import qrcode  # not before there is one: a server starts often, and draws few
    from qrcode.constants import ERROR_CORRECT_M

    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=BORDER)
    code.add_data(content, optimize=0)
    code.make(fit=True)
    matrix = code.get_matrix()
    cells = ((x, y) for y, row in enumerate(matrix) for x, is_dark in enumerate(row) if is_dark)
    dark = "".join(f"M{x} {y}h1v1h-1z" for x, y in cells)
    side = len(matrix)
    return (
        f'<svg role="img" aria-label="{escape(label)}" width="{WIDTH_PX}" height="{WIDTH_PX}" '
        f'viewBox="0 0 {side} {side}" shape-rendering="crispEdges">'
        f'<rect width="{side}" height="{side}" fill="#ffffff"/>'
        f'<path d="{dark}" fill="#000000"/></svg>'
    )
