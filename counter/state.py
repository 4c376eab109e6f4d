"""Where the teller is, and what is to be carried out.

Words only: what a key does to it is decided in `flow`, and in `bookings` where it is about an
appointment.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from shared import protocol as p
from shared.free_times import Free
from shared.ui.choice import Question


class Desk(Struct, frozen=True):
    """Where the teller is. `about` is the visit that the open question is about; `so_far` what
    was answered to the questions before it; `told` the sentence below the keys; `free` the times
    that were looked up for an appointment."""

    question: Question | None = None
    about: p.VisitId | None = None
    so_far: tuple[str, ...] = ()
    told: str = ""
    refused: bool = False
    list_shown: str = "line"
    page: int = 0
    reading: bool = False
    free: tuple[Free, ...] = ()


class Give(Struct, frozen=True):
    """Give this command; when it was accepted and leaves the counter free, the next one.

    `papers` are to be printed for the customer once it was accepted.
    """

    kind: Any
    fields: Mapping[str, Any] = {}
    then: Give | None = None
    papers: tuple[str, ...] = ()
    customer: p.Language = "zh"


class Look(Struct, frozen=True):
    """Look up which times are free."""

    fields: Mapping[str, Any]


class Book(Struct, frozen=True):
    """Keep a time, and book it once it is kept."""

    hold: Mapping[str, Any]
    note: str = ""
    mail: str = ""

    def __repr__(self) -> str:
        return "Book()"


class SignOut(Struct, frozen=True):
    """End the sign-in."""


class Change(Struct, frozen=True):
    """Another language, or other colours."""

    what: Literal["language", "theme"]


Effect: TypeAlias = Give | Look | Book | SignOut | Change
Next: TypeAlias = tuple[Desk, Sequence[Effect]]


def put_away(desk: Desk) -> Desk:
    """Without the question."""
    return replace(desk, question=None, about=None, so_far=())


def tell(desk: Desk, sentence: str, *, refused: bool = False) -> Desk:
    """With a sentence below the keys."""
    return replace(desk, told=sentence, refused=refused)


def further(desk: Desk, question: Question, word: str) -> Desk:
    """The next question, after this answer."""
    return replace(desk, question=question, so_far=(*desk.so_far, word), told="", refused=False)
