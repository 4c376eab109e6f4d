"""Why a command is refused: named after the state that forbids it.

Each class is a code on the wire, a key of the catalogues (`refusal.<name>`) and a line of
`docs/protocol.md`. Its fields are the values of the sentence; `at` names the field of the
command that is at fault. Sentences say what to do next; they are put together where they are
shown.
"""

from __future__ import annotations

from typing import ClassVar, Literal, TypeAlias

from msgspec import Struct

from shared.protocol import AppointmentState, Role, TicketState

AnswerRule: TypeAlias = Literal[
    "required",
    "length",
    "no_number",
    "no_choice",
    "no_date",
    "at_least",
    "at_most",
    "between",
    "unknown",
]
"""What can be wrong with an answer in a form (`answer_fault` in the catalogues)."""


class Refusal(Struct, frozen=True):
    """What every refusal has in common."""

    at: ClassVar[str | None] = None


class Refused(Exception):
    """Raised by a decision that refuses; carries the refusal."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(type(refusal).__name__)
        self.refusal = refusal


# --- Of any command --------------------------------------------------------------------------


class DayChanged(Refusal, frozen=True):
    """The command means another business day than the one that is open."""

    at = "day"
    day: str


class DayNotOpen(Refusal, frozen=True):
    """No business day is open."""

    at = "day"


class UnknownService(Refusal, frozen=True):
    """No such service in this branch."""

    at = "service"
    service: str


class UnknownCounter(Refusal, frozen=True):
    """No such counter in this branch."""

    at = "counter"
    counter: int


class UnknownMachine(Refusal, frozen=True):
    """No such self-service machine in this branch."""

    at = "machine"
    machine: str


class UnknownVisit(Refusal, frozen=True):
    """No such visit today."""

    at = "visit"
    visit: int


class UnknownNumber(Refusal, frozen=True):
    """Nobody here has that number."""

    at = "number"
    number: str


# --- Taking a ticket -------------------------------------------------------------------------


class ServiceNotToday(Refusal, frozen=True):
    """The service is not offered today; `next_at` (ms) is when tickets are next given."""

    at = "service"
    service: str
    next_at: int | None


class TooEarlyForTickets(Refusal, frozen=True):
    """The ticket window has not begun."""

    at = "service"
    service: str
    from_at: int


class TicketsOver(Refusal, frozen=True):
    """The ticket window is over for today."""

    at = "service"
    service: str
    next_at: int | None


class TicketsStopped(Refusal, frozen=True):
    """No more tickets today: stopped by hand, the day's quota, or no time left to serve."""

    at = "service"
    service: str


class PaperNumbersInUse(Refusal, frozen=True):
    """Emergency mode: numbers are written by hand."""


class LineFull(Refusal, frozen=True):
    """More people are waiting than the branch allows."""

    at = "service"
    waiting: int


class NumbersUsedUp(Refusal, frozen=True):
    """Every number of the series belongs to somebody who is still here."""

    at = "service"
    series: str


# --- The state of a ticket -------------------------------------------------------------------


class TicketNotWaiting(Refusal, frozen=True):
    """Only a waiting ticket can do this."""

    at = "visit"
    number: str
    state: TicketState


class TicketNotCalled(Refusal, frozen=True):
    """Only a called ticket can do this."""

    at = "visit"
    number: str
    state: TicketState


class TicketInService(Refusal, frozen=True):
    """The ticket is being served; the counter decides."""

    at = "visit"
    number: str
    counter: int


class TicketNotInService(Refusal, frozen=True):
    """The service has not been started."""

    at = "counter"
    number: str


class TicketNotParked(Refusal, frozen=True):
    """Only a parked ticket can be resumed."""

    at = "visit"
    number: str
    state: TicketState


class TicketNotMissed(Refusal, frozen=True):
    """Only a missed ticket can be reinstated."""

    at = "visit"
    number: str
    state: TicketState


