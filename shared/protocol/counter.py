"""Commands at a counter: the teller's, and those of the rating panel beside it."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from shared.protocol.line import BranchCommand
from shared.protocol.words import (
    Confidential,
    CounterId,
    HelpKind,
    Moment,
    Note,
    Outcome,
    Paper,
    ParkOwner,
    ParkReason,
    PauseReason,
    Position,
    QuestionId,
    RatingReason,
    Reason,
    Score,
    ServiceId,
    TicketNumber,
    VisitId,
)


class CounterCommand(BranchCommand, frozen=True, kw_only=True):
    """A command of one counter; a teller may give it for the own counter only."""

    counter: CounterId


class OpenCounter(CounterCommand, frozen=True, kw_only=True):
    """开窗 — open the counter for its services."""


class PauseCounter(CounterCommand, frozen=True, kw_only=True):
    """暂停服务 — pause with a reason."""

    reason: PauseReason


class ResumeCounter(CounterCommand, frozen=True, kw_only=True):
    """恢复服务 — end the pause."""


class CloseAfterThis(CounterCommand, frozen=True, kw_only=True):
    """办完关窗 — close once the ticket in hand has ended; at once with none in hand."""


class CloseCounter(CounterCommand, frozen=True, kw_only=True):
    """关窗 — close; refused with a ticket in hand."""


class CallNext(CounterCommand, frozen=True, kw_only=True):
    """叫号 — call the next ticket by the rule.

    With a called ticket in hand it means that ticket: announced again, but not within some
    seconds of its last call, so that a double press changes nothing.
    """


class CallNumber(CounterCommand, frozen=True, kw_only=True):
    """选呼 — call one number out of order, with a reason."""

    number: TicketNumber
    reason: Reason


class RecallTicket(CounterCommand, frozen=True, kw_only=True):
    """重呼 — announce the called ticket again."""


class StartService(CounterCommand, frozen=True, kw_only=True):
    """开始办理 — the customer is at the counter."""


class FinishService(CounterCommand, frozen=True, kw_only=True):
    """办结 — finish with an outcome; `papers_missing` names the missing papers."""

    outcome: Outcome = "done"
    papers: Annotated[tuple[Paper, ...], Meta(max_length=20)] = ()


class MarkMissed(CounterCommand, frozen=True, kw_only=True):
    """过号 — called often enough and did not come: to the missed list.

    `TooEarlyToMiss` tells how many calls it takes, and how far apart.
    """


class ParkTicket(CounterCommand, frozen=True, kw_only=True):
    """挂起 — the visit waits outside the line; at `until` it returns by itself."""

    reason: ParkReason
    owner: ParkOwner = "counter"
    until: Moment | None = None


class ResumeTicket(CounterCommand, frozen=True, kw_only=True):
    """回呼 — call a parked ticket back to this counter."""

    visit: VisitId


class TransferTicket(CounterCommand, Confidential, frozen=True, kw_only=True):
    """转移 — to another service or counter (or both), keeping the arrival unless told otherwise.

    `back_to_me` brings the visit back to this counter when the other has finished. A `note` is
    shown to the teller who calls the ticket next, and to nobody else; it is deleted at the end
    of the day.
    """

    private = ("note",)

    service: ServiceId | None = None
    to_counter: CounterId | None = None
    position: Position = "arrival"
    back_to_me: bool = False
    note: Note = ""


class AddTransaction(CounterCommand, frozen=True, kw_only=True):
    """加办 — one more service for the customer in hand, after the present one."""

    service: ServiceId


class ReturnTicket(CounterCommand, frozen=True, kw_only=True):
    """退回 — put a wrongly called ticket back where it was."""


class AskHelp(CounterCommand, frozen=True, kw_only=True):
    """授权/协助 — ask for authorisation or assistance at the counter."""

    kind: HelpKind


class EndHelp(CounterCommand, frozen=True, kw_only=True):
    """The authorisation or assistance has been given."""


class RepeatQuestion(CounterCommand, frozen=True, kw_only=True):
    """评价 — put the question about the service just finished once more; once, and no oftener.

    It was put by itself when the service was finished.
    """


class ConfirmQuestion(CounterCommand, frozen=True, kw_only=True):
    """The rating panel shows the question. One that nobody confirms counts as panel offline."""

    question: QuestionId


class RateService(CounterCommand, frozen=True, kw_only=True):
    """评价 — the customer's answer at the rating panel. It cannot be given twice nor changed."""

    question: QuestionId
    score: Score


class GiveRatingReason(CounterCommand, frozen=True, kw_only=True):
    """Why the score was 2 or 1, by one touch; it may be left out."""

    question: QuestionId
    reason: RatingReason


class UndoAction(CounterCommand, frozen=True, kw_only=True):
    """撤销 — take back the counter's last action, within a minute."""
