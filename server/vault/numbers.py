"""The numbers that belong to a person, by their shape and their check digits.

Ordinary content of a journal is full of long numbers; the shapes below are drawn so that an
instant, an id or a hash is never taken for a person's. Looking through files is left to
`scanner`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Final, Literal, TypeAlias

Kind: TypeAlias = Literal["mobile", "identity", "card"]

Found: TypeAlias = tuple[Kind, int, int]
"""What, from where, to where."""

_HASH_DIGITS: Final = 12
"""A number with so many more hexadecimal digits around it is a part of a hash or an id."""

_AROUND: Final = 64

_PLAIN: Final = {
    **{0xFF10 + digit: str(digit) for digit in range(10)},
    **dict.fromkeys((0x2010, 0x2011, 0x2013, 0x2014, 0xFF0D), "-"),
    0x3000: " ",
}
_NOT_PLAIN: Final = re.compile(r"[\u2010\u2011\u2013\u2014\u3000\uff0d\uff10-\uff19]")
"""Full-width digits, dashes and spaces, as Chinese text has them."""

_RUN: Final = re.compile(r"[0-9](?:[ -]?[0-9]){10,}[Xx]?")
"""Whatever could hold a number of a person: little of a journal does."""

_INSTANT: Final = re.compile(r"1[0-9]{12}")
"""Most runs are one, and none of the shapes below fits it."""

_NO_TEXT: Final = r"[\x00-\x08\x0e-\x1f\x7f-\x9f\ufffd]"
_CUT: Final = re.compile(
    rf"""
      (?: (?<=":) | (?<=\[) | (?<=[0-9\]],) ) [0-9]+ (?={_NO_TEXT})
    | (?<={_NO_TEXT}) [0-9]+ (?= [}}\]] | ,["0-9\[{{] )
    """,
    re.VERBOSE,
)
"""A bare number in JSON that breaks off where no text is: a database goes on with it on another
page, and an instant without its last two digits looks like a mobile number."""

_MOBILE: Final = r"(?:(?:\+|00)?86[ -]?|0)?1[3-9]\d(?P<gap>[ -]?)\d{4}(?P=gap)\d{4}"

_IDENTITY: Final = r"[1-9]\d{5}(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx]"

# By the issuers' first digits. None begins with 1, so an instant in ms, µs or ns is no card; of
# 14 digits and more none begins with 20, so a date and time written together is none either.
_CARD: Final = (
    r"4\d{12}|3[0689]\d{12}|3[47]\d{13}|(?:2[2-7]|[3-69]\d|8\d)\d{14,17}"
    r"|[2-689]\d{3}(?P<gap>[ -])(?:\d{4}(?P=gap)){2,3}\d{1,4}"
)


def numbers_in(text: str) -> Iterator[Found]:
    """Every number of a person in the text; one may be of two kinds."""
    if _NOT_PLAIN.search(text):
        text = text.translate(_PLAIN)
    for run in _RUN.finditer(text):
        if _INSTANT.fullmatch(run[0]):
            continue
        for kind, shape, is_one in _SHAPES:
            for match in shape.finditer(text, run.start(), run.end()):
                start, end = match.span()
                if (
                    is_one(re.sub("[ -]", "", match[0]))
                    and not _is_in_a_hash(text, start, end)
                    and not (kind == "mobile" and _is_cut(text, start, end))
                ):
                    yield kind, start, end


def _is_identity(digits: str) -> bool:
    """GB 11643: the digits, each weighted with a power of 2, make 1 modulo 11; X is 10."""
    values = [10 if digit in "Xx" else int(digit) for digit in digits]
    weighted = [value << place for place, value in enumerate(reversed(values))]
    return sum(weighted) % 11 == 1


def _is_card(digits: str) -> bool:
    """Luhn: every second digit from the right is doubled."""
    plain = [int(digit) for digit in digits[-1::-2]]
    doubled = [sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2]]
    return 13 <= len(digits) <= 19 and (sum(plain) + sum(doubled)) % 10 == 0


def _is_cut(text: str, start: int, end: int) -> bool:
    cut = _CUT.match(text, start)
    return cut is not None and cut.end() == end


def _is_in_a_hash(text: str, start: int, end: int) -> bool:
    before = re.search(r"[0-9a-f]*$", text[max(0, start - _AROUND) : start])
    behind = re.match(r"[0-9a-f]*", text[end : end + _AROUND])
    around = (before[0] if before else "") + (behind[0] if behind else "")
    return len(around) >= _HASH_DIGITS


def _alone(shape: str) -> re.Pattern[str]:
    """With no digit on either side: more digits make it another number."""
    return re.compile(rf"(?<!\d)(?:{shape})(?!\d)", re.ASCII)


_SHAPES: Final[Sequence[tuple[Kind, re.Pattern[str], Callable[[str], bool]]]] = (
    ("mobile", _alone(_MOBILE), lambda _: True),
    ("identity", _alone(_IDENTITY), _is_identity),
    # Behind a decimal point any number may look like a card's.
    ("card", _alone(rf"(?<!\d\.)(?:{_CARD})"), _is_card),
)