class TicketNotDiverted(Refusal, frozen=True):
    """The ticket is not at a machine."""

    at = "visit"
    number: str
    state: TicketState


class TicketEnded(Refusal, frozen=True):
    """The visit is over."""

    at = "visit"
    number: str
    state: TicketState


class ParkedElsewhere(Refusal, frozen=True):
    """The ticket is parked for another counter."""

    at = "visit"
    number: str
    counter: int


class StepBackTooFar(Refusal, frozen=True):
    """More places or minutes than a customer may step back."""

    at = "places"
    places_max: int
    minutes_max: int


class StepBackTooOften(Refusal, frozen=True):
    """Stepped back as often as a customer may."""

    at = "visit"
    times_max: int


class NotRemote(Refusal, frozen=True):
    """Numbers of this service are given in the branch only."""

    at = "service"
    service: str


class RemoteShareFull(Refusal, frozen=True):
    """As many as may have taken a number of this service before coming already."""

    at = "service"
    service: str


class TooManyFromHere(Refusal, frozen=True):
    """As many numbers as may be have been taken from this address within the hour."""

    minutes: int


class HereAlready(Refusal, frozen=True):
    """The ticket was taken in the branch, or is checked in."""

    at = "visit"
    number: str


class NotSteppedBack(Refusal, frozen=True):
    """There is no step back that could be ended: it is over, or others have put the ticket back."""

    at = "visit"
    number: str


class FaultyAnswer(Struct, frozen=True):
    """What rule an answer in a form breaks, with its bounds."""

    field: str
    rule: AnswerRule
    least: str = ""
    most: str = ""


class AnswersNotAccepted(Refusal, frozen=True):
    """Something in the form cannot be taken as it is."""

    at = "answers"
    faults: tuple[FaultyAnswer, ...]


class NoForm(Refusal, frozen=True):
    """There is no form for that service."""

    at = "visit"
    service: str


class PlacesOrMinutes(Refusal, frozen=True):
    """Exactly one of places and minutes must be given."""

    at = "places"


class ReinstatedBefore(Refusal, frozen=True):
    """Reinstated as often as a ticket may be."""

    at = "visit"
    number: str
    times_max: int


class SameService(Refusal, frozen=True):
    """It is in that line already."""

    at = "service"
    service: str


class NowhereToSend(Refusal, frozen=True):
    """Neither another service nor another counter was named."""

    at = "service"


class TooManyTransactions(Refusal, frozen=True):
    """More services than one ticket may carry."""

    at = "service"
    transactions_max: int


class UntilOutOfRange(Refusal, frozen=True):
    """The time of return lies in the past or too far ahead."""

    at = "until"
    minutes_max: int


# --- Counters --------------------------------------------------------------------------------


class CounterNotOpen(Refusal, frozen=True):
    """The counter is closed; open it first."""

    at = "counter"
    counter: int


class CounterIsPaused(Refusal, frozen=True):
    """The counter is paused; resume first."""

    at = "counter"
    counter: int


class CounterNotPaused(Refusal, frozen=True):
    """The counter is not paused."""

    at = "counter"
    counter: int


class CounterAlreadyOpen(Refusal, frozen=True):
    """The counter is open already."""

    at = "counter"
    counter: int


class TicketInHand(Refusal, frozen=True):
    """The counter has a ticket in hand; end it first."""

    at = "counter"
    number: str


class NoTicketInHand(Refusal, frozen=True):
    """The counter has no ticket in hand."""

    at = "counter"
    counter: int


class LastCounter(Refusal, frozen=True):
    """The last open counter for a service that must stay open; the supervisor may do it."""

    at = "counter"
    service: str


class LastCareCounter(Refusal, frozen=True):
    """The last open care counter; the supervisor may do it."""

    at = "counter"
    counter: int


class NobodyWaiting(Refusal, frozen=True):
    """Nobody waits for this counter."""


