"""What an event does to the state. The only code that changes it; it decides nothing.

`apply` never refuses: an event has happened. Assertions here are for our own mistakes, above
all that every ticket moves along `TICKET_TRANSITIONS`.
"""

from __future__ import annotations

from typing import assert_never

import msgspec

from server.domain import course
from server.domain import events as e
from server.domain.apply_appointments import OF_APPOINTMENT, apply_appointment, left_behind
from server.domain.apply_pagers import OF_PAGER, apply_pager, note_end
from server.domain.apply_ratings import OF_RATING, apply_rating
from server.domain.configuration import BranchConfig
from server.domain.duty import uncovered_ms
from server.domain.state import (
    LIVE_STATES,
    PRACTICE,
    TICKET_TRANSITIONS,
    Alert,
    Branch,
    Counter,
    Day,
    Emergency,
    Hold,
    LastAction,
    Park,
    Request,
    Stamp,
    Told,
    Transaction,
    Visit,
)
from shared.protocol import CallShown, MessageShown, TransactionOutcome

SPOKEN_MS = 60_000
"""A call that is younger may not have been shown or spoken everywhere yet: a display that was cut
off for a moment must still find it."""

YOUNG_CALLS_MAX = 100
"""Far beyond what fifty counters call in that time."""

UNDOABLE = (
    e.TicketCalled
    | e.TicketReturned
    | e.ServiceStarted
    | e.TransactionAdded
    | e.TransactionFinished
    | e.ServiceFinished
    | e.TicketTransferred
    | e.TicketMissed
    | e.TicketParked
)
"""A counter's actions on a ticket; the last one can be taken back for a while."""

# Events by what they touch, named so that mypy proves each of them to be applied.
AT_COUNTER = UNDOABLE | e.TicketRecalled | e.TicketReinstated | e.ParkEnded

TOLD_MAX = 10
"""Calls that the board gives the reasons of: more are in the journal, and nobody asks for them."""

ELSEWHERE = (
    e.TicketReprinted
    | e.TicketLeft
    | e.TicketGivenUp
    | e.TicketUnserved
    | e.TicketSteppedBack
    | e.StepBackEnded
    | e.TurnCame
    | e.CustomerArrived
    | e.CustomerNotCome
    | e.FormFilled
    | e.LanesChanged
    | e.NeedsChanged
    | e.TicketPromoted
    | e.TicketReassigned
    | e.TicketDiverted
    | e.TicketCameBack
    | e.FinishedAtMachine
    | e.HandwrittenServed
)

OF_COUNTER = (
    e.CounterOpened
    | e.CounterStaffed
    | e.CounterPaused
    | e.CounterResumed
    | e.CounterClosing
    | e.CounterClosed
    | e.CounterServicesChanged
    | e.HelpAsked
    | e.HelpEnded
)


def apply(branch: Branch, event: e.Event, stamp: Stamp) -> None:
    """Change the branch's state by one event."""
    branch.seq += 1
    branch.at = stamp.at
    if isinstance(event, UNDOABLE):
        _remember(branch, event, stamp)
    if isinstance(event, e.TicketTaken | e.HandwrittenEntered):
        _enter(branch, event, stamp)
    elif isinstance(event, e.TicketHappening):
        visit = _visit(branch, event.visit)
        _move(branch, visit, type(event).__name__)
        _apply_to_ticket(branch, visit, event, stamp)
        visit.version += 1
    elif isinstance(event, e.ActionUndone):
        _undo(branch, event)
    elif isinstance(event, OF_APPOINTMENT):
        apply_appointment(branch, event)
    elif isinstance(event, OF_RATING):
        apply_rating(branch, event, stamp.at)
    elif isinstance(event, OF_PAGER):
        apply_pager(branch, event, stamp.at)
    else:
        _apply_to_branch(branch, event, stamp)
    if isinstance(event, UNDOABLE):
        _seal(branch, event)
    if branch.day is not None:
        course.note(branch, branch.day, event, stamp.at)


# --- Tickets ---------------------------------------------------------------------------------


