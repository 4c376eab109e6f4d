"""Numbers as people type them: in small letters, without zeros, or in the full-width signs of a
keyboard that is set to Chinese. Pure.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

AS_SAID: Final = re.compile(r"([A-Z]{0,2})0*([0-9]{1,6})")
"""A ticket's number, as people say it: A7 is A007."""


def plain(words: str) -> str:
    """The same in plain letters and digits."""
    return unicodedata.normalize("NFKC", words).strip()


def ticket_number(words: str) -> str | None:
    """The ticket number that is meant, as it stands on the ticket; None: it is none."""
    said = AS_SAID.fullmatch(plain(words).upper())
    return f"{said[1]}{int(said[2]):03d}" if said else None