class RecallTooSoon(Refusal, frozen=True):
    """Called a moment ago; wait before calling again."""

    at = "counter"
    seconds: int


class TooEarlyToMiss(Refusal, frozen=True):
    """Not called often or long enough to be missed."""

    at = "counter"
    calls: int
    calls_min: int
    gap_seconds: int
    seconds: int


class PapersNotNamed(Refusal, frozen=True):
    """Papers belong to the outcome `papers_missing`, and it needs at least one."""

    at = "papers"


class HelpAlreadyAsked(Refusal, frozen=True):
    """Help is on its way already."""

    at = "counter"
    counter: int


class HelpNotAsked(Refusal, frozen=True):
    """No help was asked for."""

    at = "counter"
    counter: int


class NothingToUndo(Refusal, frozen=True):
    """No action of this counter can be taken back."""

    at = "counter"
    counter: int


class TooLateToUndo(Refusal, frozen=True):
    """Too long ago."""

    at = "counter"
    seconds_max: int


class TicketChangedSince(Refusal, frozen=True):
    """The ticket has changed since."""

    at = "counter"
    number: str


class ServiceRated(Refusal, frozen=True):
    """The customer has rated the service: it stays finished."""

    at = "counter"
    number: str


# --- Ratings ---------------------------------------------------------------------------------


class UnknownQuestion(Refusal, frozen=True):
    """No such question today, at this counter or about this visit."""

    at = "question"
    question: int


class QuestionOver(Refusal, frozen=True):
    """The question has ended: its time is up, or the next customer is being served."""

    at = "question"
    number: str


class QuestionStillOpen(Refusal, frozen=True):
    """The rating panel at the counter is asking it at this moment."""

    at = "question"
    counter: int


class AlreadyRated(Refusal, frozen=True):
    """The service has its rating, and that stays as it is."""

    at = "question"
    number: str


class ReasonNotAsked(Refusal, frozen=True):
    """A reason is asked for once, and for a score of 2 or 1."""

    at = "reason"
    number: str


class NothingToRepeat(Refusal, frozen=True):
    """No service has been finished here since the last one began."""

    at = "counter"
    counter: int


class RepeatedBefore(Refusal, frozen=True):
    """The question has been put twice."""

    at = "counter"
    number: str


# --- The lobby -------------------------------------------------------------------------------


class UnknownRequest(Refusal, frozen=True):
    """No such open request."""

    at = "request"
    request: int


class RequestHasOwner(Refusal, frozen=True):
    """Somebody has taken it up before."""

    at = "alert"
    owner: str


class NotItsOwner(Refusal, frozen=True):
    """Only the owner, or whoever steers the lobby, closes a request or names the next owner."""

    at = "request"
    owner: str


class OwnerAlready(Refusal, frozen=True):
    """That person owns it already."""

    at = "to"
    to: str


class TooManyRequests(Refusal, frozen=True):
    """More open requests than the branch allows."""

    open: int


class MachineFaulty(Refusal, frozen=True):
    """The machine does not work; nobody is sent there."""

    at = "machine"
    machine: str


class PagerOut(Refusal, frozen=True):
    """The pager is with somebody else; release it first."""

    at = "pager"
    pager: int
    number: str


class PagerNotOut(Refusal, frozen=True):
    """Nobody has that pager."""

    at = "pager"
    pager: int


class PagerLost(Refusal, frozen=True):
    """The pager was reported lost; release it when it is found."""

    at = "pager"
    pager: int


class PagerCallOver(Refusal, frozen=True):
    """The pager is not called, or was called anew since."""

    at = "call"
    pager: int


class TicketHasPager(Refusal, frozen=True):
    """The ticket has another pager; release that one first."""

    at = "visit"
    number: str
    pager: int


class TooManyPagers(Refusal, frozen=True):
    """More pagers are out than any branch has: some were not released."""

    at = "pager"
    out: int


class AlreadyOnDuty(Refusal, frozen=True):
    """On duty already."""

    at = "staff"
    staff: str


