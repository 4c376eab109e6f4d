"""Mail addresses: what is taken for one, where it is typed and where it is kept.

Only letters that every mail server knows, so that an address can neither end a line of a message's
head nor stand for another one. Whether anybody reads there shows when something is sent.
"""

from __future__ import annotations

import re
from typing import Final

LENGTH_MAX: Final = 100

_ADDRESS: Final = re.compile(
    r"[0-9A-Za-z!#$%&'*+/=?^_`{|}~-]+(\.[0-9A-Za-z!#$%&'*+/=?^_`{|}~-]+)*"
    r"@([0-9A-Za-z]([0-9A-Za-z-]{0,61}[0-9A-Za-z])?\.)+[A-Za-z]{2,63}"
)


def is_mail(text: str) -> bool:
    """Whether it looks like one address, and nothing else."""
    return len(text) <= LENGTH_MAX and _ADDRESS.fullmatch(text) is not None
