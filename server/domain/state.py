"""The state of one branch, and the life of a ticket in one table.

Plain mutable structs: `apply` is the only code that changes them. They hold numbers, lanes,
times and staff ids; never a name, a phone number or the cause of a need. The whole is encoded
as JSON for the journal's snapshots, so every field is a plain value.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec
from msgspec import Struct

from server.domain.configuration import BranchConfig
from server.domain.hours import ServiceHours
from shared.protocol import (
    AlertKind,
    AlertOutcome,
    AppointmentState,
    CallShown,
    CounterId,
    CounterState,
    EmergencyKind,
    HelpKind,
    Lane,
    Language,
    MachineState,
    MessageShown,
    Need,
    PagerState,
    ParkOwner,
    ParkReason,
    PauseReason,
    PrinterState,
    QuestionState,
    RatingReason,
    RatingSource,
    Reason,
    RequestKind,
    Role,
    TicketState,
    TransactionOutcome,
    VisitId,
    VoiceState,
    WhyCalled,
)

TICKET_TRANSITIONS: Final[dict[TicketState | None, dict[str, TicketState]]] = {
    None: {
        "TicketTaken": "waiting",
        "HandwrittenEntered": "waiting",
    },
    "waiting": {
        "TicketReprinted": "waiting",
        "FormFilled": "waiting",
        "TicketSteppedBack": "waiting",
        "StepBackEnded": "waiting",
        "TurnCame": "waiting",
        "CustomerArrived": "waiting",
        "CustomerNotCome": "given_up",
        "LanesChanged": "waiting",
        "NeedsChanged": "waiting",
        "TicketPromoted": "waiting",
        "TicketReassigned": "waiting",
        "TicketCalled": "called",
        "TicketDiverted": "diverted",
        "HandwrittenServed": "done",
        "TicketLeft": "left",
        "TicketGivenUp": "given_up",
        "TicketUnserved": "unserved",
    },
    "called": {
        "TicketReprinted": "called",
        "FormFilled": "called",
        "TicketRecalled": "called",
        "LanesChanged": "called",
        "NeedsChanged": "called",
        "ServiceStarted": "serving",
        "TicketReturned": "waiting",
        "TicketTransferred": "waiting",
        "TicketMissed": "missed",
        "TicketParked": "parked",
        "TicketDiverted": "diverted",
        "TicketLeft": "left",
        "TicketGivenUp": "given_up",
        "TicketUnserved": "unserved",
    },
    "serving": {
        "TicketReprinted": "serving",
        "LanesChanged": "serving",
        "NeedsChanged": "serving",
        "TransactionAdded": "serving",
        "TransactionFinished": "serving",
        "ServiceFinished": "done",
        "TicketTransferred": "waiting",
        "TicketParked": "parked",
        "TicketUnserved": "unserved",
    },
    "parked": {
        "TicketReprinted": "parked",
        "FormFilled": "parked",
        "LanesChanged": "parked",
        "NeedsChanged": "parked",
        "TicketCalled": "called",
        "ParkEnded": "waiting",
        "TicketLeft": "left",
        "TicketGivenUp": "given_up",
        "TicketUnserved": "unserved",
    },
    "missed": {
        "TicketReprinted": "missed",
        "FormFilled": "missed",
        "LanesChanged": "missed",
        "NeedsChanged": "missed",
        "TicketCalled": "called",
        "TicketReinstated": "waiting",
        "TicketLeft": "left",
        "TicketGivenUp": "given_up",
        "TicketUnserved": "unserved",
    },
    "diverted": {
        "TicketReprinted": "diverted",
        "FormFilled": "diverted",
        "LanesChanged": "diverted",
        "NeedsChanged": "diverted",
        "TicketCameBack": "waiting",
        "FinishedAtMachine": "done",
        "TicketLeft": "left",
        "TicketGivenUp": "given_up",
        "TicketUnserved": "unserved",
    },
    "done": {},
    "left": {},
    "given_up": {},
    "unserved": {},
}
"""(state, event) → state, for every event that moves or touches a ticket. What is not here
cannot happen. `ActionUndone` alone stands outside: it puts back what was there before."""

APPOINTMENT_TRANSITIONS: Final[dict[AppointmentState | None, dict[str, AppointmentState]]] = {
    None: {
        "AppointmentHeld": "held",
    },
    "held": {
        "AppointmentBooked": "booked",
        "AppointmentReleased": "cancelled",
    },
    "booked": {
        "AppointmentMoved": "booked",
        "AppointmentConfirmed": "booked",
        "AppointmentCheckedIn": "arrived",
        "AppointmentWalkedIn": "walked_in",
        "AppointmentMissed": "missed",
        "AppointmentCancelled": "cancelled",
    },
    "missed": {
        "AppointmentWalkedIn": "walked_in",
    },
    "arrived": {},
    "walked_in": {},
    "cancelled": {},
}
"""The same for appointments. Whoever comes too late, or rather waits, has walked in."""

LIVE_STATES: Final = frozenset(
    state for state, moves in TICKET_TRANSITIONS.items() if state is not None and moves
)
"""The states of a ticket whose number must not be given again."""


class Actor(Struct, frozen=True, omit_defaults=True):
    """Who did it: the role, the station, and the person where one has signed in."""

    role: Role
    station: str = ""
    staff: str = ""
    visit: int = 0
    counter: int = 0
    appointment: int = 0


CLOCK: Final = Actor(role="clock")
"""The actor of what the clock does."""


class Stamp(Struct, frozen=True):
    """When, by whom and by which command something happens: values, not services.

    `private`: the command says something of a person, which is kept elsewhere under this new id;
    `same`: the ids under which there is the same telephone number already. `answers` are those in
    a form, by field, for the rules to check: they go into no event and into no state.
    """

    at: int
    actor: Actor = CLOCK
    command_id: str = ""
    private: str = ""
    same: tuple[str, ...] = ()
    answers: Mapping[str, str] = {}

    def __repr__(self) -> str:
        return f"Stamp(at={self.at!r}, actor={self.actor!r}, command_id={self.command_id!r})"


class Transaction(Struct):
    """One service within the visit; its number is its place in the visit's list, from 1.

    `back_to` holds the counters that want the visit back, the last one to be kept first.
    `served_ms` sums the stretches at a counter: time in park is neither wait nor service.
    """

    service: str
    queued_at: int
    back_to: tuple[CounterId, ...] = ()
    counter: CounterId | None = None
    called_at: int | None = None
    started_at: int | None = None
    running_since: int | None = None
    served_ms: int = 0
    ended_at: int | None = None
    outcome: TransactionOutcome | None = None
    papers: tuple[str, ...] = ()


class Hold(Struct, frozen=True):
    """Not to be called until `places` others of its service have been called, or `until` has
    come. `strict`: the customer asked for a time, so an idle counter does not call earlier.
    `asked_at` is when the customer asked for it; None where it was put back by others."""

    places: int
    until: int
    strict: bool = False
    asked_at: int | None = None


class Park(Struct, frozen=True):
    """Outside the line, with what for, whose it is, and when it returns by itself."""

    reason: ParkReason
    owner: ParkOwner
    counter: CounterId
    since: int
    until: int | None = None


class Visit(Struct):
    """One customer's stay: one ticket, one or more transactions.

    `taken_at` never changes; `waiting_since` is the epoch the line counts from (the opening,
    for tickets taken before it). `version` counts the changes; `note_id` is that of what the
    counter that transferred it has written down, `answered` those of the form fields that were
    filled in, `questions` those asked about its services; `call` is the id of its last one, as in
    `CallShown`. A `remote` one was taken before coming; its place is kept until `turn_until` when
    its turn has come.
    """

    id: VisitId
    number: str
    state: TicketState
    taken_at: int
    waiting_since: int
    lanes: tuple[Lane, ...]
    transactions: list[Transaction]
    needs: tuple[Need, ...] = ()
    language: Language = "zh"
    current: int = 0
    version: int = 0
    practice: bool = False
    handwritten: bool = False
    counter: CounterId | None = None
    only_counter: CounterId | None = None
    promoted_at: int | None = None
    hold: Hold | None = None
    park: Park | None = None
    missed_at: int | None = None
    machine: str | None = None
    step_backs: int = 0
    reinstatements: int = 0
    calls: int = 0
    first_call_at: int | None = None
    last_call_at: int | None = None
    why: WhyCalled | None = None
    note_id: str | None = None
    answered: tuple[str, ...] = ()
    questions: tuple[int, ...] = ()
    booked_at: int | None = None
    call: int | None = None
    remote: bool = False
    arrived_at: int | None = None
    turn_until: int | None = None

    @property
    def absent(self) -> bool:
        """Taken before coming, and its holder has not come so far."""
        return self.remote and self.arrived_at is None

    @property
    def transaction(self) -> Transaction:
        """The transaction it waits for or is served with now (the last one, once ended)."""
        return self.transactions[self.current]

    @property
    def service(self) -> str:
        """The service of the present transaction."""
        return self.transactions[self.current].service

    def copy(self) -> Visit:
        """A copy that shares nothing that changes."""
        return msgspec.structs.replace(
            self, transactions=[msgspec.structs.replace(t) for t in self.transactions]
        )


class Figures(Struct, frozen=True):
    """What a counter has done today."""

    called: int = 0
    finished: int = 0
    missed: int = 0
    serving_ms: int = 0


class LastAction(Struct):
    """The counter's last action on a ticket, with what was there before: for undo."""

    event: str
    at: int
    before: Visit
    version: int
    counter_visit: VisitId | None
    figures: Figures
    calls_since_vip: int


