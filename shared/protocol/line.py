"""Commands of the line: what a customer, or the kiosk for one, does with a ticket."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from shared.protocol.words import (
    AnswerText,
    CommandId,
    Comment,
    Confidential,
    DayName,
    FieldId,
    HelpWanted,
    Lane,
    Language,
    Need,
    QuestionId,
    RatingReason,
    Reason,
    Score,
    ServiceId,
    Value,
    VisitId,
    Wire,
)


class BranchCommand(Wire, frozen=True, kw_only=True):
    """What every command carries: an id made by the client, and the business day it means.

    A repeated id gets the first answer again and changes nothing. A command sent into another
    business day is refused with `DayChanged`.
    """

    id: CommandId
    day: DayName


class VisitCommand(BranchCommand, frozen=True, kw_only=True):
    """A command about one visit; a customer may give it for the own visit only."""

    visit: VisitId


class TakeTicket(BranchCommand, frozen=True, kw_only=True):
    """取号 — take a number for a service.

    `reason` is for staff only: it issues outside the ticket window or after issuing stopped.
    """

    service: ServiceId
    lanes: Annotated[tuple[Lane, ...], Meta(max_length=4)] = ()
    needs: Annotated[tuple[Need, ...], Meta(max_length=7)] = ()
    language: Language = "zh"
    reason: Reason | None = None


class TakeRemoteTicket(BranchCommand, frozen=True, kw_only=True):
    """远程取号 — take a number before coming, where the branch allows it for the service.

    It has its place in the line from now on, and is called once its holder has checked in at the
    kiosk with the link or the six digits (`CheckIn`). When its turn comes and nobody has, the place
    is kept for some minutes.
    """

    service: ServiceId
    language: Language = "zh"


class LeaveLine(VisitCommand, frozen=True, kw_only=True):
    """离场 — the customer leaves before being served."""


class StepBack(VisitCommand, frozen=True, kw_only=True):
    """The customer lets `places` others go first, or comes back in `minutes`: one of the two."""

    places: Annotated[int, Meta(ge=1, le=99)] | None = None
    minutes: Annotated[int, Meta(ge=1, le=480)] | None = None


class EndStepBack(VisitCommand, frozen=True, kw_only=True):
    """The customer who let others go first is ready again: back to the place there was before.

    Soon after `StepBack` that was a slip, and does not count among the times it can be done.
    """


class RequestHelp(BranchCommand, frozen=True, kw_only=True):
    """不清楚,请帮我 / 投诉·建议 — call whoever is on duty in the lobby."""

    wanted: HelpWanted = "help"
    visit: VisitId | None = None


class AnswerGiven(Value, frozen=True, kw_only=True):
    """One answer in a form: of a choice its id, a date as year-month-day. Empty: none."""

    field: FieldId
    value: AnswerText = ""

    def __repr__(self) -> str:
        return f"AnswerGiven(field={self.field!r}, value='***')"


class FillForm(VisitCommand, Confidential, frozen=True, kw_only=True):
    """免填单 — fill in the form of the service while waiting; again, to say something else.

    It takes the place of what was filled in before; without any answer that is withdrawn. Shown to
    the teller who serves, to nobody else, and deleted at the end of the day: the customer was told
    so before (`screen.privacy_form`). `AnswersNotAccepted` says in `faults` what is wrong where.
    """

    private = ("answers",)

    answers: Annotated[tuple[AnswerGiven, ...], Meta(max_length=12)] = ()


class RateVisit(VisitCommand, Confidential, frozen=True, kw_only=True):
    """The customer's answer by the ticket's link, until the end of the day: what the rating panel
    has asked in vain.

    The `comment` is shown to whoever steers the lobby, and deleted at the end of the day; long
    numbers are taken out of it.
    """

    private = ("comment",)

    question: QuestionId
    score: Score
    reason: RatingReason | None = None
    comment: Comment = ""
