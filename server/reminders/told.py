"""What became of a branch's notices: kept here as long as the server lives, and in the journal.

A notice that was sent is not sent again because the disk is full: it is remembered here, and
written down as soon as there is room.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import Final

from server.domain.reminders import Notice
from server.journal.contract import Journal, JournalError
from server.journal.outbox import OutboxRow

log = logging.getLogger(__name__)

TRIES_MAX: Final = 12
AGAIN_MS: Final = 30_000
AGAIN_MS_MAX: Final = 30 * 60_000
"""Tried again after 30 s, 1 min, 2 min … and then every half an hour: some three hours in all."""

KEPT_MS: Final = 30 * 24 * 3_600_000
"""For so long one can look up what became of a notice."""


class Told:
    """See above. `chance` draws a number between the two it is given."""

    def __init__(
        self, branch: str, journal: Journal, chance: Callable[[float, float], float]
    ) -> None:
        self._branch = branch
        self._journal = journal
        self._chance = chance
        self._rows: dict[str, OutboxRow] = {}
        self._unsaved: dict[str, OutboxRow] = {}

    async def load(self) -> None:
        """Take what the journal knows. Raises JournalError."""
        self._rows = {row.notice: row for row in await self._journal.outbox_of(self._branch)}

    def row(self, notice: Notice) -> OutboxRow | None:
        """What became of it so far."""
        return self._rows.get(notice.name)

    def is_over(self, notice: Notice) -> bool:
        """Whether it was sent, or will not be."""
        row = self.row(notice)
        return row is not None and row.state != "waiting"

    async def sent(self, notice: Notice, now: int) -> None:
        """It was taken by whoever passes it on."""
        tries = self._tries(notice) + 1
        await self._note(OutboxRow(self._branch, notice.name, "sent", "", tries, 0, now))

    async def dropped(self, notice: Notice, reason: str, now: int) -> None:
        """It will not be sent."""
        tries = self._tries(notice)
        await self._note(OutboxRow(self._branch, notice.name, "dropped", reason, tries, 0, now))

    async def failed(self, notice: Notice, reason: str, now: int) -> bool:
        """It was not taken this time; whether it is tried again."""
        tries = self._tries(notice) + 1
        if tries >= TRIES_MAX:
            await self._note(OutboxRow(self._branch, notice.name, "dropped", reason, tries, 0, now))
            return False
        # Spread a little, so that what has failed together does not come back together.
        pause = min(AGAIN_MS * 2 ** (tries - 1), AGAIN_MS_MAX) * self._chance(0.75, 1.0)
        at = now + round(pause)
        await self._note(OutboxRow(self._branch, notice.name, "waiting", reason, tries, at, now))
        return True

    async def forget_unwanted(self, wanted: Iterable[Notice]) -> None:
        """What was tried in vain, of an appointment that is moved or cancelled by now."""
        names = {notice.name for notice in wanted}
        waiting = [name for name, row in self._rows.items() if row.state == "waiting"]
        gone = [name for name in waiting if name not in names]
        if gone:
            await self._journal.forget_outbox(self._branch, gone)
        for name in gone:
            self._rows.pop(name)
            self._unsaved.pop(name, None)

    async def purge(self, now: int) -> None:
        """Forget what is over for long."""
        old = [name for name, row in self._rows.items() if row.at <= now - KEPT_MS]
        for name in old:
            del self._rows[name]
        await self._journal.purge_outbox(now - KEPT_MS)

    async def save(self) -> None:
        """Write down what could not be written before."""
        unsaved = list(self._unsaved.values())
        if unsaved:
            await self._journal.put_outbox(unsaved)
        for row in unsaved:
            if self._unsaved.get(row.notice) == row:
                del self._unsaved[row.notice]

    def _tries(self, notice: Notice) -> int:
        row = self.row(notice)
        return row.tries if row else 0

    async def _note(self, row: OutboxRow) -> None:
        self._rows[row.notice] = self._unsaved[row.notice] = row
        try:
            await self.save()
        except JournalError as error:
            log.error("branch %s: what became of a notice is not written: %s", self._branch, error)
