"""What has happened: the journal's vocabulary. Past tense, subject first.

An event carries all that `apply` needs, so that a replay never asks configuration files, the
clock or chance. Shapes here are for ever: to change one, add a field with a default, or lift
the old shape in `server/journal/upcast.py`.
"""

from __future__ import annotations

from typing import Any, TypeAlias, get_args

import msgspec
from msgspec import Struct

from server.domain.configuration import BranchConfig
from server.domain.hours import ServiceHours
from server.domain.state import Figures, Visit
from shared.protocol import (
    AlertKind,
    AlertOutcome,
    AppointmentId,
    CancelledBy,
    CounterId,
    EmergencyKind,
    HelpKind,
    Lane,
    Language,
    MachineState,
    Need,
    Outcome,
    PagerReport,
    ParkOwner,
    ParkReason,
    PauseReason,
    Position,
    PrinterState,
    RatingEnd,
    RatingReason,
    RatingSource,
    Reason,
    RequestKind,
    TransactionOutcome,
    VisitId,
    VoiceState,
    WhyCalled,
)


class Happening(Struct, frozen=True, kw_only=True, tag=True, tag_field="type", omit_defaults=True):
    """What every event has in common: its class name in the field `type`."""


class TicketHappening(Happening, frozen=True, kw_only=True):
    """An event in the life of one ticket; its name is a key of `TICKET_TRANSITIONS`."""

    visit: VisitId


# --- The branch and its day ------------------------------------------------------------------


class BranchConfigured(Happening, frozen=True, kw_only=True):
    """The whole configuration in force from here on; with it the `hours` of the open day, where
    they change."""

    config: BranchConfig
    hours: dict[str, ServiceHours] | None = None


class RehearsalMarked(Happening, frozen=True, kw_only=True):
    """This journal is a rehearsal: nothing in it is ever counted with real days."""


class DayOpened(Happening, frozen=True, kw_only=True):
    """The business day began; its hours are fixed here, and changed by `BranchConfigured` only."""

    day: str
    ends_at: int
    hours: dict[str, ServiceHours]


class DayClosed(Happening, frozen=True, kw_only=True):
    """The business day ended; `late` when the clock could only do it afterwards."""

    day: str
    late: bool = False


class BranchResumed(Happening, frozen=True, kw_only=True):
    """The server came back during the day: calls are given their time again."""


class ClockStepped(Happening, frozen=True, kw_only=True):
    """The machine's clock jumped by so many ms; the branch's own time did not."""

    by_ms: int


# --- A ticket's life -------------------------------------------------------------------------


class TicketTaken(TicketHappening, frozen=True, kw_only=True):
    """A number was given. `series` and `n` keep the number series; `reason`: staff overrode."""

    number: str
    series: str
    n: int
    service: str
    waiting_since: int
    lanes: tuple[Lane, ...] = ("ordinary",)
    needs: tuple[Need, ...] = ()
    language: Language = "zh"
    reason: Reason | None = None
    absent: bool = False


class HandwrittenEntered(TicketHappening, frozen=True, kw_only=True):
    """A hand-written number was entered with the time written on it."""

    number: str
    service: str
    taken_at: int
    waiting_since: int
    lanes: tuple[Lane, ...] = ("ordinary",)


class HandwrittenServed(TicketHappening, frozen=True, kw_only=True):
    """It had been served on paper, at these times."""

    counter: CounterId
    started_at: int
    finished_at: int


class TicketReprinted(TicketHappening, frozen=True, kw_only=True):
    """The same ticket was printed again."""

    number: str


class TicketLeft(TicketHappening, frozen=True, kw_only=True):
    """The customer left before being served."""


class TicketSteppedBack(TicketHappening, frozen=True, kw_only=True):
    """The customer lets others go first, until a time at the latest."""

    places: int
    until: int
    strict: bool


class TurnCame(TicketHappening, frozen=True, kw_only=True):
    """Whoever took the ticket before coming would be called now: the place is kept until then."""

    until: int


