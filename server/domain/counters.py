"""The decisions about a counter itself: open, pause, close, what it serves, help at it.

"Closing after this one" never strands a called ticket, and nobody but a supervisor closes or
pauses the last counter that customers depend on.
"""

from __future__ import annotations

from server.domain.commands import NoteTerminal
from server.domain.events import (
    AlertRaised,
    CounterClosed,
    CounterClosing,
    CounterHeard,
    CounterOpened,
    CounterPaused,
    CounterResumed,
    CounterServicesChanged,
    CounterSilent,
    CounterStaffed,
    Event,
    HelpAsked,
    HelpEnded,
)
from server.domain.find import (
    counter_of,
    day_of,
    open_counter_of,
    refuse_with_ticket_in_hand,
    service_of,
)
from server.domain.order import counter_config
from server.domain.refusals import (
    CounterAlreadyOpen,
    CounterNotOpen,
    CounterNotPaused,
    HelpAlreadyAsked,
    HelpNotAsked,
    LastCareCounter,
    LastCounter,
    Refused,
)
from server.domain.state import Branch, Counter, Day, Stamp, Visit
from shared.protocol import (
    AskHelp,
    CloseAfterThis,
    CloseCounter,
    CounterCommand,
    EndHelp,
    OpenCounter,
    PauseCounter,
    ResumeCounter,
    SetCounterServices,
)

SUPERVISORS = frozenset({"operations_supervisor", "branch_head"})
"""Who may leave a service without a counter."""


def open_(branch: Branch, command: OpenCounter, stamp: Stamp) -> list[Event]:
    """Open; on a counter that is closing after its ticket, stay open after all."""
    day_of(branch)
    counter = counter_of(branch, command.counter)
    if counter.state != "closed" and not counter.closing:
        raise Refused(CounterAlreadyOpen(counter.id))
    # Whoever opens it from a board, or says "stay open" for a teller, does not sit there.
    staff = stamp.actor.staff if stamp.actor.role == "teller" else counter.staff
    return [CounterOpened(counter=counter.id, staff=staff)]


def staffed(branch: Branch, command: CounterCommand, stamp: Stamp) -> list[Event]:
    """Whoever works at a counter is its teller, whoever opened it and whoever sat there before:
    what is done from now on is that person's."""
    counter = counter_of(branch, command.counter)
    if stamp.actor.role != "teller" or stamp.actor.staff == counter.staff:
        return []
    if counter.state == "closed" or isinstance(command, OpenCounter):
        return []
    return [CounterStaffed(counter=counter.id, staff=stamp.actor.staff)]


def pause(branch: Branch, command: PauseCounter, stamp: Stamp) -> list[Event]:
    """Pause with a reason, with nobody in hand."""
    counter = open_counter_of(branch, command.counter)
    refuse_with_ticket_in_hand(branch, counter)
    _refuse_last(branch, counter, stamp)
    return [CounterPaused(counter=counter.id, reason=command.reason)]


def resume(branch: Branch, command: ResumeCounter, _stamp: Stamp) -> list[Event]:
    """End the pause."""
    counter = counter_of(branch, command.counter)
    if counter.state != "paused":
        raise Refused(CounterNotPaused(counter.id))
    return [CounterResumed(counter=counter.id)]


def close_after_this(branch: Branch, command: CloseAfterThis, stamp: Stamp) -> list[Event]:
    """Close when the ticket in hand has ended; now, with none."""
    counter = open_counter_of(branch, command.counter)
    _refuse_last(branch, counter, stamp)
    if counter.visit is None:
        return [CounterClosed(counter=counter.id)]
    return [CounterClosing(counter=counter.id)]


def close(branch: Branch, command: CloseCounter, stamp: Stamp) -> list[Event]:
    """Close, with nobody in hand."""
    counter = counter_of(branch, command.counter)
    if counter.state == "closed":
        raise Refused(CounterNotOpen(counter.id))
    refuse_with_ticket_in_hand(branch, counter)
    if counter.state == "open":
        _refuse_last(branch, counter, stamp)
    return [CounterClosed(counter=counter.id)]


def released(branch: Branch, visit: Visit) -> list[Event]:
    """What follows when a counter loses this visit: it closes, if it was only waiting for
    that."""
    if visit.counter is None or not branch.counters[visit.counter].closing:
        return []
    return [CounterClosed(counter=visit.counter)]


def set_services(branch: Branch, command: SetCounterServices, _stamp: Stamp) -> list[Event]:
    """What a counter serves until the end of the day."""
    day_of(branch)
    counter = counter_of(branch, command.counter)
    services = tuple(dict.fromkeys(service_of(branch, s).id for s in command.services))
    return [CounterServicesChanged(counter=counter.id, services=services, reason=command.reason)]


def ask_help(branch: Branch, command: AskHelp, _stamp: Stamp) -> list[Event]:
    """Authorisation or assistance: an alert to the lobby, and a time of its own."""
    day = day_of(branch)
    counter = open_counter_of(branch, command.counter)
    if counter.help is not None:
        raise Refused(HelpAlreadyAsked(counter.id))
    return [
        HelpAsked(counter=counter.id, kind=command.kind),
        AlertRaised(
            alert=day.last_alert + 1,
            kind="counter_help",
            counter=counter.id,
            visit=counter.visit,
        ),
    ]


def end_help(branch: Branch, command: EndHelp, _stamp: Stamp) -> list[Event]:
    """It was given. The alert ceases with its cause."""
    counter = counter_of(branch, command.counter)
    if counter.help is None:
        raise Refused(HelpNotAsked(counter.id))
    return [HelpEnded(counter=counter.id)]


def note_terminal(branch: Branch, command: NoteTerminal, _stamp: Stamp) -> list[Event]:
    """Whether its terminal is there, by day and by night; an open counter's silence is an alert."""
    if command.counter not in branch.counters:
        return []
    if command.silent == (command.counter in branch.silent):
        return []
    counter = command.counter
    return [CounterSilent(counter=counter) if command.silent else CounterHeard(counter=counter)]


def _refuse_last(branch: Branch, counter: Counter, stamp: Stamp) -> None:
    """Refuse to leave a service that must stay open, or the care lane, without a counter."""
    if stamp.actor.role in SUPERVISORS:
        return
    day = day_of(branch)
    others = [
        c
        for c in branch.counters.values()
        if c.id != counter.id and c.state == "open" and not c.closing
    ]
    for service in counter.services:
        must_stay = service_of(branch, service).keep_open
        alone = not any(service in c.services for c in others)
        if must_stay and alone and _needed(branch, day, service, stamp.at):
            raise Refused(LastCounter(service))
    if not counter_config(branch, counter).care_first:
        return
    alone = not any(counter_config(branch, c).care_first for c in others)
    if alone and _care_needed(branch, day, stamp.at):
        raise Refused(LastCareCounter(counter.id))


def _needed(branch: Branch, day: Day, service: str, now: int) -> bool:
    """Whether anybody may still come, or waits, for the service."""
    today = day.hours.get(service)
    coming = today is not None and now < today.tickets_until
    return coming or any(visit.service == service for visit in branch.waiting())


def _care_needed(branch: Branch, day: Day, now: int) -> bool:
    coming = any(now < today.tickets_until for today in day.hours.values())
    return coming or any("care" in visit.lanes for visit in branch.waiting())
