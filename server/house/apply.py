"""What an event does to the house. The only code that changes it; it decides nothing."""

from __future__ import annotations

from typing import Final, assert_never

from msgspec.structs import replace

from server.house import events as e
from server.house.state import (
    Done,
    Guesses,
    House,
    Invitation,
    Restore,
    SignInKept,
    Staff,
    Station,
    Throttle,
    throttle_key,
)

DAY_MS = 24 * 3_600_000

OF_AN_ACCOUNT = e.StaffAdded | e.SecretForgotten
"""Events whose command is answered with a one-time code for a person."""


DONE_MAX: Final = 1_000
"""The administrator's commands that can be repeated: a day of them, and a busy one."""

RESTORES_MAX: Final = 100
"""More than any house lives to see; of what was made between the first ones links would change."""


def apply(house: House, event: e.HouseEvent, at: int, key: str = "") -> None:
    """Change the state by one event, which happened at that instant (ms) by the command of that
    key; "" where nobody will repeat it."""
    house.seq += 1
    house.at = at
    if key:
        _remember(house, event, key)
    match event:
        case e.StationInvited():
            _invited(house, event, at)
        case e.InvitationCancelled():
            del house.invitations[event.invitation]
        case e.StationPaired():
            _paired(house, event, at)
        case e.CodeRefused():
            _code_refused(house, event)
        case e.StationRenamed():
            house.stations[event.station].name = event.name
        case e.StationRevoked():
            house.stations[event.station].revoked = True
        case e.StaffAdded():
            house.staff[event.staff] = Staff(id=event.staff, roles=event.roles)
        case e.RolesChanged():
            house.staff[event.staff].roles = event.roles
        case e.StaffDisabled() | e.StaffEnabled():
            house.staff[event.staff].disabled = isinstance(event, e.StaffDisabled)
        case e.SecretForgotten() | e.SecretChosen():
            house.staff[event.staff].ready = isinstance(event, e.SecretChosen)
        case e.SecretsLost():
            for staff in event.staff:
                house.staff[staff].ready = False
        case e.StaffUnlocked():
            _forget_tries(house, event.staff)
        case e.StaffSignedIn():
            _signed_in(house, event, at)
        case e.SignInLocked() | e.SignInUnlocked():
            _locked(house, event)
        case e.StaffSignedOut():
            kept = house.sign_ins.get(event.station)
            if kept is not None and kept.staff == event.staff:
                del house.sign_ins[event.station]
        case e.SignInRefused():
            _sign_in_refused(house, event, at)
        case e.CounterHandedOver():
            pass  # the signing out before it and the signing in after it say the same
        case e.SetUpCodeMade() | e.ConfigurationReloaded() | e.DataExported():
            pass  # for those who read the record
        case e.PersonLookedUp() | e.PersonErased() | e.PersonalDataPurged():
            pass  # for those who read the record
        case e.JournalRestored():
            # Whoever signed out, or lost the right, after the backup must not be in again.
            house.sign_ins = {}
            if event.visits is not None and event.appointments is not None:
                restore = Restore(at, event.visits, event.appointments)
                house.restores = [*house.restores[1 - RESTORES_MAX :], restore]
        case _:
            assert_never(event)


def _remember(house: House, event: e.HouseEvent, key: str) -> None:
    house.done[key.partition(".")[0]] = Done(
        key=key,
        invitation=getattr(event, "invitation", 0),
        staff=getattr(event, "staff", "") if isinstance(event, OF_AN_ACCOUNT) else "",
    )
    if len(house.done) > DONE_MAX:
        del house.done[next(iter(house.done))]


def _invited(house: House, event: e.StationInvited, at: int) -> None:
    house.invitations = {i.id: i for i in house.invitations.values() if i.until > at}
    house.last_invitation = event.invitation
    house.invitations[event.invitation] = Invitation(
        id=event.invitation,
        kind=event.kind,
        branch=event.branch,
        until=event.until,
        counter=event.counter,
        name=event.name,
    )


def _paired(house: House, event: e.StationPaired, at: int) -> None:
    house.invitations.pop(event.invitation, None)
    house.guesses.pop(event.branch, None)
    house.stations[event.station] = Station(
        id=event.station,
        kind=event.kind,
        branch=event.branch,
        secret_sha256=event.secret_sha256,
        since=at,
        counter=event.counter,
        name=event.name,
    )


def _code_refused(house: House, event: e.CodeRefused) -> None:
    guesses = house.guesses.setdefault(event.branch, Guesses())
    guesses.wrong += 1
    if event.paused_until:
        house.guesses[event.branch] = Guesses(paused_until=event.paused_until)
        pending = house.invitations.values()
        house.invitations = {i.id: i for i in pending if i.branch != event.branch}


def _forget_tries(house: House, staff: str) -> None:
    house.wrong_in_all.pop(staff, None)
    for key in [key for key in house.throttles if key.split(" ")[0] == staff]:
        del house.throttles[key]


def _signed_in(house: House, event: e.StaffSignedIn, at: int) -> None:
    house.throttles.pop(throttle_key(event.staff, event.station), None)
    house.wrong_in_all.pop(event.staff, None)
    house.sign_ins[event.station] = SignInKept(
        staff=event.staff,
        role=event.role,
        token_sha256=event.token_sha256,
        since=at,
        day_ends=event.day_ends,
    )


def _locked(house: House, event: e.SignInLocked | e.SignInUnlocked) -> None:
    kept = house.sign_ins[event.station]
    if isinstance(event, e.SignInLocked):
        house.sign_ins[event.station] = replace(kept, locked=True)
    else:
        token = event.token_sha256
        house.sign_ins[event.station] = replace(kept, locked=False, token_sha256=token)


def _sign_in_refused(house: House, event: e.SignInRefused, at: int) -> None:
    key = throttle_key(event.account, event.station)
    found = house.throttles.get(key)
    if found is None or at - found.since >= DAY_MS:
        # Names that nobody has are counted too: what has faded goes before the new one comes.
        for old in [k for k, t in house.throttles.items() if at - t.since >= DAY_MS]:
            if not house.throttles[old].locked:
                del house.throttles[old]
        found = house.throttles[key] = Throttle(wrong=0, since=at)
    found.wrong += 1
    found.blocked_until = event.blocked_until
    found.locked = event.locked
    if event.account in house.staff:
        house.wrong_in_all[event.account] = house.wrong_in_all.get(event.account, 0) + 1
