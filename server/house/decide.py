"""Every decision about people and stations on one screen. Pure: looks, changes nothing.

Whether a secret is right is found out before, outside: that takes time and hashes, which are
not here. What has been found out comes in as one of the internal commands below.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, TypeAlias, assert_never

from msgspec import Struct

from server.domain.configuration import BranchConfig
from server.domain.refusals import Refused
from server.domain.state import Actor
from server.house import events as e
from server.house import refusals as r
from server.house.state import (
    EVERYWHERE,
    OF_THE_HOUSE,
    House,
    SignInKept,
    Staff,
    holds,
    is_administrator,
    throttle_key,
)
from shared import protocol as p

MINUTE_MS: Final = 60_000

INVITATION_MS: Final = 10 * MINUTE_MS
GUESSES_MAX: Final = 5
PAIRING_PAUSE_MS: Final = 5 * MINUTE_MS

FREE_TRIES: Final = 5
BLOCK_MS: Final = 30_000
BLOCK_MS_MAX: Final = 15 * MINUTE_MS
TRIES_A_DAY: Final = 20
TRIES_IN_ALL: Final = 100
"""Wrong tries at all stations since the last sign-in: the ceiling of NIST SP 800-63B. One station
alone reaches a fifth of it in a day, so that nobody is locked out everywhere from one place."""


class PairStation(Struct, frozen=True):
    """A terminal brought the code of this invitation."""

    invitation: int
    secret_sha256: str


class RefuseCode(Struct, frozen=True):
    """A terminal brought a code that nobody waits for."""

    branch: str


class SetUpHouse(Struct, frozen=True):
    """Somebody brought the server's set-up code. `lost`: whose secrets are gone."""

    staff: str
    branch: str
    secret_sha256: str
    lost: tuple[str, ...] = ()


class MakeSetUpCode(Struct, frozen=True):
    """Nobody can look after the house: the server is about to print a code."""

    until: int


class ChooseSecret(Struct, frozen=True):
    """A person has proved who it is and chosen a secret."""

    staff: str
    kind: e.SecretKind


class Admit(Struct, frozen=True):
    """A person has proved who it is. `instead_of` is who was signed in at this station."""

    staff: str
    station: str
    role: p.StaffRole
    token_sha256: str
    day_ends: int | None = None
    elsewhere: str = ""
    instead_of: str = ""


class LockSignIn(Struct, frozen=True):
    """Whoever has this token at this station has not done anything for too long."""

    station: str
    token_sha256: str


class UnlockSignIn(Struct, frozen=True):
    """Whoever had this token at this station has proved it once more, and has a new one."""

    station: str
    token_sha256: str
    renewed_sha256: str


class RefuseSignIn(Struct, frozen=True):
    """Somebody did not prove to be who it said."""

    account: str
    station: str


class EndSignIn(Struct, frozen=True):
    """Whoever has this token at this station is signed in no more."""

    station: str
    token_sha256: str
    reason: p.SignInEnd


class RecordLook(Struct, frozen=True):
    """Somebody is about to be shown all that is kept of a person."""

    branch: str
    values: int
    reason: str


class RecordErasure(Struct, frozen=True):
    """All that was kept of a person has been deleted."""

    branch: str
    values: int
    reason: str


class RecordPurge(Struct, frozen=True):
    """Values about people whose time was over have been deleted."""

    values: int


class RecordReload(Struct, frozen=True):
    """The configuration files have been put in force."""

    branches: tuple[str, ...]
    changes: tuple[e.ChangedKey, ...]
    more: int


class RecordExport(Struct, frozen=True):
    """Data is about to be handed out."""

    asked: p.AskExport
    branch: str
    rows: int


Found: TypeAlias = (
    PairStation
    | RefuseCode
    | SetUpHouse
    | MakeSetUpCode
    | ChooseSecret
    | Admit
    | LockSignIn
    | UnlockSignIn
    | RefuseSignIn
    | EndSignIn
    | RecordLook
    | RecordErasure
    | RecordPurge
    | RecordReload
    | RecordExport
)
AnyHouseCommand: TypeAlias = p.Administrative | Found


class Context(Struct, frozen=True):
    """When, by whom at a station of which branch, and which branches there are."""

    at: int
    actor: Actor
    branches: Mapping[str, BranchConfig]
    branch: str = ""