def _enter(branch: Branch, event: e.TicketTaken | e.HandwrittenEntered, stamp: Stamp) -> None:
    day = _day(branch)
    assert event.visit == branch.last_visit + 1, event
    assert event.number not in branch.live, event
    visit = Visit(
        id=event.visit,
        number=event.number,
        state=TICKET_TRANSITIONS[None][type(event).__name__],
        taken_at=stamp.at,
        waiting_since=event.waiting_since,
        lanes=event.lanes,
        transactions=[Transaction(event.service, event.waiting_since)],
    )
    if isinstance(event, e.TicketTaken):
        visit.needs = event.needs
        visit.language = event.language
        visit.remote = event.absent
        day.series[event.series] = event.n
        visit.practice = day.emergency in PRACTICE
    else:
        visit.taken_at = event.taken_at
        visit.handwritten = True
        visit.practice = day.practises_at(event.taken_at)
    if not visit.practice:
        day.issued[event.service] = day.issued.get(event.service, 0) + 1
    branch.last_visit = visit.id
    branch.visits[visit.id] = visit
    branch.live[visit.number] = visit.id
    branch.line[visit.id] = None


def _arrive(visit: Visit, at: int) -> None:
    """The place is that of the number; the wait that is counted begins here."""
    visit.arrived_at = at
    visit.transaction.queued_at = max(visit.transaction.queued_at, at)


def _move(branch: Branch, visit: Visit, event: str) -> None:
    """Along the table, keeping the line and the live numbers."""
    moves = TICKET_TRANSITIONS[visit.state]
    assert event in moves, (visit.number, visit.state, event)
    _set_state(branch, visit, visit.state, moves[event])


def _set_state(branch: Branch, visit: Visit, old: str, new: str) -> None:
    visit.state = new  # type: ignore[assignment]  # a value of the table
    if old != new:
        if old == "waiting":
            del branch.line[visit.id]
        if new == "waiting":
            branch.line[visit.id] = None
    if new in LIVE_STATES:
        branch.live[visit.number] = visit.id
    else:
        branch.live.pop(visit.number, None)
    if branch.pagers:
        note_end(branch, visit)


def _apply_to_ticket(
    branch: Branch, visit: Visit, event: ELSEWHERE | AT_COUNTER, stamp: Stamp
) -> None:
    match event:
        case e.TicketReprinted():
            pass
        case e.TurnCame():
            visit.turn_until = event.until
        case e.CustomerArrived():
            _arrive(visit, stamp.at)
            visit.lanes = event.lanes or visit.lanes
        case e.TicketLeft() | e.TicketGivenUp() | e.TicketUnserved() | e.CustomerNotCome():
            _let_go(branch, visit)
            _stop_clock(branch, visit, stamp.at)
        case e.TicketSteppedBack():
            visit.hold = Hold(event.places, event.until, event.strict, stamp.at)
            visit.step_backs += 1
        case e.StepBackEnded():
            visit.hold = None
            visit.step_backs -= event.slip
        case e.FormFilled():
            visit.answered = event.fields
        case e.LanesChanged():
            visit.lanes = event.lanes
        case e.NeedsChanged():
            visit.needs = event.needs
        case e.TicketPromoted():
            visit.promoted_at = stamp.at
            visit.hold = None
        case e.TicketReassigned():
            visit.transaction.service = event.service
            visit.only_counter = event.only_counter
        case e.TicketDiverted():
            _let_go(branch, visit)
            _forget_call(visit)
            visit.machine = event.machine
        case e.TicketCameBack():
            visit.machine = None
        case e.FinishedAtMachine():
            _end_wait(visit.transaction, stamp.at)
            visit.transaction.ended_at = stamp.at
            visit.transaction.outcome = "done"
        case e.HandwrittenServed():
            _serve_on_paper(visit, event)
        case _:
            _apply_at_counter(branch, visit, event, stamp)


