"""What every journal promises about the outbox: what became of each notice to a customer.

Which notices there should be follows from the appointments, and so needs no row: one is written
when something was tried. So nothing can be lost between a booking and its reminder. Whom a notice
is for is not said here: the rows hold nothing of anybody.
"""

from collections.abc import Iterable, Sequence
from typing import Final, Literal, NamedTuple, Protocol, TypeAlias

from server.journal.private import INTEGER_MAX

NoticeState: TypeAlias = Literal["waiting", "sent", "dropped"]

PURGE_ROWS: Final = 2_000
"""Rows deleted in one go: some 10 ms for which an append has to wait."""


class OutboxRow(NamedTuple):
    """One notice that was tried. `next_at` is when a waiting one is tried again; instants in ms."""

    branch: str
    notice: str
    state: NoticeState
    reason: str = ""
    tries: int = 0
    next_at: int = 0
    at: int = 0


class OutboxRows(Protocol):
    """The part of a journal that remembers notices."""

    async def outbox_of(self, branch: str) -> list[OutboxRow]:
        """What is known of the branch's notices, by their names."""

    async def put_outbox(self, rows: Sequence[OutboxRow]) -> None:
        """Write these, each in the place of one that may be there; durable on return."""

    async def forget_outbox(self, branch: str, notices: Sequence[str]) -> None:
        """Delete these."""

    async def purge_outbox(self, until: int) -> int:
        """Delete every row that was last tried at `until` or before; how many there were."""


def checked(rows: Iterable[OutboxRow]) -> list[OutboxRow]:
    """The rows to write; a bug shows here, before the first of them is written."""
    found = [OutboxRow(*row) for row in rows]
    for row in found:
        assert row.branch and row.notice, "a row of the outbox needs a place"
        assert 0 <= row.next_at <= INTEGER_MAX, "an instant is UTC milliseconds"
        assert 0 <= row.at <= INTEGER_MAX, "an instant is UTC milliseconds"
    return found
