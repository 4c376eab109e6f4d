"""Telephone numbers as people write them, in the one form in which they are compared."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_MOBILE: Final = re.compile(r"1[3-9][0-9]{9}")
_NATIONWIDE: Final = re.compile(r"[48]00[0-9]{7}")


_WRITTEN: Final = re.compile(r"[0-9 ()+./\u2010-\u2015-]*")
"""What stands in a telephone number as people write it, once its digits are plain."""

DIGITS_MIN: Final = 7
DIGITS_MAX: Final = 15
"""A local number without its area; the longest there are (ITU-T E.164)."""


def is_phone(text: str) -> bool:
    """Whether this is a telephone number and nothing else."""
    digits = normal_phone(text).removeprefix("+")
    plain = unicodedata.normalize("NFKC", text).strip()
    return DIGITS_MIN <= len(digits) <= DIGITS_MAX and _WRITTEN.fullmatch(plain) is not None


def normal_phone(text: str) -> str:
    """Digits only, at home without the country's code, abroad with it and a `+`; "" for none.

    `+86 138-0013-8000`, `0086 13800138000` and `１３８００１３８０００` are the same number.
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    digits = "".join(str(unicodedata.decimal(char)) for char in plain if char.isdecimal())
    abroad = plain.startswith(("+", "(+")) or digits.startswith("00")
    digits = digits.removeprefix("00") if abroad else digits
    if digits.startswith("86") and (abroad or _MOBILE.fullmatch(digits[2:])):
        return _at_home(digits[2:])
    return f"+{digits}" if abroad and digits else digits


def _at_home(digits: str) -> str:
    """After the country's code the area's code has lost its zero."""
    whole = _MOBILE.fullmatch(digits) or _NATIONWIDE.fullmatch(digits) or digits[:1] in ("", "0")
    return digits if whole else f"0{digits}"
