"""How a played branch gets its terminals and its people: as a real one does.

The set-up code makes the administrator, who invites every terminal and makes every account; each
person chooses a secret with the one-time code.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from typing import TypeAlias

from shared.link import Link
from shared.pairing import StationKey, key_of, pair
from shared.protocol import (
    VERSION,
    AddStaff,
    HouseAccepted,
    HouseReply,
    InviteStation,
    Pair,
    RoleAt,
    SetOwnSecret,
    SetUp,
    SignedIn,
    StaffRole,
    StationKind,
)

BRANCH = "main"
ADMINISTRATOR = "admin"

Connect: TypeAlias = Callable[[StationKey], Awaitable[Link]]


class HouseError(Exception):
    """The server did not let the demo in; says why."""


class Desk:
    """The administrator at work."""

    def __init__(self, url: str, link: Link) -> None:
        self._url = url
        self._link = link

    async def station(self, kind: StationKind, counter: int | None = None) -> StationKey:
        """Invite a terminal, and pair it."""
        invite = InviteStation(id=self._link.new_id(), kind=kind, branch=BRANCH, counter=counter)
        invited = _accepted(await self._link.request(invite))
        return key_of(self._url, await pair(self._url, Pair(version=VERSION, code=invited.code)))

    async def sign_in(self, link: Link, staff: str, role: StaffRole) -> None:
        """Make an account; the person chooses a secret at this station and signs in."""
        roles = (RoleAt(branch=BRANCH, role=role),)
        add = AddStaff(id=self._link.new_id(), staff=staff, roles=roles)
        code = _accepted(await self._link.request(add)).code
        chosen = _pin() if role == "teller" else secrets.token_urlsafe(12)
        choose = SetOwnSecret(id=link.new_id(), staff=staff, old=code, new=chosen)
        _accepted(await link.request(choose))
        await sign_in(link, staff, chosen)


async def set_up(url: str, code: str, connect: Connect) -> Desk:
    """Make the administrator of a new server, and sign in at the desk."""
    password = secrets.token_urlsafe(12)
    first = SetUp(version=VERSION, code=code, staff=ADMINISTRATOR, password=password)
    link = await connect(key_of(url, await pair(url, first)))
    await sign_in(link, ADMINISTRATOR, password)
    return Desk(url, link)


async def sign_in(link: Link, staff: str, secret: str) -> None:
    """Sign in, or say why not."""
    reply = await link.sign_in(staff, secret)
    if not isinstance(reply, SignedIn):
        raise HouseError(reply.text)


def _pin() -> str:
    return f"{secrets.randbelow(9 * 10**7) + 10**7}"


def _accepted(reply: HouseReply) -> HouseAccepted:
    if not isinstance(reply, HouseAccepted):
        raise HouseError(getattr(reply, "text", type(reply).__name__))
    return reply