class NotOnDuty(Refusal, frozen=True):
    """Not on duty."""

    at = "staff"
    staff: str


class UnknownAlert(Refusal, frozen=True):
    """No such open alert."""

    at = "alert"
    alert: int


class OutcomeNeeded(Refusal, frozen=True):
    """A bad rating's alert closes with what came of it: solved here, or referred up."""

    at = "outcome"
    alert: int


class PagerOutcomeNeeded(Refusal, frozen=True):
    """A pager's alert closes with what came of it: solved here, or referred up."""

    at = "outcome"
    alert: int


class UnknownMessage(Refusal, frozen=True):
    """No such message on the screens."""

    at = "message"
    message: int


class EmptyMessage(Refusal, frozen=True):
    """A message needs words in both languages."""

    at = "zh"


class ServiceAlreadyOpen(Refusal, frozen=True):
    """The service is not closed."""

    at = "service"
    service: str


class ServiceAlreadyClosed(Refusal, frozen=True):
    """The service is closed already."""

    at = "service"
    service: str


class IssuingNotStopped(Refusal, frozen=True):
    """Tickets are being given."""

    at = "service"


class UnknownPreset(Refusal, frozen=True):
    """No such calling preset in this branch."""

    at = "preset"
    preset: str


class PhoneNotValid(Refusal, frozen=True):
    """Not a telephone number."""

    at = "phone"


class MailNotValid(Refusal, frozen=True):
    """Not a mail address."""

    at = "mail"


class NothingToRecord(Refusal, frozen=True):
    """Neither a name nor a telephone number was given."""

    at = "name"


class NothingFilledIn(Refusal, frozen=True):
    """The form is empty, and was empty before."""

    at = "answers"


class NobodyRecorded(Refusal, frozen=True):
    """Nothing is kept of the person whose visit it is."""

    at = "visit"
    number: str


class TicketNotInHand(Refusal, frozen=True):
    """A teller records and forgets only whom the own counter has in hand."""

    at = "visit"
    number: str


# --- The day ---------------------------------------------------------------------------------


class DayAlreadyOpen(Refusal, frozen=True):
    """A business day is open; close it first."""

    at = "day"
    day: str


class DayIsOver(Refusal, frozen=True):
    """That business day has been closed and does not open again."""

    at = "day"
    day: str


class NotToday(Refusal, frozen=True):
    """Only today's business day can be opened."""

    at = "day"
    today: str


class PeopleStillHere(Refusal, frozen=True):
    """People are still waiting or served; confirm to leave them unserved."""

    at = "leftovers"
    people: int


class EmergencyAlready(Refusal, frozen=True):
    """Emergency mode is on."""


class NoEmergency(Refusal, frozen=True):
    """There has been no emergency today."""


class NumberInUse(Refusal, frozen=True):
    """Somebody who is still here has that number."""

    at = "number"
    number: str


class EnteredBefore(Refusal, frozen=True):
    """That hand-written number of today has been entered already."""

    at = "number"
    number: str


class TimesOutOfOrder(Refusal, frozen=True):
    """The times do not follow each other, or lie outside this day."""

    at = "taken_at"


class CounterNeeded(Refusal, frozen=True):
    """A served number needs the counter and both its times."""

    at = "counter"


class CounterInUse(Refusal, frozen=True):
    """The new configuration takes away a counter that is in use."""

    at = "config"
    counter: int


class ServiceInUse(Refusal, frozen=True):
    """The new configuration takes away a service that people are here for."""

    at = "config"
    service: str
    people: int


# --- Of the connection, before any decision --------------------------------------------------


class BadMessage(Refusal, frozen=True):
    """Not a message of this protocol; `problem` says what and where."""

    problem: str


class MessageTooLong(Refusal, frozen=True):
    """Longer than a message may be."""

    bytes_max: int


class NumberOfAPerson(Refusal, frozen=True):
    """A mobile, identity or card number where none may be: it would be kept for years."""


