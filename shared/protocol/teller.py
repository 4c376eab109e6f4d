"""What a teller sees, and the rating panel at the same counter."""

from __future__ import annotations

from shared.protocol.shown import (
    BookingTimes,
    BranchView,
    CounterShown,
    MessageShown,
    ServiceShown,
    VoiceShown,
    WaitShown,
)
from shared.protocol.words import (
    Action,
    AppointmentId,
    AppointmentStatus,
    CallRule,
    CounterId,
    CounterState,
    DayName,
    FieldId,
    HelpKind,
    Lane,
    Language,
    MachineId,
    Moment,
    Need,
    PagerNumber,
    ParkReason,
    PauseReason,
    QuestionId,
    QuestionState,
    Reason,
    RequestId,
    RequestKind,
    ServiceId,
    TicketState,
    TransactionOutcome,
    Value,
    VisitId,
    Words,
)


class WhyCalled(Value, frozen=True, kw_only=True):
    """Why a ticket was called: the rule, its score in minutes, and what it passed over.

    `passed_over` are the visits that arrived earlier and could have been called (at most 20;
    `passed_over_count` counts all).
    """

    rule: CallRule
    lane: Lane = "ordinary"
    waited_ms: int = 0
    score: float = 0.0
    reason: Reason | None = None
    passed_over: tuple[VisitId, ...] = ()
    passed_over_count: int = 0


class TransactionShown(Value, frozen=True, kw_only=True):
    """One service within the visit."""

    n: int
    service: ServiceId
    queued_at: Moment
    started_at: Moment | None = None
    ended_at: Moment | None = None
    counter: CounterId | None = None
    outcome: TransactionOutcome | None = None
    papers: tuple[str, ...] = ()


class PersonShown(Value, frozen=True, kw_only=True):
    """Whose visit it is, as far as was recorded. In full where it is served, masked elsewhere."""

    name: str = ""
    phone: str = ""
    note: str = ""
    amount: str = ""

    def __repr__(self) -> str:
        return "PersonShown(***)"


class AnswerShown(Value, frozen=True, kw_only=True):
    """One answer in the form that was filled in while waiting; typed, it is the same in every
    language."""

    field: FieldId
    label: Words
    answer: Words

    def __repr__(self) -> str:
        return f"AnswerShown(field={self.field!r}, answer='***')"


class TicketShown(Value, frozen=True, kw_only=True):
    """A ticket as staff see it.

    Only the teller who has it in hand sees the `person` in full, and the `note` and the `answers`
    at all.
    """

    visit: VisitId
    number: str
    state: TicketState
    service: ServiceId
    lanes: tuple[Lane, ...]
    needs: tuple[Need, ...] = ()
    language: Language = "zh"
    taken_at: Moment
    waiting_since: Moment
    due_at: Moment | None = None
    counter: CounterId | None = None
    only_counter: CounterId | None = None
    calls: int = 0
    called_at: Moment | None = None
    started_at: Moment | None = None
    held_places: int | None = None
    held_until: Moment | None = None
    promoted: bool = False
    park_reason: ParkReason | None = None
    park_until: Moment | None = None
    missed_at: Moment | None = None
    machine: MachineId | None = None
    why: WhyCalled | None = None
    booked_at: Moment | None = None
    absent: bool = False
    wait: WaitShown | None = None
    pager: PagerNumber | None = None
    person: PersonShown | None = None
    note: str = ""
    answers: tuple[AnswerShown, ...] = ()


class AppointmentShown(Value, frozen=True, kw_only=True):
    """An appointment of the day, for staff."""

    id: AppointmentId
    service: ServiceId
    slot: Moment
    status: AppointmentStatus
    confirmed: bool = False
    needs: tuple[Need, ...] = ()
    language: Language = "zh"
    visit: VisitId | None = None
    number: str | None = None
    person: PersonShown | None = None


class OwnFigures(Value, frozen=True, kw_only=True):
    """A counter's own day so far."""

    called: int = 0
    finished: int = 0
    missed: int = 0
    serving_ms: int = 0


