"""The decisions at the counter: calling a ticket, serving it, and letting it go.

Which ticket is next is decided in `order.py`; this file knows what may be done with it.
"""

from __future__ import annotations

from server.domain import order, ratings
from server.domain.counters import released
from server.domain.events import (
    ActionUndone,
    AlertRaised,
    CounterClosed,
    Event,
    ServiceFinished,
    ServiceStarted,
    TicketCalled,
    TicketMissed,
    TicketParked,
    TicketRecalled,
    TicketReturned,
    TicketTransferred,
    TransactionAdded,
    TransactionFinished,
)
from server.domain.find import (
    called_in_hand,
    counter_of,
    day_of,
    in_hand,
    live_visit_of,
    open_counter_of,
    refuse_with_ticket_in_hand,
    service_of,
    serving_in_hand,
    visit_by_number,
)
from server.domain.refusals import (
    NobodyWaiting,
    NothingToUndo,
    NowhereToSend,
    PapersNotNamed,
    ParkedElsewhere,
    RecallTooSoon,
    Refusal,
    Refused,
    SameService,
    ServiceRated,
    TicketChangedSince,
    TicketInHand,
    TicketNotParked,
    TicketNotWaiting,
    TooEarlyToMiss,
    TooLateToUndo,
    TooManyTransactions,
    UntilOutOfRange,
)
from server.domain.state import Branch, Counter, LastAction, Stamp, Visit
from server.domain.tickets import flagged, reinstated, reinstatements_max
from shared.protocol import (
    AddTransaction,
    CallNext,
    CallNumber,
    FinishService,
    MarkMissed,
    ParkTicket,
    RecallTicket,
    ResumeTicket,
    ReturnTicket,
    StartService,
    TransferTicket,
    UndoAction,
    WhyCalled,
)

MINUTE_MS = 60_000
SECOND_MS = 1_000


# --- Calling ---------------------------------------------------------------------------------


def call_next(branch: Branch, command: CallNext, stamp: Stamp) -> list[Event]:
    """The next ticket by the rule.

    With a called ticket in hand: within some seconds the same ticket again and nothing else (a
    double press), later a recall. Two presses never call two people.
    """
    counter = open_counter_of(branch, command.counter)
    if counter.visit is not None:
        visit = branch.visits[counter.visit]
        if visit.state == "serving":
            raise Refused(TicketInHand(visit.number))
        if _seconds_to_recall(branch, visit, stamp.at) > 0:
            return []
        return [_recalled(visit, counter)]
    picked = order.pick(branch, counter, stamp.at)
    if picked is None:
        raise Refused(NobodyWaiting())
    visit, why = picked
    return _called(branch, visit, counter, why)


def call_number(branch: Branch, command: CallNumber, stamp: Stamp) -> list[Event]:
    """One number out of order: waiting, missed, or parked where this counter may resume it."""
    counter = _ready_counter(branch, command.counter)
    visit = visit_by_number(branch, command.number)
    if visit.state not in ("waiting", "missed", "parked"):
        raise Refused(TicketNotWaiting(visit.number, visit.state))
    _refuse_parked_elsewhere(branch, visit, counter)
    line = order.line_for(branch, counter, stamp.at)
    earlier = order.passed_over(line, visit, stamp.at)
    why = WhyCalled(
        rule="by_number",
        waited_ms=max(0, stamp.at - visit.waiting_since),
        reason=command.reason,
        passed_over=tuple(v.id for v in earlier[: order.PASSED_OVER_MAX]),
        passed_over_count=len(earlier),
    )
    return _called(branch, visit, counter, why)


def resume(branch: Branch, command: ResumeTicket, stamp: Stamp) -> list[Event]:
    """Call a parked ticket back."""
    counter = _ready_counter(branch, command.counter)
    visit = live_visit_of(branch, command.visit)
    if visit.state != "parked":
        raise Refused(TicketNotParked(visit.number, visit.state))
    _refuse_parked_elsewhere(branch, visit, counter)
    why = WhyCalled(rule="resumed", waited_ms=max(0, stamp.at - visit.waiting_since))
    return _called(branch, visit, counter, why)


def _ready_counter(branch: Branch, counter_id: int) -> Counter:
    counter = open_counter_of(branch, counter_id)
    refuse_with_ticket_in_hand(branch, counter)
    return counter


def _refuse_parked_elsewhere(branch: Branch, visit: Visit, counter: Counter) -> None:
    """A ticket parked for one counter is that counter's, until it closes."""
    park = visit.park
    if park is None or park.owner == "any" or park.counter == counter.id:
        return
    if branch.counters[park.counter].state != "closed":
        raise Refused(ParkedElsewhere(visit.number, park.counter))


def _called(branch: Branch, visit: Visit, counter: Counter, why: WhyCalled) -> list[Event]:
    called = TicketCalled(visit=visit.id, number=visit.number, counter=counter.id, why=why)
    if not flagged(visit):
        return [called]
    # A call that may not be seen or heard: whoever is on duty goes to the customer.
    alert = AlertRaised(
        alert=day_of(branch).last_alert + 1,
        kind="escort_wanted",
        visit=visit.id,
        counter=counter.id,
    )
    return [called, alert]