class Counter(Struct):
    """A counter today. `since` is when it came into its state or its ticket ended.

    `question` is about the service last finished here, until the next one begins; of the last
    questions in a row, its panel has shown none of `panel_silent`.
    """

    id: CounterId
    services: tuple[str, ...]
    state: CounterState = "closed"
    since: int = 0
    closing: bool = False
    pause_reason: PauseReason | None = None
    staff: str = ""
    visit: VisitId | None = None
    help: HelpKind | None = None
    help_since: int | None = None
    question: int | None = None
    panel_silent: int = 0
    calls_since_vip: int = 0
    last_action: LastAction | None = None
    figures: Figures = Figures()


class Alert(Struct, frozen=True):
    """Something that wants a person; open until it has an outcome.

    It stays known until its cause ceases, so that a cause raises one alert, not many.
    """

    id: int
    kind: AlertKind
    at: int
    visit: VisitId | None = None
    counter: CounterId | None = None
    service: str | None = None
    machine: str | None = None
    station: str | None = None
    question: int | None = None
    pager: int | None = None
    outcome: AlertOutcome | None = None


class Request(Struct, frozen=True):
    """What a customer has asked for on `day`, not closed so far; `escalated_at` is the last time
    it got another owner."""

    id: int
    kind: RequestKind
    owner: str
    at: int
    day: str
    alert: int | None = None
    visit: VisitId | None = None
    number: str = ""
    service: str | None = None
    escalated_at: int | None = None


