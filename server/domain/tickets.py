"""The decisions about a ticket outside the counter: taking it, moving it, giving it up.

What the customer and the lobby's staff do. The counter's own verbs are in `serving.py`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import get_args

from msgspec.structs import replace

from server.domain import hours, order
from server.domain.booked import expected
from server.domain.configuration import NUMBERS_PER_SERIES, ServiceConfig
from server.domain.counters import released
from server.domain.events import (
    Event,
    FinishedAtMachine,
    LanesChanged,
    NeedsChanged,
    TicketCameBack,
    TicketDiverted,
    TicketGivenUp,
    TicketLeft,
    TicketPromoted,
    TicketReassigned,
    TicketReinstated,
    TicketReprinted,
    TicketTaken,
)
from server.domain.find import (
    counter_of,
    day_of,
    live_visit_of,
    machine_of,
    service_of,
    unserved_visit_of,
    waiting_visit_of,
)
from server.domain.refusals import (
    AppointmentsOnly,
    LineFull,
    MachineFaulty,
    NowhereToSend,
    NumbersUsedUp,
    PaperNumbersInUse,
    Refused,
    ReinstatedBefore,
    SameService,
    ServiceNotToday,
    TicketNotDiverted,
    TicketNotMissed,
    TicketNotWaiting,
    TicketsOver,
    TicketsStopped,
    TooEarlyForTickets,
)
from server.domain.state import ALL_SERVICES, Branch, Day, Stamp, Visit
from shared.protocol import (
    ChangeLanes,
    DivertToMachine,
    FinishAtMachine,
    GiveUpTicket,
    Lane,
    Language,
    LeaveLine,
    Need,
    PromoteTicket,
    ReassignTicket,
    ReinstateTicket,
    ReprintTicket,
    ReturnFromMachine,
    SetNeeds,
    TakeTicket,
)

MINUTE_MS = 60_000


# --- Taking ----------------------------------------------------------------------------------


def take(branch: Branch, command: TakeTicket, stamp: Stamp) -> list[Event]:
    """A number for a service; staff may give one outside the rules, with a reason."""
    day = day_of(branch)
    service = service_of(branch, command.service)
    if command.reason is None:
        refuse_unless_issuing(branch, day, service, stamp.at)
    needs = needs_of(command.needs)
    lanes = lanes_of(command.lanes)
    ticket = taken(branch, service, lanes, needs, command.language, stamp.at)
    return [replace(ticket, reason=command.reason)]


def taken(
    branch: Branch,
    service: ServiceConfig,
    lanes: tuple[Lane, ...],
    needs: tuple[Need, ...],
    language: Language,
    since: int,
) -> TicketTaken:
    """The event that gives the next number; who has it waits since then."""
    day = day_of(branch)
    if len(branch.line) >= branch.config.limits.line_max:
        raise Refused(LineFull(len(branch.line)))
    series = series_of(branch, service, lanes)
    n = next_in_series(branch, day, series)
    today = day.hours.get(service.id)
    return TicketTaken(
        visit=branch.last_visit + 1,
        number=label(series, n),
        series=series,
        n=n,
        service=service.id,
        # Before the opening everybody waits for the opening, not for us.
        waiting_since=max(since, today.opens) if today else since,
        lanes=lanes,
        needs=needs,
        language=language,
    )


def refuse_unless_issuing(branch: Branch, day: Day, service: ServiceConfig, now: int) -> None:
    """Refuse outside the ticket window, and where no more tickets are given."""
    if day.emergency is not None:
        raise Refused(PaperNumbersInUse())
    if service.booking is not None and service.booking.only:
        raise Refused(AppointmentsOnly(service.id))
    today = day.hours.get(service.id)
    if today is None:
        raise Refused(ServiceNotToday(service.id, _next_tickets(branch, day, service)))
    if now < today.tickets_from:
        raise Refused(TooEarlyForTickets(service.id, today.tickets_from))
    if now >= today.tickets_until:
        raise Refused(TicketsOver(service.id, _next_tickets(branch, day, service)))
    waiting = sum(1 for visit in branch.waiting() if visit.service == service.id)
    if issuing_stopped(branch, day, service, waiting, now):
        raise Refused(TicketsStopped(service.id))


def _next_tickets(branch: Branch, day: Day, service: ServiceConfig) -> int | None:
    return hours.next_tickets(branch.config, service.id, day.date)


def issuing_stopped(
    branch: Branch, day: Day, service: ServiceConfig, waiting: int, now: int
) -> bool:
    """Whether no more tickets are given within the window: by hand, by quota, or for lack of
    time to serve those already `waiting` for the service."""
    if {service.id, ALL_SERVICES} & day.stopped.keys() or service.id in day.closed_services:
        return True
    quota = service.quota_per_day
    # Whoever has booked counts as if they were here: their turn is promised.
    to_come = expected(branch, service.id)
    if quota is not None and day.issued.get(service.id, 0) + to_come >= quota:
        return True
    return _no_time_left(branch, day, service, waiting + to_come, now)


def _no_time_left(branch: Branch, day: Day, service: ServiceConfig, waiting: int, now: int) -> bool:
    """Waiting minutes of work, shared by its counters, against the minutes left."""
    today = day.hours[service.id]
    # A counter that closes after its ticket is counted on no more.
    at_work = [c for c in branch.counters.values() if c.state == "open" and not c.closing]
    servers = sum(1 for c in at_work if service.id in c.services)
    if servers == 0:
        # Before the counters open, those that will: nobody is turned away for an early hour.
        setups = branch.config.counters
        servers = sum(1 for c in setups if service.id in c.services and not c.elastic)
    minutes_left = (today.closes - max(now, today.opens)) / MINUTE_MS
    return waiting * service.usual_minutes > minutes_left * max(1, servers)


def series_of(branch: Branch, service: ServiceConfig, lanes: tuple[Lane, ...]) -> str:
    """The service's series, but for VIP and booked tickets; care never shows in a number."""
    if "vip" in lanes:
        return branch.config.vip_series
    return branch.config.booked_series if "appointment" in lanes else service.series


