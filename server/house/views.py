"""What the administrator and the auditor see of the house."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from server.house.decide import TRIES_IN_ALL
from server.house.state import House, Staff
from shared.protocol import (
    HouseView,
    InvitationShown,
    LockShown,
    StaffShown,
    StationShown,
)


def build(
    house: House, at: int, signed_in: Mapping[str, str], without_secret: Collection[str] = ()
) -> HouseView:
    """The whole house at that instant; `signed_in` are the people by their stations,
    `without_secret` those whose secret was lost."""
    return HouseView(
        seq=house.seq,
        at=at,
        staff=tuple(
            _staff(house, one, at, one.ready and one.id not in without_secret)
            for one in house.staff.values()
        ),
        stations=tuple(
            StationShown(
                id=one.id,
                kind=one.kind,
                branch=one.branch,
                name=one.name,
                counter=one.counter,
                since=one.since,
                staff=signed_in.get(one.id),
            )
            for one in house.stations.values()
            if not one.revoked
        ),
        invitations=tuple(
            InvitationShown(
                id=one.id,
                kind=one.kind,
                branch=one.branch,
                name=one.name,
                counter=one.counter,
                until=one.until,
            )
            for one in house.invitations.values()
            if one.until > at
        ),
    )


def _staff(house: House, staff: Staff, at: int, ready: bool) -> StaffShown:
    return StaffShown(
        id=staff.id,
        roles=staff.roles,
        disabled=staff.disabled,
        ready=ready,
        locks=tuple(_locks(house, staff.id, at)),
    )


def _locks(house: House, staff: str, at: int) -> Iterator[LockShown]:
    if house.wrong_in_all.get(staff, 0) >= TRIES_IN_ALL:
        yield LockShown()
    for key, tries in house.throttles.items():
        account, station = key.split(" ")
        if account == staff and (tries.locked or tries.blocked_until > at):
            until = None if tries.locked else tries.blocked_until
            yield LockShown(station=station, until=until)
