"""Sentences in lines for a terminal: Chinese broken anywhere, but never before a mark that ends
something."""

from __future__ import annotations

import unicodedata

from shared.columns import cells
from shared.printing.paper import broken


def wrapped(words: str, width: int) -> list[str]:
    """Words in lines that are no wider; none begins with a mark that ends something."""
    lines = list(broken(words, lambda part: cells(part) <= width)) or [""]
    for n in range(1, len(lines)):
        if ends_something(lines[n][:1]) and len(lines[n - 1]) > 1:
            lines[n] = lines[n - 1][-1] + lines[n]
            lines[n - 1] = lines[n - 1][:-1]
    return lines


def ends_something(mark: str) -> bool:
    """Whether it is a mark, of Chinese width, that belongs to the character before it."""
    ends = bool(mark) and unicodedata.category(mark) in ("Po", "Pe", "Pf")
    return ends and cells(mark) == 2