def recall(branch: Branch, command: RecallTicket, stamp: Stamp) -> list[Event]:
    """Announce the called ticket again, not sooner than the gap."""
    counter = open_counter_of(branch, command.counter)
    visit = called_in_hand(branch, counter)
    seconds = _seconds_to_recall(branch, visit, stamp.at)
    if seconds > 0:
        raise Refused(RecallTooSoon(seconds))
    return [_recalled(visit, counter)]


def _recalled(visit: Visit, counter: Counter) -> TicketRecalled:
    return TicketRecalled(visit=visit.id, number=visit.number, counter=counter.id)


def recall_from(branch: Branch, visit: Visit) -> int:
    """When (ms) the called ticket may be called again."""
    gap = branch.config.limits.calls_gap_seconds * SECOND_MS
    return (visit.last_call_at or 0) + gap


def _seconds_to_recall(branch: Branch, visit: Visit, now: int) -> int:
    """How many seconds until the ticket may be called again; 0 or less when it may."""
    return _seconds_up(recall_from(branch, visit) - now)


def return_(branch: Branch, command: ReturnTicket, _stamp: Stamp) -> list[Event]:
    """Wrongly called: back where it was."""
    counter = counter_of(branch, command.counter)
    visit = called_in_hand(branch, counter)
    return [TicketReturned(visit=visit.id, counter=counter.id), *released(branch, visit)]


def miss(branch: Branch, command: MarkMissed, stamp: Stamp) -> list[Event]:
    """Called often and long enough, and did not come."""
    counter = counter_of(branch, command.counter)
    visit = called_in_hand(branch, counter)
    limits = branch.config.limits
    seconds = _seconds_to_miss(branch, visit, stamp.at)
    if visit.calls < limits.calls_min or seconds > 0:
        raise Refused(
            TooEarlyToMiss(visit.calls, limits.calls_min, limits.calls_gap_seconds, max(0, seconds))
        )
    return missed(branch, visit, stamp.at)


def miss_from(branch: Branch, visit: Visit) -> int:
    """When (ms) the time of a called customer to come is over, if it was called often enough."""
    due = recall_from(branch, visit)
    if flagged(visit):
        span = branch.config.limits.flagged_calls_span_seconds * SECOND_MS
        due = max(due, (visit.first_call_at or 0) + span)
    return due


def _seconds_to_miss(branch: Branch, visit: Visit, now: int) -> int:
    """How many seconds the customer still has to come; 0 or less when none."""
    return _seconds_up(miss_from(branch, visit) - now)


def missed(branch: Branch, visit: Visit, now: int) -> list[Event]:
    """To the missed list; someone a call may not have reached is put back near the head."""
    assert visit.counter is not None
    events: list[Event] = [TicketMissed(visit=visit.id, counter=visit.counter)]
    if flagged(visit) and visit.reinstatements < reinstatements_max(branch, visit):
        events.append(reinstated(branch, visit, now))
    return [*events, *released(branch, visit)]


