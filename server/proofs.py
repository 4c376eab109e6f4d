"""Who somebody is, proved: password or PIN, second factor, one-time code. Counts wrong tries.

The same answer after the same work for an id that nobody has, a wrong secret, a disabled account
and a station where the person has nothing to do.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from server.clock import Clock
from server.credentials import Credentials, KeptCode, KeptSecret, code_for_staff
from server.domain.refusals import Refused
from server.domain.state import Actor
from server.hashing import Hashing, as_typed, code_of, otp_secret_of, otp_step
from server.house.decide import ChooseSecret, RefuseSignIn, refuse_throttled
from server.house.events import SecretKind
from server.house.refusals import (
    AuthenticatorNeeded,
    SecretTooCommon,
    SecretTooShort,
    SignInWrong,
)
from server.house.state import Staff, Station, only_teller, role_at
from server.housekeeper import HouseKeeper
from shared.common_secrets import PIN_DIGITS_MIN, is_common, is_pin
from shared.protocol import SetOwnSecret, StaffRole

PASSWORD_CHARACTERS_MIN: Final = 8

STAFF_CODE_MS: Final = 24 * 3_600_000
"""A one-time code waits until the person comes to work."""


class Proofs:
    """Secrets of people: tried, chosen, forgotten."""

    def __init__(
        self,
        keeper: HouseKeeper,
        credentials: Credentials,
        hashing: Hashing,
        clock: Clock,
        require_totp: Collection[StaffRole] = (),
    ) -> None:
        self.hashing = hashing
        self._keeper = keeper
        self._credentials = credentials
        self._clock = clock
        self.require_totp = frozenset(require_totp)

    async def sign_in(
        self, staff_id: str, secret: str, otp: str, station: Station, actor: Actor
    ) -> tuple[Staff, StaffRole]:
        """The person and the role at this station; raises Refused, and counts it."""
        account = self._account(staff_id)
        refuse_throttled(self._keeper.house, account, station.id, self._keeper.now)
        staff = self._keeper.house.staff.get(staff_id)
        kept = self._credentials.kept.secrets.get(staff_id)
        good = await self.hashing.fits(secret, kept.hash if kept else "")
        # Looked at again after the hash: the tries that were waiting beside it are counted now.
        refuse_throttled(self._keeper.house, account, station.id, self._keeper.now)
        role = role_at(staff, station.kind, station.branch) if staff else None
        if not (good and kept and staff and role) or staff.disabled:
            raise await self._wrong(account, station.id, actor)
        if kept.kind == "pin" and station.kind != "counter":
            raise await self._wrong(account, station.id, actor)
        if not await self._second_factor(staff, role, otp):
            raise await self._wrong(account, station.id, actor)
        await self._rehash(staff_id, secret, kept)
        return staff, role

    async def again(self, staff_id: str, secret: str, station: str, actor: Actor) -> None:
        """Whoever is signed in proves it once more, at the same station; raises Refused."""
        refuse_throttled(self._keeper.house, staff_id, station, self._keeper.now)
        kept = self._credentials.kept.secrets.get(staff_id)
        good = await self.hashing.fits(secret, kept.hash if kept else "")
        refuse_throttled(self._keeper.house, staff_id, station, self._keeper.now)
        if not good:
            raise await self._wrong(staff_id, station, actor)

    async def choose(self, command: SetOwnSecret, station: str, actor: Actor) -> str:
        """Keep the new secret, against the old one or a code; the secret of a new
        authenticator, if one is needed, else ""."""
        account = self._account(command.staff)
        refuse_throttled(self._keeper.house, account, station, self._keeper.now)
        staff = self._keeper.house.staff.get(command.staff)
        by_code = self._code_fits(command.staff, command.old)
        kept = self._credentials.kept.secrets.get(command.staff)
        good = await self.hashing.fits(command.old, kept.hash if kept else "")
        if staff is None or staff.disabled or not (by_code or good):
            raise await self._wrong(account, station, actor)
        kind = check_choice(command.new, only_teller(staff), command.staff)
        return await self.keep(staff, command.new, kind, actor)

    def has_secret(self, staff: str) -> bool:
        """Whether there is a secret this person could sign in with."""
        return staff in self._credentials.kept.secrets

    async def keep(self, staff: Staff, secret: str, kind: SecretKind, actor: Actor) -> str:
        """Keep a secret that has been looked at; an authenticator's, as above."""
        hashed = await self.hashing.hash(secret)
        # First the file: were the event first, a crash between them would tell of a secret
        # that does not work.
        self._credentials.kept.secrets[staff.id] = KeptSecret(kind, hashed)
        self._credentials.kept.codes.pop(code_for_staff(staff.id), None)
        authenticator = self._new_authenticator(staff)
        await self._credentials.save()
        await self._keeper.carry_out(ChooseSecret(staff.id, kind), actor)
        return authenticator

    def begin_anew(self) -> None:
        """Give up what was kept and cannot be used."""
        self._credentials.begin_anew()

    async def new_code(self, key: str, until: int, length: int) -> str:
        """Make a one-time code for something, in place of an older one."""
        code = code_of(self._clock.token(), length)
        self._credentials.drop_old_codes(self._keeper.now)
        kept = KeptCode(self.hashing.quick(as_typed(code)), until)
        self._credentials.kept.codes[key] = kept
        await self._credentials.save()
        return code

    async def forget(self, staff: str) -> None:
        """Delete what is kept of a person's secrets."""
        kept = self._credentials.kept
        kept.secrets.pop(staff, None)
        kept.authenticators.pop(staff, None)
        kept.otp_used.pop(staff, None)
        await self._credentials.save()

    def code_waits(self, key: str, code: str) -> bool:
        """Whether this is the code made for it, and still good."""
        kept = self._credentials.kept.codes.get(key)
        if kept is None or kept.until <= self._keeper.now:
            return False
        return self.hashing.quick_fits(code, kept.hash)

    def code_until(self, key: str) -> int:
        """Until when the code made for it is good; 0 where there is none."""
        kept = self._credentials.kept.codes.get(key)
        return kept.until if kept else 0

    async def use_up(self, key: str) -> None:
        """The code has been used."""
        self._credentials.kept.codes.pop(key, None)
        await self._credentials.save()

    def _account(self, staff_id: str) -> str:
        if staff_id in self._keeper.house.staff:
            return staff_id
        return f"?{self.hashing.quick(staff_id)[:16]}"

    def _code_fits(self, staff: str, code: str) -> bool:
        return self.code_waits(code_for_staff(staff), code)

    async def _second_factor(self, staff: Staff, role: StaffRole, otp: str) -> bool:
        kept = self._credentials.kept
        secret = kept.authenticators.get(staff.id)
        if secret is None and role in self.require_totp:
            # Asked for since the secret was chosen. Choosing it again hands one out.
            raise Refused(AuthenticatorNeeded())
        if secret is None:
            return True
        step = otp_step(secret, otp, self._clock.wall_ms(), kept.otp_used.get(staff.id, -1))
        if step is None:
            return False
        # Durable before anybody is let in: what was used before a restart is used up after it.
        kept.otp_used[staff.id] = step
        await self._credentials.save()
        return True

    def _new_authenticator(self, staff: Staff) -> str:
        needed = any(one.role in self.require_totp for one in staff.roles)
        if not needed or staff.id in self._credentials.kept.authenticators:
            return ""
        secret = otp_secret_of(self._clock.token())
        self._credentials.kept.authenticators[staff.id] = secret
        return secret

    async def _rehash(self, staff: str, secret: str, kept: KeptSecret) -> None:
        if self.hashing.is_outdated(kept.hash):
            again = KeptSecret(kept.kind, await self.hashing.hash(secret))
            self._credentials.kept.secrets[staff] = again
            await self._credentials.save()

    async def _wrong(self, account: str, station: str, actor: Actor) -> Refused:
        await self._keeper.carry_out(RefuseSignIn(account, station), actor)
        return Refused(SignInWrong())


def check_choice(secret: str, teller: bool, staff: str) -> SecretKind:
    """What kind of secret it is; raises Refused when it would be found by trying."""
    pin = teller and is_pin(secret)
    least = PIN_DIGITS_MIN if pin else PASSWORD_CHARACTERS_MIN
    if len(secret) < least:
        raise Refused(SecretTooShort(least))
    if is_common(secret) or secret.lower() == staff.lower():
        raise Refused(SecretTooCommon())
    return "pin" if pin else "password"
