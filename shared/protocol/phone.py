"""What customers see on their own phones: a ticket, or an appointment."""

from __future__ import annotations

from shared.protocol.shown import BranchView, MessageShown, WaitShown
from shared.protocol.words import (
    AppointmentId,
    AppointmentState,
    CounterId,
    DayName,
    FieldId,
    FieldKind,
    Language,
    Moment,
    QuestionId,
    ServiceId,
    TicketState,
    Value,
    VisitId,
    Words,
)


class TicketQuestion(Value, frozen=True, kw_only=True):
    """A service of this visit that its customer may still rate with `RateVisit`, or has rated so.

    `counter` is where it was; `rated` says that it has its answer.
    """

    id: QuestionId
    counter: CounterId
    at: Moment
    rated: bool = False


class ChoiceShown(Value, frozen=True, kw_only=True):
    """Something to choose in a form."""

    id: FieldId
    label: Words


class FormField(Value, frozen=True, kw_only=True):
    """A field of the form that can be filled in while waiting, with its rules.

    A text has from `length_min` to `length_max` characters, a number lies between `least` and
    `most`, a date between `earliest` and `latest`.
    """

    id: FieldId
    kind: FieldKind
    label: Words
    required: bool = False
    length_min: int | None = None
    length_max: int | None = None
    least: int | None = None
    most: int | None = None
    earliest: DayName | None = None
    latest: DayName | None = None
    choices: tuple[ChoiceShown, ...] = ()


class StepBackShown(Value, frozen=True, kw_only=True):
    """How a waiting customer may step back: so many times more, so far. `can_end`: stands back by
    own choice, and `EndStepBack` would end it."""

    left: int
    places_max: int
    minutes_max: int
    can_end: bool = False


class TicketView(BranchView, frozen=True, kw_only=True):
    """What the customer's own page shows: one ticket, nobody else.

    `soon`: it is near the front, as the branch has set it. `booked_at` is the time of the
    appointment it came from.
    `step_back` is there while the ticket waits, `form` until it is served; what has been filled in
    is told to the teller only, here no more than that it was, in `form_filled`. `absent`: taken
    before coming, not checked in so far; its place is kept until `arrive_by`, once its turn is
    there.
    """

    feed_by = "visit"

    visit: VisitId
    number: str
    state: TicketState
    language: Language = "zh"
    branch_name: Words = Words()
    complaint_phone: str = ""
    service: ServiceId
    service_name: Words
    bring: tuple[Words, ...] = ()
    taken_at: Moment
    booked_at: Moment | None = None
    people_ahead: int | None = None
    wait: WaitShown | None = None
    soon: bool = False
    counter: CounterId | None = None
    counter_name: Words | None = None
    called_at: Moment | None = None
    held_places: int | None = None
    held_until: Moment | None = None
    step_back: StepBackShown | None = None
    absent: bool = False
    arrive_by: Moment | None = None
    form: tuple[FormField, ...] = ()
    form_filled: tuple[FieldId, ...] = ()
    missing_papers: tuple[str, ...] = ()
    reinstate_places: int | None = None
    questions: tuple[TicketQuestion, ...] = ()
    messages: tuple[MessageShown, ...] = ()
    emergency: bool = False


class AppointmentView(BranchView, frozen=True, kw_only=True):
    """What the holder of an appointment's link sees: that one, and nobody's name.

    `check_in_from` is from when on it can be checked in; `visit` and `number` are the ticket's,
    once it is. `sequence` counts the times it was moved.
    """

    feed_by = "appointment"

    appointment: AppointmentId
    state: AppointmentState
    service: ServiceId
    service_name: Words
    branch_name: Words
    bring: tuple[Words, ...] = ()
    slot: Moment
    minutes: int
    sequence: int = 0
    confirmed: bool = False
    check_in_from: Moment
    visit: VisitId | None = None
    number: str | None = None
    messages: tuple[MessageShown, ...] = ()