def _seconds_up(ms: int) -> int:
    return -(-ms // SECOND_MS)


# --- Serving ---------------------------------------------------------------------------------


def start(branch: Branch, command: StartService, _stamp: Stamp) -> list[Event]:
    """The customer is here."""
    counter = open_counter_of(branch, command.counter)
    visit = called_in_hand(branch, counter)
    return [
        *ratings.cut_short(branch, counter),
        ServiceStarted(visit=visit.id, counter=counter.id),
    ]


def finish(branch: Branch, command: FinishService, stamp: Stamp) -> list[Event]:
    """The present transaction is done; the visit ends, or goes on here or elsewhere.

    When it ends here its customer is asked how it was.
    """
    counter = counter_of(branch, command.counter)
    visit = serving_in_hand(branch, counter)
    if (command.outcome == "papers_missing") != bool(command.papers):
        raise Refused(PapersNotNamed())
    following = visit.transactions[visit.current + 1 :]
    if following and order.does(branch, counter, visit, following[0].service):
        return [
            TransactionFinished(
                visit=visit.id,
                counter=counter.id,
                outcome=command.outcome,
                papers=command.papers,
            )
        ]
    asked = ratings.asked(branch, visit, counter, stamp)
    if following or _promised(visit, counter):
        return [_goes_on(visit, counter, command), *asked, *released(branch, visit)]
    return [
        ServiceFinished(
            visit=visit.id,
            counter=counter.id,
            outcome=command.outcome,
            papers=command.papers,
        ),
        *asked,
        *released(branch, visit),
    ]


def _goes_on(visit: Visit, counter: Counter, command: FinishService) -> TicketTransferred:
    """On to the next service of the visit, or back to the counter that sent it."""
    promised = _promised(visit, counter)
    following = visit.transactions[visit.current + 1 :]
    if following:
        # Someone promised back stays promised back while other services come between.
        return TicketTransferred(
            visit=visit.id,
            counter=counter.id,
            service=following[0].service,
            outcome=command.outcome,
            papers=command.papers,
            position="arrival",
            adds=False,
            back_to=promised,
        )
    back = promised[-1]
    sent = [t for t in visit.transactions if t.outcome == "transferred" and t.counter == back]
    return TicketTransferred(
        visit=visit.id,
        counter=counter.id,
        service=sent[-1].service,
        outcome=command.outcome,
        papers=command.papers,
        position="front",
        only_counter=back,
        back_to=promised[:-1],
    )


def _promised(visit: Visit, counter: Counter) -> tuple[int, ...]:
    """The counters that want the visit back, the last one first; this one has it."""
    return tuple(c for c in visit.transaction.back_to if c != counter.id)


def add(branch: Branch, command: AddTransaction, _stamp: Stamp) -> list[Event]:
    """One more service for the customer in hand."""
    counter = counter_of(branch, command.counter)
    visit = serving_in_hand(branch, counter)
    service = service_of(branch, command.service)
    _refuse_too_many(branch, visit)
    return [TransactionAdded(visit=visit.id, counter=counter.id, service=service.id)]


def _refuse_too_many(branch: Branch, visit: Visit) -> None:
    most = branch.config.limits.transactions_max
    if len(visit.transactions) >= most:
        raise Refused(TooManyTransactions(most))


def transfer(branch: Branch, command: TransferTicket, stamp: Stamp) -> list[Event]:
    """To another service or counter; called or in service.

    Whoever has been served and does not come back here is asked how it was.
    """
    counter = counter_of(branch, command.counter)
    visit = in_hand(branch, counter)
    if command.service is None and command.to_counter is None:
        raise Refused(NowhereToSend())
    if command.to_counter is not None:
        counter_of(branch, command.to_counter)
    service = service_of(branch, command.service).id if command.service else visit.service
    elsewhere = command.to_counter is not None and command.to_counter != counter.id
    if service == visit.service and not elsewhere:
        raise Refused(SameService(service))
    _refuse_too_many(branch, visit)
    promised = _promised(visit, counter)
    ends_here = visit.state == "serving" and not command.back_to_me
    return [
        TicketTransferred(
            visit=visit.id,
            counter=counter.id,
            service=service,
            outcome="transferred",
            position=command.position,
            only_counter=command.to_counter,
            back_to=(*promised, counter.id) if command.back_to_me else promised,
            note_id=stamp.private or None,
        ),
        *(ratings.asked(branch, visit, counter, stamp) if ends_here else ()),
        *released(branch, visit),
    ]


def park(branch: Branch, command: ParkTicket, stamp: Stamp) -> list[Event]:
    """Out of the line for a while: called or in service."""
    counter = counter_of(branch, command.counter)
    visit = in_hand(branch, counter)
    most = branch.config.limits.park_minutes_max
    until = command.until
    if until is not None and not stamp.at < until <= stamp.at + most * MINUTE_MS:
        raise Refused(UntilOutOfRange(most))
    return [
        TicketParked(
            visit=visit.id,
            counter=counter.id,
            reason=command.reason,
            owner=command.owner,
            until=until,
        ),
        *released(branch, visit),
    ]


# --- Undo ------------------------------------------------------------------------------------


def undo(branch: Branch, command: UndoAction, stamp: Stamp) -> list[Event]:
    """Take back the counter's last action, while nobody has built on it."""
    counter = counter_of(branch, command.counter)
    refusal = why_not_undo(branch, counter, stamp.at)
    if refusal is not None:
        raise Refused(refusal)
    last = counter.last_action
    assert last is not None
    undone = ActionUndone(
        counter=counter.id,
        undone=last.event,
        restored=last.before.copy(),
        figures=last.figures,
        counter_visit=last.counter_visit,
    )
    events: list[Event] = [undone, *ratings.withdrawn(branch, counter, last)]
    if counter.closing and last.counter_visit is None:
        # It was to close after the very ticket that is taken out of its hand.
        events.append(CounterClosed(counter=counter.id))
    return events


def undo_until(branch: Branch, last: LastAction) -> int:
    """Until when (ms) a counter's last action can be taken back."""
    return last.at + branch.config.limits.undo_seconds * SECOND_MS


def why_not_undo(branch: Branch, counter: Counter, now: int) -> Refusal | None:
    """What stands in the way of taking back this counter's last action; None: nothing."""
    last = counter.last_action
    if last is None:
        return NothingToUndo(counter.id)
    seconds_max = branch.config.limits.undo_seconds
    if now > undo_until(branch, last):
        return TooLateToUndo(seconds_max)
    visit = branch.visits[last.before.id]
    if visit.version != last.version or branch.live.get(visit.number, visit.id) != visit.id:
        return TicketChangedSince(visit.number)
    question = ratings.asked_by(branch, counter, last)
    if question is not None and question.score is not None:
        return ServiceRated(visit.number)
    return None
