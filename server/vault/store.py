"""What the vault asks of the journal, which keeps its rows and says in full what it promises.

The two do not know each other: rows go from one to the other as plain tuples.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple, Protocol, TypeAlias

Place: TypeAlias = tuple[str, str, str]
"""Branch, subject, field: there is one row of each."""

BEGINNING: Final[Place] = ("", "", "")

Stored: TypeAlias = tuple[str, str, str, bytes, bytes, int]
"""A sealed row as the store gives and takes it."""


class SealedRow(NamedTuple):
    """One value as it is stored. `handle` is how a telephone number is found again."""

    branch: str
    subject: str
    field: str
    value: bytes
    handle: bytes
    purge_at: int  # UTC milliseconds


class Store(Protocol):
    """The part of a journal that is the vault's."""

    async def private_of(self, branch: str, subject: str) -> Sequence[Stored]:
        """What is kept of one subject."""

    async def private_subjects(self, branch: str, handles: Sequence[bytes]) -> Sequence[str]:
        """The subjects with a row that has one of these handles."""

    async def private_page(self, after: Place) -> Sequence[Stored]:
        """The next rows of all branches in the order of their places; none at the end."""

    async def replace_private(self, changes: Sequence[tuple[Stored, Stored]]) -> int:
        """Write each new row over its old one, unless that one has changed; how many were."""

    async def purge_private(self, until: int) -> int:
        """Delete every row with `purge_at <= until`; how many there were."""

    async def erase_private(self, branch: str, subjects: Sequence[str]) -> int:
        """Delete every row of these subjects; how many there were."""

    async def clear_log(self) -> bool:
        """Leave nothing of what is deleted outside the rows: False while a reader prevents it."""
