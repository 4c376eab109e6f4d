"""Who is signed in now, where, and when they last did something.

A token is known by its hash. A person has one sign-in, and so has a station. Times are real also
in a rehearsal; only the end of the business day is the branch's. What must outlive the process is
in the state of the house: a restart of the server sends nobody back to the keyboard.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Final

from msgspec import Struct

from server.house.state import House, SignInKept
from shared.protocol import StaffRole

LIFE_SECONDS: Final = 8 * 3600
IDLE_MINUTES: Final = 15
IDLE_MINUTES_STEERING: Final = 5

AFTER_CLOSING_SECONDS: Final = 30 * 60
"""For balancing and signing out, when the business day was closed before its time."""

PROOF_SECONDS: Final = 120
"""How long a secret that was typed speaks for whoever is at the terminal: enough to make the few
accounts one came for, too short for a terminal that was left or taken."""

STEERING: Final[frozenset[StaffRole]] = frozenset(
    {"lobby_manager", "operations_supervisor", "branch_head", "auditor", "administrator"}
)
"""Roles whose terminal, left alone, could do or tell more: it is locked sooner."""


class SignInHeld(Struct):
    """One sign-in. Seconds are of the clock that nobody sets; `day_ends` is the branch's (ms).
    `proved`: when the person last typed the secret; None when this process did not see it.
    `after_closing`: when its business day was first seen to be closed early."""

    staff: str
    station: str
    role: StaffRole
    token_sha256: str
    began: float
    active: float
    idle_seconds: float
    proved: float | None = None
    after_closing: float | None = None
    day_ends: int | None = None
    locked: bool = False


class BranchTimes(Struct, frozen=True):
    """The branch's time, and when its business day ends, if one is open (ms)."""

    now: int
    day_ends: int | None


class SignIns:
    """The sign-ins, by station."""

    def __init__(self, idle_minutes: Mapping[StaffRole, float] | None = None) -> None:
        self._idle_minutes = dict(idle_minutes or {})
        self._by_station: dict[str, SignInHeld] = {}

    def lock_after(self, idle_minutes: Mapping[StaffRole, float]) -> None:
        """Lock terminals left alone after so many minutes, by role; those in use now too."""
        self._idle_minutes = dict(idle_minutes)
        for held in self:
            held.idle_seconds = self._idle_seconds(held.role)

    def restore(self, house: House, at: int, now: float) -> None:
        """Take up what was kept, at that instant of the house's time (ms). When somebody last did
        something is not kept: the time until the lock begins anew."""
        for station, kept in house.sign_ins.items():
            began = now - max(0, at - kept.since) / 1000
            held = self.begin(station, kept, now)
            held.began, held.locked, held.proved = began, kept.locked, None

    def begin(self, station: str, kept: SignInKept, now: float) -> SignInHeld:
        """Sign somebody in, in place of whoever was there."""
        self._by_station[station] = held = SignInHeld(
            staff=kept.staff,
            station=station,
            role=kept.role,
            token_sha256=kept.token_sha256,
            began=now,
            active=now,
            idle_seconds=self._idle_seconds(kept.role),
            proved=now,
            day_ends=kept.day_ends,
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
        return held if hmac.compare_digest(token_hash(token), expected) and held else None

    def renew(self, held: SignInHeld, token_sha256: str, now: float) -> None:
        """Go on with a new token, unlocked."""
        held.token_sha256, held.locked = token_sha256, False
        held.active = held.proved = now

    def touch(self, held: SignInHeld, now: float) -> bool:
        """Somebody does something there; False when it is, or now becomes, locked."""
        if not self.look(held, now):
            held.active = now
        return not held.locked

    def look(self, held: SignInHeld, now: float) -> bool:
        """Whether it is, or now becomes, locked."""
        if now - held.active >= held.idle_seconds:
            held.locked = True
        return held.locked

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
        return 60 * self._idle_minutes.get(role, usual)


def is_over(held: SignInHeld, now: float, times: BranchTimes) -> bool:
    """Whether its time has run out: after eight hours, with its business day, or, where that was
    closed early, when there was time to balance and sign out."""
    if now - held.began >= LIFE_SECONDS:
        return True
    if held.day_ends is None:
        return False
    if times.day_ends == held.day_ends:
        held.after_closing = None
    elif held.after_closing is None:
        held.after_closing = now
    closed = held.after_closing is not None and now - held.after_closing >= AFTER_CLOSING_SECONDS
    return closed or times.now >= held.day_ends


def is_proved(held: SignInHeld, now: float) -> bool:
    """Whether the person has typed the secret a moment ago."""
    return held.proved is not None and now - held.proved < PROOF_SECONDS


def token_hash(token: str) -> str:
    """How a token is known."""
    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