class RatingTally(Struct, frozen=True):
    """What has become of questions, counted: see `RatingFigures`."""

    answered: int = 0
    not_rated: int = 0
    cut_short: int = 0
    panel_offline: int = 0
    by_phone: int = 0
    satisfied: int = 0
    dissatisfied: int = 0

    @property
    def rated(self) -> int:
        """How many scores there are."""
        return self.answered + self.by_phone


class OwnTally(Struct, frozen=True):
    """A teller's ratings, and what of them the teller has been told so far."""

    now: RatingTally = RatingTally()
    told: RatingTally = RatingTally()


class Question(Struct, frozen=True):
    """How one service was: of one visit, at one counter, by one teller.

    `until` is when its time is over, or that of its reason; `state` is what the panel made of it,
    also where the phone (`source`) has answered later.
    """

    id: int
    visit: VisitId
    counter: CounterId
    staff: str
    asked_at: int
    until: int
    state: QuestionState = "asked"
    shown: bool = False
    again: bool = False
    score: int | None = None
    source: RatingSource | None = None
    reason: RatingReason | None = None
    practice: bool = False

    @property
    def open(self) -> bool:
        """Whether the panel still asks."""
        return self.state in ("asked", "shown")


class Pager(Struct, frozen=True):
    """A vibrating pager that is out since then: with the visit it is bound to, unless it is lost.

    It outlives the visit, which has been over since `over_since`, and the day: it is a thing, and
    somebody has it. `confirmed` is the last call it is known to have told.
    """

    id: int
    visit: VisitId
    number: str
    since: int
    state: PagerState = "unconfirmed"
    confirmed: int | None = None
    over_since: int | None = None


class Appointment(Struct):
    """A time kept for somebody: held for some minutes, booked, and what became of it.

    `slot` is when it begins; `held_by` where it was chosen; `person` the id under which it is kept
    elsewhere whose it is; `sequence` counts the moves. `changed_at` is when it was booked, moved or
    cancelled; `confirmed`: the customer has said since that the time is kept.
    """

    id: int
    service: str
    slot: int
    state: AppointmentState
    held_by: str = ""
    held_until: int = 0
    needs: tuple[Need, ...] = ()
    language: Language = "zh"
    speaks: Language | None = None
    person: str = ""
    sequence: int = 0
    visit: int = 0
    changed_at: int = 0
    confirmed: bool = False


