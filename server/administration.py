"""What the administrator asks: accounts, terminals, and the one-time codes that come of it.

Whether the sender may is asked in `auth` before, what is possible in `server/house`. A repeat gets
the first answer; after a restart of the server nobody knows the code of that answer any more, so
the same invitation, or the same account, gets a new one.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from typing import Final

from server.answers import key_of
from server.credentials import code_for_invitation, code_for_staff
from server.domain.refusals import CommandReused, Refused
from server.hashing import CODE_LENGTH, SET_UP_LENGTH
from server.house.events import StationInvited
from server.house.state import Done
from server.people import Guest, People
from server.proofs import STAFF_CODE_MS
from shared import protocol as p

RECENT_MAX: Final = 1_000
"""Answers kept whole; others are made again of what the house remembers."""


class Administration:
    """See above."""

    def __init__(self, people: People) -> None:
        self._keeper = people.keeper
        self._proofs = people.proofs
        # One at a time: a repeat must find what the first one, still on its way, will have done.
        self._lock = asyncio.Lock()
        self._answers: OrderedDict[str, tuple[str, p.HouseAccepted]] = OrderedDict()

    async def arrange(self, command: p.Administrative, guest: Guest) -> p.HouseAccepted:
        """Carry it out, once. Raises Refused."""
        key = key_of(command, guest.actor)
        async with self._lock:
            first, answer = self._answers.get(command.id, ("", None))
            done = self._keeper.house.done.get(command.id)
            if first not in ("", key) or (done is not None and done.key != key):
                raise Refused(CommandReused())
            if answer is None and done is not None:
                answer = await self._answer_again(command, done)
            if answer is None:
                answer = await self._carry_out(command, guest, key)
            self._answers[command.id] = (key, answer)
            if len(self._answers) > RECENT_MAX:
                self._answers.popitem(last=False)
        return answer

    async def _carry_out(
        self, command: p.Administrative, guest: Guest, key: str
    ) -> p.HouseAccepted:
        branch = guest.station.branch
        events = await self._keeper.carry_out(command, guest.actor, branch, key)
        match command, events:
            case p.CancelInvitation(), _:
                await self._proofs.use_up(code_for_invitation(command.invitation))
            case p.InviteStation(), [StationInvited() as invited]:
                return await self._code_for_station(command.id, invited.invitation, invited.until)
            case p.AddStaff() | p.ResetSecret(), [_]:
                await self._proofs.forget(command.staff)
                return await self._code_for_person(command.id, command.staff)
            case _:
                pass
        return self._done(command.id)

    async def _answer_again(self, command: p.Administrative, done: Done) -> p.HouseAccepted:
        """With a code as long as it is of any use."""
        house = self._keeper.house
        invitation = house.invitations.get(done.invitation)
        if isinstance(command, p.InviteStation) and invitation is not None:
            return await self._code_for_station(command.id, invitation.id, invitation.until)
        if done.staff and not house.staff[done.staff].ready:
            return await self._code_for_person(command.id, done.staff)
        return self._done(command.id)

    async def _code_for_station(
        self, command_id: str, invitation: int, until: int
    ) -> p.HouseAccepted:
        key = code_for_invitation(invitation)
        code = await self._proofs.new_code(key, until, CODE_LENGTH)
        return self._done(command_id, code, until)

    async def _code_for_person(self, command_id: str, staff: str) -> p.HouseAccepted:
        until = self._keeper.now + STAFF_CODE_MS
        code = await self._proofs.new_code(code_for_staff(staff), until, SET_UP_LENGTH)
        return self._done(command_id, code, until)

    def _done(self, command_id: str, code: str = "", until: int | None = None) -> p.HouseAccepted:
        seq = self._keeper.house.seq
        return p.HouseAccepted(id=command_id, seq=seq, code=code, until=until)
