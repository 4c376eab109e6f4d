"""Every struct on the wire: what a client may say, and what the server answers.

The class name is the tag (`"type"`) everywhere, so one `grep` finds a feature in code, journal
and logs. All wire types live here and nowhere else; what they mean is decided in
`server/domain`. Bounds on strings and numbers are part of the types: a message that does not
fit them is refused at the socket with the field at fault.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, TypeAlias

import msgspec
from msgspec import Meta, Struct

VERSION = 1
"""The protocol version. The server speaks this one and the one before."""

MESSAGE_BYTES_MAX = 16_384
"""What a client may send in one message; a longer one is refused."""

VIEW_BYTES_MAX = 1_048_576
"""What a client must be ready to receive in one message."""

# --- Words -----------------------------------------------------------------------------------

# Whatever a client may say is one of three: a word with a pattern, which holds nothing but what
# the pattern names; a secret, which holds no control characters and is never altered; or free
# text, which the server cleans before anything else sees it. A pattern ends with \Z: in Python
# the dollar sign lets a line break through.

CommandId: TypeAlias = Annotated[
    str, Meta(min_length=16, max_length=64, pattern=r"^[0-9A-Za-z_-]+\Z")
]
DayName: TypeAlias = Annotated[str, Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}\Z", max_length=10)]
ServiceId: TypeAlias = Annotated[
    str, Meta(min_length=1, max_length=16, pattern=r"^[0-9A-Za-z_]+\Z")
]
CounterId: TypeAlias = Annotated[int, Meta(ge=1, le=999)]
PagerNumber: TypeAlias = Annotated[int, Meta(ge=1, le=9_999)]
"""As it stands on the pager. A number and no name: it cannot say anything of anybody."""
CallId: TypeAlias = Annotated[int, Meta(ge=1, le=2**53 - 1)]
MachineId: TypeAlias = Annotated[
    str, Meta(min_length=1, max_length=16, pattern=r"^[0-9A-Za-z_]+\Z")
]
StaffId: TypeAlias = Annotated[
    str, Meta(min_length=1, max_length=32, pattern=r"^[0-9A-Za-z_.-]+\Z")
]
StationId: TypeAlias = Annotated[
    str, Meta(min_length=1, max_length=64, pattern=r"^[0-9A-Za-z_.-]+\Z")
]
StationName: TypeAlias = Annotated[str, Meta(max_length=60, extra={"free_text": True})]
BranchId: TypeAlias = Annotated[
    str, Meta(min_length=1, max_length=32, pattern=r"^([0-9A-Za-z_-]+|\*)\Z")
]
PresetName: TypeAlias = Annotated[
    str, Meta(min_length=1, max_length=20, pattern=r"^[0-9A-Za-z_-]+\Z")
]
FeedName: TypeAlias = Annotated[
    str, Meta(min_length=1, max_length=40, pattern=r"^[A-Za-z]+(:[0-9]+)?\Z")
]
Code: TypeAlias = Annotated[
    str, Meta(min_length=1, max_length=40, pattern=r"^[^\x00-\x1f\x7f-\x9f]+\Z")
]
"""A one-time code as it is typed; spaces, hyphens and small letters do not matter."""
Digest: TypeAlias = Annotated[str, Meta(min_length=64, max_length=64, pattern=r"^[0-9a-f]+\Z")]
"""SHA-256 in hexadecimal digits."""
PersonalSecret: TypeAlias = Annotated[
    str, Meta(min_length=1, max_length=256, pattern=r"^[^\x00-\x1f\x7f-\x9f]+\Z")
]
"""A password, or a teller's PIN."""
Secret: TypeAlias = Annotated[str, Meta(max_length=128, pattern=r"^[^\x00-\x1f\x7f-\x9f]*\Z")]
"""What the server made up for a station, a sign-in or a ticket."""
RequestId: TypeAlias = Annotated[int, Meta(ge=1, le=2**53 - 1)]
QuestionId: TypeAlias = Annotated[int, Meta(ge=1, le=2**53 - 1)]
Score: TypeAlias = Annotated[int, Meta(ge=1, le=5)]
"""5 very satisfied, 4 satisfied, 3 fair, 2 dissatisfied, 1 very dissatisfied."""
OneTimePassword: TypeAlias = Annotated[str, Meta(max_length=6, pattern=r"^([0-9]{6})?\Z")]
VisitId: TypeAlias = Annotated[int, Meta(ge=1, le=2**53 - 1)]
ShortCode: TypeAlias = Annotated[str, Meta(max_length=6, pattern=r"^([0-9]{6})?\Z")]
"""For whoever has no camera: six digits, asked together with the number."""
AppointmentId: TypeAlias = Annotated[int, Meta(ge=1, le=2**53 - 1)]
PhoneEnd: TypeAlias = Annotated[str, Meta(max_length=4, pattern=r"^([0-9]{4})?\Z")]
"""The last four digits of a telephone number, or nothing where none was left."""
Amount: TypeAlias = Annotated[str, Meta(max_length=12, pattern=r"^([0-9]{1,12})?\Z")]
"""A sum in whole units of the currency."""
TicketNumber: TypeAlias = Annotated[
    str, Meta(min_length=1, max_length=8, pattern=r"^[A-Z]{0,2}[0-9]{1,6}\Z")
]
Moment: TypeAlias = Annotated[int, Meta(ge=0, le=2**53 - 1)]
"""An instant in milliseconds since 1970, UTC."""
Paper: TypeAlias = Annotated[str, Meta(min_length=1, max_length=60, extra={"free_text": True})]
Sentence: TypeAlias = Annotated[str, Meta(max_length=200, extra={"free_text": True})]
PersonName: TypeAlias = Annotated[str, Meta(max_length=60, extra={"free_text": True})]
Phone: TypeAlias = Annotated[str, Meta(max_length=32, extra={"free_text": True})]
"""A telephone number as it is typed, with spaces, hyphens, brackets and a `+`, or without."""
MailAddress: TypeAlias = Annotated[str, Meta(max_length=100, extra={"free_text": True})]
Comment: TypeAlias = Annotated[str, Meta(max_length=200, extra={"free_text": True})]
"""What a customer says of a service, in words of their own."""
Note: TypeAlias = Annotated[str, Meta(max_length=60, extra={"free_text": True})]
FieldId: TypeAlias = Annotated[str, Meta(min_length=1, max_length=15, pattern=r"^[a-z][0-9a-z]*\Z")]
"""A field of a form, or a choice in it."""
AnswerText: TypeAlias = Annotated[str, Meta(max_length=90, extra={"free_text": True})]
"""What a customer has filled in, as it was typed."""
Motive: TypeAlias = Annotated[str, Meta(min_length=1, max_length=200, extra={"free_text": True})]
"""Why somebody's data was looked at or deleted, in words and without any of that data."""

