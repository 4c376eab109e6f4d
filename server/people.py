"""People and terminals at the door: setting up, pairing, signing in and out, choosing secrets.

Whether a secret is right is found out in `proofs`; what is possible in `server/house`; what the
administrator asks is in `administration`.
"""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Callable, Collection, Mapping, Sequence
from hashlib import sha256
from typing import Final

from msgspec import Struct

from server.clock import Clock
from server.credentials import CODE_FOR_SET_UP, code_for_invitation
from server.domain.configuration import BranchConfig
from server.domain.refusals import Refused
from server.domain.state import CLOCK, Actor
from server.hashing import SET_UP_LENGTH
from server.house import decide as d
from server.house import refusals as r
from server.house.events import HouseEvent, StationPaired
from server.house.state import OF_THE_HOUSE, Staff, Station, holds, is_administrator, role_at
from server.housekeeper import HouseKeeper
from server.proofs import Proofs, check_choice
from server.signins import (
    LIFE_SECONDS,
    BranchTimes,
    SignInHeld,
    SignIns,
    is_over,
    is_proved,
    token_hash,
)
from shared import protocol as p
from shared.rights import PERMISSIONS

SET_UP_MS: Final = 30 * 60_000

STRANGER: Final = Actor(role="stranger")
"""Whoever brings a code, before anything is known of it."""

NOBODY: Final = sha256(b"nobody").hexdigest()


class Guest(Struct):
    """One connection of a station: who is at it changes while it lasts."""

    station: Station
    signed_in: SignInHeld | None = None

    @property
    def actor(self) -> Actor:
        """Who acts when something comes over this connection."""
        station, held = self.station, self.signed_in
        return Actor(
            role=held.role if held else station.role,
            station=station.id,
            staff=held.staff if held else "",
            counter=station.counter or 0,
        )


