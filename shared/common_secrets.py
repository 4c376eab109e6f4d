"""Which secrets are found by trying a few: one rule for the secrets of people, which the server
keeps, and for the PIN with which staff end a terminal's program, which the terminal keeps."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

PIN_DIGITS_MIN: Final = 6

COMMON: Final = Path(__file__).with_name("common_secrets.txt")


def is_pin(secret: str) -> bool:
    """Whether it has digits only, and such as every keypad has."""
    return secret.isascii() and secret.isdigit()


def is_common(secret: str) -> bool:
    """Whether many people use it, or it is one character over and over."""
    return secret.lower() in _common() or len(set(secret)) == 1


@cache
def _common() -> frozenset[str]:
    return frozenset(COMMON.read_text(encoding="utf-8").split())
