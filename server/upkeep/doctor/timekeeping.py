"""What the machine says of its own clock and of its time zones."""

from __future__ import annotations

import ctypes
import re
import zoneinfo
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Final

_UNSYNCHRONISED: Final = 0x40  # STA_UNSYNC
_CLOCK_ERROR: Final = 5  # TIME_ERROR


class _Timex(ctypes.Structure):
    """The beginning of the kernel's struct timex, and room for the rest of it."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_byte * 512),
    )


def clock_kept() -> bool | None:
    """Whether something keeps the clock to the time of the world; None where nobody says."""
    asked = _Timex()  # modes 0: only asks
    try:
        state = ctypes.CDLL(None).adjtimex(ctypes.byref(asked))
    except (OSError, AttributeError):
        return None
    if state < 0:
        return None
    return state != _CLOCK_ERROR and not asked.status & _UNSYNCHRONISED


def zone_data_version() -> str:
    """Such as 2026b: of the system's zone data, which come first, or of the package's."""
    for folder in zoneinfo.TZPATH:
        for name in ("tzdata.zi", "+VERSION"):
            with suppress(OSError), (Path(folder) / name).open("rb") as file:
                if found := re.search(rb"\b(2\d{3}[a-z])\b", file.readline(200)):
                    return found[1].decode()
        if Path(folder, "Asia").is_dir():
            return ""  # these are used, and nobody says how old they are
    with suppress(ImportError):
        return str(import_module("tzdata").IANA_VERSION)
    return ""
