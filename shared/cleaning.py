"""Text from outside made harmless, and cut to the room there is: the only place that does either.

`clean_text` leaves nothing that steers a terminal, a printer or the direction of writing, and
interprets nothing: brackets stay brackets, and whoever shows the text must show it as text.
Which texts are cleaned is left to those who take them in, and how many cells each may fill.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Final, Literal, NamedTuple, TypeAlias

MARKS_MAX: Final = 4
"""Combining marks on one base: more than any writing needs, fewer than it takes to paint over
the lines above and below."""

LOOKED_AT_PER_CELL: Final = 8
LOOKED_AT_MORE: Final = 64
"""How much of a text is looked at, for each cell there is and beyond. A base with four marks
takes five characters; what a megabyte more might hide is not worth the time."""

REDACTED: Final = "…"

Kind: TypeAlias = Literal["base", "picture", "tone", "flag", "mark", "joiner"]

_JOINER: Final = "\u200d"
_EMOJI_STYLE: Final = "\ufe0f"

_INVISIBLE: Final = frozenset(("Cc", "Cf", "Cs", "Co", "Cn"))
_LINE_BREAKS: Final = frozenset("\t\n\v\f\r\x85")
"""Control characters that part words: without a space in their place two lines become a word."""

_PLAIN: Final = re.compile(
    r"[ -~\u00a1-\u00ac\u00ae-\u02af\u2010-\u2027\u3001-\u3029\u3041-\u3096\u30a1-\u30fe"
    r"\u4e00-\u9fff\uac00-\ud7a3\uff01-\uff5e]*"
)
"""Most texts consist of nothing else: of these signs each is seen as one character, one cell
wide below `_FIRST_WIDE` and two above."""
_FIRST_WIDE: Final = "\u2e80"

# Digits of all scripts; raised, lowered, ringed, with brackets or dots; 〇零一二三四五六七八九幺.
_DIGIT: Final = (
    r"[\d⁰¹²³⁴-⁹₀-₉⓪①-⑨⑴-⑼⒈-⒐⓵-⓽⓿❶-❾➀-➈➊-➒\U0001f100-\U0001f10a"
    r"\u3007\u96f6\u4e00\u4e8c\u4e09\u56db\u4e94\u516d\u4e03\u516b\u4e5d\u5e7a]"
)
_MANY_DIGITS: Final = re.compile(rf"{_DIGIT}(?:[\W_]{{0,3}}{_DIGIT}){{5,}}")


def clean_text(text: str, max_cells: int) -> str:
    """The text without what cannot be seen, in one line, at most so many terminal cells wide.

    NFC; never cut within what is seen as one character. Cleaning again changes nothing.
    """
    assert max_cells >= 0, "no text is narrower than nothing"
    seen = text[: LOOKED_AT_PER_CELL * max_cells + LOOKED_AT_MORE]
    if not seen.isprintable():
        seen = _without_invisible(seen)
    seen = unicodedata.normalize("NFC", " ".join(seen.split()))
    cut = _cut_plain if _PLAIN.fullmatch(seen) else _cut
    return cut(seen, max_cells).rstrip()


def redact_digits(text: str) -> str:
    """The text with every run of six digits or more replaced, for what people write freely.

    A number stays one when up to three other signs stand between its digits, and when they are
    written 1, １, ① or 一.
    """
    return _MANY_DIGITS.sub(REDACTED, text)


def characters(text: str) -> list[str]:
    """What is seen as characters, one by one: a family is one, and so is a letter with its mark."""
    return [character.text for character in _characters(text)]


def _without_invisible(text: str) -> str:
    kept = [
        char
        for char in text
        if unicodedata.category(char) not in _INVISIBLE or char in _LINE_BREAKS or char == _JOINER
    ]
    pieces = iter("".join(kept).split(_JOINER))
    joined = next(pieces)
    for piece in pieces:
        # Elsewhere a joiner only makes two texts that look alike differ.
        joins = piece and _look(piece[0]).kind == "picture" and _ends_in_picture(joined)
        joined += _JOINER + piece if joins else piece
    return joined


def _ends_in_picture(text: str) -> bool:
    for char in reversed(text):
        kind = _look(char).kind
        if kind not in ("mark", "tone"):
            return kind == "picture"
    return False


def _cut_plain(text: str, max_cells: int) -> str:
    if text.isascii() or 2 * len(text) <= max_cells:
        return text[:max_cells]
    cells = 0
    for place, char in enumerate(text):
        cells += 1 if char < _FIRST_WIDE else 2
        if cells > max_cells:
            return text[:place]
    return text


def _cut(text: str, max_cells: int) -> str:
    kept: list[str] = []
    cells = 0
    for character in _characters(text):
        if character.text == " " and (not kept or kept[-1] == " "):
            continue  # a mark that had nothing to stand on has parted two spaces
        cells += character.cells
        if cells > max_cells:
            break
        kept.append(character.text)
    return "".join(kept)


# --- What is seen as one character -----------------------------------------------------------


class _Character(NamedTuple):
    text: str
    cells: int


class _Look(NamedTuple):
    kind: Kind
    cells: int


def _characters(text: str) -> Iterator[_Character]:
    """One by one, without the marks that are too many or have nothing to stand on."""
    current, cells, marks, last = "", 0, 0, _look(" ")
    for char in text:
        look = _look(char)
        if look.kind == "mark":
            if marks < MARKS_MAX and current.strip():
                marks += 1
                current += char
                cells = max(cells, 2) if char == _EMOJI_STYLE else cells + look.cells
            continue
        marks = 0
        if current and _continues(last.kind, look.kind):
            current += char
            if look.kind == "flag":  # two letters make one flag; a third begins the next
                last = _look(" ")
            else:
                cells += look.cells
                last = look
        else:
            if current:
                yield _Character(current, cells)
            current, cells, last = char, look.cells, look
    if current:
        yield _Character(current, cells)


def _continues(last: Kind, this: Kind) -> bool:
    match this:
        case "joiner":
            return True
        case "tone":
            return last == "picture"
        case "flag":
            return last == "flag"
        case _:
            return last == "joiner"


@lru_cache(maxsize=8192)
def _look(char: str) -> _Look:
    """What a character is to its neighbours, and the cells it takes at most.

    Terminals disagree about pictures (a family is two cells on some and eight on others), so
    each counts as wide as any terminal makes it: too much room is better than too little.
    """
    category = unicodedata.category(char)
    wide = unicodedata.east_asian_width(char) in "WF"
    if char == _JOINER:
        return _Look("joiner", 0)
    if "\U0001f1e6" <= char <= "\U0001f1ff":
        return _Look("flag", 2)
    if "\U0001f3fb" <= char <= "\U0001f3ff":
        return _Look("tone", 2)
    if category in ("Mn", "Me"):
        return _Look("mark", 0)
    if category == "Mc":
        return _Look("mark", 1 + wide)
    if "\u1160" <= char <= "\u11ff" or "\ud7b0" <= char <= "\ud7fb":
        return _Look("mark", 0)  # vowels and endings of Korean, drawn onto the consonant before
    if category == "So" or char in "↔↕":
        return _Look("picture", 2 if wide or char >= "\u2190" else 1)
    if "\U0001d360" <= char <= "\U0001d378":
        return _Look("base", 2)  # counting rods: wide since Unicode 16
    return _Look("base", 1 + wide)