class CustomerArrived(TicketHappening, frozen=True, kw_only=True):
    """Whoever took the ticket before coming has checked in; with other lanes, if any are named."""

    number: str
    lanes: tuple[Lane, ...] = ()


class CustomerNotCome(TicketHappening, frozen=True, kw_only=True):
    """Whoever took the ticket before coming has not come in time: the place is given up."""


class StepBackEnded(TicketHappening, frozen=True, kw_only=True):
    """The customer stands back no more; it does not count where it had been a `slip`."""

    slip: bool = False


class FormFilled(TicketHappening, frozen=True, kw_only=True):
    """These fields of a form have an answer now, those in `withdrawn` none any more. The answers
    are kept elsewhere."""

    fields: tuple[str, ...] = ()
    withdrawn: tuple[str, ...] = ()


class LanesChanged(TicketHappening, frozen=True, kw_only=True):
    """The visit's lanes are now these."""

    lanes: tuple[Lane, ...]
    reason: Reason


class NeedsChanged(TicketHappening, frozen=True, kw_only=True):
    """What the visit needs is now this."""

    needs: tuple[Need, ...]


class TicketPromoted(TicketHappening, frozen=True, kw_only=True):
    """Before all scores from now on."""

    reason: Reason


class TicketReassigned(TicketHappening, frozen=True, kw_only=True):
    """A waiting ticket was moved to another service or counter."""

    reason: Reason
    service: str
    only_counter: CounterId | None = None


class TicketDiverted(TicketHappening, frozen=True, kw_only=True):
    """The customer tries a machine; the place is kept."""

    machine: str


class TicketCameBack(TicketHappening, frozen=True, kw_only=True):
    """The machine did not do it: back at the same place."""


class FinishedAtMachine(TicketHappening, frozen=True, kw_only=True):
    """The machine did it."""


class TicketCalled(TicketHappening, frozen=True, kw_only=True):
    """Called to a counter, and why."""

    number: str
    counter: CounterId
    why: WhyCalled


class TicketRecalled(TicketHappening, frozen=True, kw_only=True):
    """Announced again."""

    number: str
    counter: CounterId


class TicketReturned(TicketHappening, frozen=True, kw_only=True):
    """Wrongly called: back where it was."""

    counter: CounterId


class ServiceStarted(TicketHappening, frozen=True, kw_only=True):
    """The customer is at the counter."""

    counter: CounterId


class TransactionAdded(TicketHappening, frozen=True, kw_only=True):
    """One more service for the customer in hand."""

    counter: CounterId
    service: str


class TransactionFinished(TicketHappening, frozen=True, kw_only=True):
    """One of several services is done; the next begins at the same counter."""

    counter: CounterId
    outcome: Outcome
    papers: tuple[str, ...] = ()


class ServiceFinished(TicketHappening, frozen=True, kw_only=True):
    """The service ended, and the visit with it."""

    counter: CounterId
    outcome: Outcome
    papers: tuple[str, ...] = ()


class TicketTransferred(TicketHappening, frozen=True, kw_only=True):
    """The visit waits for another service or counter; the transaction so far has ended.

    `adds` is false when the visit goes on with a transaction it already has. `note_id` is that of
    what was written down for the next counter.
    """

    counter: CounterId
    service: str
    outcome: TransactionOutcome
    position: Position
    adds: bool = True
    only_counter: CounterId | None = None
    back_to: tuple[CounterId, ...] = ()
    papers: tuple[str, ...] = ()
    note_id: str | None = None


class TicketMissed(TicketHappening, frozen=True, kw_only=True):
    """Called and did not come: to the missed list."""

    counter: CounterId


class TicketReinstated(TicketHappening, frozen=True, kw_only=True):
    """Back from the missed list, behind so many others, until a time at the latest."""

    places: int
    until: int


class TicketParked(TicketHappening, frozen=True, kw_only=True):
    """Waits outside the line."""

    counter: CounterId
    reason: ParkReason
    owner: ParkOwner
    until: int | None = None