class People:
    """See above."""

    def __init__(
        self,
        keeper: HouseKeeper,
        proofs: Proofs,
        signins: SignIns,
        clock: Clock,
        branches: Mapping[str, BranchConfig],
    ) -> None:
        self.keeper = keeper
        self.signins = signins
        self.ended: Callable[[SignInHeld, p.SignInEnd], None] = lambda _held, _reason: None
        signins.restore(keeper.house, keeper.now, clock.monotonic())
        self.proofs = proofs
        self._clock = clock
        self._branches = branches
        self._lock = asyncio.Lock()

    def configure(
        self, require_totp: Collection[p.StaffRole], idle_minutes: Mapping[p.StaffRole, float]
    ) -> None:
        """Who needs a second factor, and how soon terminals left alone are locked, from now on."""
        self.proofs.require_totp = frozenset(require_totp)
        self.signins.lock_after(idle_minutes)

    # --- Terminals -----------------------------------------------------------------------------

    def known(self, station_id: str, secret: str) -> Station | None:
        """The station of that id if the secret is its own; one answer for all other cases."""
        found = self.keeper.house.stations.get(station_id)
        hashed = _hash(secret)
        # Compared even for an unknown id, so that the time tells no more than the answer.
        fits = hmac.compare_digest(hashed, found.secret_sha256 if found else NOBODY)
        return found if fits and found and not found.revoked else None

    def secret_sha256_of(self, station_id: str) -> str | None:
        """The hash of a station's secret, for its pass; None where there is no such station."""
        found = self.keeper.house.stations.get(station_id)
        return found.secret_sha256 if found and not found.revoked else None

    async def pair(self, pair: p.Pair) -> p.Paired:
        """Make a station of whoever brings the code. Raises Refused."""
        branch = pair.branch or (next(iter(self._branches)) if len(self._branches) == 1 else "")
        if branch not in self._branches:
            raise Refused(r.UnknownBranch(pair.branch))
        d.refuse_paused(self.keeper.house, branch, self.keeper.now)
        invitation = self._invitation(branch, pair.code)
        if invitation is None:
            await self.keeper.carry_out(d.RefuseCode(branch), STRANGER)
            raise Refused(r.WrongCode())
        secret = self._clock.token()
        command = d.PairStation(invitation, _hash(secret))
        events = await self.keeper.carry_out(command, STRANGER)
        await self.proofs.use_up(code_for_invitation(invitation))
        return _paired(events, secret)

    async def set_up(self, set_up: p.SetUp) -> p.Paired:
        """Make an administrator where there is none, and this terminal the desk. Raises Refused."""
        if not self.needs_set_up:
            raise Refused(r.SetUpBefore())
        house, branch = self.keeper.house, next(iter(self._branches))
        d.refuse_paused(house, "", self.keeper.now)
        if not self.proofs.code_waits(CODE_FOR_SET_UP, set_up.code):
            await self.keeper.carry_out(d.RefuseCode(""), STRANGER)
            raise Refused(r.WrongCode())
        check_choice(set_up.password, teller=False, staff=set_up.staff)
        await self.proofs.use_up(CODE_FOR_SET_UP)
        secret = self._clock.token()
        command = d.SetUpHouse(set_up.staff, branch, _hash(secret), self.without_secret)
        events = await self.keeper.carry_out(command, STRANGER)
        self.proofs.begin_anew()
        staff = self.keeper.house.staff[set_up.staff]
        otp_secret = await self.proofs.keep(staff, set_up.password, "password", STRANGER)
        return _paired(events, secret, otp_secret)

    @property
    def needs_set_up(self) -> bool:
        """Whether nobody can look after the house."""
        lost = self.without_secret
        accounts = self.keeper.house.staff.values()
        return not any(is_administrator(s) and s.ready and s.id not in lost for s in accounts)

    @property
    def without_secret(self) -> tuple[str, ...]:
        """Who has chosen a secret of which nothing is kept any more."""
        accounts = self.keeper.house.staff.values()
        return tuple(s.id for s in accounts if s.ready and not self.proofs.has_secret(s.id))

    @property
    def set_up_code_until(self) -> int | None:
        """Until when a code for the first administrator is good that was made before the server
        started, by `lobby init` say, and outlives any that it would make now (ms)."""
        until = self.proofs.code_until(CODE_FOR_SET_UP)
        return until if until > self.keeper.now + SET_UP_MS else None

    async def set_up_code(self) -> str:
        """A new code for an administrator; the one before is void."""
        until = self.keeper.now + SET_UP_MS
        await self.keeper.carry_out(d.MakeSetUpCode(until), CLOCK)
        return await self.proofs.new_code(CODE_FOR_SET_UP, until, SET_UP_LENGTH)

    def _invitation(self, branch: str, code: str) -> int | None:
        for one in self.keeper.house.invitations.values():
            waits = self.proofs.code_waits(code_for_invitation(one.id), code)
            if one.branch == branch and waits:
                return one.id
        return None

    # --- Signing in ----------------------------------------------------------------------------

    def resume(self, guest: Guest, token: str, times: BranchTimes) -> None:
        """Bring a sign-in back on a new connection."""
        held = self.signins.by_token(guest.station.id, token) if token else None
        if held is not None and not self.is_over(held, times):
            guest.signed_in = held

    async def sign_in(self, command: p.SignIn, guest: Guest, times: BranchTimes) -> p.SignedIn:
        """Raises Refused."""
        station = guest.station
        staff, role = await self.proofs.sign_in(
            command.staff, command.secret, command.otp, station, guest.actor
        )
        async with self._lock:
            return await self._admit(command, guest, staff, role, times)

    async def _admit(
        self,
        command: p.SignIn,
        guest: Guest,
        staff: Staff,
        role: p.StaffRole,
        times: BranchTimes,
    ) -> p.SignedIn:
        station = guest.station
        here = self.signins.at(station.id)
        other = here if here is not None and here.staff != staff.id else None
        if other is not None and not command.hand_over:
            raise Refused(r.SomebodySignedIn(other.staff))
        before = self.signins.of(staff.id)
        elsewhere = before if before is not None and before.station != station.id else None
        token = self._clock.token()
        # The business day ends what belongs to a branch, not what looks after the house.
        day_ends = None if role in OF_THE_HOUSE else times.day_ends
        admit = d.Admit(
            staff=staff.id,
            station=station.id,
            role=role,
            token_sha256=token_hash(token),
            day_ends=day_ends if day_ends and day_ends > times.now else None,
            elsewhere=elsewhere.station if elsewhere else "",
            instead_of=other.staff if other else "",
        )
        actor = Actor(role=role, station=station.id, staff=staff.id)

        def admitted() -> None:
            if elsewhere is not None:
                self._over(elsewhere, "elsewhere")
            if other is not None:
                self._over(other, "handed_over")
            kept = self.keeper.house.sign_ins[station.id]
            guest.signed_in = self.signins.begin(station.id, kept, self._clock.monotonic())

        await self.keeper.carry_out(admit, actor, station.branch, then=admitted)
        return self._signed_in(command.id, self._held(guest), token, times)

    async def unlock(self, command: p.Unlock, guest: Guest, times: BranchTimes) -> p.SignedIn:
        """Raises Refused."""
        held = self._held(guest)
        actor = guest.actor
        await self.proofs.again(held.staff, command.secret, guest.station.id, actor)
        token = self._clock.token()
        renewed = token_hash(token)
        unlock = d.UnlockSignIn(held.station, held.token_sha256, renewed)
        now = self._clock.monotonic()
        await self.keeper.carry_out(
            unlock, actor, then=lambda: self.signins.renew(held, renewed, now)
        )
        return self._signed_in(command.id, held, token, times)

    async def sign_out(self, guest: Guest) -> None:
        """Raises Refused."""
        await self.end(self._held(guest), "signed_out")

    async def end(self, held: SignInHeld, reason: p.SignInEnd) -> None:
        """End a sign-in and write it down."""
        if self._over(held, reason):
            actor = Actor(role=held.role, station=held.station, staff=held.staff)
            ended = d.EndSignIn(held.station, held.token_sha256, reason)
            await self.keeper.carry_out(ended, actor)

    def is_locked(self, guest: Guest) -> bool:
        """Whether nothing may be done here before `Unlock`; what is done keeps it open."""
        held = guest.signed_in
        return held is not None and not self.signins.touch(held, self._clock.monotonic())

    def is_away(self, guest: Guest) -> bool:
        """Whether whoever is signed in here has left the terminal alone."""
        held = guest.signed_in
        return held is not None and self.signins.look(held, self._clock.monotonic())

    def has_proved(self, guest: Guest) -> bool:
        """Whether whoever is signed in here has typed the secret a moment ago."""
        held = guest.signed_in
        return held is not None and is_proved(held, self._clock.monotonic())

    async def lock(self, held: SignInHeld) -> None:
        """Write down that a terminal was left alone."""
        actor = Actor(role=held.role, station=held.station, staff=held.staff)
        await self.keeper.carry_out(d.LockSignIn(held.station, held.token_sha256), actor)

    def was_left(self, held: SignInHeld) -> bool:
        """Whether it is locked by now, and nobody has written that down."""
        kept = self.keeper.house.sign_ins.get(held.station)
        locked = self.signins.look(held, self._clock.monotonic())
        return locked and kept is not None and not kept.locked

    def is_over(self, held: SignInHeld, times: BranchTimes) -> bool:
        """Whether the time of a sign-in has run out."""
        return is_over(held, self._clock.monotonic(), times)

    def works_in_lobby(self, staff_id: str, branch: str) -> bool:
        """Whether that is somebody who may be on duty there."""
        staff = self.keeper.house.staff.get(staff_id)
        role = role_at(staff, "board", branch) if staff and not staff.disabled else None
        return role is not None and p.SignOnDuty in PERMISSIONS[role]

    def lost_right(self, held: SignInHeld) -> p.SignInEnd | None:
        """Why somebody who is signed in may not be any more."""
        house = self.keeper.house
        if house.stations[held.station].revoked:
            return "station_revoked"
        # A forgotten secret ends what it opened.
        still = holds(house, held.staff, held.station, held.role)
        return None if still else "rights_changed"

    async def choose_secret(self, command: p.SetOwnSecret, guest: Guest) -> p.HouseAccepted:
        """Against the old one, or a one-time code. Raises Refused."""
        authenticator = await self.proofs.choose(command, guest.station.id, guest.actor)
        seq = self.keeper.house.seq
        return p.HouseAccepted(id=command.id, seq=seq, otp_secret=authenticator)

    def _over(self, held: SignInHeld, reason: p.SignInEnd) -> bool:
        if not self.signins.end(held):
            return False
        self.ended(held, reason)
        return True

    def _held(self, guest: Guest) -> SignInHeld:
        if guest.signed_in is None:
            raise Refused(r.NobodySignedIn())
        return guest.signed_in

    def _signed_in(
        self, command_id: str, held: SignInHeld, token: str, times: BranchTimes
    ) -> p.SignedIn:
        left = LIFE_SECONDS - (self._clock.monotonic() - held.began)
        until = times.now + round(left * 1000)
        return p.SignedIn(
            id=command_id,
            token=token,
            staff=held.staff,
            role=held.role,
            until=min(until, held.day_ends or until),
            idle_ms=round(held.idle_seconds * 1000),
        )


def _paired(events: Sequence[HouseEvent], secret: str, otp_secret: str = "") -> p.Paired:
    made = events[-1]
    assert isinstance(made, StationPaired), "a pairing ends with its station"
    return p.Paired(
        station=made.station,
        kind=made.kind,
        branch=made.branch,
        secret=secret,
        counter=made.counter,
        name=made.name,
        otp_secret=otp_secret,
    )


def _hash(secret: str) -> str:
    return sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
