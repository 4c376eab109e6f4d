"""What a reader of QR codes types, as a keyboard does: told from keys that a person presses. Pure.

A reader ends what it has read with Enter. As soon as something comes that is no key of a keypad it
is kept together until then, and never taken for keys.
"""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from kiosk.entry import ERASE
from kiosk.page import Page

SCANNED_MAX: Final = 300
"""Longer than any address; what goes on for ever is let go."""

SCANNED_MIN: Final = 8
"""Shorter ones were typed by accident: Enter means the marked tile again."""


class Heard(Struct, frozen=True):
    """What has come since the last key that is none; `code`: something that only a reader types."""

    line: str = ""
    code: bool = False


def heard(
    so_far: Heard, key: str, character: str, page: Page, *, bound: bool
) -> tuple[Heard, str | None]:
    """What is kept now, and the touch that it means: "" for nothing yet; None: a key as always.

    A key with a meaning of its own (`bound`) keeps it, unless something was typed before it.
    """
    if key == "enter":
        return Heard(), _entered(so_far, page)
    if key == "backspace" and page.pad is not None:
        return Heard(), f"key:{ERASE}"
    if len(character) != 1 or not character.isprintable() or (bound and not so_far.line):
        return Heard(), None
    line = (so_far.line + character)[-SCANNED_MAX:]
    if page.scans and (so_far.code or not character.isdigit()):
        return Heard(line, code=True), ""
    if page.pad is not None:
        return Heard(line), f"key:{character}"
    return Heard(), None


def _entered(so_far: Heard, page: Page) -> str | None:
    if so_far.code and len(so_far.line) >= SCANNED_MIN:
        return f"scan:{so_far.line}"
    return "ok" if so_far.line and page.pad is not None else None
