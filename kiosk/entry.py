"""The line on a page with a keypad: what a key does to it, and when it is complete. Pure."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

from msgspec import Struct

from kiosk.state import Step
from shared.mail_addresses import LENGTH_MAX

CODE_DIGITS: Final = 6
PHONE_END_DIGITS: Final = 4
PHONE_MAX: Final = 20
NAME_MAX: Final = 30
AMOUNT_DIGITS: Final = 9
MAIL_SIGNS: Final = ("@", ".", "_", "-")
"""What is in most mail addresses besides letters and digits; a keyboard has the others."""

ERASE: Final = "erase"
"""The key that takes the last character back."""

Pad: TypeAlias = Literal["digits", "letters", "address"]


class Entry(Struct, frozen=True):
    """What may be typed on a page. `whole`: so many characters are all of it."""

    pad: Pad
    length_max: int
    whole: bool = False


ENTRIES: Final[dict[Step, Entry]] = {
    "code": Entry("digits", CODE_DIGITS, whole=True),
    "digits": Entry("digits", PHONE_END_DIGITS, whole=True),
    "amount": Entry("digits", AMOUNT_DIGITS),
    "phone": Entry("digits", PHONE_MAX),
    "name": Entry("letters", NAME_MAX),
    "mail": Entry("address", LENGTH_MAX),
}
"""The pages with a keypad."""

DIGITS: Final = tuple("123456789")
LETTERS: Final = tuple("ABCDEFGHIJKLMNOPQRSTUVWXYZ")


def typed(step: Step, line: str, key: str) -> str:
    """The line after a key of the keypad, or of a keyboard; one that does not belong there
    changes nothing."""
    entry = ENTRIES[step]
    if key == ERASE:
        return line[:-1]
    if len(key) != 1 or len(line) >= entry.length_max:
        return line
    if entry.pad == "digits":
        return line + key if key.isascii() and key.isdigit() else line
    if entry.pad == "address":
        return line + key if key.isascii() and key.isprintable() and key != " " else line
    return (line + key).lstrip() if key.isprintable() else line


def is_whole(step: Step, line: str) -> bool:
    """Whether nothing more can follow, so that the page turns by itself."""
    entry = ENTRIES[step]
    return entry.whole and len(line) == entry.length_max


def secret_of(scanned: str) -> str:
    """What a QR code holds that proves an appointment: the last part of the address."""
    return scanned.strip().rstrip("/").rpartition("/")[2].removesuffix(".ics")
