"""The state of the house: stations, invitations, accounts, and who has tried in vain.

Plain mutable structs: `apply` is the only code that changes them. They hold ids and times; never
a name of a person, a password, a PIN or a code.
"""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from shared.protocol import CounterId, Role, RoleAt, StaffRole, StationKind

EVERYWHERE: Final = "*"
"""The branch of a role that holds in every branch."""

OF_THE_HOUSE: Final[frozenset[StaffRole]] = frozenset({"administrator", "auditor"})
"""Roles that are given for every branch or not at all: what they see is the whole house."""

ROLES_AT: Final[dict[StationKind, tuple[StaffRole, ...]]] = {
    "counter": ("teller",),
    "board": (
        "branch_head",
        "operations_supervisor",
        "lobby_manager",
        "lobby_assistant",
        "auditor",
    ),
    "desk": ("administrator", "auditor"),
}
"""Where people sign in, and as what: the first role in the list that a person has. The other
kinds of station act for themselves."""


class Station(Struct):
    """A terminal that was paired. A revoked one is kept: its id is never given again."""

    id: str
    kind: StationKind
    branch: str
    secret_sha256: str
    since: int
    counter: CounterId | None = None
    name: str = ""
    revoked: bool = False

    @property
    def role(self) -> Role:
        """What it is by itself, with nobody signed in."""
        return self.kind


class Invitation(Struct, frozen=True):
    """A terminal that may become a station, with a code, until then (ms)."""

    id: int
    kind: StationKind
    branch: str
    until: int
    counter: CounterId | None = None
    name: str = ""


class Staff(Struct):
    """An account. `ready`: the person has chosen a secret."""

    id: str
    roles: tuple[RoleAt, ...]
    disabled: bool = False
    ready: bool = False


class Throttle(Struct):
    """Wrong tries of one account at one station, since a moment (ms).

    `blocked_until` counts down by itself; `locked` takes somebody to unlock it.
    """

    wrong: int
    since: int
    blocked_until: int = 0
    locked: bool = False


class SignInKept(Struct, frozen=True):
    """Who is signed in at a station, since when and at most until which end of the branch's day
    (ms). Kept, so that a restart of the server sends nobody back to the keyboard."""

    staff: str
    role: StaffRole
    token_sha256: str
    since: int
    day_ends: int | None = None
    locked: bool = False


class Restore(Struct, frozen=True):
    """A backup took the journal's place at that moment (ms); the last ids that it knew, by branch.
    The next ones were given anew: to others than those who may hold them."""

    at: int
    visits: dict[str, int]
    appointments: dict[str, int]


class Done(Struct, frozen=True):
    """What an administrator's command did: enough to answer it again. `key` is that of the command
    (see `server/answers.py`)."""

    key: str
    invitation: int = 0
    staff: str = ""


class Guesses(Struct):
    """Wrong codes in one branch."""

    wrong: int = 0
    paused_until: int = 0


class House(Struct):
    """Everything a decision may look at. `seq` counts the events that made it.

    `throttles` are by account and station: see `throttle_key`. `wrong_in_all` counts wrong tries
    of an account at all stations since it last signed in; `sign_ins` are by station. `done` are
    the administrator's last commands, by their ids; `restores` come in the order of their times.
    """

    seq: int = 0
    at: int = 0
    stations: dict[str, Station] = {}
    invitations: dict[int, Invitation] = {}
    last_invitation: int = 0
    guesses: dict[str, Guesses] = {}
    staff: dict[str, Staff] = {}
    throttles: dict[str, Throttle] = {}
    wrong_in_all: dict[str, int] = {}
    sign_ins: dict[str, SignInKept] = {}
    done: dict[str, Done] = {}
    restores: list[Restore] = []


def holds(house: House, staff_id: str, station_id: str, role: Role) -> bool:
    """Whether a person who signed in at a station with a role may still be there with it."""
    station, staff = house.stations.get(station_id), house.staff.get(staff_id)
    if station is None or staff is None or station.revoked or staff.disabled or not staff.ready:
        return False
    return role_at(staff, station.kind, station.branch) == role


def throttle_key(account: str, station: str) -> str:
    """Where the wrong tries of an account at a station are counted."""
    return f"{account} {station}"


def role_at(staff: Staff, kind: StationKind, branch: str) -> StaffRole | None:
    """What a person is at a station of that kind in that branch; None where nothing."""
    held = {one.role for one in staff.roles if one.branch in (branch, EVERYWHERE)}
    return next((role for role in ROLES_AT.get(kind, ()) if role in held), None)


def is_administrator(staff: Staff) -> bool:
    """Whether a person may look after the house now."""
    return not staff.disabled and any(one.role == "administrator" for one in staff.roles)


def only_teller(staff: Staff) -> bool:
    """Whether a person works at counters and nowhere else: a PIN will do."""
    return bool(staff.roles) and all(one.role == "teller" for one in staff.roles)