def decide(house: House, command: AnyHouseCommand, context: Context) -> list[e.HouseEvent]:
    """The events a command brings about; none where it asks for what already is. May raise
    `Refused`."""
    if isinstance(command, p.Administrative | RecordExport):
        _refuse_gone(house, context.actor)
    match command:
        case p.InviteStation():
            return _invite(house, command, context)
        case p.CancelInvitation():
            return _cancel(house, command, context)
        case p.RenameStation():
            _station(house, command.station)
            return [e.StationRenamed(station=command.station, name=command.name)]
        case p.RevokeStation():
            _station(house, command.station)
            return [e.StationRevoked(station=command.station)]
        case p.AddStaff():
            return _add_staff(house, command, context)
        case p.ChangeRoles():
            return _change_roles(house, command, context)
        case p.DisableStaff():
            return _disable(house, command)
        case p.EnableStaff():
            staff = _staff(house, command.staff)
            return [e.StaffEnabled(staff=staff.id)] if staff.disabled else []
        case p.ResetSecret():
            return [e.SecretForgotten(staff=_staff(house, command.staff).id)]
        case p.UnlockStaff():
            return _unlock(house, command, context)
        case PairStation():
            return _pair(house, command, context)
        case RefuseCode():
            return _refuse_code(house, command, context)
        case SetUpHouse():
            return _set_up(house, command)
        case MakeSetUpCode(until=until):
            return [e.SetUpCodeMade(until=until)]
        case ChooseSecret():
            return [e.SecretChosen(staff=command.staff, kind=command.kind)]
        case Admit():
            return _admit(command)
        case LockSignIn():
            return _lock(house, command)
        case UnlockSignIn():
            return _unlock_sign_in(house, command)
        case RefuseSignIn():
            return _refuse_sign_in(house, command, context)
        case EndSignIn():
            return _end_sign_in(house, command)
        case RecordLook(branch=branch, values=values, reason=why):
            return [e.PersonLookedUp(branch=branch, values=values, reason=why)]
        case RecordErasure(branch=branch, values=values, reason=why):
            return [e.PersonErased(branch=branch, values=values, reason=why)]
        case RecordPurge(values=values):
            return [e.PersonalDataPurged(values=values)]
        case RecordExport():
            return [_exported(command)]
        case RecordReload(branches=branches, changes=changes, more=more):
            return [e.ConfigurationReloaded(branches=branches, changes=changes, more=more)]
        case _:
            assert_never(command)


# --- Stations --------------------------------------------------------------------------------


def _invite(house: House, command: p.InviteStation, context: Context) -> list[e.HouseEvent]:
    branch = context.branches.get(command.branch)
    if branch is None:
        raise Refused(r.UnknownBranch(command.branch))
    has_counter = command.counter is not None and branch.counter(command.counter) is not None
    if has_counter != (command.kind in ("counter", "rating_panel")) or (
        command.counter is not None and not has_counter
    ):
        raise Refused(r.CounterNotThere(command.kind))
    return [
        e.StationInvited(
            invitation=house.last_invitation + 1,
            kind=command.kind,
            branch=command.branch,
            until=context.at + INVITATION_MS,
            counter=command.counter,
            name=command.name,
        )
    ]


def _cancel(house: House, command: p.CancelInvitation, context: Context) -> list[e.HouseEvent]:
    found = house.invitations.get(command.invitation)
    # One that was used must not be taken for cancelled: a terminal is in.
    if found is None or found.until <= context.at:
        raise Refused(r.UnknownInvitation(command.invitation))
    return [e.InvitationCancelled(invitation=command.invitation)]


def _pair(house: House, command: PairStation, context: Context) -> list[e.HouseEvent]:
    found = house.invitations.get(command.invitation)
    if found is None or found.until <= context.at:
        raise Refused(r.WrongCode())
    return [
        e.StationPaired(
            station=_free_id(house, found.branch, found.kind, found.counter),
            kind=found.kind,
            branch=found.branch,
            secret_sha256=command.secret_sha256,
            invitation=found.id,
            counter=found.counter,
            name=found.name,
        )
    ]


def _refuse_code(house: House, command: RefuseCode, context: Context) -> list[e.HouseEvent]:
    refuse_paused(house, command.branch, context.at)
    wrong = house.guesses[command.branch].wrong if command.branch in house.guesses else 0
    pause = context.at + PAIRING_PAUSE_MS if wrong + 1 >= GUESSES_MAX else 0
    return [e.CodeRefused(branch=command.branch, paused_until=pause)]