def _apply_at_counter(branch: Branch, visit: Visit, event: AT_COUNTER, stamp: Stamp) -> None:
    match event:
        case e.TicketCalled():
            _call(branch, visit, event, stamp)
        case e.TicketRecalled():
            visit.calls += 1
            visit.last_call_at = stamp.at
            _show_call(branch, visit, event.counter, stamp.at, again=True)
        case e.TicketReturned():
            _let_go(branch, visit)
            _forget_call(visit)
        case e.ServiceStarted():
            branch.counters[event.counter].question = None
            _begin(visit, event.counter, stamp.at)
            visit.promoted_at = None
            visit.hold = None
            visit.only_counter = None
        case e.TransactionAdded():
            visit.transactions.append(Transaction(event.service, stamp.at))
        case e.TransactionFinished():
            counter = event.counter
            _end(branch, visit, event.outcome, event.papers, stamp.at)
            _change_figures(branch, visit, counter, finished=1)
            following = visit.transactions[visit.current + 1]
            following.back_to = visit.transaction.back_to
            visit.current += 1
            _begin(visit, counter, stamp.at)
        case e.ServiceFinished():
            _end(branch, visit, event.outcome, event.papers, stamp.at)
            _change_figures(branch, visit, event.counter, finished=1)
            _let_go(branch, visit)
        case e.TicketTransferred():
            _transfer(branch, visit, event, stamp)
        case e.TicketMissed():
            _change_figures(branch, visit, event.counter, missed=1)
            _let_go(branch, visit)
            _forget_call(visit)
            visit.missed_at = stamp.at
            visit.promoted_at = None
        case e.TicketReinstated():
            visit.hold = Hold(event.places, event.until)
            visit.reinstatements += 1
            visit.missed_at = None
        case e.TicketParked():
            _stop_clock(branch, visit, stamp.at)
            _let_go(branch, visit)
            _forget_call(visit)
            visit.hold = None
            visit.park = Park(event.reason, event.owner, event.counter, stamp.at, event.until)
        case e.ParkEnded():
            park = visit.park
            assert park is not None
            visit.only_counter = park.counter if park.owner == "counter" else None
            _end_park(visit, stamp.at)
        case _:
            assert_never(event)


def _call(branch: Branch, visit: Visit, event: e.TicketCalled, stamp: Stamp) -> None:
    counter = branch.counters[event.counter]
    if visit.absent:
        _arrive(visit, stamp.at)  # called by number: the teller sees who stands there
    visit.counter = counter.id
    visit.calls = 1
    visit.first_call_at = visit.last_call_at = stamp.at
    visit.why = event.why
    _end_park(visit, stamp.at)
    visit.missed_at = None
    visit.transaction.counter = counter.id
    if visit.transaction.started_at is None:
        visit.transaction.called_at = stamp.at
        _end_wait(visit.transaction, stamp.at)
    counter.visit = visit.id
    counter.since = stamp.at
    counter.calls_since_vip = 0 if event.why.lane == "vip" else counter.calls_since_vip + 1
    _change_figures(branch, visit, counter.id, called=1)
    _show_call(branch, visit, counter.id, stamp.at, again=False)
    _tell_why(branch, visit, event, stamp.at)
    _one_place_less(branch, visit)


def _end_wait(transaction: Transaction, at: int) -> None:
    """No wait is below zero: an opening that has not come is not waited for any more."""
    transaction.queued_at = min(transaction.queued_at, at)


def _one_place_less(branch: Branch, called: Visit) -> None:
    """Those of the same service who stand back have let one more go first."""
    for visit in branch.waiting():
        hold = visit.hold
        if hold is not None and hold.places > 0 and visit.service == called.service:
            visit.hold = msgspec.structs.replace(hold, places=hold.places - 1)


def _show_call(branch: Branch, visit: Visit, counter: int, at: int, again: bool) -> None:
    calls = _day(branch).calls
    visit.call = branch.seq
    calls.append(
        CallShown(
            id=branch.seq,
            number=visit.number,
            counter=counter,
            at=at,
            again=again,
            long="visual_call" in visit.needs,
        )
    )
    young = sum(at - call.at < SPOKEN_MS for call in calls[-YOUNG_CALLS_MAX:])
    del calls[: -max(branch.config.limits.recent_calls, young)]


def _tell_why(branch: Branch, visit: Visit, event: e.TicketCalled, at: int) -> None:
    told = _day(branch).told
    told.append(Told(branch.seq, visit.id, event.counter, visit.service, at, event.why))
    del told[:-TOLD_MAX]


