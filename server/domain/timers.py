"""What the clock alone brings about, and when it wants to be asked again.

The shell sleeps until `next_wakeup` and submits `TimePassed`; there is no timer per ticket. A
server that was away closes the old day first (late), and only then opens the new one.
"""

from __future__ import annotations

from collections.abc import Iterator

from server.domain import alerts, booked, hours, pagers, ratings, remote
from server.domain.day import LATE_MS, closed, opened
from server.domain.events import Event, MessageCleared, ParkEnded, TicketGivenUp
from server.domain.serving import missed
from server.domain.state import Branch, Day, Visit
from server.domain.tickets import flagged

MINUTE_MS = 60_000
SECOND_MS = 1_000
TICK_MS = 10_000
"""How often an open day is looked at even when nothing is due: scores move with time, and so
do people ahead, alerts and what may be shown as fresh."""


def time_passed(branch: Branch, now: int) -> list[Event]:
    """Everything that is due at `now`; nothing, when nothing is."""
    day = branch.day
    if day is None:
        opening = hours.next_opening(branch.config, now, branch.last_day)
        if opening is None or opening[1] > now:
            return list(booked.over(branch, now))
        return opened(branch, opening[0])
    if _over(branch, day, now):
        return closed(branch, day, late=now >= day.ends_at + LATE_MS)
    return [
        *_expired(branch, day, now),
        *remote.changes(branch, day, now),
        *ratings.over(branch, day, now),
        *booked.over(branch, now),
        *(MessageCleared(message=m.id) for m in day.messages if m.until <= now),
        *alerts.changes(branch, day, now),
    ]


def next_wakeup(branch: Branch, now: int) -> int | None:
    """When (ms) to submit `TimePassed` next; None when a branch has no hours to open by."""
    day = branch.day
    if day is None:
        opening = hours.next_opening(branch.config, now, branch.last_day)
        times = [*booked.deadlines(branch), *([opening[1]] if opening else [])]
        return max(now, min(times)) if times else None
    due = [now + TICK_MS, day.ends_at, *_deadlines(branch, day), *booked.deadlines(branch)]
    due += pagers.deadlines(branch, now)
    return max(now, min(due))


def _over(branch: Branch, day: Day, now: int) -> bool:
    """The day ends by the clock, or earlier with nobody here and all counters closed.

    Not a day that was opened by hand after hours: whoever did so means to work.
    """
    if now >= day.ends_at:
        return True
    if day.emergency is not None:
        return False  # numbers on paper are still to be entered
    last = max((today.closes for today in day.hours.values()), default=day.ends_at)
    at_work = any(counter.state != "closed" for counter in branch.counters.values())
    return day.opened_at < last <= now and not branch.live and not at_work


def _expired(branch: Branch, day: Day, now: int) -> Iterator[Event]:
    for visit in branch.here():
        due = _due(branch, day, visit)
        if due is None or due > now:
            continue
        if visit.state == "called":
            yield from missed(branch, visit, now)
        elif visit.state == "parked":
            yield ParkEnded(visit=visit.id)
        else:
            yield TicketGivenUp(visit=visit.id)


def _deadlines(branch: Branch, day: Day) -> Iterator[int]:
    for visit in branch.here():
        for due in (_due(branch, day, visit), remote.due_at(branch, day, visit)):
            if due is not None:
                yield due
    for message in day.messages:
        yield message.until
    yield from ratings.deadlines(branch, day)


def _due(branch: Branch, day: Day, visit: Visit) -> int | None:
    """When a visit's present state runs out by itself."""
    limits = branch.config.limits
    if visit.state == "called" and visit.counter is not None:
        if limits.call_expires_minutes == 0:
            return None
        # A counter that took a miss back has the ticket in hand since then.
        in_hand = branch.counters[visit.counter].since
        since = max(visit.last_call_at or 0, in_hand, day.resumed_at)
        least = limits.flagged_calls_span_seconds * SECOND_MS if flagged(visit) else 0
        return since + max(limits.call_expires_minutes * MINUTE_MS, least)
    if visit.state == "parked" and visit.park is not None:
        return visit.park.until
    if visit.state == "missed" and visit.missed_at is not None:
        if limits.missed_kept_minutes == 0:
            return None
        return max(visit.missed_at, day.resumed_at) + limits.missed_kept_minutes * MINUTE_MS
    return None
