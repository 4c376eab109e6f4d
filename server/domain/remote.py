"""Numbers taken before coming: given, checked in on arrival, and given up when nobody comes.

The ticket has its place in the line from the moment it was taken (`order`), but nobody calls it
before its holder is here. When its turn comes the place is kept for some minutes; the others go on
meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from server.domain import order
from server.domain.configuration import ServiceConfig
from server.domain.events import CustomerArrived, CustomerNotCome, Event, TurnCame
from server.domain.find import day_of, service_of, waiting_visit_of
from server.domain.refusals import HereAlready, NotRemote, Refused, RemoteShareFull
from server.domain.state import Branch, Day, Stamp, Visit
from server.domain.tickets import lanes_of, refuse_unless_issuing, taken
from shared.protocol import CheckIn, TakeRemoteTicket

MINUTE_MS = 60_000


def take(branch: Branch, command: TakeRemoteTicket, stamp: Stamp) -> list[Event]:
    """A number like one of the kiosk's, for whoever is on the way."""
    day = day_of(branch)
    service = service_of(branch, command.service)
    if not service.remote:
        raise Refused(NotRemote(service.id))
    refuse_unless_issuing(branch, day, service, stamp.at)
    if not has_room(branch, service):
        raise Refused(RemoteShareFull(service.id))
    ticket = taken(branch, service, ("ordinary",), (), command.language, stamp.at)
    return [replace(ticket, absent=True)]


def has_room(branch: Branch, service: ServiceConfig) -> bool:
    """Whether one more may be on the way: whoever stands in the branch is not to see the line made
    longer by people who may never come."""
    line = [visit for visit in branch.waiting() if visit.service == service.id]
    on_the_way = sum(visit.absent for visit in line)
    return on_the_way + 1 <= max(1.0, branch.config.remote.share * (len(line) + 1))


def arrive(branch: Branch, visit_id: int, command: CheckIn) -> list[Event]:
    """Here: called from now on when its turn comes, or at once."""
    visit = waiting_visit_of(branch, visit_id)
    if not visit.absent:
        raise Refused(HereAlready(visit.number))
    lanes = lanes_of(command.lanes) if command.lanes else ()
    return [CustomerArrived(visit=visit.id, number=visit.number, lanes=lanes)]


def changes(branch: Branch, day: Day, now: int) -> Iterator[Event]:
    """Whose turn has come, and who has not come in time."""
    for visit in branch.waiting():
        if not visit.absent:
            continue
        due = due_at(branch, day, visit)
        if due is not None and due <= now:
            yield CustomerNotCome(visit=visit.id)
        elif visit.turn_until is None and _is_next(branch, day, visit, now):
            rules = branch.config.remote
            kept = now + rules.keep_minutes * MINUTE_MS
            came = visit.taken_at + rules.come_minutes * MINUTE_MS
            yield TurnCame(visit=visit.id, until=max(kept, came))


def due_at(branch: Branch, day: Day, visit: Visit) -> int | None:
    """When the place of somebody who is not here is given up: after its turn, and at the latest
    when the service closes. Nobody could check in while the server was away."""
    if not visit.absent or visit.state != "waiting":
        return None
    today = day.hours.get(visit.service)
    ends = [today.closes] if today else []
    if visit.turn_until is not None:
        back = day.resumed_at + branch.config.remote.keep_minutes * MINUTE_MS
        ends.append(max(visit.turn_until, back) if day.resumed_at else visit.turn_until)
    return min(ends, default=None)


def _is_next(branch: Branch, day: Day, visit: Visit, now: int) -> bool:
    """Whether some open counter would call it now, were it here."""
    today = day.hours.get(visit.service)
    if order.stands_back(visit, now) or today is None or now < today.opens:
        return False
    able = (c for c in branch.counters.values() if c.state == "open")
    if not any(order.can_serve(branch, counter, visit) for counter in able):
        return False
    here = [v for v in branch.waiting() if v.service == visit.service and not v.absent]
    ready = [v for v in here if not order.stands_back(v, now)]
    return order.first_of([visit, *ready], branch, now) is visit