Language: TypeAlias = Literal["zh", "en"]
Role: TypeAlias = Literal[
    "kiosk",
    "display",
    "rating_panel",
    "pager_base",
    "counter",
    "board",
    "desk",
    "stranger",
    "customer",
    "booked_customer",
    "visitor",
    "teller",
    "lobby_assistant",
    "lobby_manager",
    "operations_supervisor",
    "branch_head",
    "auditor",
    "administrator",
    "clock",
]
StaffRole: TypeAlias = Literal[
    "teller",
    "lobby_assistant",
    "lobby_manager",
    "operations_supervisor",
    "branch_head",
    "auditor",
    "administrator",
]
StationKind: TypeAlias = Literal[
    "kiosk", "display", "rating_panel", "pager_base", "counter", "board", "desk"
]
SignInEnd: TypeAlias = Literal[
    "signed_out", "elsewhere", "handed_over", "expired", "rights_changed", "station_revoked"
]
Lane: TypeAlias = Literal["ordinary", "care", "vip", "appointment"]
# The first three change how a ticket is called, the others are what staff have ready for it.
Need: TypeAlias = Literal[
    "low_counter",
    "visual_call",
    "escort",
    "reading_glasses",
    "hearing_aid",
    "sign_language",
    "large_print",
]
TicketState: TypeAlias = Literal[
    "waiting",
    "called",
    "serving",
    "parked",
    "missed",
    "diverted",
    "done",
    "left",
    "given_up",
    "unserved",
]
AppointmentState: TypeAlias = Literal[
    "held", "booked", "arrived", "walked_in", "missed", "cancelled"
]
AppointmentStatus: TypeAlias = Literal["expected", "due", "late", "missing", "arrived", "walked_in"]
CancelledBy: TypeAlias = Literal["customer", "staff", "day_over"]
WaitReason: TypeAlias = Literal["counter_closed", "more_came", "takes_longer"]
CounterState: TypeAlias = Literal["closed", "open", "paused"]
MachineState: TypeAlias = Literal["working", "faulty"]
PrinterState: TypeAlias = Literal[
    "ready", "paper_low", "paper_out", "cover_open", "offline", "unknown"
]
VoiceState: TypeAlias = Literal["speaking", "no_clips", "no_sound"]
PagerState: TypeAlias = Literal["unconfirmed", "working", "unreachable", "lost"]
PagerReport: TypeAlias = Literal["working", "unreachable", "lost"]
PauseReason: TypeAlias = Literal[
    "meal",
    "cash_transfer",
    "machine_cash",
    "authorisation",
    "balancing",
    "system_fault",
    "meeting",
    "away",
]
Outcome: TypeAlias = Literal["done", "papers_missing", "referred", "not_possible"]
TransactionOutcome: TypeAlias = Literal[
    "done", "papers_missing", "referred", "not_possible", "transferred"
]
ParkReason: TypeAlias = Literal["papers", "form", "back_office", "phone_call", "other"]
ParkOwner: TypeAlias = Literal["counter", "any"]
Position: TypeAlias = Literal["front", "arrival", "end"]
# Why a member of staff stepped in. None names a person's condition: that is never stored.
Reason: TypeAlias = Literal[
    "agreed_with_customer",
    "customer_returned",
    "waited_too_long",
    "mistake",
    "machine_failed",
    "counter_closed",
    "peak",
    "quiet",
    "staffing",
    "system_fault",
    "manager_decision",
    "other",
]
Action: TypeAlias = Literal[
    "TicketCalled",
    "TicketReturned",
    "ServiceStarted",
    "TransactionAdded",
    "TransactionFinished",
    "ServiceFinished",
    "TicketTransferred",
    "TicketMissed",
    "TicketParked",
]
"""What a counter can take back, by the event."""
HelpKind: TypeAlias = Literal["authorise", "assist"]
HelpWanted: TypeAlias = Literal["help", "complaint"]
AlertKind: TypeAlias = Literal[
    "help_wanted",
    "complaint",
    "counter_help",
    "escort_wanted",
    "long_line",
    "long_wait",
    "counter_idle",
    "counter_silent",
    "elastic_suggested",
    "duty_uncovered",
    "machine_faulty",
    "printer",
    "voice",
    "bad_rating",
    "panel_silent",
    "pager_unreachable",
    "pager_kept",
    "pager_lost",
]
AlertOutcome: TypeAlias = Literal["solved", "referred_up", "no_action"]
RequestKind: TypeAlias = Literal["help_wanted", "complaint", "question"]
RatingReason: TypeAlias = Literal[
    "long_wait", "attitude", "skill", "procedure", "premises", "other"
]
RatingSource: TypeAlias = Literal["panel", "phone"]
RatingEnd: TypeAlias = Literal["not_rated", "cut_short", "panel_offline"]
QuestionState: TypeAlias = Literal[
    "asked", "shown", "answered", "not_rated", "cut_short", "panel_offline"
]
EmergencyKind: TypeAlias = Literal["emergency", "drill", "training"]
CallRule: TypeAlias = Literal[
    "longest_wait",
    "lane_advantage",
    "escalated",
    "promoted",
    "care_first",
    "nobody_else",
    "by_number",
    "resumed",
]
ExportWhat: TypeAlias = Literal["transactions", "events", "house"]
ExportForm: TypeAlias = Literal["csv", "jsonl"]
FieldKind: TypeAlias = Literal["text", "number", "choice", "date"]
ServiceStatus: TypeAlias = Literal["open", "too_early", "stopped", "closed", "not_today", "over"]


class Wire(Struct, frozen=True, tag=True, tag_field="type", kw_only=True, omit_defaults=True):
    """What every struct on the wire has in common: its class name in the field `type`."""

    # `kw_only` is not handed down by msgspec, nor `frozen` by type checkers: said again below.

    private: ClassVar[tuple[str, ...]] = ()
    """The fields that say something of a person. They are kept apart: in no journal, no file of
    a terminal, and no log. See `shared/private.py`."""