def refuse_paused(house: House, branch: str, at: int) -> None:
    """Raise Refused while no code of this branch is taken."""
    guesses = house.guesses.get(branch)
    if guesses is not None and guesses.paused_until > at:
        raise Refused(r.PairingPaused(_seconds(guesses.paused_until - at)))


def _free_id(house: House, branch: str, kind: p.StationKind, counter: int | None) -> str:
    """Never one that a revoked station had: the journal names its actors by it."""
    name = f"{branch}-{kind}" + (f"-{counter}" if counter is not None else "")
    if counter is not None and name not in house.stations:
        return name
    n = 1 if counter is None else 2
    while f"{name}-{n}" in house.stations:
        n += 1
    return f"{name}-{n}"


def _station(house: House, station_id: str) -> None:
    station = house.stations.get(station_id)
    if station is None or station.revoked:
        raise Refused(r.UnknownStation(station_id))


# --- Staff -----------------------------------------------------------------------------------


def _set_up(house: House, command: SetUpHouse) -> list[e.HouseEvent]:
    ready = (one for one in house.staff.values() if one.ready and one.id not in command.lost)
    if any(is_administrator(one) for one in ready):
        raise Refused(r.SetUpBefore())
    events: list[e.HouseEvent] = [e.SecretsLost(staff=command.lost)] if command.lost else []
    events += _made_administrator(house, command.staff)
    desk = e.StationPaired(
        station=_free_id(house, command.branch, "desk", None),
        kind="desk",
        branch=command.branch,
        secret_sha256=command.secret_sha256,
    )
    return [*events, desk]


def _made_administrator(house: House, staff_id: str) -> Iterator[e.HouseEvent]:
    """A new account, or one that there is, with whatever kept it from signing in put right."""
    role = p.RoleAt(branch=EVERYWHERE, role="administrator")
    staff = house.staff.get(staff_id)
    if staff is None:
        yield e.StaffAdded(staff=staff_id, roles=(role,))
        return
    if role not in staff.roles:
        yield e.RolesChanged(staff=staff_id, roles=(*staff.roles, role))
    if staff.disabled:
        yield e.StaffEnabled(staff=staff_id)
    if _has_tried(house, staff_id):
        yield e.StaffUnlocked(staff=staff_id)


def _add_staff(house: House, command: p.AddStaff, context: Context) -> list[e.HouseEvent]:
    if command.staff in house.staff:
        raise Refused(r.StaffExists(command.staff))
    _check_roles(command.roles, context)
    return [e.StaffAdded(staff=command.staff, roles=command.roles)]


def _change_roles(house: House, command: p.ChangeRoles, context: Context) -> list[e.HouseEvent]:
    staff = _staff(house, command.staff)
    _check_roles(command.roles, context)
    if staff.roles == command.roles:
        return []
    if not any(one.role == "administrator" for one in command.roles):
        _keep_an_administrator(house, staff)
    return [e.RolesChanged(staff=staff.id, roles=command.roles)]


def _disable(house: House, command: p.DisableStaff) -> list[e.HouseEvent]:
    staff = _staff(house, command.staff)
    if staff.disabled:
        return []
    _keep_an_administrator(house, staff)
    return [e.StaffDisabled(staff=staff.id)]


def _unlock(house: House, command: p.UnlockStaff, context: Context) -> list[e.HouseEvent]:
    staff = _staff(house, command.staff)
    if context.actor.role != "administrator":
        mine = (context.branch, EVERYWHERE)
        if not any(one.branch in mine for one in staff.roles) or is_administrator(staff):
            raise Refused(r.UnknownStaff(staff.id))
    return [e.StaffUnlocked(staff=staff.id)] if _has_tried(house, staff.id) else []


def _has_tried(house: House, staff: str) -> bool:
    tried = any(key.split(" ")[0] == staff for key in house.throttles)
    return tried or staff in house.wrong_in_all


def _refuse_gone(house: House, actor: Actor) -> None:
    """Whoever lost the right while the command was on its way has lost it."""
    if not holds(house, actor.staff, actor.station, actor.role):
        raise Refused(r.NobodySignedIn())


def _check_roles(roles: tuple[p.RoleAt, ...], context: Context) -> None:
    for one in roles:
        if (one.role in OF_THE_HOUSE) != (one.branch == EVERYWHERE):
            raise Refused(r.RoleOfTheHouse())
        if one.branch != EVERYWHERE and one.branch not in context.branches:
            raise Refused(r.UnknownBranch(one.branch))