class ParkEnded(TicketHappening, frozen=True, kw_only=True):
    """Its time is up: back in the line by its arrival."""


class TicketGivenUp(TicketHappening, frozen=True, kw_only=True):
    """Given up for good, by a manager (with a reason) or by the clock."""

    reason: Reason | None = None


class TicketUnserved(TicketHappening, frozen=True, kw_only=True):
    """Still here when the day closed; never counted as served."""


class ActionUndone(Happening, frozen=True, kw_only=True):
    """The counter's last action was taken back: the visit is as it was before."""

    counter: CounterId
    undone: str
    restored: Visit
    figures: Figures
    counter_visit: VisitId | None = None


# --- Counters --------------------------------------------------------------------------------


class CounterOpened(Happening, frozen=True, kw_only=True):
    """Open. `staff` is the teller at it; "" when somebody else has opened it."""

    counter: CounterId
    staff: str = ""


class CounterStaffed(Happening, frozen=True, kw_only=True):
    """Another teller works at it from now on."""

    counter: CounterId
    staff: str


class CounterPaused(Happening, frozen=True, kw_only=True):
    """Paused with a reason."""

    counter: CounterId
    reason: PauseReason


class CounterResumed(Happening, frozen=True, kw_only=True):
    """The pause ended."""

    counter: CounterId


class CounterClosing(Happening, frozen=True, kw_only=True):
    """Closes when the ticket in hand has ended."""

    counter: CounterId


class CounterClosed(Happening, frozen=True, kw_only=True):
    """Closed."""

    counter: CounterId


class CounterServicesChanged(Happening, frozen=True, kw_only=True):
    """Serves these until the end of the day."""

    counter: CounterId
    services: tuple[str, ...]
    reason: Reason


class HelpAsked(Happening, frozen=True, kw_only=True):
    """Authorisation or assistance was asked for at a counter."""

    counter: CounterId
    kind: HelpKind


class CounterSilent(Happening, frozen=True, kw_only=True):
    """Its terminal has been gone for a while: nothing that is pressed there would arrive."""

    counter: CounterId


class CounterHeard(Happening, frozen=True, kw_only=True):
    """Its terminal is there again."""

    counter: CounterId


class HelpEnded(Happening, frozen=True, kw_only=True):
    """It was given."""

    counter: CounterId


# --- The lobby -------------------------------------------------------------------------------


class ServiceOpened(Happening, frozen=True, kw_only=True):
    """Tickets are given for it again."""

    service: str


class ServiceClosed(Happening, frozen=True, kw_only=True):
    """No more tickets for it today."""

    service: str
    reason: Reason


class IssuingStopped(Happening, frozen=True, kw_only=True):
    """No more tickets, of one service or (`*`) of all."""

    service: str
    reason: Reason


class IssuingResumed(Happening, frozen=True, kw_only=True):
    """Tickets again."""

    service: str


class PresetChosen(Happening, frozen=True, kw_only=True):
    """The calling preset for the rest of the day."""

    preset: str


class MachineChanged(Happening, frozen=True, kw_only=True):
    """A self-service machine works, or does not."""

    machine: str
    state: MachineState


class PrinterReported(Happening, frozen=True, kw_only=True):
    """A terminal's printer is in another state."""

    station: str
    state: PrinterState


class VoiceReported(Happening, frozen=True, kw_only=True):
    """A display can speak, or cannot."""

    station: str
    state: VoiceState


class MessageSent(Happening, frozen=True, kw_only=True):
    """A message on all screens until a time."""

    message: int
    zh: str
    en: str
    until: int


class MessageCleared(Happening, frozen=True, kw_only=True):
    """A message was taken off, by hand or by the clock."""

    message: int


class DutySignedOn(Happening, frozen=True, kw_only=True):
    """On duty in the lobby."""

    staff: str


class DutyHandedOver(Happening, frozen=True, kw_only=True):
    """The duty went from one to the other without a gap."""

    staff: str
    to: str


