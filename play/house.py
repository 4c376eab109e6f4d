"""How a played branch gets its terminals and its people: as a real one does.

The administrator invites every terminal and makes every account; each person chooses a secret
with the one-time code, at the terminal where they work. On a new server the set-up code makes
the administrator.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

from msgspec import Struct
from msgspec.structs import replace

from play.errors import CannotPlay
from play.people import Place
from shared.link import Link
from shared.pairing import StationKey, key_of, pair
from shared.protocol import (
    VERSION,
    AddStaff,
    BoardView,
    House,
    HouseAccepted,
    HouseReply,
    InviteStation,
    Language,
    Pair,
    Refused,
    RoleAt,
    SetOwnSecret,
    SetUp,
    SignedIn,
    StaffRole,
    StationKind,
)

ADMINISTRATOR = "admin"

AT_ONCE = 4
"""People who choose a secret at the same time: hashing one takes a while, and two cores."""

CONNECT_SECONDS = 30.0


class Post(Struct, frozen=True, kw_only=True):
    """A terminal that is wanted, and who is to work there; nobody does at a kiosk."""

    kind: StationKind
    counter: int | None = None
    staff: str = ""
    role: StaffRole = "teller"


class Key(Struct, frozen=True, kw_only=True):
    """What it takes to be at a post: the station's secret, the person's, and the sign-in's."""

    post: Post
    station: StationKey
    secret: str = ""
    token: str = ""


class Desk:
    """The administrator at work, in one branch."""

    def __init__(
        self, link: Link, key: StationKey, branch: str, password: str, language: Language
    ) -> None:
        self._link = link
        self._url, self._authority = key.url, key.authority
        self._branch = branch
        self._password = password
        self._language = language

    async def furnish(self, posts: Sequence[Post]) -> list[Key]:
        """Terminals and people for all posts."""
        turns = asyncio.Semaphore(AT_ONCE)

        async def one(post: Post) -> Key:
            async with turns:
                return await self._furnish(post)

        return list(await asyncio.gather(*map(one, posts)))

    async def _furnish(self, post: Post) -> Key:
        invite = InviteStation(
            id=self._link.new_id(), kind=post.kind, branch=self._branch, counter=post.counter
        )
        invited = await self._ask(invite)
        first = Pair(version=VERSION, code=invited.code, language=self._language)
        paired = await pair(self._url, first, self._authority)
        key = Key(post=post, station=key_of(self._url, paired, self._authority))
        return await self._employ(key) if post.staff else key

    async def _employ(self, key: Key) -> Key:
        """Make an account; the person chooses a secret at the terminal and signs in."""
        post, roles = key.post, (RoleAt(branch=self._branch, role=key.post.role),)
        added = await self._ask(AddStaff(id=self._link.new_id(), staff=post.staff, roles=roles))
        secret = _pin() if post.role == "teller" else secrets.token_urlsafe(12)
        async with connected(key.station, self._language) as link:
            choose = SetOwnSecret(id=link.new_id(), staff=post.staff, old=added.code, new=secret)
            accepted(await link.request(choose))
            token = await sign_in(link, post.staff, secret)
        return replace(key, secret=secret, token=token)

    async def _ask(self, command: House) -> HouseAccepted:
        """What changes rights is taken only shortly after the secret was typed."""
        reply = await self._link.request(command)
        if isinstance(reply, Refused) and reply.code == "ProveAgain":
            await self._link.unlock(self._password)
            reply = await self._link.request(replace(command, id=self._link.new_id()))
        return accepted(reply)

    def new_suffix(self) -> str:
        """For names that nobody has yet."""
        return secrets.token_hex(3)

    async def board(self, key: Key) -> BoardView:
        """What somebody at a board sees of the branch."""
        async with connected(key.station, self._language, key.token) as link:
            async for view in link.views():
                if isinstance(view, BoardView):
                    return view
            raise gone(link)


class Administrator(Struct, frozen=True, kw_only=True):
    """Who sits at an existing desk, and how that is proven."""

    key: StationKey
    staff: str
    password: str
    otp: str = ""


@asynccontextmanager
async def set_up(url: str, code: str, branch: str, language: Language) -> AsyncIterator[Desk]:
    """The desk of a new server, with its first administrator."""
    password = secrets.token_urlsafe(12)
    first = SetUp(
        version=VERSION, code=code, staff=ADMINISTRATOR, password=password, language=language
    )
    key = key_of(url, await pair(url, first))
    who = Administrator(key=key, staff=ADMINISTRATOR, password=password)
    async with at_the_desk(who, branch, language) as desk:
        yield desk


@asynccontextmanager
async def at_the_desk(who: Administrator, branch: str, language: Language) -> AsyncIterator[Desk]:
    """The desk of a server that has an administrator; of a rehearsal, never of real days."""
    async with connected(who.key, language) as link:
        if link.welcome is None or link.welcome.rehearsal_rate is None:
            raise CannotPlay("real_days")
        await sign_in(link, who.staff, who.password, who.otp)
        yield Desk(link, who.key, branch, who.password, language)


@asynccontextmanager
async def connected(key: StationKey, language: Language, token: str = "") -> AsyncIterator[Link]:
    """A live connection. Without an outbox: a played terminal does not outlive the player."""
    hello = replace(key.hello(language=language), token=token)
    async with Link(key.url, hello, tls=key.tls()) as link:
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                await _live(link)
        except TimeoutError:
            raise CannotPlay("no_answer", url=key.url) from None
        yield link


async def enter(keys: Sequence[Key], language: Language, stack: AsyncExitStack) -> list[Place]:
    """Everybody at their posts, all at once; they leave when the stack is unwound."""

    async def one(key: Key) -> Place:
        link = await stack.enter_async_context(connected(key.station, language, key.token))
        if key.post.staff and link.staff is None:
            await sign_in(link, key.post.staff, key.secret)
        return Place(link, key.post.staff, key.secret)

    return list(await asyncio.gather(*map(one, keys)))


async def sign_in(link: Link, staff: str, secret: str, otp: str = "") -> str:
    """Sign in, or say why not; the sign-in's token."""
    reply = await link.sign_in(staff, secret, otp)
    if not isinstance(reply, SignedIn):
        raise CannotPlay("refused", why=reply.text)
    return reply.token


def accepted(reply: HouseReply) -> HouseAccepted:
    """The answer, unless it is a refusal."""
    if not isinstance(reply, HouseAccepted):
        raise CannotPlay("refused", why=getattr(reply, "text", type(reply).__name__))
    return reply


async def _live(link: Link) -> None:
    async for state in link.changed():
        if state == "live":
            return
    raise gone(link)


def gone(link: Link) -> CannotPlay:
    """Why a link has ended, or nothing is heard any more."""
    if link.refusal is not None:
        return CannotPlay("refused", why=link.refusal.text)
    return CannotPlay("gone")


def _pin() -> str:
    return f"{secrets.randbelow(9 * 10**7) + 10**7}"