class Shows(Struct, frozen=True):
    """Of so many appointments for a service that came due, so many customers came."""

    due: int = 0
    came: int = 0


class Emergency(Struct):
    """A time of paper numbers; without `until` it lasts."""

    kind: EmergencyKind
    since: int
    until: int | None = None


class Quarter(Struct):
    """A quarter of an hour of the day: the longest line and the last one, and the waits (ms) that
    ended in it, sorted."""

    arrivals: int = 0
    calls: int = 0
    line_max: int = 0
    line_last: int = 0
    waits: list[int] = []


class Told(Struct, frozen=True):
    """A call of the day with its reason; `id` as in `CallShown`."""

    id: int
    visit: VisitId
    counter: CounterId
    service: str
    at: int
    why: WhyCalled


class Day(Struct):
    """A business day; a manager's overrides live here and end with it.

    `duty` maps who is on duty to since when; `resumed_at` is when the server last came back;
    `emergencies` are the day's, the last one perhaps still in force. `persons` are the ids under
    which it is kept elsewhere whose visits those are. `uncovered_ms` adds up the times without
    anybody on duty that are over. `told` are the last calls with their reasons, `quarters` the
    course of the day by its quarters of an hour since 1970. `questions` are those of services
    finished today, but for practice counted in the ratings.
    """

    date: str
    opened_at: int
    ends_at: int
    hours: dict[str, ServiceHours]
    preset: str = ""
    series: dict[str, int] = {}
    issued: dict[str, int] = {}
    closed_services: dict[str, Reason] = {}
    stopped: dict[str, Reason] = {}
    duty: dict[str, int] = {}
    uncovered_since: int | None = None
    uncovered_ms: int = 0
    resumed_at: int = 0
    alerts: dict[int, Alert] = {}
    last_alert: int = 0
    messages: list[MessageShown] = []
    last_message: int = 0
    calls: list[CallShown] = []
    emergency: EmergencyKind | None = None
    emergencies: list[Emergency] = []
    persons: dict[int, str] = {}
    told: list[Told] = []
    quarters: dict[int, Quarter] = {}
    questions: dict[int, Question] = {}
    last_question: int = 0
    ratings_by_counter: dict[int, RatingTally] = {}
    ratings_by_staff: dict[str, OwnTally] = {}

    def practises_at(self, at: int) -> bool:
        """Whether a number written by hand at that time is practice.

        Numbers are written before anybody has pressed a key, and for a while after: what lies
        outside of all emergencies is practice only if the day has had nothing else.
        """
        written_in = [
            e for e in self.emergencies if e.since <= at and (not e.until or at < e.until)
        ]
        return all(e.kind in PRACTICE for e in written_in or self.emergencies)


PRACTICE: Final = frozenset({"drill", "training"})
"""What is marked and never counted."""

ALL_SERVICES: Final = "*"
"""The key of `Day.stopped` that stands for every service."""


class Branch(Struct):
    """Everything a decision may look at. `seq` counts the events that made it."""

    config: BranchConfig
    seq: int = 0
    at: int = 0
    day: Day | None = None
    day_first_seq: int = 0
    last_day: str = ""
    last_visit: int = 0
    rehearsal: bool = False
    visits: dict[int, Visit] = {}
    line: dict[int, None] = {}
    live: dict[str, int] = {}
    counters: dict[int, Counter] = {}
    machines: dict[str, MachineState] = {}
    silent: dict[int, int] = {}
    printers: dict[str, PrinterState] = {}
    voices: dict[str, VoiceState] = {}
    clock_steps: int = 0
    appointments: dict[int, Appointment] = {}
    last_appointment: int = 0
    shows: dict[str, Shows] = {}
    requests: dict[int, Request] = {}
    last_request: int = 0
    pagers: dict[int, Pager] = {}

    @property
    def id(self) -> str:
        """The branch's id."""
        return self.config.id

    def here(self) -> list[Visit]:
        """The visits that are not over."""
        return [self.visits[n] for n in self.live.values()]

    def waiting(self) -> list[Visit]:
        """The visits in the line, in the order they joined it."""
        return [self.visits[n] for n in self.line]


def new_branch(config: BranchConfig) -> Branch:
    """A branch before its first event. Its configuration is the event to come."""
    return Branch(config=config)
