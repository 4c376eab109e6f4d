"""What is known beside the state, by its ids, and given to the views: of today's people, and how
long they will wait.

Filled by the shell, from the vault and by the forecast. The state never holds it, no event and no
snapshot tells it.
"""

from __future__ import annotations

from msgspec import Struct

from shared.protocol import PersonShown, WaitShown


class PersonKnown(Struct, frozen=True):
    """One person, as the serving counter sees it and as everybody else does."""

    full: PersonShown
    masked: PersonShown


class Waits(Struct, frozen=True):
    """What is forecast: by visit, by service for an ordinary ticket and one of the care lane taken
    now, and by counter the minutes everybody would wait less with it open."""

    tickets: dict[int, WaitShown] = {}
    ordinary: dict[str, WaitShown] = {}
    care: dict[str, WaitShown] = {}
    saved: dict[int, float] = {}


class Known(Struct):
    """The persons by their ids, the notes by visit and their ids, the answers in forms by visit and
    their keys; the waits as last told; the comments by visit and question."""

    persons: dict[str, PersonKnown] = {}
    notes: dict[int, dict[str, str]] = {}
    answers: dict[int, dict[str, str]] = {}
    waits: Waits = Waits()
    comments: dict[int, dict[int, str]] = {}

    def person(self, person: str) -> PersonKnown | None:
        """Whoever has this id; None where nothing is known (any more)."""
        return self.persons.get(person)

    def note(self, visit: int, note: str | None) -> str:
        """What was written down for this visit under this id."""
        return self.notes.get(visit, {}).get(note or "", "")

    def comment(self, visit: int, question: int) -> str:
        """What was said of a service of this visit."""
        return self.comments.get(visit, {}).get(question, "")