def next_in_series(branch: Branch, day: Day, series: str) -> int:
    """The next free number of a series: from the beginning after the last, and never one that
    belongs to somebody who is still here."""
    last = day.series.get(series, 0)
    for step in range(NUMBERS_PER_SERIES):
        n = (last + step) % NUMBERS_PER_SERIES + 1
        if label(series, n) not in branch.live:
            return n
    raise Refused(NumbersUsedUp(series))


def label(series: str, n: int) -> str:
    """The number on the ticket: A007."""
    return f"{series}{n:03d}"


def lanes_of(lanes: Iterable[Lane]) -> tuple[Lane, ...]:
    """Lanes in their fixed order, each once; ordinary goes without saying."""
    chosen = set(lanes)
    named: tuple[Lane, ...] = tuple(n for n in get_args(Lane) if n in chosen and n != "ordinary")
    return named or ("ordinary",)


def needs_of(needs: Iterable[Need]) -> tuple[Need, ...]:
    """Needs in their fixed order, each once."""
    chosen = set(needs)
    return tuple(name for name in get_args(Need) if name in chosen)


# --- The customer ----------------------------------------------------------------------------


def leave(branch: Branch, command: LeaveLine, _stamp: Stamp) -> list[Event]:
    """The customer goes; a counter that has called it is free again."""
    visit = unserved_visit_of(branch, command.visit)
    return [TicketLeft(visit=visit.id), *released(branch, visit)]


# --- The lobby -------------------------------------------------------------------------------


def reprint(branch: Branch, command: ReprintTicket, _stamp: Stamp) -> list[Event]:
    """The same ticket again."""
    visit = live_visit_of(branch, command.visit)
    return [TicketReprinted(visit=visit.id, number=visit.number)]


def change_lanes(branch: Branch, command: ChangeLanes, _stamp: Stamp) -> list[Event]:
    """The visit's lanes, quietly."""
    visit = live_visit_of(branch, command.visit)
    return [LanesChanged(visit=visit.id, lanes=lanes_of(command.lanes), reason=command.reason)]