def _transfer(branch: Branch, visit: Visit, event: e.TicketTransferred, stamp: Stamp) -> None:
    served = visit.transaction.started_at is not None
    _end(branch, visit, event.outcome, event.papers, stamp.at)
    if served and event.outcome != "transferred":
        _change_figures(branch, visit, event.counter, finished=1)
    _let_go(branch, visit)
    _forget_call(visit, keep_transaction=True)
    if event.adds:
        at = visit.current + 1
        visit.transactions.insert(at, Transaction(event.service, stamp.at))
    visit.current += 1
    visit.transaction.queued_at = stamp.at
    visit.transaction.back_to = event.back_to
    visit.hold = None
    visit.only_counter = event.only_counter
    visit.promoted_at = stamp.at if event.position == "front" else None
    if event.position == "end":
        visit.waiting_since = stamp.at
    visit.note_id = event.note_id


def _begin(visit: Visit, counter: int, at: int) -> None:
    transaction = visit.transaction
    transaction.counter = counter
    transaction.running_since = at
    if transaction.started_at is None:
        transaction.started_at = at


def _end(
    branch: Branch, visit: Visit, outcome: TransactionOutcome, papers: tuple[str, ...], at: int
) -> None:
    _stop_clock(branch, visit, at)
    visit.transaction.ended_at = at
    visit.transaction.outcome = outcome
    visit.transaction.papers = papers


def _stop_clock(branch: Branch, visit: Visit, at: int) -> None:
    """The stretch at the counter, if one is running, is over."""
    transaction = visit.transaction
    if transaction.running_since is None:
        return
    assert transaction.counter is not None
    served = at - transaction.running_since
    transaction.served_ms += served
    transaction.running_since = None
    _change_figures(branch, visit, transaction.counter, serving_ms=served)


def _end_park(visit: Visit, at: int) -> None:
    """The time in park, if it was there, was no waiting."""
    if visit.park is not None and visit.transaction.started_at is None:
        visit.transaction.queued_at += at - visit.park.since
    visit.park = None


def _let_go(branch: Branch, visit: Visit) -> None:
    """The counter, if one has the visit in hand, has it no more."""
    if visit.counter is None:
        return
    counter = branch.counters[visit.counter]
    counter.visit = None
    counter.since = branch.at
    visit.counter = None


def _forget_call(visit: Visit, keep_transaction: bool = False) -> None:
    visit.calls = 0
    visit.first_call_at = visit.last_call_at = None
    visit.why = None
    if not keep_transaction and visit.transaction.started_at is None:
        visit.transaction.counter = visit.transaction.called_at = None
        visit.transaction.queued_at = max(visit.transaction.queued_at, visit.waiting_since)


def _serve_on_paper(visit: Visit, event: e.HandwrittenServed) -> None:
    transaction = visit.transaction
    transaction.counter = event.counter
    _end_wait(transaction, event.started_at)
    transaction.called_at = transaction.started_at = event.started_at
    transaction.ended_at = event.finished_at
    transaction.served_ms = event.finished_at - event.started_at
    transaction.outcome = "done"


def _change_figures(branch: Branch, visit: Visit, counter_id: int, **more: int) -> None:
    if visit.practice:
        return
    counter = branch.counters[counter_id]
    old = counter.figures
    changed = {name: getattr(old, name) + n for name, n in more.items()}
    counter.figures = msgspec.structs.replace(old, **changed)


# --- Undo ------------------------------------------------------------------------------------


def _remember(branch: Branch, event: UNDOABLE, stamp: Stamp) -> None:
    """Keep what an undo of this action would put back."""
    counter = branch.counters[event.counter]
    counter.last_action = LastAction(
        event=type(event).__name__,
        at=stamp.at,
        before=_visit(branch, event.visit).copy(),
        version=0,
        counter_visit=counter.visit,
        figures=counter.figures,
        calls_since_vip=counter.calls_since_vip,
    )


def _seal(branch: Branch, event: UNDOABLE) -> None:
    """An undo holds only while the visit stays as this action left it."""
    last = branch.counters[event.counter].last_action
    assert last is not None
    last.version = branch.visits[event.visit].version


