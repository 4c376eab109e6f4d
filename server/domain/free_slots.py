"""Which times are free: what `slots` has room for, less the appointments that are there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from server.domain import hours
from server.domain.configuration import BranchConfig, ServiceConfig
from server.domain.find import service_of
from server.domain.refusals import NotBookable, Refused, SlotNotOffered, SlotTaken
from server.domain.slots import Slot, slots
from server.domain.state import Appointment, Branch, Shows
from shared.protocol import FindSlots, HoldSlot, Language, SlotShown

MINUTE_MS = 60_000
NEAREST = 3
"""So many free times are named instead of one that is taken."""

FAR_MS = 366 * 24 * 60 * MINUTE_MS
"""Nothing is booked for a time as far from now as that, and calendars end somewhere."""

TAKES_ROOM = frozenset({"held", "booked", "arrived"})


def bookable(branch: Branch, service_id: str) -> ServiceConfig:
    """The configuration of a service that can be booked."""
    service = service_of(branch, service_id)
    if service.booking is None:
        raise Refused(NotBookable(service.id))
    return service


def find(branch: Branch, query: FindSlots, now: int) -> tuple[SlotShown, ...]:
    """The free times that were asked for."""
    service = bookable(branch, query.service)
    today = date.fromisoformat(hours.local_date(branch.config, now))
    offered = range(branch.config.appointments.horizon_days + 1)
    ahead = ((today + timedelta(days=n)).isoformat() for n in offered)
    # Compared as text: what comes from outside need be no date that there is.
    days = [day for day in ahead if day >= (query.first_day or "")][: query.days]
    wanted = (query.low_counter, query.speaks)
    return tuple(
        SlotShown(at=at, room=room)
        for day in days
        for at, room in _free(branch, service, day, *wanted, now)
    )


def _free(
    branch: Branch,
    service: ServiceConfig,
    day: str,
    low: bool,
    speaks: Language | None,
    now: int,
    but: frozenset[int] = frozenset(),
) -> Iterator[tuple[int, int]]:
    """The times of a day that can be booked now, and how many fit; as if those in `but` were
    not there."""
    if not _within_horizon(branch.config, day, now):
        return
    earliest = now + _lead_minutes(branch.config, service) * MINUTE_MS
    there: dict[int, list[Appointment]] = {}
    for one in branch.appointments.values():
        if one.service == service.id and one.state in TAKES_ROOM and one.id not in but:
            there.setdefault(one.slot, []).append(one)
    for slot in slots(branch.config, service, day):
        if slot.at < earliest:
            continue
        room = _room(branch, service, slot, low, speaks, there.get(slot.at, ()))
        if room > 0:
            yield slot.at, room


def _room(
    branch: Branch,
    service: ServiceConfig,
    slot: Slot,
    low: bool,
    speaks: Language | None,
    there: Sequence[Appointment],
) -> int:
    extra = _overbooked(branch, service, slot.room)
    rooms = [slot.room + extra - len(there)]
    if low:
        rooms.append(slot.room_low - sum("low_counter" in one.needs for one in there))
    if speaks is not None:
        rooms.append(slot.room_in[speaks] - sum(one.speaks == speaks for one in there))
    return min(rooms)


def _overbooked(branch: Branch, service: ServiceConfig, room: int) -> int:
    """One more than fits, where it is unlikely that all of them come (SCIENCE B.6): what was seen
    of the service so far, with what was believed before, by the beta-binomial rule."""
    rules = branch.config.appointments
    if not rules.overbooking or room == 0:
        return 0
    shows = branch.shows.get(service.id, Shows())
    asked, came = rules.show_prior
    due, came = shows.due + asked, shows.came + came
    all_come = 1.0
    for n in range(room + 1):
        all_come *= (came + n) / (due + n)
    return int(all_come <= rules.overbooking_risk)


def _lead_minutes(config: BranchConfig, service: ServiceConfig) -> int:
    own = service.booking.lead_minutes if service.booking else None
    return config.appointments.lead_minutes if own is None else own


def _within_horizon(config: BranchConfig, day: str, now: int) -> bool:
    today = date.fromisoformat(hours.local_date(config, now))
    ahead = date.fromisoformat(day) - today
    return 0 <= ahead.days <= config.appointments.horizon_days


def _nearest(
    branch: Branch, service: ServiceConfig, wanted: HoldSlot | Appointment, at: int, now: int
) -> tuple[int, ...]:
    """The free times nearest to one that is not, by their distance: of that day and the days
    around it, as far as it takes."""
    day = date.fromisoformat(hours.local_date(branch.config, at))
    low = "low_counter" in wanted.needs
    found: list[int] = []
    for ahead in range(branch.config.appointments.horizon_days + 1):
        for near in {day - timedelta(days=ahead), day + timedelta(days=ahead)}:
            free = _free(branch, service, near.isoformat(), low, wanted.speaks, now)
            found += [free_at for free_at, _ in free]
        if len(found) >= NEAREST:
            break
    nearest = sorted(found, key=lambda free_at: (abs(free_at - at), free_at))
    return tuple(sorted(nearest[:NEAREST]))


def refuse_unless_free(
    branch: Branch,
    service: ServiceConfig,
    wanted: HoldSlot | Appointment,
    at: int,
    now: int,
    but: frozenset[int],
) -> None:
    """Refuse with the nearest free times, where this one is not; as if those in `but` were not
    there."""
    if abs(at - now) > FAR_MS:
        raise Refused(SlotNotOffered(_nearest(branch, service, wanted, now, now)))
    day = hours.local_date(branch.config, at)
    low = "low_counter" in wanted.needs
    if at in dict(_free(branch, service, day, low, wanted.speaks, now, but)):
        return
    nearest = _nearest(branch, service, wanted, at, now)
    earliest = now + _lead_minutes(branch.config, service) * MINUTE_MS
    offered = {slot.at: slot.room for slot in slots(branch.config, service, day)}
    if offered.get(at) and at >= earliest and _within_horizon(branch.config, day, now):
        raise Refused(SlotTaken(nearest))
    raise Refused(SlotNotOffered(nearest))