def set_needs(branch: Branch, command: SetNeeds, _stamp: Stamp) -> list[Event]:
    """What the visit needs."""
    visit = live_visit_of(branch, command.visit)
    return [NeedsChanged(visit=visit.id, needs=needs_of(command.needs))]


def divert(branch: Branch, command: DivertToMachine, _stamp: Stamp) -> list[Event]:
    """To a machine that works; the place in the line is kept."""
    if machine_of(branch, command.machine) == "faulty":
        raise Refused(MachineFaulty(command.machine))
    visit = live_visit_of(branch, command.visit)
    if visit.state not in ("waiting", "called"):
        raise Refused(TicketNotWaiting(visit.number, visit.state))
    return [TicketDiverted(visit=visit.id, machine=command.machine), *released(branch, visit)]


def return_from_machine(branch: Branch, command: ReturnFromMachine, _stamp: Stamp) -> list[Event]:
    """Back to the same place."""
    return [TicketCameBack(visit=_diverted(branch, command.visit).id)]


def finish_at_machine(branch: Branch, command: FinishAtMachine, _stamp: Stamp) -> list[Event]:
    """The machine did it."""
    return [FinishedAtMachine(visit=_diverted(branch, command.visit).id)]


def _diverted(branch: Branch, visit_id: int) -> Visit:
    visit = live_visit_of(branch, visit_id)
    if visit.state != "diverted":
        raise Refused(TicketNotDiverted(visit.number, visit.state))
    return visit


def promote(branch: Branch, command: PromoteTicket, stamp: Stamp) -> list[Event]:
    """Before all scores. Asked twice, it keeps its place among the promoted."""
    visit = waiting_visit_of(branch, command.visit)
    if visit.promoted_at is not None and not order.held(visit, stamp.at):
        return []
    return [TicketPromoted(visit=visit.id, reason=command.reason)]


def reinstate(branch: Branch, command: ReinstateTicket, stamp: Stamp) -> list[Event]:
    """Back from the missed list, some places behind the head."""
    visit = live_visit_of(branch, command.visit)
    if visit.state != "missed":
        raise Refused(TicketNotMissed(visit.number, visit.state))
    most = reinstatements_max(branch, visit)
    if visit.reinstatements >= most:
        raise Refused(ReinstatedBefore(visit.number, most))
    return [reinstated(branch, visit, stamp.at)]


def reinstatements_max(branch: Branch, visit: Visit) -> int:
    """How often a visit may come back from the missed list."""
    limits = branch.config.limits
    return limits.flagged_reinstatements_max if flagged(visit) else limits.reinstatements_max


def reinstated(branch: Branch, visit: Visit, now: int) -> TicketReinstated:
    """The event that puts a missed visit back some places behind the head."""
    limits = branch.config.limits
    return TicketReinstated(
        visit=visit.id,
        places=limits.reinstate_places,
        until=now + limits.hold_minutes * MINUTE_MS,
    )


def flagged(visit: Visit) -> bool:
    """Whether a call may not reach the customer as it reaches others: more time to come, and
    put back near the head, not given up."""
    return "visual_call" in visit.needs or "escort" in visit.needs


def reassign(branch: Branch, command: ReassignTicket, _stamp: Stamp) -> list[Event]:
    """To another service or counter, keeping the arrival."""
    visit = waiting_visit_of(branch, command.visit)
    if command.service is None and command.counter is None:
        raise Refused(NowhereToSend())
    if command.counter is not None:
        counter_of(branch, command.counter)
    service = service_of(branch, command.service).id if command.service else visit.service
    if service == visit.service and command.counter == visit.only_counter:
        raise Refused(SameService(service))
    return [
        TicketReassigned(
            visit=visit.id,
            service=service,
            only_counter=command.counter,
            reason=command.reason,
        )
    ]


def give_up(branch: Branch, command: GiveUpTicket, _stamp: Stamp) -> list[Event]:
    """Given up for good."""
    visit = unserved_visit_of(branch, command.visit)
    return [TicketGivenUp(visit=visit.id, reason=command.reason), *released(branch, visit)]
