"""What whoever steers the lobby sees."""

from __future__ import annotations

from shared.protocol.shown import (
    BookingTimes,
    BranchView,
    MachineShown,
    MessageShown,
    PagerShown,
    PrinterShown,
    ServiceShown,
    VoiceShown,
)
from shared.protocol.teller import (
    AppointmentShown,
    OwnFigures,
    RatingFigures,
    RequestShown,
    TicketShown,
    WhyCalled,
)
from shared.protocol.words import (
    AlertKind,
    CounterId,
    CounterState,
    EmergencyKind,
    HelpKind,
    MachineId,
    Moment,
    PagerNumber,
    PauseReason,
    QuestionId,
    RatingReason,
    Score,
    ServiceId,
    StaffId,
    Value,
    VisitId,
    Words,
)


class CounterStatus(Value, frozen=True, kw_only=True):
    """A counter as the manager sees it."""

    id: CounterId
    name: Words
    state: CounterState
    services: tuple[ServiceId, ...]
    since: Moment
    closing: bool = False
    elastic: bool = False
    low: bool = False
    silent_since: Moment | None = None
    pause_reason: PauseReason | None = None
    staff: str | None = None
    help: HelpKind | None = None
    current: TicketShown | None = None
    figures: OwnFigures = OwnFigures()
    would_save: float | None = None
    ratings: RatingFigures = RatingFigures()


class AlertShown(Value, frozen=True, kw_only=True):
    """Something that wants a person; it closes only with an outcome.

    A bad rating has its `question` and `score`, and the `rating_reason` once that is given. It
    does not close with `no_action`, nor does one about a `pager`, which closes by itself as
    `solved` when that is released.
    """

    id: int
    kind: AlertKind
    at: Moment
    visit: VisitId | None = None
    number: str | None = None
    counter: CounterId | None = None
    service: ServiceId | None = None
    machine: MachineId | None = None
    station: str | None = None
    question: QuestionId | None = None
    pager: PagerNumber | None = None
    score: int | None = None
    rating_reason: RatingReason | None = None


class CommentShown(Value, frozen=True, kw_only=True):
    """What a customer has said of a service by the ticket's link, in words of their own."""

    question: QuestionId
    number: str
    counter: CounterId
    score: Score
    at: Moment
    comment: str

    def __repr__(self) -> str:
        return f"CommentShown(question={self.question!r}, comment='***')"


class DutyShown(Value, frozen=True, kw_only=True):
    """Who is on duty in the lobby, and since when."""

    staff: StaffId
    since: Moment


class CallTold(Value, frozen=True, kw_only=True):
    """A call with its reason, for staff. `passed_over` are the numbers of the first that arrived
    earlier and could have been called; `why.passed_over_count` counts all of them."""

    id: int
    number: str
    counter: CounterId
    service: ServiceId
    at: Moment
    why: WhyCalled
    passed_over: tuple[str, ...] = ()


class DayPlots(Value, frozen=True, kw_only=True):
    """The course of the day by quarters of an hour, the first of which begins at `first`; practice
    is not counted."""

    first: Moment = 0
    arrivals: tuple[int, ...] = ()
    calls: tuple[int, ...] = ()
    line: tuple[int, ...] = ()
    waits_ms: tuple[int | None, ...] = ()


class DayFigures(Value, frozen=True, kw_only=True):
    """The day so far, in visits."""

    issued: int = 0
    waiting: int = 0
    called: int = 0
    serving: int = 0
    parked: int = 0
    missed: int = 0
    diverted: int = 0
    done: int = 0
    left: int = 0
    given_up: int = 0
    unserved: int = 0


class BoardView(BranchView, frozen=True, kw_only=True):
    """What whoever steers the lobby sees: everything, with its reasons."""

    name: Words
    preset: str
    presets: tuple[str, ...]
    line: tuple[TicketShown, ...]
    line_count: int
    off_line: tuple[TicketShown, ...]
    counters: tuple[CounterStatus, ...]
    services: tuple[ServiceShown, ...]
    machines: tuple[MachineShown, ...]
    printers: tuple[PrinterShown, ...] = ()
    voices: tuple[VoiceShown, ...] = ()
    duty: tuple[DutyShown, ...]
    uncovered_since: Moment | None = None
    uncovered_ms: int = 0
    alerts: tuple[AlertShown, ...]
    requests: tuple[RequestShown, ...] = ()
    messages: tuple[MessageShown, ...]
    figures: DayFigures
    calls: tuple[CallTold, ...] = ()
    plots: DayPlots = DayPlots()
    ratings: RatingFigures = RatingFigures()
    comments: tuple[CommentShown, ...] = ()
    appointments: tuple[AppointmentShown, ...] = ()
    pagers: tuple[PagerShown, ...] = ()
    booking: BookingTimes | None = None
    emergency: EmergencyKind | None = None
    rehearsal: bool = False
    next_day_opens: Moment | None = None