class UnknownCommand(Refusal, frozen=True):
    """No command of that name."""

    at = "type"
    command: str


class NotAllowed(Refusal, frozen=True):
    """The role may not do this; `who` may."""

    at = "type"
    command: str
    role: Role
    who: Role


class NotYourCounter(Refusal, frozen=True):
    """A teller acts for the own counter only."""

    at = "counter"
    counter: int


class NotYourTicket(Refusal, frozen=True):
    """A customer acts for the own ticket only."""

    at = "visit"
    visit: int


class LanesByStaffOnly(Refusal, frozen=True):
    """The lane is given by staff, not at a kiosk."""

    at = "lanes"


class CommandReused(Refusal, frozen=True):
    """The id was used for another command."""

    at = "id"


class Busy(Refusal, frozen=True):
    """The server could not take the command now; nothing happened. Send it again."""


class RateLimited(Refusal, frozen=True):
    """Too much was asked in a short time; nothing happened. Send it again after a pause."""


class BranchStopped(Refusal, frozen=True):
    """The branch has stopped after a fault in its journal; somebody must look."""


class HelloExpected(Refusal, frozen=True):
    """The first message must be `Hello`."""

    at = "type"


class NotKnown(Refusal, frozen=True):
    """The station or ticket is not known here; the same `Hello` will be refused again."""

    at = "secret"


class VersionNotSpoken(Refusal, frozen=True):
    """The server does not speak this version of the protocol."""

    at = "version"
    version: int


class ViewNotAllowed(Refusal, frozen=True):
    """The role may not see that view, or there is no such view."""

    at = "views"
    view: str


# --- Appointments ----------------------------------------------------------------------------


class UnknownAppointment(Refusal, frozen=True):
    """No such appointment in this branch, or not any more."""

    at = "appointment"
    appointment: int


class NotBookable(Refusal, frozen=True):
    """No appointments are given for the service."""

    at = "service"
    service: str


class AppointmentsOnly(Refusal, frozen=True):
    """The service is done by appointment only."""

    at = "service"
    service: str


class SlotNotOffered(Refusal, frozen=True):
    """There is no such time to be booked; `nearest_at` (ms) are free ones nearby."""

    at = "slot"
    nearest_at: tuple[int, ...] = ()


class SlotTaken(Refusal, frozen=True):
    """Others have that time; `nearest_at` (ms) are the nearest free ones."""

    at = "slot"
    nearest_at: tuple[int, ...] = ()


class HoldOver(Refusal, frozen=True):
    """The time is not kept any more, or not for this terminal."""

    at = "appointment"


class BookedAlready(Refusal, frozen=True):
    """Whoever has this telephone number has an appointment on that day already."""

    at = "phone"
    booked_at: int


class MissedTooOften(Refusal, frozen=True):
    """Whoever has this telephone number has missed so many appointments lately."""

    at = "phone"
    times: int


class AppointmentOver(Refusal, frozen=True):
    """The appointment is not to come any more."""

    at = "appointment"
    appointment_state: AppointmentState


class CheckedInBefore(Refusal, frozen=True):
    """The appointment has its ticket already."""

    at = "appointment"
    number: str


class TooEarlyToCheckIn(Refusal, frozen=True):
    """It can be checked in from `from_at` (ms) on."""

    at = "appointment"
    booked_at: int
    from_at: int


class OnAnotherDay(Refusal, frozen=True):
    """The appointment is not today."""

    at = "appointment"
    booked_at: int


class CodeNotKnown(Refusal, frozen=True):
    """No appointment has that link, or that code with those four digits."""

    at = "code"


class NotYourAppointment(Refusal, frozen=True):
    """The holder of a link acts for that appointment only, a kiosk with its code."""

    at = "appointment"


REFUSALS: dict[str, type[Refusal]] = {c.__name__: c for c in Refusal.__subclasses__()}
"""Every refusal by its code."""
