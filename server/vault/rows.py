"""What is kept of people: one value about one subject, in one field, until some day.

The words for subjects and fields, and how long things are kept unless a branch says otherwise.
"""

from __future__ import annotations

import re
from typing import Final

from msgspec import Struct

HOUR_MS: Final = 3_600_000

CONTACT_KEPT_MS: Final = 7 * 24 * HOUR_MS
"""Names and telephone numbers, after the end of the visit's business day: people are told seven
days before they say them. Notes go with the day."""

NAME: Final = "name"
PHONE: Final = "phone"
MAIL: Final = "mail"
NOTE: Final = "note"
COMMENT: Final = "comment"
VISIT: Final = "visit"
FORM: Final = "form"

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


def of_person(person: str) -> str:
    """The subject of what is kept for a person."""
    return f"person:{person}"


def key_of(subject: str) -> str:
    """The id in a subject."""
    return subject.partition(":")[2]


def visit_value(day: str, number: str) -> str:
    """The value that tells which visit a person made: its business day and number."""
    return f"{day} {number}"


def note_field(note: str) -> str:
    """The field of one of a visit's notes."""
    return f"{NOTE}.{note}"


def comment_field(question: int) -> str:
    """The field of what was said of a service, by the question about it."""
    return f"{COMMENT}.{question}"


def form_field(key: str) -> str:
    """The field of one answer in a form."""
    return f"{FORM}.{key}"


def is_subject(text: str) -> bool:
    """Whether this names a subject (and is no telephone number)."""
    return _SUBJECT.fullmatch(text) is not None


def is_field(text: str) -> bool:
    """Whether a value can be filed under this."""
    return _FIELD.fullmatch(text) is not None
