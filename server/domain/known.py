"""What is known of today's people, by the ids that the state has for them: given to the views.

Filled from the vault by the shell. The state never holds it, no event and no snapshot tells it.
"""

from __future__ import annotations

from msgspec import Struct

from shared.protocol import PersonShown


class PersonKnown(Struct, frozen=True):
    """One person, as the serving counter sees it and as everybody else does."""

    full: PersonShown
    masked: PersonShown


class Known(Struct):
    """The persons by their ids, and the notes by visit and their ids."""

    persons: dict[str, PersonKnown] = {}
    notes: dict[int, dict[str, str]] = {}

    def person(self, person: str) -> PersonKnown | None:
        """Whoever has this id; None where nothing is known (any more)."""
        return self.persons.get(person)

    def note(self, visit: int, note: str | None) -> str:
        """What was written down for this visit under this id."""
        return self.notes.get(visit, {}).get(note or "", "")