def _undo(branch: Branch, event: e.ActionUndone) -> None:
    course.take_back(branch, _day(branch), event)
    now, restored = branch.visits[event.restored.id], event.restored.copy()
    counter = branch.counters[event.counter]
    restored.version = now.version + 1
    branch.visits[restored.id] = restored
    _set_state(branch, restored, now.state, restored.state)
    counter.visit = event.counter_visit
    counter.figures = event.figures
    counter.since = branch.at
    assert counter.last_action is not None
    counter.calls_since_vip = counter.last_action.calls_since_vip
    counter.last_action = None
    if event.undone == "TicketCalled":
        day = _day(branch)
        day.calls = [shown for shown in day.calls if shown.number != restored.number]
        day.told = [told for told in day.told if told.visit != restored.id]


# --- The branch ------------------------------------------------------------------------------


def _apply_to_branch(branch: Branch, event: e.Event, stamp: Stamp) -> None:
    match event:
        case e.BranchConfigured():
            _configure(branch, event.config)
            if event.hours is not None:
                _day(branch).hours = event.hours
        case e.RehearsalMarked():
            branch.rehearsal = True
        case e.ClockStepped():
            branch.clock_steps += 1
        case e.DayOpened():
            _open_day(branch, event, stamp)
        case e.DayClosed():
            branch.day = None
            branch.last_day = event.day
        case (
            e.CounterOpened()
            | e.CounterStaffed()
            | e.CounterPaused()
            | e.CounterResumed()
            | e.CounterClosing()
            | e.CounterClosed()
            | e.CounterServicesChanged()
            | e.HelpAsked()
            | e.HelpEnded()
        ):
            _apply_to_counter(branch.counters[event.counter], event, stamp)
        case e.CounterSilent():
            branch.silent[event.counter] = stamp.at
        case e.CounterHeard():
            branch.silent.pop(event.counter, None)
        case e.MachineChanged():
            branch.machines[event.machine] = event.state
        case e.RequestTakenUp():
            branch.last_request = event.request
            branch.requests[event.request] = Request(
                id=event.request,
                kind=event.kind,
                owner=event.owner,
                at=stamp.at,
                day=_day(branch).date,
                alert=event.alert,
                visit=event.visit,
                number=event.number,
                service=event.service,
            )
        case e.RequestEscalated() if event.request in branch.requests:
            request = branch.requests[event.request]
            branch.requests[request.id] = msgspec.structs.replace(
                request, owner=event.to, escalated_at=stamp.at
            )
        case e.RequestEscalated():
            pass  # of an earlier day, where only this one is told
        case e.RequestClosed():
            branch.requests.pop(event.request, None)
        case e.PrinterReported():
            branch.printers[event.station] = event.state
        case e.VoiceReported():
            branch.voices[event.station] = event.state
        case _:
            _apply_to_day(branch, _day(branch), event, stamp)


def _configure(branch: Branch, config: BranchConfig) -> None:
    """Counters go on as they are, serving what the new configuration says, or what a manager
    has said for today. What was done before cannot be undone into another configuration."""
    kept, states, old = branch.counters, branch.machines, branch.config
    branch.config = config
    branch.counters = {
        c.id: kept.get(c.id) or Counter(c.id, services=c.services) for c in config.counters
    }
    for setup in config.counters:
        counter, was = branch.counters[setup.id], old.counter(setup.id)
        chosen = counter.services if was and counter.services != was.services else ()
        counter.services = tuple(s for s in chosen if config.service(s)) or setup.services
        counter.last_action = None
    branch.machines = {m.id: states.get(m.id, "working") for m in config.machines}


def _open_day(branch: Branch, event: e.DayOpened, stamp: Stamp) -> None:
    branch.day = Day(
        date=event.day,
        opened_at=stamp.at,
        ends_at=event.ends_at,
        hours=event.hours,
        uncovered_since=stamp.at,
    )
    branch.day_first_seq = branch.seq
    branch.appointments = left_behind(branch.appointments, stamp.at)
    branch.visits = {}
    branch.line = {}
    branch.live = {}
    branch.counters = {
        c.id: Counter(c.id, services=c.services, since=stamp.at) for c in branch.config.counters
    }


