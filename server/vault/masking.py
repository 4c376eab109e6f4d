"""How much of a value is shown to those who need not know it: pure rules, and all of them.

The counter that serves someone sees the value; every other screen sees what these rules leave.
"""

from __future__ import annotations

import unicodedata
from typing import Final

from server.vault.phones import normal_phone
from server.vault.rows import NAME, PHONE
from shared.cleaning import characters

HIDDEN: Final = "…"

STARS_MAX: Final = 3
"""Stars do not count a long name's characters."""

WORDS_MAX: Final = 3

DIGITS_HIDDEN: Final = 4
"""At least so many of a telephone number: ten thousand people could have it."""

_ONE_DIGIT_COUNTRIES: Final = ("1", "7")


def mask(field: str, value: str) -> str:
    """What may be shown of a value: of names and telephone numbers a part, of others nothing."""
    if not value:
        return ""
    return _RULES[field](value) if field in _RULES else HIDDEN


def mask_name(name: str) -> str:
    """`王*`, `王*明`, `欧**明`; names in letters word by word: `J*** S***`."""
    if any(unicodedata.east_asian_width(char) in "WF" for char in name):
        return _mask_signs(characters("".join(name.split())))
    words = [characters(word) for word in name.split()[:WORDS_MAX]]
    if [len(word) for word in words] == [1]:
        return "*"
    return " ".join(word[0] + "*" * STARS_MAX for word in words if word)


def _mask_signs(signs: list[str]) -> str:
    match len(signs):
        case 0 | 1:
            return "*"
        case 2:
            return signs[0] + "*"
        case count:
            return signs[0] + "*" * min(count - 2, STARS_MAX) + signs[-1]


def mask_phone(phone: str) -> str:
    """`138****1234`, `+44****3456`; of a short number less."""
    digits = normal_phone(phone)
    if not digits:
        return HIDDEN
    for front, back in ((_front(digits), 4), ("", 4), ("", 2)):
        if _count(digits) - _count(front) - back >= DIGITS_HIDDEN:
            return f"{front}****{digits[-back:]}"
    return "****"


def _front(digits: str) -> str:
    """About the country's code, or the first three digits."""
    if not digits.startswith("+"):
        return digits[:3]
    return digits[:2] if digits[1] in _ONE_DIGIT_COUNTRIES else digits[:3]


def _count(digits: str) -> int:
    return len(digits.removeprefix("+"))


_RULES: Final = {NAME: mask_name, PHONE: mask_phone}
