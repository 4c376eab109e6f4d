"""The words of the wire: named types with their bounds, and what every struct has in common.

Whatever a client may say is one of three: a word with a pattern, which holds nothing but what the
pattern names; a secret, which holds no control characters and is never altered; or free text, which
the server cleans before anything else sees it.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, TypeAlias

from msgspec import Meta, Struct

VERSION = 1
"""The protocol version. The server speaks this one and the one before."""

MESSAGE_BYTES_MAX = 16_384
"""What a client may send in one message; a longer one is refused."""

VIEW_BYTES_MAX = 1_048_576
"""What a client must be ready to receive in one message."""

# A pattern ends with \Z: in Python the dollar sign lets a line break through.

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