def _keep_an_administrator(house: House, leaving: Staff) -> None:
    if not is_administrator(leaving):
        return
    others = (s for s in house.staff.values() if s.id != leaving.id and s.ready)
    if not any(is_administrator(other) for other in others):
        raise Refused(r.LastAdministrator(leaving.id))


def _staff(house: House, staff_id: str) -> Staff:
    staff = house.staff.get(staff_id)
    if staff is None:
        raise Refused(r.UnknownStaff(staff_id))
    return staff


# --- Exports ---------------------------------------------------------------------------------


def _exported(command: RecordExport) -> e.DataExported:
    asked = command.asked
    return e.DataExported(
        what=asked.what,
        form=asked.form,
        branch=command.branch,
        first_day=asked.first_day,
        last_day=asked.last_day,
        rows=command.rows,
        reason=asked.reason,
    )


# --- Signing in ------------------------------------------------------------------------------


def refuse_throttled(house: House, account: str, station: str, at: int) -> None:
    """Raise Refused while this account may not try at this station. The same for accounts that
    there are and those that there are not."""
    tries = house.throttles.get(throttle_key(account, station))
    if (tries is not None and tries.locked) or house.wrong_in_all.get(account, 0) >= TRIES_IN_ALL:
        raise Refused(r.SignInLocked())
    if tries is not None and tries.blocked_until > at:
        raise Refused(r.SignInBlocked(_seconds(tries.blocked_until - at)))


def _refuse_sign_in(house: House, command: RefuseSignIn, context: Context) -> list[e.HouseEvent]:
    tries = house.throttles.get(throttle_key(command.account, command.station))
    faded = tries is None or context.at - tries.since >= 24 * 60 * MINUTE_MS
    wrong = 1 if faded or tries is None else tries.wrong + 1
    block = 0
    if wrong >= FREE_TRIES:
        block = context.at + min(BLOCK_MS << min(wrong - FREE_TRIES, 20), BLOCK_MS_MAX)
    return [
        e.SignInRefused(
            account=command.account,
            station=command.station,
            blocked_until=block,
            locked=wrong >= TRIES_A_DAY,
        )
    ]


def _admit(command: Admit) -> list[e.HouseEvent]:
    events: list[e.HouseEvent] = []
    if command.elsewhere:
        events.append(
            e.StaffSignedOut(staff=command.staff, station=command.elsewhere, reason="elsewhere")
        )
    if command.instead_of:
        handed = command.instead_of
        events.append(e.StaffSignedOut(staff=handed, station=command.station, reason="handed_over"))
        events.append(e.CounterHandedOver(station=command.station, staff=handed, to=command.staff))
    admitted = e.StaffSignedIn(
        staff=command.staff,
        station=command.station,
        role=command.role,
        token_sha256=command.token_sha256,
        day_ends=command.day_ends,
    )
    return [*events, admitted]


def _sign_in_of(house: House, station: str, token_sha256: str) -> SignInKept | None:
    """What is meant, and not what has begun at that station meanwhile: last night's sign-in ends
    while somebody signs in, and a terminal is locked while somebody unlocks it."""
    kept = house.sign_ins.get(station)
    return kept if kept is not None and kept.token_sha256 == token_sha256 else None


def _lock(house: House, command: LockSignIn) -> list[e.HouseEvent]:
    kept = _sign_in_of(house, command.station, command.token_sha256)
    if kept is None or kept.locked:
        return []
    return [e.SignInLocked(staff=kept.staff, station=command.station)]


def _unlock_sign_in(house: House, command: UnlockSignIn) -> list[e.HouseEvent]:
    kept = _sign_in_of(house, command.station, command.token_sha256)
    if kept is None:
        raise Refused(r.NobodySignedIn())
    renewed = command.renewed_sha256
    return [e.SignInUnlocked(staff=kept.staff, station=command.station, token_sha256=renewed)]


def _end_sign_in(house: House, command: EndSignIn) -> list[e.HouseEvent]:
    kept = _sign_in_of(house, command.station, command.token_sha256)
    if kept is None:
        return []
    return [e.StaffSignedOut(staff=kept.staff, station=command.station, reason=command.reason)]


def _seconds(ms: int) -> int:
    return max(1, -(-ms // 1000))
