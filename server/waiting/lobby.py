"""A branch as a snapshot: the only place where a forecast meets the state.

Reads, changes nothing. What is not known is left out: nobody tells us when a teller who has gone
away comes back, nor who will sign in later.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from server.domain import hours
from server.domain.order import counter_config, preset_in_force
from server.domain.state import Branch, Counter, Day, Visit
from server.waiting import snapshot as plain
from server.waiting.arrivals import SLOT_MINUTES
from server.waiting.today import Today
from shared.protocol import Lane

MINUTE_MS = 60_000
DAY_MINUTES = 24 * 60


def snapshot_of(branch: Branch, now: int, today: Today | None = None) -> plain.Snapshot | None:
    """The lobby as it stands; None while no business day is open. `today` is what was seen of the
    branch so far, and costs less than to look at all of the day again."""
    day = branch.day
    if day is None:
        return None
    midnight = hours.instant(branch.config, day.date, "00:00")

    def minutes(at: int) -> float:
        return (at - midnight) / MINUTE_MS

    begins = minutes(min((h.tickets_from for h in day.hours.values()), default=day.opened_at))
    today = today or Today()
    today.look(branch, midnight, begins)
    return plain.Snapshot(
        branch=branch.id,
        day=day.date,
        weekday=weekday_of(branch, day),
        names=branch.config.waits.names_of(day.date),
        now=minutes(now),
        begins=begins,
        last_tickets={s: minutes(h.tickets_until) for s, h in day.hours.items()},
        came=today.came(max(1, int((minutes(now) - begins) / SLOT_MINUTES) + 1)),
        lasted=today.lasted(),
        tickets=tuple(_waiting(branch, visit, midnight) for visit in branch.waiting()),
        counters=tuple(_counter(branch, day, c, midnight, now) for c in branch.counters.values()),
        booked=tuple(_booked(branch, midnight)),
        preset=preset_in_force(branch),
        vip_ahead_one_in=branch.config.calling.vip_ahead_one_in,
        low_services=tuple(sorted(branch.config.services_at_low_counters)),
    )


def weekday_of(branch: Branch, day: Day) -> int:
    """The weekday whose hours hold today, from Monday, 0: a swapped working day is like its own."""
    like = hours.weekday_of(branch.config, day.date)
    if like is None:
        return date.fromisoformat(day.date).weekday()
    return hours.WEEKDAYS.index(like)


def lanes_of(visit: Visit) -> tuple[Lane, ...]:
    """The lanes that count beside the ordinary one."""
    return tuple(lane for lane in visit.lanes if lane != "ordinary")


def _waiting(branch: Branch, visit: Visit, midnight: int) -> plain.Waiting:
    def minutes(at: int | None) -> float | None:
        return None if at is None else (at - midnight) / MINUTE_MS

    hold, comes = visit.hold, _comes(branch, visit)
    until = max(filter(None, (hold.until if hold else None, comes)), default=None)
    return plain.Waiting(
        id=visit.id,
        service=visit.service,
        lanes=lanes_of(visit),
        since=(visit.waiting_since - midnight) / MINUTE_MS,
        taken=(visit.taken_at - midnight) / MINUTE_MS,
        low="low_counter" in visit.needs,
        only_counter=visit.only_counter,
        promoted=minutes(visit.promoted_at),
        held_places=hold.places if hold else 0,
        held_until=minutes(until),
        strict=bool(comes) or (hold.strict if hold else False),
        booked_at=minutes(visit.booked_at),
    )


def _comes(branch: Branch, visit: Visit) -> int | None:
    """By when somebody who is on the way has come, as far as is known; None for whoever is here.

    Nobody says when they will be here: as late as they may is what is expected, and nobody calls
    them before. After that, and until it is their turn, they may come in any minute.
    """
    if not visit.absent:
        return None
    return visit.turn_until or visit.taken_at + branch.config.remote.come_minutes * MINUTE_MS


def _booked(branch: Branch, midnight: int) -> Iterator[plain.Booked]:
    """The appointments of the day that nobody has come for yet."""
    for one in branch.appointments.values():
        slot = (one.slot - midnight) / MINUTE_MS
        if one.state == "booked" and 0.0 <= slot < DAY_MINUTES:
            yield plain.Booked(id=one.id, service=one.service, slot=slot)


def _counter(branch: Branch, day: Day, counter: Counter, midnight: int, now: int) -> plain.Counter:
    setup = counter_config(branch, counter)
    state, service, since = _doing(branch, counter)
    return plain.Counter(
        id=counter.id,
        services=counter.services,
        when_idle=setup.when_idle,
        state=state,
        service=service,
        since=(since - midnight) / MINUTE_MS,
        until=_opens(branch, day, counter, midnight, now),
        closing=counter.closing,
        low=setup.low,
        vip=setup.vip,
        care_first=setup.care_first,
        calls_since_vip=counter.calls_since_vip,
    )


def _doing(branch: Branch, counter: Counter) -> tuple[plain.State, str, int]:
    visit = branch.visits.get(counter.visit or 0)
    if counter.state == "closed":
        return "closed", "", counter.since
    if visit is not None:
        now_served = visit.transaction
        if visit.state == "serving":
            return "serving", visit.service, now_served.running_since or counter.since
        return "called", visit.service, visit.last_call_at or counter.since
    return ("away" if counter.state == "paused" else "free"), "", counter.since


def _opens(branch: Branch, day: Day, counter: Counter, midnight: int, now: int) -> float | None:
    """Before the opening, every counter that is no spare one is expected to open with its first
    service."""
    setup = counter_config(branch, counter)
    opening = min((day.hours[s].opens for s in counter.services if s in day.hours), default=None)
    if counter.state != "closed" or setup.elastic or opening is None or now >= opening:
        return None
    return (opening - midnight) / MINUTE_MS