class DutySignedOff(Happening, frozen=True, kw_only=True):
    """No longer on duty."""

    staff: str


class PersonRecorded(Happening, frozen=True, kw_only=True):
    """Whose visit it is was recorded or corrected; it is kept elsewhere under the id `person`."""

    visit: VisitId
    person: str


class PersonForgotten(Happening, frozen=True, kw_only=True):
    """What was kept under the id `person` was deleted, and the visit's notes."""

    visit: VisitId
    person: str = ""


class RatingAsked(Happening, frozen=True, kw_only=True):
    """The service of this visit at this counter, by this teller, was finished: how was it?"""

    question: int
    visit: VisitId
    counter: CounterId
    staff: str


class RatingShown(Happening, frozen=True, kw_only=True):
    """The rating panel shows the question."""

    question: int


class RatingRepeated(Happening, frozen=True, kw_only=True):
    """The question was put once more."""

    question: int


class RatingAnswered(Happening, frozen=True, kw_only=True):
    """The customer rated the service: at the panel, or later by the ticket's link."""

    question: int
    score: int
    source: RatingSource = "panel"


class RatingExplained(Happening, frozen=True, kw_only=True):
    """The customer said what was bad."""

    question: int
    reason: RatingReason


class RatingEnded(Happening, frozen=True, kw_only=True):
    """The panel asks no longer, and has no answer."""

    question: int
    result: RatingEnd


class RatingWithdrawn(Happening, frozen=True, kw_only=True):
    """The service was not finished after all: it will be asked about when it is."""

    question: int


class PagerBound(Happening, frozen=True, kw_only=True):
    """Somebody was given this pager, for the visit with this number."""

    pager: int
    visit: VisitId
    number: str


class PagerReleased(Happening, frozen=True, kw_only=True):
    """It was given back."""

    pager: int


class PagerReported(Happening, frozen=True, kw_only=True):
    """A pager that is out is in another state."""

    pager: int
    state: PagerReport


class PagerCallConfirmed(Happening, frozen=True, kw_only=True):
    """It vibrates for this call."""

    pager: int
    call: int


class RequestTakenUp(Happening, frozen=True, kw_only=True):
    """Somebody owns what a customer asks for; `alert` is the one it came by."""

    request: int
    kind: RequestKind
    owner: str
    alert: int | None = None
    visit: VisitId | None = None
    number: str = ""
    service: str | None = None


class RequestEscalated(Happening, frozen=True, kw_only=True):
    """It has another owner."""

    request: int
    owner: str
    to: str


class RequestClosed(Happening, frozen=True, kw_only=True):
    """It has come to its end."""

    request: int
    owner: str
    outcome: AlertOutcome


class AlertRaised(Happening, frozen=True, kw_only=True):
    """Something wants a person."""

    alert: int
    kind: AlertKind
    visit: VisitId | None = None
    counter: CounterId | None = None
    service: str | None = None
    machine: str | None = None
    station: str | None = None
    question: int | None = None
    pager: int | None = None


class AlertClosed(Happening, frozen=True, kw_only=True):
    """Somebody dealt with it."""

    alert: int
    outcome: AlertOutcome


class AlertCeased(Happening, frozen=True, kw_only=True):
    """Its cause is gone."""

    alert: int


class EmergencyStarted(Happening, frozen=True, kw_only=True):
    """Paper numbers from here on."""

    kind: EmergencyKind


class EmergencyEnded(Happening, frozen=True, kw_only=True):
    """The system gives numbers again."""


# --- Appointments ----------------------------------------------------------------------------


class AppointmentHappening(Happening, frozen=True, kw_only=True):
    """An event in the life of one appointment; its name is a key of `APPOINTMENT_TRANSITIONS`."""

    appointment: AppointmentId


class AppointmentHeld(AppointmentHappening, frozen=True, kw_only=True):
    """A time is kept until then for whoever has chosen it."""

    service: str
    slot: int
    until: int
    station: str
    needs: tuple[Need, ...] = ()
    language: Language = "zh"
    speaks: Language | None = None


