"""The decisions about the business day: opening, closing, emergencies, and the shell's own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from server.domain import booked, hours, ratings
from server.domain.commands import Configure, MarkRehearsal, Resume, StepClock
from server.domain.configuration import BranchConfig
from server.domain.events import (
    BranchConfigured,
    BranchResumed,
    ClockStepped,
    CounterClosed,
    CustomerNotCome,
    DayClosed,
    DayOpened,
    EmergencyEnded,
    EmergencyStarted,
    Event,
    HandwrittenEntered,
    HandwrittenServed,
    RehearsalMarked,
    TicketUnserved,
)
from server.domain.find import counter_of, day_of, service_of
from server.domain.hours import ServiceHours
from server.domain.refusals import (
    CounterInUse,
    CounterNeeded,
    DayAlreadyOpen,
    DayIsOver,
    EmergencyAlready,
    EnteredBefore,
    NoEmergency,
    NotToday,
    NumberInUse,
    PeopleStillHere,
    Refusal,
    Refused,
    ServiceInUse,
    TimesOutOfOrder,
)
from server.domain.state import Branch, Day, Stamp, Visit
from server.domain.tickets import lanes_of
from shared.protocol import (
    CloseDay,
    EndEmergency,
    EnterHandwritten,
    OpenDay,
    StartEmergency,
)

LATE_MS = 60_000
"""A day closed by the clock this long after its end was closed late: the server was away."""


# --- The day ---------------------------------------------------------------------------------


def open_day(branch: Branch, command: OpenDay, stamp: Stamp) -> list[Event]:
    """Open today's business day by hand."""
    if branch.day is not None:
        raise Refused(DayAlreadyOpen(branch.day.date))
    today = hours.local_date(branch.config, stamp.at)
    if command.day != today:
        raise Refused(NotToday(today))
    if today <= branch.last_day or stamp.at >= hours.day_ends(branch.config, today):
        raise Refused(DayIsOver(today))
    return opened(branch, today)


def opened(branch: Branch, date: str) -> list[Event]:
    """A business day opens, with its hours fixed; what was booked for one that never opened will
    not be."""
    return [
        *booked.not_kept(branch, before=hours.instant(branch.config, date, "00:00")),
        DayOpened(
            day=date,
            ends_at=hours.day_ends(branch.config, date),
            hours=hours.schedule(branch.config, date),
        ),
    ]


def close_day(branch: Branch, command: CloseDay, _stamp: Stamp) -> list[Event]:
    """Close the business day by hand; whoever is still here must be meant."""
    day = day_of(branch)
    people = len(branch.live)
    if people and not command.leftovers:
        raise Refused(PeopleStillHere(people))
    return closed(branch, day, late=False)


def closed(branch: Branch, day: Day, late: bool) -> list[Event]:
    """Every leftover gets its own outcome, never "served"; counters close; then the day."""
    at_work = [c.id for c in branch.counters.values() if c.state != "closed"]
    return [
        *ratings.closing(branch),
        *(_left_over(visit) for visit in branch.here()),
        *booked.not_kept(branch, before=day.ends_at),
        *(CounterClosed(counter=counter) for counter in at_work),
        DayClosed(day=day.date, late=late),
    ]


def _left_over(visit: Visit) -> Event:
    """Nobody was left unserved who never came."""
    return CustomerNotCome(visit=visit.id) if visit.absent else TicketUnserved(visit=visit.id)


# --- Emergencies -----------------------------------------------------------------------------


def start_emergency(branch: Branch, command: StartEmergency, _stamp: Stamp) -> list[Event]:
    """Paper numbers from now on."""
    if day_of(branch).emergency is not None:
        raise Refused(EmergencyAlready())
    return [EmergencyStarted(kind=command.kind)]


def end_emergency(branch: Branch, _command: EndEmergency, _stamp: Stamp) -> list[Event]:
    """The system gives numbers again."""
    if day_of(branch).emergency is None:
        raise Refused(NoEmergency())
    return [EmergencyEnded()]


