"""Who is signed in now, and where. In memory only: a restart of the server ends every sign-in.

A token is known by its hash. A person has one sign-in, and so has a station. Times are real also
in a rehearsal; only the end of the business day is the branch's.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Final

from msgspec import Struct

from shared.protocol import StaffRole

LIFE_SECONDS: Final = 8 * 3600
IDLE_MINUTES: Final = 15
IDLE_MINUTES_STEERING: Final = 5

STEERING: Final[frozenset[StaffRole]] = frozenset(
    {"lobby_manager", "operations_supervisor", "branch_head", "auditor", "administrator"}
)
"""Roles whose terminal, left alone, could do or tell more: it is locked sooner."""


class SignInHeld(Struct):
    """One sign-in. Seconds are of the clock that nobody sets; `day_ends` is the branch's (ms)."""

    staff: str
    station: str
    role: StaffRole
    token_sha256: str
    began: float
    active: float
    idle_seconds: float
    day_ends: int | None = None
    locked: bool = False


class SignIns:
    """The sign-ins, by station."""

    def __init__(self, idle: Mapping[str, float] | None = None) -> None:
        self._idle = idle or {}
        self._by_station: dict[str, SignInHeld] = {}

    def begin(
        self,
        staff: str,
        station: str,
        role: StaffRole,
        token: str,
        now: float,
        day_ends: int | None,
    ) -> SignInHeld:
        """Sign somebody in, in place of whoever was there."""
        self._by_station[station] = held = SignInHeld(
            staff=staff,
            station=station,
            role=role,
            token_sha256=_hash(token),
            began=now,
            active=now,
            idle_seconds=self._idle_seconds(role),
            day_ends=day_ends,
        )
        return held

    def at(self, station: str) -> SignInHeld | None:
        """Who is signed in at a station."""
        return self._by_station.get(station)

    def of(self, staff: str) -> SignInHeld | None:
        """Where a person is signed in."""
        return next((held for held in self if held.staff == staff), None)

    def by_token(self, station: str, token: str) -> SignInHeld | None:
        """The sign-in of that token, which is good at its own station only."""
        held = self._by_station.get(station)
        expected = held.token_sha256 if held else ""
        return held if hmac.compare_digest(_hash(token), expected) and held else None

    def renew(self, held: SignInHeld, token: str, now: float) -> None:
        """Go on with a new token, unlocked."""
        held.token_sha256, held.active, held.locked = _hash(token), now, False

    def touch(self, held: SignInHeld, now: float) -> bool:
        """Somebody does something there; False when it is, or now becomes, locked."""
        if now - held.active >= held.idle_seconds:
            held.locked = True
        if not held.locked:
            held.active = now
        return not held.locked

    def end(self, held: SignInHeld) -> bool:
        """Over; False when it was over before."""
        if self._by_station.get(held.station) is not held:
            return False
        del self._by_station[held.station]
        return True

    def __iter__(self) -> Iterator[SignInHeld]:
        return iter(list(self._by_station.values()))

    def _idle_seconds(self, role: StaffRole) -> float:
        usual = IDLE_MINUTES_STEERING if role in STEERING else IDLE_MINUTES
        return 60 * self._idle.get(role, usual)


def is_over(held: SignInHeld, now: float, branch_now: int) -> bool:
    """Whether its time has run out."""
    if now - held.began >= LIFE_SECONDS:
        return True
    return held.day_ends is not None and branch_now >= held.day_ends


def _hash(token: str) -> str:
    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
