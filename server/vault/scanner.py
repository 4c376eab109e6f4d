"""Looks for people's data where there must be none: in a journal, a log, a view, a backup.

It finds Chinese mobile numbers, identity numbers and bank card numbers (`numbers` knows them)
and any values it is given. What to look through is left to those who ask: text, or the raw bytes
of a file, in pieces.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, Literal
from urllib.parse import quote

from msgspec import Struct

from server.vault.numbers import Kind, numbers_in

HITS_MAX: Final = 1_000
"""More tell no more: something is thoroughly wrong."""

SHOWN_MAX: Final = 4

_BESIDE: Final = 128
"""Characters of the pieces on either side that a number may need to be judged: more than the
longest number, and than what is looked at around it."""


class Hit(Struct, frozen=True):
    """Something that should not be there. `at`: characters from the beginning; `shown`: as much
    of it as whoever has to find it needs, which is not all."""

    kind: Kind | Literal["value"]
    at: int
    shown: str


def scan(pieces: Iterable[bytes | str], values: Iterable[str] = ()) -> list[Hit]:
    """What a text that comes in pieces holds of people, the first HITS_MAX.

    `values` are looked for wherever they stand, also as JSON and addresses write them: give
    whole names and numbers, not single letters.
    """
    wanted = _any_of(values)
    hits: list[Hit] = []
    for window in _windows(pieces, keep=_BESIDE + wanted.longest):
        hits += window.hits(numbers_in(window.text))
        hits += window.hits(wanted.found_in(window.text))
        if len(hits) >= HITS_MAX:
            break
    return sorted(hits[:HITS_MAX], key=lambda hit: hit.at)


# --- Values ----------------------------------------------------------------------------------


class _Values:
    """Any of some values, in the ways in which programs write them down."""

    def __init__(self, spellings: Sequence[str]) -> None:
        self.longest = max(map(len, spellings), default=0)
        self._pattern = re.compile("|".join(map(re.escape, spellings))) if spellings else None

    def found_in(self, text: str) -> Iterator[tuple[Literal["value"], int, int]]:
        """Where they stand."""
        for match in self._pattern.finditer(text) if self._pattern else ():
            yield "value", match.start(), match.end()


def _any_of(values: Iterable[str]) -> _Values:
    spellings = {
        spelling
        for value in values
        if value
        for spelling in (value, json.dumps(value)[1:-1], quote(value))
    }
    return _Values(sorted(spellings, key=len, reverse=True))


# --- Pieces ----------------------------------------------------------------------------------


class _Window(Struct, frozen=True):
    """A part of the text; what ends before `new` was in the part before."""

    text: str
    at: int
    new: int
    last: bool
    keep: int

    def hits(self, found: Iterable[tuple[Kind | Literal["value"], int, int]]) -> list[Hit]:
        """Those to be told now: not those of the part before, nor those that may go on."""
        until = len(self.text) if self.last else len(self.text) - self.keep
        return [
            Hit(kind, self.at + start, _beginning(self.text[start:end]))
            for kind, start, end in found
            if self.new <= start < until
        ]


def _beginning(text: str) -> str:
    return text[: min(SHOWN_MAX, len(text) // 3)] + "…"


def _windows(pieces: Iterable[bytes | str], keep: int) -> Iterator[_Window]:
    """The text in parts that overlap, so that nothing is missed where two pieces meet."""
    decode = codecs.getincrementaldecoder("utf-8")(errors="replace").decode
    text, at, new = "", 0, 0
    for piece in pieces:
        text += decode(piece) if isinstance(piece, bytes) else piece
        if len(text) <= 4 * keep:
            continue
        yield _Window(text, at, new, last=False, keep=keep)
        # What was not told yet, and as much before it as it may need to be judged.
        cut = max(0, len(text) - 2 * keep)
        text, at, new = text[cut:], at + cut, len(text) - keep - cut
    yield _Window(text + decode(b"", True), at, new, last=True, keep=keep)