SECRET_FIELDS = frozenset(
    """
    appointment_link code digits link new old otp otp_secret password path secret short_code ticket
    token
    """.split()
)
"""Fields of `Confidential` messages that no log and no screen may repeat."""


class Confidential(Wire, frozen=True, kw_only=True):
    """A message with a secret or with somebody's data: as text it shows that, and not which."""

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        shown = ((name, getattr(self, name)) for name in self.__struct_fields__)
        hidden = SECRET_FIELDS.union(self.private)
        return [(n, "***" if value and n in hidden else value) for n, value in shown]

    def __repr__(self) -> str:
        fields = ", ".join(f"{name}={value!r}" for name, value in self.__rich_repr__())
        return f"{type(self).__name__}({fields})"


class Value(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A part of a message, never a message by itself."""


class Words(Value, frozen=True, kw_only=True):
    """One text in every language; the screen picks its own."""

    zh: Sentence = ""
    en: Sentence = ""


# --- Opening a connection --------------------------------------------------------------------


class Hello(Confidential, frozen=True, kw_only=True):
    """The first message: who is calling, and what it wants to see.

    Either `station` and `secret` (a paired terminal), or `ticket` (the customer's own link), or
    `appointment_link` (that of an appointment), or `number` and `short_code` as they stand on the
    ticket, with the `branch` where the server has several. Whoever has none of these may come as a
    `visitor` of the branch's page, where phones have an address.
    `token` brings a sign-in back after the connection was lost. `views` names feeds such as
    `DisplayView` or `CounterView:3`; left out, the station gets the view of its role. Where
    people sign in, views begin when somebody has.
    """

    version: Annotated[int, Meta(ge=1, le=10_000)]
    station: Annotated[str, Meta(max_length=64, pattern=r"^[0-9A-Za-z_.-]*\Z")] = ""
    secret: Secret = ""
    token: Secret = ""
    ticket: Secret = ""
    appointment_link: Secret = ""
    branch: Annotated[str, Meta(max_length=32, pattern=r"^[0-9A-Za-z_-]*\Z")] = ""
    number: Annotated[str, Meta(max_length=8, pattern=r"^([A-Z]{0,2}[0-9]{1,6})?\Z")] = ""
    short_code: ShortCode = ""
    visitor: bool = False
    language: Language = "zh"
    views: Annotated[tuple[FeedName, ...], Meta(max_length=8)] = ()


class Pair(Confidential, frozen=True, kw_only=True):
    """The first message of a terminal that is to become a station: the code it was invited by.

    Answered with `Paired`, once; then the connection ends, and the station says `Hello` with
    its secret. `branch` may be left out where the server has only one.
    """

    version: Annotated[int, Meta(ge=1, le=10_000)]
    code: Code
    branch: Annotated[str, Meta(max_length=32, pattern=r"^[0-9A-Za-z_-]*\Z")] = ""
    language: Language = "zh"


class SetUp(Confidential, frozen=True, kw_only=True):
    """The first message to a new server, with the code it printed when it started.

    Makes the first administrator, and the sender that person's desk: answered with `Paired`.
    """

    version: Annotated[int, Meta(ge=1, le=10_000)]
    code: Code
    staff: StaffId
    password: PersonalSecret
    language: Language = "zh"


# --- Commands --------------------------------------------------------------------------------


class BranchCommand(Wire, frozen=True, kw_only=True):
    """What every command carries: an id made by the client, and the business day it means.

    A repeated id gets the first answer again and changes nothing. A command sent into another
    business day is refused with `DayChanged`.
    """

    id: CommandId
    day: DayName


class CounterCommand(BranchCommand, frozen=True, kw_only=True):
    """A command of one counter; a teller may give it for the own counter only."""

    counter: CounterId


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


class UndoAction(CounterCommand, frozen=True, kw_only=True):
    """撤销 — take back the counter's last action, within a minute."""


class ReprintTicket(VisitCommand, frozen=True, kw_only=True):
    """补打 — print the same ticket again."""


class ChangeLanes(VisitCommand, frozen=True, kw_only=True):
    """Set the visit's lanes."""

    lanes: Annotated[tuple[Lane, ...], Meta(max_length=4)]
    reason: Reason


class SetNeeds(VisitCommand, frozen=True, kw_only=True):
    """Set what the visit needs: a low counter, a visual call, an escort, an aid."""

    needs: Annotated[tuple[Need, ...], Meta(max_length=7)]


class BindPager(VisitCommand, frozen=True, kw_only=True):
    """发呼叫器 — this pager vibrates when the ticket is called, until it is given back.

    One ticket has one pager, and keeps it wherever it is transferred to.
    """

    pager: PagerNumber


class ReleasePager(BranchCommand, frozen=True, kw_only=True):
    """收回呼叫器 — it was given back, or found again: nobody has it any more."""

    pager: PagerNumber


class ReportPager(BranchCommand, frozen=True, kw_only=True):
    """How a pager is that somebody has: its base says so, or whoever sees it.

    One that does not answer, or is lost, alerts whoever is on duty. A lost one is not bound to
    anything any more, and stays lost until it is released.
    """

    pager: PagerNumber
    state: PagerReport


class ConfirmPagerCall(BranchCommand, frozen=True, kw_only=True):
    """The pager vibrates for this call. One that nobody confirms in time is an alert."""

    pager: PagerNumber
    call: CallId


class DivertToMachine(VisitCommand, frozen=True, kw_only=True):
    """分流到自助机 — try a self-service machine; the place in the line is kept."""

    machine: MachineId


class ReturnFromMachine(VisitCommand, frozen=True, kw_only=True):
    """The machine did not do it: back to the same place in the line."""


class FinishAtMachine(VisitCommand, frozen=True, kw_only=True):
    """The machine did it."""


class SetMachine(BranchCommand, frozen=True, kw_only=True):
    """Say whether a self-service machine works."""

    machine: MachineId
    state: MachineState


class ReportPrinter(BranchCommand, frozen=True, kw_only=True):
    """A terminal says how its printer is: when that has changed, and when a day has opened."""

    state: PrinterState


class ReportVoice(BranchCommand, frozen=True, kw_only=True):
    """A display says whether it can speak: when that has changed, and when a day has opened."""

    state: VoiceState


class RecordPerson(VisitCommand, Confidential, frozen=True, kw_only=True):
    """登记 — a name, a telephone number, or both, for this visit; deleted seven days later.

    What is left out stays as it was recorded before. The customer has been told what for
    (`screen.privacy_visit`). A teller may do it for the ticket in hand only.
    """

    private = ("name", "phone")

    name: PersonName = ""
    phone: Phone = ""


class ForgetPerson(VisitCommand, frozen=True, kw_only=True):
    """Delete what is recorded of this visit's person, at once; also after the visit."""


class PromoteTicket(VisitCommand, frozen=True, kw_only=True):
    """提前 — call this ticket before all scores."""

    reason: Reason


class ReinstateTicket(VisitCommand, frozen=True, kw_only=True):
    """顺延 — back from the missed list, some places behind the head."""


class ReassignTicket(VisitCommand, frozen=True, kw_only=True):
    """改派 — move a waiting ticket to another service or counter, keeping its arrival."""

    reason: Reason
    service: ServiceId | None = None
    counter: CounterId | None = None


class GiveUpTicket(VisitCommand, frozen=True, kw_only=True):
    """弃号 — final; by the manager."""

    reason: Reason


class SendMessage(BranchCommand, frozen=True, kw_only=True):
    """Show a message on all screens for some minutes."""

    zh: Sentence
    en: Sentence
    minutes: Annotated[int, Meta(ge=1, le=720)] = 30


class ClearMessage(BranchCommand, frozen=True, kw_only=True):
    """Take one message off the screens."""

    message: Annotated[int, Meta(ge=1, le=2**53 - 1)]


class SignOnDuty(BranchCommand, frozen=True, kw_only=True):
    """值班 — take the duty of the lobby."""

    staff: StaffId


class HandOverDuty(BranchCommand, frozen=True, kw_only=True):
    """交接 — hand the duty over, without a gap."""

    staff: StaffId
    to: StaffId


class SignOffDuty(BranchCommand, frozen=True, kw_only=True):
    """下值 — end the own duty."""

    staff: StaffId


class CloseAlert(BranchCommand, frozen=True, kw_only=True):
    """Acknowledge an alert with its outcome."""

    alert: Annotated[int, Meta(ge=1, le=2**53 - 1)]
    outcome: AlertOutcome


class TakeUpRequest(BranchCommand, frozen=True, kw_only=True):
    """首问负责 — take up what a customer asks for, and own it until it is closed.

    Either an open `alert` by which a customer has asked (for help, or to complain), or something
    asked in person: its `kind`, with the `visit` where there is one, and the `service` it is about.
    """

    alert: Annotated[int, Meta(ge=1, le=2**53 - 1)] | None = None
    kind: RequestKind = "question"
    visit: VisitId | None = None
    service: ServiceId | None = None


class EscalateRequest(BranchCommand, frozen=True, kw_only=True):
    """上报 — name the next owner. By the owner, or whoever steers the lobby."""

    request: RequestId
    to: StaffId


class CloseRequest(BranchCommand, frozen=True, kw_only=True):
    """Close a request with its outcome. By the owner, or whoever steers the lobby."""

    request: RequestId
    outcome: AlertOutcome


class OpenService(BranchCommand, frozen=True, kw_only=True):
    """Open a service again that was closed by hand today."""

    service: ServiceId


class CloseService(BranchCommand, frozen=True, kw_only=True):
    """Issue no more tickets of a service today; those waiting are still served.

    The service is shown as `closed`: it is not offered. Where tickets have only run out or are
    to be had again soon, stop issuing instead.
    """

    service: ServiceId
    reason: Reason


class SetCounterServices(CounterCommand, frozen=True, kw_only=True):
    """Change what a counter serves until the end of the day."""

    services: Annotated[tuple[ServiceId, ...], Meta(min_length=1, max_length=20)]
    reason: Reason


class StopIssuing(BranchCommand, frozen=True, kw_only=True):
    """停止取号 — of one service, or of all, until it is resumed or the day ends.

    The services are shown as `stopped`.
    """

    reason: Reason
    service: ServiceId | None = None


class ResumeIssuing(BranchCommand, frozen=True, kw_only=True):
    """恢复取号 — of one service, or of all."""

    service: ServiceId | None = None


class OpenDay(BranchCommand, frozen=True, kw_only=True):
    """开机 — open the business day named by `day`."""


class CloseDay(BranchCommand, frozen=True, kw_only=True):
    """关机 — close the business day; `leftovers` confirms that people still here go unserved."""

    leftovers: bool = False


class ChoosePreset(BranchCommand, frozen=True, kw_only=True):
    """Choose the calling preset until the end of the day."""

    preset: PresetName


class StartEmergency(BranchCommand, frozen=True, kw_only=True):
    """应急 — paper numbers from now on; a drill or training is marked and never counted."""

    kind: EmergencyKind


class EndEmergency(BranchCommand, frozen=True, kw_only=True):
    """The system gives numbers again."""


class EnterHandwritten(BranchCommand, frozen=True, kw_only=True):
    """补录 — enter a hand-written number with its times, during or after an emergency.

    Without `finished_at` the customer joins the line with the arrival that was written down.
    """

    number: TicketNumber
    service: ServiceId
    taken_at: Moment
    lanes: Annotated[tuple[Lane, ...], Meta(max_length=4)] = ()
    counter: CounterId | None = None
    started_at: Moment | None = None
    finished_at: Moment | None = None


# --- Appointments ----------------------------------------------------------------------------


class AppointmentCommand(BranchCommand, frozen=True, kw_only=True):
    """A command about an appointment. It is taken between business days, too: `day` is then the
    date, and is not compared with anything."""


class OwnAppointment(BranchCommand, Confidential, frozen=True, kw_only=True):
    """A command about an appointment that is there. Staff name it by its id; a kiosk brings the
    `link` of its QR code, or its `code` and the last four `digits` of the telephone number that
    was left, if one was; whoever holds the link means the own one."""

    appointment: AppointmentId | None = None
    link: Secret = ""
    code: ShortCode = ""
    digits: PhoneEnd = ""


class HoldSlot(AppointmentCommand, frozen=True, kw_only=True):
    """预占 — keep a free time for some minutes, until it is booked; one for each terminal.

    `SlotTaken` names the nearest free ones. `speaks` wants a counter with that language.
    """

    service: ServiceId
    slot: Moment
    needs: Annotated[tuple[Need, ...], Meta(max_length=7)] = ()
    language: Language = "zh"
    speaks: Language | None = None


class ReleaseSlot(AppointmentCommand, frozen=True, kw_only=True):
    """Give a time back that is kept and was not booked."""

    appointment: AppointmentId


class BookAppointment(AppointmentCommand, Confidential, frozen=True, kw_only=True):
    """预约 — book the time that is kept.

    Nobody need leave a name or a telephone number; whoever does was told what for before
    (`screen.privacy`). `note` and `amount` are seen by the teller who serves, and by
    nobody else. `visit` is the ticket of a walk-in who comes back then instead of waiting now.
    """

    private = ("name", "phone", "mail", "note", "amount")

    appointment: AppointmentId
    name: PersonName = ""
    phone: Phone = ""
    mail: MailAddress = ""
    note: Note = ""
    amount: Amount = ""
    visit: VisitId | None = None


class MoveAppointment(OwnAppointment, AppointmentCommand, frozen=True, kw_only=True):
    """改约 — to another free time of the same service."""

    slot: Moment


class ConfirmAppointment(OwnAppointment, AppointmentCommand, frozen=True, kw_only=True):
    """确认预约 — the customer says: I will come. Of another time it has to be said anew."""


class CancelAppointment(OwnAppointment, AppointmentCommand, frozen=True, kw_only=True):
    """取消预约 — the time is free again, and what was left of the person is deleted."""


class CheckIn(OwnAppointment, frozen=True, kw_only=True):
    """签到 — the customer is there and gets a ticket; nobody is refused for being late.

    Up to some minutes late it is a booked one, whose waiting begins at the booked time; later, or
    with `walk_in`, it is one like everybody's. The link or the code may as well be those of a
    ticket that was taken before coming: it is in the line as if it had been taken here. Staff
    name it by its `visit`.
    """

    visit: VisitId | None = None
    lanes: Annotated[tuple[Lane, ...], Meta(max_length=4)] = ()
    walk_in: bool = False


Command: TypeAlias = (
    TakeTicket
    | TakeRemoteTicket
    | LeaveLine
    | StepBack
    | EndStepBack
    | FillForm
    | RequestHelp
    | OpenCounter
    | PauseCounter
    | ResumeCounter
    | CloseAfterThis
    | CloseCounter
    | CallNext
    | CallNumber
    | RecallTicket
    | StartService
    | FinishService
    | MarkMissed
    | ParkTicket
    | ResumeTicket
    | TransferTicket
    | AddTransaction
    | ReturnTicket
    | AskHelp
    | EndHelp
    | RepeatQuestion
    | ConfirmQuestion
    | RateService
    | GiveRatingReason
    | RateVisit
    | UndoAction
    | ReprintTicket
    | ChangeLanes
    | SetNeeds
    | BindPager
    | ReleasePager
    | ReportPager
    | ConfirmPagerCall
    | DivertToMachine
    | ReturnFromMachine
    | FinishAtMachine
    | SetMachine
    | ReportPrinter
    | ReportVoice
    | RecordPerson
    | ForgetPerson
    | PromoteTicket
    | ReinstateTicket
    | ReassignTicket
    | GiveUpTicket
    | SendMessage
    | ClearMessage
    | SignOnDuty
    | HandOverDuty
    | SignOffDuty
    | CloseAlert
    | TakeUpRequest
    | EscalateRequest
    | CloseRequest
    | OpenService
    | CloseService
    | SetCounterServices
    | StopIssuing
    | ResumeIssuing
    | OpenDay
    | CloseDay
    | ChoosePreset
    | StartEmergency
    | EndEmergency
    | EnterHandwritten
    | HoldSlot
    | ReleaseSlot
    | BookAppointment
    | MoveAppointment
    | ConfirmAppointment
    | CancelAppointment
    | CheckIn
)


class FindSlots(Wire, frozen=True, kw_only=True):
    """Which times of a service are free, from `first_day` (today) on. Answered with `SlotsFound`.

    With `low_counter` or `speaks` only those at which such a counter is there. It changes nothing
    and keeps nothing: see `HoldSlot`.
    """

    id: CommandId
    service: ServiceId
    first_day: DayName | None = None
    days: Annotated[int, Meta(ge=1, le=31)] = 7
    low_counter: bool = False
    speaks: Language | None = None


class FindAppointment(Confidential, frozen=True, kw_only=True):
    """Which appointment somebody means who brings its `link`, or its `code` and the last four
    `digits` of the telephone number that was left, if one was. Answered with `AppointmentFound`.

    It changes nothing. Wrong codes are counted as everywhere.
    """

    id: CommandId
    link: Secret = ""
    code: ShortCode = ""
    digits: PhoneEnd = ""


Query: TypeAlias = FindSlots | FindAppointment
"""What asks and changes nothing: it belongs to no business day."""


# --- People and stations ---------------------------------------------------------------------


class RoleAt(Value, frozen=True, kw_only=True):
    """What somebody is in one branch; `*` is every branch."""

    branch: BranchId
    role: StaffRole


class HouseCommand(Wire, frozen=True, kw_only=True):
    """What every command about people and stations carries: an id made by the client.

    It belongs to no business day. A repeated id gets the first answer again; after a restart of
    the server a new one-time code in place of the first one, which nobody knows any more.
    """

    id: CommandId


class PersonalCommand(Confidential, frozen=True, kw_only=True):
    """The same for commands that carry a secret. Nothing of them is remembered."""

    id: CommandId


class SignIn(PersonalCommand, frozen=True, kw_only=True):
    """签到 — say who is at this station, and prove it. Answered with `SignedIn`.

    The person's sign-in at another station ends. While somebody else is signed in here it is
    refused with `SomebodySignedIn`; with `hand_over` that person's sign-in ends and the ticket in
    service stays.
    """

    staff: StaffId
    secret: PersonalSecret
    otp: OneTimePassword = ""
    hand_over: bool = False


class SignOut(HouseCommand, frozen=True, kw_only=True):
    """签退 — end the own sign-in."""


class Unlock(PersonalCommand, frozen=True, kw_only=True):
    """解锁 — prove it once more. Answered with `SignedIn`, which has a new token.

    After the terminal was left alone for too long, or when `ProveAgain` was the answer to a
    command: for two minutes such commands are taken.
    """

    secret: PersonalSecret


class SetOwnSecret(PersonalCommand, frozen=True, kw_only=True):
    """Choose an own password (a teller: a PIN), with the old one or with a one-time code.

    Tellers may choose a PIN of 6 digits or more, which works at counters only; everybody else a
    password of 8 characters or more. Where a second factor is asked for, the answer to a
    one-time code carries its `otp_secret`.
    """

    staff: StaffId
    old: PersonalSecret
    new: PersonalSecret


class InviteStation(HouseCommand, frozen=True, kw_only=True):
    """Make a one-time code with which a terminal becomes a station, within ten minutes."""

    kind: StationKind
    branch: BranchId
    counter: CounterId | None = None
    name: StationName = ""


class CancelInvitation(HouseCommand, frozen=True, kw_only=True):
    """Make the code of an invited terminal void. Refused when it has been used already."""

    invitation: Annotated[int, Meta(ge=1, le=2**53 - 1)]


class RenameStation(HouseCommand, frozen=True, kw_only=True):
    """Give a station another name. Its id stays."""

    station: StationId
    name: StationName


class RevokeStation(HouseCommand, frozen=True, kw_only=True):
    """Lock a station out for ever; its connection ends at once."""

    station: StationId


class AddStaff(HouseCommand, frozen=True, kw_only=True):
    """Make an account. The answer carries the person's one-time code."""

    staff: StaffId
    roles: Annotated[tuple[RoleAt, ...], Meta(min_length=1, max_length=50)]


class ChangeRoles(HouseCommand, frozen=True, kw_only=True):
    """Set all roles of a person. A sign-in under a role that is gone ends at once."""

    staff: StaffId
    roles: Annotated[tuple[RoleAt, ...], Meta(max_length=50)]


class DisableStaff(HouseCommand, frozen=True, kw_only=True):
    """Let a person sign in no more; a sign-in ends at once."""

    staff: StaffId


class EnableStaff(HouseCommand, frozen=True, kw_only=True):
    """Let a person sign in again."""

    staff: StaffId


class ResetSecret(HouseCommand, frozen=True, kw_only=True):
    """Forget a person's secret and second factor. The answer carries a new one-time code."""

    staff: StaffId


class UnlockStaff(HouseCommand, frozen=True, kw_only=True):
    """Let a person try again who was locked out after too many wrong tries."""

    staff: StaffId


class FindPerson(PersonalCommand, frozen=True, kw_only=True):
    """Show all that is kept of a person, for somebody who asks for the own data.

    By telephone number, or by the business day and the number of a visit. Answered with
    `PersonFound`. That somebody looked, and why, is written down; what was found is not.
    """

    private = ("phone",)

    branch: BranchId
    reason: Motive
    phone: Phone = ""
    day: DayName | None = None
    number: TicketNumber | None = None


class ErasePerson(PersonalCommand, frozen=True, kw_only=True):
    """Delete all that is kept of a person, at once. It names the person as `FindPerson` does."""

    private = ("phone",)

    branch: BranchId
    reason: Motive
    phone: Phone = ""
    day: DayName | None = None
    number: TicketNumber | None = None


class PreviewReload(HouseCommand, frozen=True, kw_only=True):
    """Read the configuration files and tell what would change. Answered with `ReloadPreview`."""


class Reload(HouseCommand, frozen=True, kw_only=True):
    """Put the configuration files in force, as they were previewed: in all branches or in none."""

    digest: Digest


Personal: TypeAlias = SignIn | SignOut | Unlock | SetOwnSecret
OwnDataCommand: TypeAlias = FindPerson | ErasePerson
Administrative: TypeAlias = (
    InviteStation
    | CancelInvitation
    | RenameStation
    | RevokeStation
    | AddStaff
    | ChangeRoles
    | DisableStaff
    | EnableStaff
    | ResetSecret
    | UnlockStaff
)


class AskExport(HouseCommand, frozen=True, kw_only=True):
    """Take data out, as a file: of a branch, from day to day, or of the stream `house`.

    Answered with `ExportReady`. Who took what, how much and why is written down before. Nothing
    that is kept of customers apart from the journal is ever in it.
    """

    what: ExportWhat
    first_day: DayName
    last_day: DayName
    reason: Motive
    branch: BranchId | None = None
    form: ExportForm = "csv"


Configuring: TypeAlias = PreviewReload | Reload
House: TypeAlias = Personal | Administrative | OwnDataCommand | Configuring | AskExport
"""Commands about people and stations; the journal's stream `house` is theirs."""

# --- Answers ---------------------------------------------------------------------------------


class Paired(Confidential, frozen=True, kw_only=True):
    """The answer to a good `Pair` or `SetUp`. The secret is told this once: keep it."""

    station: StationId
    kind: StationKind
    branch: BranchId
    secret: str
    counter: CounterId | None = None
    name: StationName = ""
    otp_secret: str = ""


class SignedIn(Confidential, frozen=True, kw_only=True):
    """The sign-in holds on this connection, and with `Hello.token` on later ones.

    It ends at `until`. After `idle_ms` without a command it is locked: see `Unlock`.
    """

    id: CommandId
    token: str
    staff: StaffId
    role: Role
    until: Moment
    idle_ms: int
    views: tuple[str, ...] = ()


class SignInEnded(Wire, frozen=True, kw_only=True):
    """Nobody is signed in on this connection any more, and its views have stopped."""

    reason: SignInEnd


class HouseAccepted(Confidential, frozen=True, kw_only=True):
    """A command about people or stations took effect and is durable.

    `code` is a one-time code just made, good until `until`: hand it to its person or terminal.
    `values` is how many values of a person were deleted.
    """

    id: CommandId
    seq: int
    code: str = ""
    until: Moment | None = None
    otp_secret: str = ""
    values: int | None = None


class KeptShown(Value, frozen=True, kw_only=True):
    """One value that is kept of a person; deleted at `until`.

    `person` is the same for what belongs together. `field` is `name`, `phone`, `note`, `form`
    (an answer in a form, or what was said with an appointment), or `visit`: the business day and
    the number.
    """

    person: str
    field: str
    value: str
    until: Moment

    def __repr__(self) -> str:
        return f"KeptShown(person={self.person!r}, field={self.field!r}, value='***')"


class PersonFound(Wire, frozen=True, kw_only=True):
    """All that is kept of a person; nothing, where there is none."""

    id: CommandId
    seq: int
    kept: tuple[KeptShown, ...] = ()


class FaultShown(Value, frozen=True, kw_only=True):
    """What is wrong in a configuration file."""

    file: str
    key: str
    expected: str


class ChangeShown(Value, frozen=True, kw_only=True):
    """What would change, in words of the connection's language."""

    branch: str
    key: str
    text: str
    on_restart: bool = False


class ObstacleShown(Value, frozen=True, kw_only=True):
    """What is in use and would be taken away: as long as it is, nothing is put in force."""

    branch: str
    code: str
    text: str


class HitShown(Value, frozen=True, kw_only=True):
    """An appointment that could not be booked any more: it stays until somebody moves it."""

    branch: str
    appointment: AppointmentId
    slot: Moment
    text: str


class ReloadPreview(Wire, frozen=True, kw_only=True):
    """What the configuration files say that is not in force.

    With `faults` they cannot be read, and with `obstacles` not be put in force now. `digest`
    stands for what was read, for `Reload`; "" with faults. `more` changes are not shown. What is
    booked and would not fit the new calendar is in `appointments`.
    """

    id: CommandId
    digest: str = ""
    faults: tuple[FaultShown, ...] = ()
    changes: tuple[ChangeShown, ...] = ()
    more: int = 0
    obstacles: tuple[ObstacleShown, ...] = ()
    appointments: tuple[HitShown, ...] = ()


class ExportReady(Confidential, frozen=True, kw_only=True):
    """What was asked for can be fetched once, with GET at that path of the server, until then.

    `name` is what to call the file.
    """

    id: CommandId
    path: str
    name: str
    rows: int
    until: Moment


class SlotShown(Value, frozen=True, kw_only=True):
    """A free time, and how many appointments still fit into it."""

    at: Moment
    room: int


class SlotsFound(Wire, frozen=True, kw_only=True):
    """The free times, in order; none, where there are none in those days."""

    id: CommandId
    seq: int
    service: ServiceId
    slots: tuple[SlotShown, ...] = ()


class AppointmentFound(Wire, frozen=True, kw_only=True):
    """The appointment that was meant, and nobody's name; or the `visit` of a ticket that was taken
    before coming, which can be checked in in the same way."""

    id: CommandId
    seq: int
    appointment: AppointmentId | None = None
    visit: VisitId | None = None
    service: ServiceId
    slot: Moment
    state: AppointmentState
    needs: tuple[Need, ...] = ()
    language: Language = "zh"
    speaks: Language | None = None


class Welcome(Confidential, frozen=True, kw_only=True):
    """The answer to a good `Hello`.

    A customer is told the ticket's `link` and `short_code` as well, where phones have an address:
    who came by the code can go on by the link, which no limit on codes concerns.

    `epoch` changes when the journal was restored from a copy: forget all views then. Only in a
    rehearsal is there a `rehearsal_rate`: between two messages the branch's time runs so many
    times as fast as the client's.
    """

    version: int
    branch: str
    station: str
    role: Role
    epoch: str
    seq: int
    at: Moment
    heartbeat_ms: int
    views: tuple[str, ...] = ()
    counter: CounterId | None = None
    day: DayName | None = None
    staff: StaffId | None = None
    kind: StationKind | None = None
    time_zone: str = "UTC"
    link: str | None = None
    short_code: str | None = None
    rehearsal_rate: float | None = None


class Accepted(Confidential, frozen=True, kw_only=True):
    """The command took effect (now or when it was first sent) and is durable.

    `seq` is the journal's sequence after it: every view with that `seq` or more shows it.
    `link` is the customer's private link of a ticket just taken or printed again, or of an
    appointment just booked or moved; `short_code` what to type together with the number, or at
    the kiosk, where the link cannot be opened; `people_ahead` how many of its service come before
    it at this moment. With `late_minutes` the customer came too late for the appointment and
    waits like everybody.
    """

    id: CommandId
    seq: int
    visit: VisitId | None = None
    number: str | None = None
    link: str | None = None
    people_ahead: int | None = None
    short_code: str | None = None
    appointment: AppointmentId | None = None
    slot: Moment | None = None
    late_minutes: int | None = None
    wait: WaitShown | None = None


class AnswerFault(Value, frozen=True, kw_only=True):
    """What is wrong with one answer in a form, in the connection's language."""

    field: FieldId
    text: str


class Refused(Wire, frozen=True, kw_only=True):
    """The command changed nothing. `code` is the refusal's name, `field` the part at fault.

    `text` is a sentence in the connection's language that says what to do next. A `final`
    refusal ends the connection: the same `Hello` would be refused again. With
    `retry_after_ms` the same command may be sent again after that long.
    """

    id: str
    code: str
    text: str
    field: str | None = None
    values: dict[str, Any] = {}
    final: bool = False
    retry_after_ms: int | None = None
    faults: tuple[AnswerFault, ...] = ()


class Heartbeat(Wire, frozen=True, kw_only=True):
    """Sent every `heartbeat_ms`: the connection and the branch are alive, at this sequence."""

    seq: int
    at: Moment
    epoch: str


# --- Views -----------------------------------------------------------------------------------


class BranchView(Wire, frozen=True, kw_only=True):
    """What every view carries: the branch, the journal's sequence it shows, and its time."""

    branch: str
    seq: int
    at: Moment
    day: DayName | None = None
    read_only: bool = False


class MessageShown(Value, frozen=True, kw_only=True):
    """A message on all screens."""

    id: int
    zh: str
    en: str
    until: Moment


class WaitShown(Value, frozen=True, kw_only=True):
    """A wait as it is told, in whole minutes: a low of 0 says "within `high`".

    `until` is the latest time a ticket was promised; it stands, unless it `slipped`, and why.
    """

    low: int
    high: int
    until: Moment | None = None
    slipped: WaitReason | None = None


class ServiceShown(Value, frozen=True, kw_only=True):
    """A service as customers see it. `waiting` counts the people in its line.

    `wait` is that of an ordinary ticket taken now, `care_wait` of one of the care lane; neither
    is there while too little is known.
    """

    id: ServiceId
    name: Words
    status: ServiceStatus
    waiting: int
    usual_minutes: int
    bring: tuple[Words, ...] = ()
    machine: Words | None = None
    tickets_from: Moment | None = None
    tickets_until: Moment | None = None
    opens: Moment | None = None
    closes: Moment | None = None
    next_from: Moment | None = None
    bookable: bool = False
    remote: bool = False
    only_booked: bool = False
    asks_amount: bool = False
    wait: WaitShown | None = None
    care_wait: WaitShown | None = None


class MachineShown(Value, frozen=True, kw_only=True):
    """A self-service machine."""

    id: MachineId
    name: Words
    state: MachineState


class PrinterShown(Value, frozen=True, kw_only=True):
    """A terminal's printer, as it last said it was. `unknown`: it says nothing of itself."""

    station: str
    state: PrinterState


class VoiceShown(Value, frozen=True, kw_only=True):
    """A display's voice, as it last said it was. `no_clips`: it has nothing to speak with."""

    station: str
    state: VoiceState


class BookingTimes(Value, frozen=True, kw_only=True):
    """In minutes: how long a chosen time is kept, how early one can check in, and how late one
    still comes as booked."""

    hold: int
    early: int
    late: int


class PagerShown(Value, frozen=True, kw_only=True):
    """A pager that somebody has, or that was lost.

    `number` is the ticket's that it was bound to at `since`. That visit has been over since
    `over_since`; null: it is not.
    """

    pager: PagerNumber
    number: str
    state: PagerState
    since: Moment
    over_since: Moment | None = None


class KioskView(BranchView, frozen=True, kw_only=True):
    """What a kiosk shows: services in kiosk order, with their lines.

    `booking` is there where something can be booked; `remote` where numbers of some service can
    be taken before coming, and are checked in here.
    """

    name: Words
    services: tuple[ServiceShown, ...]
    machines: tuple[MachineShown, ...] = ()
    messages: tuple[MessageShown, ...] = ()
    emergency: bool = False
    next_day_opens: Moment | None = None
    booking: BookingTimes | None = None
    remote: bool = False


class CallShown(Value, frozen=True, kw_only=True):
    """A call on the display. A display speaks each id once, while it is under 60 s old.

    `long` asks for a long, large visual call; it says nothing about the customer.
    """

    id: int
    number: str
    counter: CounterId
    at: Moment
    again: bool = False
    long: bool = False


class DisplayView(BranchView, frozen=True, kw_only=True):
    """What everyone waiting sees: no names, no lanes, no reasons. `opens` and `closes` are the
    public hours of the day, or, while none is open, of the next."""

    name: Words
    calls: tuple[CallShown, ...]
    counters: tuple[CounterShown, ...]
    services: tuple[ServiceShown, ...]
    messages: tuple[MessageShown, ...] = ()
    emergency: bool = False
    next_day_opens: Moment | None = None
    opens: Moment | None = None
    closes: Moment | None = None


class CounterShown(Value, frozen=True, kw_only=True):
    """A counter as everyone sees it: open or not, and the number it has called."""

    id: CounterId
    name: Words
    state: CounterState
    number: str | None = None


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

    name: Words
    counter: CounterId
    counter_name: Words
    state: CounterState
    seconds: int
    question: PanelQuestion | None = None


class PagerCall(Value, frozen=True, kw_only=True):
    """A call that a pager has to tell: until it is `confirmed`, the pager must vibrate now.

    `call` is another one each time the ticket is called. `long` asks for the long pattern.
    """

    pager: PagerNumber
    call: CallId
    number: str
    counter: CounterId
    at: Moment
    again: bool = False
    long: bool = False
    confirmed: bool = False


class PagerView(BranchView, frozen=True, kw_only=True):
    """What the base of the vibrating pagers has to know: which of them are out, and which of those
    are called now. It says nothing of anybody, nor what for."""

    name: Words
    pagers: tuple[PagerShown, ...] = ()
    calls: tuple[PagerCall, ...] = ()


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


class StationShown(Value, frozen=True, kw_only=True):
    """A station, and who is signed in there."""

    id: StationId
    kind: StationKind
    branch: BranchId
    name: StationName = ""
    counter: CounterId | None = None
    since: Moment
    staff: StaffId | None = None


class InvitationShown(Value, frozen=True, kw_only=True):
    """A station that was invited and has not been paired yet. Its code is told to nobody."""

    id: int
    kind: StationKind
    branch: BranchId
    name: StationName = ""
    counter: CounterId | None = None
    until: Moment


class LockShown(Value, frozen=True, kw_only=True):
    """Somebody who may not try to sign in for now; without a station: nowhere.

    Without `until` it takes `UnlockStaff`.
    """

    station: StationId | None = None
    until: Moment | None = None


class StaffShown(Value, frozen=True, kw_only=True):
    """An account. `ready`: the person has chosen a secret."""

    id: StaffId
    roles: tuple[RoleAt, ...]
    disabled: bool = False
    ready: bool = False
    locks: tuple[LockShown, ...] = ()


class HouseView(Wire, frozen=True, kw_only=True):
    """What the administrator and the auditor see: people and stations.

    `seq` counts the events of the journal's stream `house`.
    """

    seq: int
    at: Moment
    staff: tuple[StaffShown, ...]
    stations: tuple[StationShown, ...]
    invitations: tuple[InvitationShown, ...] = ()


View: TypeAlias = (
    KioskView
    | DisplayView
    | CounterView
    | PanelView
    | PagerView
    | BoardView
    | TicketView
    | AppointmentView
    | HouseView
)
Reply: TypeAlias = Accepted | Refused
HouseReply: TypeAlias = (
    HouseAccepted
    | SignedIn
    | PersonFound
    | SlotsFound
    | AppointmentFound
    | ReloadPreview
    | ExportReady
    | Refused
)
FirstMessage: TypeAlias = Hello | Pair | SetUp
Request: TypeAlias = Command | Query | House
FromClient: TypeAlias = FirstMessage | Request
FromServer: TypeAlias = (
    Welcome
    | Paired
    | Accepted
    | HouseAccepted
    | SignedIn
    | SignInEnded
    | PersonFound
    | SlotsFound
    | AppointmentFound
    | ReloadPreview
    | ExportReady
    | Refused
    | Heartbeat
    | View
)

# --- Coders ----------------------------------------------------------------------------------


class Envelope(Struct, frozen=True):
    """The two fields that let a broken message still be answered by id and name."""

    id: str = ""
    type: str = ""


decode_first: Any = msgspec.json.Decoder(FirstMessage).decode
decode_command: Any = msgspec.json.Decoder(Request).decode
decode_from_server: Any = msgspec.json.Decoder(FromServer).decode
decode_envelope = msgspec.json.Decoder(Envelope).decode
encode = msgspec.json.Encoder().encode
