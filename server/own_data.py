"""What people may ask for of what is kept of them: to see it, and that it be deleted.

Asked through the administrator, who answers for it. That somebody looked, why, and how much there
was is written down in the stream `house` before anything is shown; what was found is not.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from typing import Final

from server.domain.refusals import PhoneNotValid, Refused
from server.domain.state import Actor
from server.house.decide import RecordErasure, RecordLook
from server.house.refusals import PhoneOrVisit, UnknownBranch, ValuesDamaged
from server.housekeeper import HouseKeeper
from server.runner import BranchRunner
from server.vault.errors import VaultError
from server.vault.phones import is_phone
from server.vault.rows import PHONE, VISIT, PrivateRow, key_of, visit_value
from server.vault.vault import Vault
from shared.cleaning import REDACTED
from shared.protocol import FindPerson, HouseAccepted, KeptShown, OwnDataCommand, PersonFound

log = logging.getLogger(__name__)

SHOWN_MAX: Final = 1_000
"""Values in one answer, the oldest: a number that staff type for everybody may have thousands."""


class OwnData:
    """See above."""

    def __init__(
        self, vault: Vault, keeper: HouseKeeper, runners: Mapping[str, BranchRunner]
    ) -> None:
        self._vault = vault
        self._keeper = keeper
        self._runners = runners

    async def answer(self, command: OwnDataCommand, actor: Actor) -> PersonFound | HouseAccepted:
        """Show it, or delete it. Raises Refused."""
        runner = self._runners.get(command.branch)
        if runner is None:
            raise Refused(UnknownBranch(command.branch))
        try:
            subjects = await self._subjects(command, runner)
            rows = await self._vault.show(command.branch, subjects)
        except VaultError as error:
            log.error("branch %s: %s", command.branch, error)
            raise Refused(ValuesDamaged()) from None
        reason = _without(command.reason, (row.value for row in rows))
        if isinstance(command, FindPerson):
            look = RecordLook(command.branch, len(rows), reason)
            await self._keeper.carry_out(look, actor)
            kept = tuple(_shown(row) for row in rows[:SHOWN_MAX])
            return PersonFound(id=command.id, seq=self._keeper.house.seq, kept=kept)
        values = await self._vault.erase(command.branch, subjects)
        runner.forget(subjects)
        await self._keeper.carry_out(RecordErasure(command.branch, values, reason), actor)
        return HouseAccepted(id=command.id, seq=self._keeper.house.seq, values=values)

    async def _subjects(self, command: OwnDataCommand, runner: BranchRunner) -> list[str]:
        """Everything under which something of this person may be kept, each once."""
        day, number = command.day or "", command.number or ""
        if bool(command.phone) == bool(day and number) or bool(day) != bool(number):
            raise Refused(PhoneOrVisit())
        if command.phone:
            if not is_phone(command.phone):
                raise Refused(PhoneNotValid())
            found = await self._vault.find(command.branch, PHONE, command.phone)
        else:
            visit = visit_value(day, number)
            found = await self._vault.find(command.branch, VISIT, visit)
        return list(dict.fromkeys([*found, *runner.notes_of(found, day, number)]))


def _shown(row: PrivateRow) -> KeptShown:
    field = row.field.partition(".")[0]
    return KeptShown(person=key_of(row.subject), field=field, value=row.value, until=row.purge_at)


def _without(reason: str, values: Iterable[str]) -> str:
    """The reason is kept for years: none of what was found may stand in it."""
    for value in sorted(set(values), key=len, reverse=True):
        reason = reason.replace(value, REDACTED) if value else reason
    return reason