def enter_handwritten(branch: Branch, command: EnterHandwritten, stamp: Stamp) -> list[Event]:
    """A hand-written number with the times on it: still waiting, or served on paper."""
    day = day_of(branch)
    if not day.emergencies:
        raise Refused(NoEmergency())
    service = service_of(branch, command.service)
    if command.number in branch.live:
        raise Refused(NumberInUse(command.number))
    _refuse_entered_before(branch, day, command)
    today = day.hours.get(service.id)
    entered = HandwrittenEntered(
        visit=branch.last_visit + 1,
        number=command.number,
        service=service.id,
        taken_at=command.taken_at,
        waiting_since=max(command.taken_at, today.opens) if today else command.taken_at,
        lanes=lanes_of(command.lanes),
    )
    served = _served_on_paper(branch, command, entered.visit)
    # A server that was down in the morning opened the day after the first paper number.
    begun = min([day.opened_at, *(one.tickets_from for one in day.hours.values())])
    times = [begun, command.taken_at]
    if served is not None:
        times += [served.started_at, served.finished_at]
    if sorted(times) != times or times[-1] > stamp.at:
        raise Refused(TimesOutOfOrder())
    return [entered] if served is None else [entered, served]


def _refuse_entered_before(branch: Branch, day: Day, command: EnterHandwritten) -> None:
    """Two people with the same slip in hand must not make two customers of one. The numbers of a
    drill are no numbers of the day."""
    practice = day.practises_at(command.taken_at)
    for visit in branch.visits.values():
        if visit.handwritten and (visit.number, visit.practice) == (command.number, practice):
            raise Refused(EnteredBefore(command.number))


def _served_on_paper(
    branch: Branch, command: EnterHandwritten, visit: int
) -> HandwrittenServed | None:
    given = (command.counter, command.started_at, command.finished_at)
    if given == (None, None, None):
        return None
    if command.counter is None or command.started_at is None or command.finished_at is None:
        raise Refused(CounterNeeded())
    return HandwrittenServed(
        visit=visit,
        counter=counter_of(branch, command.counter).id,
        started_at=command.started_at,
        finished_at=command.finished_at,
    )


# --- The shell -------------------------------------------------------------------------------


def configure(branch: Branch, command: Configure, _stamp: Stamp) -> list[Event]:
    """A configuration in force; never one that takes away what is in use."""
    new = command.config
    if branch.seq and new == branch.config:
        return []
    for obstacle in obstacles(branch, new):
        raise Refused(obstacle)
    return [BranchConfigured(config=new, hours=_hours_today(branch, new))]


def obstacles(branch: Branch, new: BranchConfig) -> list[Refusal]:
    """All that is in use and would be taken away."""
    counters = {c.id for c in branch.counters.values() if c.state != "closed"}
    counters |= ratings.counters_asking(branch)
    people: Counter[str] = Counter(booked.services_booked(branch))
    for visit in branch.here():
        people.update({transaction.service for transaction in visit.transactions})
        counters.update(_counters_wanted(visit))
    return [
        *(CounterInUse(n) for n in sorted(counters) if new.counter(n) is None),
        *(ServiceInUse(s, n) for s, n in sorted(people.items()) if new.service(s) is None),
    ]


def _counters_wanted(visit: Visit) -> Iterator[int]:
    wanted = [visit.only_counter, *visit.transaction.back_to]
    if visit.park is not None:
        wanted.append(visit.park.counter)
    return (counter for counter in wanted if counter is not None)


def _hours_today(branch: Branch, new: BranchConfig) -> dict[str, ServiceHours] | None:
    """The hours of the open day if they change: an operator who closes earlier today means today,
    and a new service is offered at once. When the day ends stays as it was."""
    if branch.day is None:
        return None
    today = hours.schedule(new, branch.day.date)
    return None if today == branch.day.hours else today


def mark_rehearsal(branch: Branch, _command: MarkRehearsal, _stamp: Stamp) -> list[Event]:
    """Once, before the first day; the shell asks for it on an empty journal only."""
    assert not branch.last_day and branch.day is None
    return [] if branch.rehearsal else [RehearsalMarked()]


def resume(branch: Branch, _command: Resume, _stamp: Stamp) -> list[Event]:
    """The server came back: nobody loses a call to our absence."""
    return [] if branch.day is None else [BranchResumed()]


def step_clock(_branch: Branch, command: StepClock, _stamp: Stamp) -> list[Event]:
    """For the record."""
    return [ClockStepped(by_ms=command.by_ms)]
