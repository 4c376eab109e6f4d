"""What every journal promises about private rows: what is kept of people, apart from the events.

They are written with the events they belong to, in the same transaction, and unlike events they
can be changed and deleted. Opaque here: what the bytes say, and who may know, is left to the
vault. They are in no chain and no snapshot.
"""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple, Protocol, TypeAlias

INTEGER_MAX: Final = 2**63 - 1  # what a database column holds

VALUE_BYTES_MAX: Final = 4000
"""Fits on one page of a database: what spreads over several leaves traces when it moves."""

PAGE_ROWS: Final = 500
"""Rows read, or written anew, in one go."""

PURGE_ROWS: Final = 200
"""Rows deleted in one go: some 10 ms for which an append has to wait."""


class SealedRow(NamedTuple):
    """One value about a subject. `handle`, where there is one, narrows a search down to few."""

    branch: str
    subject: str
    field: str
    value: bytes
    handle: bytes
    purge_at: int  # UTC milliseconds


Sealed: TypeAlias = tuple[str, str, str, bytes, bytes, int]
"""A row as it is given: any tuple of that shape, so that the vault need not know the journal."""

Place: TypeAlias = tuple[str, str, str]
"""Branch, subject, field: there is one row of each."""

BEGINNING: Final[Place] = ("", "", "")


class PrivateRows(Protocol):
    """The part of a journal that the vault works with; rows come in with `Journal.append`.

    What is deleted or replaced is overwritten in the file at once, and gone from its log with
    the next `clear_log`.
    """

    async def private_of(self, branch: str, subject: str) -> list[SealedRow]:
        """What is kept of one subject, by field; at most PAGE_ROWS."""

    async def private_subjects(self, branch: str, handles: Sequence[bytes]) -> list[str]:
        """The subjects with a row that has one of these handles, sorted."""

    async def private_page(self, after: Place = BEGINNING) -> list[SealedRow]:
        """The next PAGE_ROWS rows of all branches in the order of their places."""

    async def replace_private(self, changes: Sequence[tuple[Sealed, Sealed]]) -> int:
        """Write each new row over its old one, unless that one has changed; how many were."""

    async def purge_private(self, until: int) -> int:
        """Delete every row with `purge_at <= until`; how many there were."""

    async def erase_private(self, branch: str, subjects: Sequence[str]) -> int:
        """Delete every row of these subjects; how many there were."""

    async def clear_log(self) -> bool:
        """Leave nothing of what is deleted outside the rows: False while a reader prevents it."""


def checked(branch: str, rows: Iterable[Sealed]) -> list[SealedRow]:
    """The rows to write; a bug shows here, before the first of them is written."""
    found = [SealedRow(*row) for row in rows]
    for row in found:
        assert row.branch == branch, "a private row is kept with the events of its own branch"
        assert row.subject and row.field, "a private row needs a place"
        assert 0 <= row.purge_at <= INTEGER_MAX, "an instant is UTC milliseconds"
        assert len(b"".join((row.value, row.handle))) <= VALUE_BYTES_MAX, "a value is no document"
        "".join(row[:3]).encode()  # half a character is no text
    return found