class RequestShown(Value, frozen=True, kw_only=True):
    """What a customer has asked for, and who owns it until it is closed."""

    id: RequestId
    kind: RequestKind
    owner: str
    at: Moment
    day: DayName
    visit: VisitId | None = None
    number: str = ""
    service: ServiceId | None = None
    alert: int | None = None
    escalated_at: Moment | None = None


class RatingFigures(Value, frozen=True, kw_only=True):
    """What customers were asked after a service, and said.

    `answered`, `not_rated` and `cut_short` add up to what the rating panel has asked (参评率 is
    the first of them by the three), with `panel_offline` to the services finished. `by_phone` were
    given later by the ticket's link. `satisfied` (5 and 4) and `dissatisfied` (2 and 1) count both:
    满意率 is `satisfied` by `answered` and `by_phone`.
    """

    answered: int = 0
    not_rated: int = 0
    cut_short: int = 0
    panel_offline: int = 0
    by_phone: int = 0
    satisfied: int = 0
    dissatisfied: int = 0


class QuestionStatus(Value, frozen=True, kw_only=True):
    """What has become of the question about the service last finished here; never the score.

    `until` is when its time is over; null when it has ended. `can_repeat`: `RepeatQuestion` would
    put it once more.
    """

    id: QuestionId
    number: str
    state: QuestionState
    asked_at: Moment
    until: Moment | None = None
    can_repeat: bool = False


class CounterView(BranchView, frozen=True, kw_only=True):
    """What a teller sees: the ticket in hand, the line this counter would serve, and why.

    What its keys may do is in it too, so that a terminal can say why not yet: `UndoAction` takes
    `undo` back until `undo_until`; the ticket in hand may be called again from `recall_from`, and
    be missed from `miss_from` once it was called `calls_min` times.
    """

    feed_by = "counter"

    counter: CounterId
    name: Words
    state: CounterState
    services: tuple[ServiceId, ...]
    closing: bool = False
    pause_reason: PauseReason | None = None
    staff: str | None = None
    since: Moment = 0
    help: HelpKind | None = None
    help_since: Moment | None = None
    can_undo: bool = False
    undo: Action | None = None
    undo_until: Moment | None = None
    calls_min: int = 1
    calls_gap_seconds: int = 0
    recall_from: Moment | None = None
    miss_from: Moment | None = None
    current: TicketShown | None = None
    transactions: tuple[TransactionShown, ...] = ()
    next_why: WhyCalled | None = None
    best_here: bool = False
    line: tuple[TicketShown, ...] = ()
    line_count: int = 0
    missed: tuple[TicketShown, ...] = ()
    parked: tuple[TicketShown, ...] = ()
    figures: OwnFigures = OwnFigures()
    branch_name: Words = Words()
    all_services: tuple[ServiceShown, ...] = ()
    counters: tuple[CounterShown, ...] = ()
    voices: tuple[VoiceShown, ...] = ()
    requests: tuple[RequestShown, ...] = ()
    question: QuestionStatus | None = None
    own_ratings: RatingFigures | None = None
    appointments: tuple[AppointmentShown, ...] = ()
    booking: BookingTimes | None = None
    messages: tuple[MessageShown, ...] = ()
    would_save: float | None = None
    emergency: bool = False


class PanelQuestion(Value, frozen=True, kw_only=True):
    """What a rating panel asks, until when.

    Not yet `rated`: the five faces. `rated`: why, with a touch, for a score of 2 or 1. `again`: the
    teller has had it repeated.
    """

    id: QuestionId
    number: str
    language: Language
    until: Moment
    rated: bool = False
    again: bool = False


class PanelView(BranchView, frozen=True, kw_only=True):
    """What the rating panel at a counter shows: the question of the moment, or nothing of anybody.

    `seconds` is how long a question stands there at the least.
    """

    feed_by = "counter"

    name: Words
    counter: CounterId
    counter_name: Words
    state: CounterState
    seconds: int
    question: PanelQuestion | None = None