class AppointmentReleased(AppointmentHappening, frozen=True, kw_only=True):
    """It was not booked in time, or given back."""


class AppointmentBooked(AppointmentHappening, frozen=True, kw_only=True):
    """It is booked; `person` is the id under which it is kept elsewhere whose it is."""

    person: str = ""


class AppointmentMoved(AppointmentHappening, frozen=True, kw_only=True):
    """It is at another time, for the `sequence`th time."""

    slot: int
    sequence: int


class AppointmentConfirmed(AppointmentHappening, frozen=True, kw_only=True):
    """The customer has said that the time will be kept."""


class AppointmentCancelled(AppointmentHappening, frozen=True, kw_only=True):
    """It will not be; `day_over`: the branch has closed its day before."""

    by: CancelledBy


class AppointmentCheckedIn(AppointmentHappening, frozen=True, kw_only=True):
    """The customer is there, with this visit, and keeps the rights of who has booked."""

    visit: VisitId


class AppointmentWalkedIn(AppointmentHappening, frozen=True, kw_only=True):
    """The customer is there as everybody is: so many minutes too late, or by choice."""

    visit: VisitId
    late_minutes: int | None = None


class AppointmentMissed(AppointmentHappening, frozen=True, kw_only=True):
    """The customer has not come so far; the place is free for others."""


Event: TypeAlias = (
    BranchConfigured
    | RehearsalMarked
    | DayOpened
    | DayClosed
    | BranchResumed
    | ClockStepped
    | TicketTaken
    | HandwrittenEntered
    | HandwrittenServed
    | TicketReprinted
    | TicketLeft
    | TicketSteppedBack
    | StepBackEnded
    | TurnCame
    | CustomerArrived
    | CustomerNotCome
    | FormFilled
    | LanesChanged
    | NeedsChanged
    | TicketPromoted
    | TicketReassigned
    | TicketDiverted
    | TicketCameBack
    | FinishedAtMachine
    | TicketCalled
    | TicketRecalled
    | TicketReturned
    | ServiceStarted
    | TransactionAdded
    | TransactionFinished
    | ServiceFinished
    | TicketTransferred
    | TicketMissed
    | TicketReinstated
    | TicketParked
    | ParkEnded
    | TicketGivenUp
    | TicketUnserved
    | ActionUndone
    | CounterOpened
    | CounterStaffed
    | CounterPaused
    | CounterResumed
    | CounterClosing
    | CounterClosed
    | CounterServicesChanged
    | HelpAsked
    | HelpEnded
    | CounterSilent
    | CounterHeard
    | ServiceOpened
    | ServiceClosed
    | IssuingStopped
    | IssuingResumed
    | PresetChosen
    | MachineChanged
    | PrinterReported
    | VoiceReported
    | PagerBound
    | PagerReleased
    | PagerReported
    | PagerCallConfirmed
    | MessageSent
    | MessageCleared
    | DutySignedOn
    | DutyHandedOver
    | DutySignedOff
    | PersonRecorded
    | PersonForgotten
    | RatingAsked
    | RatingShown
    | RatingRepeated
    | RatingAnswered
    | RatingExplained
    | RatingEnded
    | RatingWithdrawn
    | RequestTakenUp
    | RequestEscalated
    | RequestClosed
    | AlertRaised
    | AlertClosed
    | AlertCeased
    | EmergencyStarted
    | EmergencyEnded
    | AppointmentHeld
    | AppointmentReleased
    | AppointmentBooked
    | AppointmentMoved
    | AppointmentConfirmed
    | AppointmentCancelled
    | AppointmentCheckedIn
    | AppointmentWalkedIn
    | AppointmentMissed
)

EVENT_TYPES: dict[str, type[Happening]] = {t.__name__: t for t in get_args(Event)}

encode_event = msgspec.json.Encoder().encode
decode_event: Any = msgspec.json.Decoder(Event).decode
