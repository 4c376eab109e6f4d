"""What goes wrong at the desk, in the words of whoever sits there."""

from __future__ import annotations

from shared.i18n import text
from shared.protocol import Language


class NotDone(Exception):
    """The order could not be carried out; says why, and what to do."""


def not_done(language: Language, key: str, **values: object) -> NotDone:
    """Of our own; what the server refuses it says itself."""
    return NotDone(text(language, f"desk.{key}", **values))
