"""What is to be printed, independent of any printer: lines, a code, a cut."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final, Literal, TypeAlias

from msgspec import Struct

PIECES: Final = r"[\u2e80-\uffef]|[^\s\u2e80-\uffef]+\s*|\s+"
"""A Chinese letter or mark, or a word with the space behind it. Compiled when something is printed:
so large a class takes 6 ms, and most terminals print nothing while they start."""

Align: TypeAlias = Literal["left", "centre"]
Layout: TypeAlias = Literal["normal", "large", "bilingual"]


class Line(Struct, frozen=True):
    """Words, so many times as large as the printer's own letters; broken where they do not fit."""

    words: str
    size: int = 1
    align: Align = "centre"
    bold: bool = False


class Code(Struct, frozen=True):
    """A QR code."""

    address: str


class Rule(Struct, frozen=True):
    """A line across."""


class Space(Struct, frozen=True):
    """Empty rows."""

    rows: int = 1


def broken(words: str, fits: Callable[[str], bool]) -> Iterator[str]:
    """The words in lines that fit: between words, or anywhere where a word alone is too long;
    Chinese anywhere, as Chinese is broken."""
    line = ""
    for piece in re.findall(PIECES, words):
        if fits((line + piece).rstrip()):
            line += piece
            continue
        if line.strip():
            yield line.rstrip()
        line = ""
        for letter in piece.lstrip():
            if line and not fits(line + letter):
                yield line
                line = ""
            line += letter
    if line.strip():
        yield line.rstrip()


Part: TypeAlias = Line | Code | Rule | Space


class Paper(Struct, frozen=True):
    """One piece of paper, cut off at its end."""

    parts: tuple[Part, ...]
