"""What is kept of people: one value about one subject, in one field, until some day.

The words for subjects and fields, and how long things are kept unless a branch says otherwise.
"""

from __future__ import annotations

import re
from typing import Final

from msgspec import Struct

HOUR_MS: Final = 3_600_000

NOTE_KEPT_MS: Final = 2 * HOUR_MS
"""After the end of the business day: as long as a ticket's link is good for."""

CONTACT_KEPT_MS: Final = 7 * 24 * HOUR_MS
"""Names and telephone numbers, after the visit: what the kiosk tells people before they type."""

NAME: Final = "name"
PHONE: Final = "phone"
NOTE: Final = "note"

_SUBJECT: Final = re.compile(r"(visit|appointment|person):[0-9A-Za-z_-]{1,64}")
_FIELD: Final = re.compile(r"[a-z]{1,16}(\.[0-9A-Za-z_]{1,32})?")


class PrivateRow(Struct, frozen=True):
    """One value as people know it. `value` is clean text, `purge_at` UTC milliseconds."""

    branch: str
    subject: str
    field: str
    value: str
    purge_at: int


def of_visit(visit: int) -> str:
    """The subject of what is kept for a visit."""
    return f"visit:{visit}"


def of_appointment(appointment: int | str) -> str:
    """The subject of what is kept for an appointment."""
    return f"appointment:{appointment}"


def form_field(key: str) -> str:
    """The field of one answer in a form."""
    return f"form.{key}"


def is_subject(text: str) -> bool:
    """Whether this names a subject (and is no telephone number)."""
    return _SUBJECT.fullmatch(text) is not None


def is_field(text: str) -> bool:
    """Whether a value can be filed under this."""
    return _FIELD.fullmatch(text) is not None
