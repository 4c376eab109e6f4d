"""The PIN of a terminal: its hash and the wrong tries since the last right one, in a small file.

A terminal has to let staff in when the server is away, so it keeps its own. Every try is counted
on disk before it is looked at: whoever cuts the power has not gained one. Without the file, or
with one that cannot be read, nobody gets in by the screen.
"""

from __future__ import annotations

import logging
import sys
from itertools import pairwise
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from shared.arguments import FINE, REFUSED, system_language
from shared.common_secrets import PIN_DIGITS_MIN, is_common, is_pin
from shared.i18n import text
from shared.private_file import write_private
from shared.ui.staff_exit import DIGITS_MAX

log = logging.getLogger(__name__)

FAILURES_MAX: Final = 1000
"""More make no difference to how long one waits."""


class Kept(Struct, frozen=True):
    """What is in the file."""

    hash: str
    failures: int = 0


class StaffPin:
    """The PIN in this file. Everything here takes its time: call it in a thread."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def failures(self) -> int | None:
        """Wrong tries since the last right one; None: there is no PIN."""
        kept = self._read()
        return kept.failures if kept else None

    def fits(self, pin: str) -> bool | None:
        """Whether this is it; None: the try could not be counted, and was not looked at."""
        kept = self._read()
        if kept is None:
            return None
        counted = replace(kept, failures=min(FAILURES_MAX, kept.failures + 1))
        if not self._write(counted):
            return None
        if not _verified(kept.hash, pin):
            log.warning("a wrong PIN for staff: %d in a row", counted.failures)
            return False
        self._write(replace(kept, failures=0))
        log.info("staff have come in with their PIN")
        return True

    def choose(self, pin: str) -> None:
        """From now on it is this one. OSError if it cannot be kept."""
        from argon2 import PasswordHasher  # not before somebody needs it: a kiosk starts often

        write_private(self._file, msgspec.json.encode(Kept(PasswordHasher().hash(pin))))

    def _read(self) -> Kept | None:
        try:
            return msgspec.json.decode(self._file.read_bytes(), type=Kept)
        except FileNotFoundError:
            return None
        except (OSError, msgspec.DecodeError) as error:
            log.error("the PIN for staff cannot be read: %s", error)
            return None

    def _write(self, kept: Kept) -> bool:
        try:
            write_private(self._file, msgspec.json.encode(kept))
        except OSError as error:
            log.error("a try of the PIN for staff cannot be counted: %s", error)
            return False
        return True


def weakness(pin: str) -> str:
    """Why this will not do, as a key of the catalogue; "" when it will."""
    if not is_pin(pin):
        return "staff.pin.not_digits"
    if not PIN_DIGITS_MIN <= len(pin) <= DIGITS_MAX:
        return "staff.pin.length"
    steps = {(int(after) - int(before)) % 10 for before, after in pairwise(pin)}
    return "staff.pin.common" if is_common(pin) or steps in ({1}, {9}) else ""


def set_by_hand(file: Path) -> int:
    """Ask for a new PIN, twice since nobody sees it, and keep it; the exit code."""
    from getpass import getpass

    language = system_language()

    def say(key: str) -> str:
        return text(language, key, digits_min=PIN_DIGITS_MIN, digits_max=DIGITS_MAX)

    try:
        pin = getpass(say("staff.pin.ask"))
        wrong = weakness(pin)
        if not wrong and getpass(say("staff.pin.again")) != pin:
            wrong = "staff.pin.not_the_same"
        if not wrong:
            StaffPin(file).choose(pin)
    except EOFError:
        wrong = "staff.pin.not_digits"
    except OSError as error:
        sys.stderr.write(f"lobby: {error}\n")
        return REFUSED
    sys.stderr.write(say(wrong or "staff.pin.kept") + "\n")
    return REFUSED if wrong else FINE


def _verified(kept: str, pin: str) -> bool:
    from argon2 import PasswordHasher
    from argon2.exceptions import InvalidHashError, VerificationError

    try:
        return PasswordHasher().verify(kept, pin)
    except (VerificationError, InvalidHashError):
        return False