def _apply_to_counter(counter: Counter, event: OF_COUNTER, stamp: Stamp) -> None:
    match event:
        case e.CounterOpened():
            if counter.state == "closed":
                counter.since = stamp.at
            counter.state = "open"
            counter.closing = False
            counter.staff = event.staff
        case e.CounterStaffed():
            counter.staff = event.staff
        case e.CounterPaused():
            counter.state = "paused"
            counter.pause_reason = event.reason
            counter.since = stamp.at
            counter.last_action = None
        case e.CounterResumed():
            counter.state = "open"
            counter.pause_reason = None
            counter.since = stamp.at
        case e.CounterClosing():
            counter.closing = True
        case e.CounterClosed():
            _close_counter(counter, stamp.at)
        case e.CounterServicesChanged():
            counter.services = event.services
        case e.HelpAsked():
            counter.help = event.kind
            counter.help_since = stamp.at
        case e.HelpEnded():
            counter.help = None
            counter.help_since = None
        case _:
            assert_never(event)


def _close_counter(counter: Counter, at: int) -> None:
    counter.state = "closed"
    counter.closing = False
    counter.pause_reason = None
    counter.staff = ""
    counter.help = None
    counter.help_since = None
    counter.last_action = None
    counter.since = at


def _apply_to_day(branch: Branch, day: Day, event: e.Event, stamp: Stamp) -> None:
    match event:
        case e.BranchResumed():
            day.resumed_at = stamp.at
        case e.ServiceOpened():
            del day.closed_services[event.service]
        case e.ServiceClosed():
            day.closed_services[event.service] = event.reason
        case e.IssuingStopped():
            day.stopped[event.service] = event.reason
        case e.IssuingResumed():
            del day.stopped[event.service]
        case e.PresetChosen():
            day.preset = event.preset
        case e.MessageSent():
            day.last_message = event.message
            day.messages.append(
                MessageShown(id=event.message, zh=event.zh, en=event.en, until=event.until)
            )
        case e.MessageCleared():
            day.messages = [shown for shown in day.messages if shown.id != event.message]
        case e.EmergencyStarted():
            day.emergency = event.kind
            day.emergencies.append(Emergency(event.kind, stamp.at))
        case e.EmergencyEnded():
            day.emergency = None
            day.emergencies[-1].until = stamp.at
        case e.PersonRecorded():
            day.persons[event.visit] = event.person
        case e.PersonForgotten():
            day.persons.pop(event.visit, None)
            branch.visits[event.visit].answered = ()
        case _:
            _apply_to_duty(branch, day, event, stamp)


def _apply_to_duty(branch: Branch, day: Day, event: e.Event, stamp: Stamp) -> None:
    match event:
        case e.DutySignedOn():
            day.uncovered_ms += uncovered_ms(branch, day, stamp.at)
            day.duty[event.staff] = stamp.at
            day.uncovered_since = None
        case e.DutyHandedOver():
            del day.duty[event.staff]
            day.duty[event.to] = stamp.at
        case e.DutySignedOff():
            del day.duty[event.staff]
            day.uncovered_since = None if day.duty else stamp.at
        case e.AlertRaised():
            day.last_alert = event.alert
            day.alerts[event.alert] = Alert(
                id=event.alert,
                kind=event.kind,
                at=stamp.at,
                visit=event.visit,
                counter=event.counter,
                service=event.service,
                machine=event.machine,
                station=event.station,
                question=event.question,
                pager=event.pager,
            )
        case e.AlertClosed():
            closed = msgspec.structs.replace(day.alerts[event.alert], outcome=event.outcome)
            day.alerts[event.alert] = closed
        case e.AlertCeased():
            del day.alerts[event.alert]
        case _:
            raise AssertionError(event)


def _visit(branch: Branch, visit: int) -> Visit:
    assert visit in branch.visits, visit
    return branch.visits[visit]


def _day(branch: Branch) -> Day:
    assert branch.day is not None
    return branch.day
