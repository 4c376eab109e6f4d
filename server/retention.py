"""Deletes what is kept of people when its time is over: at each start, and every ten minutes.

How long that is was decided when each value was written. Here only the moment, and the note in the
stream `house` of how many values there were.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Final, NoReturn

from server.clock import Clock
from server.domain.refusals import Refused
from server.domain.state import CLOCK
from server.house.decide import RecordPurge
from server.housekeeper import HouseKeeper
from server.journal.contract import JournalError
from server.vault.vault import Vault

log = logging.getLogger(__name__)

PAUSE_SECONDS: Final = 600.0
"""Real ones, also in a rehearsal: there is no haste."""


class Retention:
    """See above. `clock` is the branches': in a rehearsal its time, in which rows were written."""

    def __init__(self, vault: Vault, keeper: HouseKeeper, clock: Clock) -> None:
        self._vault = vault
        self._keeper = keeper
        self._clock = clock
        self._to_note = 0

    async def purge_for_ever(self) -> NoReturn:
        """Now, and then every ten minutes."""
        while True:
            await self.purge()
            await asyncio.sleep(PAUSE_SECONDS)

    async def purge(self) -> int:
        """Delete what is due; how many values there were. What fails is tried again next time."""
        try:
            purged = await self._vault.purge(self._clock.now_ms())
        except JournalError as error:
            log.error("what is due was not deleted: %s", error)
            return 0
        if purged:
            log.info("deleted what is not to be kept longer", extra={"values": purged})
        self._to_note += purged
        await self._note()
        return purged

    async def _note(self) -> None:
        if not self._to_note:
            return
        try:
            await self._keeper.carry_out(RecordPurge(self._to_note), CLOCK)
        except Refused as refused:
            log.error("what was deleted is not written down yet: %s", refused)
        else:
            self._to_note = 0
