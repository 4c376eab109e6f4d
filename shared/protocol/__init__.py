"""Every struct on the wire: what a client may say, and what the server answers.

The class name is the tag (`"type"`) everywhere, so one `grep` finds a feature in code, journal
and logs. All wire types live here and nowhere else, by topic; what they mean is decided in
`server/domain`. Bounds on strings and numbers are part of the types: a message that does not
fit them is refused at the socket with the field at fault.

Every name is had from here (`from shared.protocol import TakeTicket`), and its topic is loaded when
the first of its names is asked for: a kiosk never hears of the board, and to make all the classes
would be a tenth of its start and of its memory.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from shared.protocol.answers import *
    from shared.protocol.appointments import *
    from shared.protocol.board import *
    from shared.protocol.coding import *
    from shared.protocol.counter import *
    from shared.protocol.hall import *
    from shared.protocol.house import *
    from shared.protocol.line import *
    from shared.protocol.lobby import *
    from shared.protocol.messages import *
    from shared.protocol.opening import *
    from shared.protocol.people import *
    from shared.protocol.phone import *
    from shared.protocol.shown import *
    from shared.protocol.teller import *
    from shared.protocol.terminals import *
    from shared.protocol.tickets import *
    from shared.protocol.words import *

_NAMES: Final = {
    "words": """
        VERSION MESSAGE_BYTES_MAX VIEW_BYTES_MAX CommandId DayName ServiceId CounterId
        PagerNumber CallId MachineId StaffId StationId StationName BranchId PresetName FeedName
        Code Digest PersonalSecret Secret RequestId QuestionId Score OneTimePassword VisitId
        ShortCode AppointmentId PhoneEnd Amount TicketNumber Moment Paper Sentence PersonName
        Phone MailAddress Comment Note FieldId AnswerText Motive Language Role StaffRole
        StationKind SignInEnd Lane Need TicketState AppointmentState AppointmentStatus
        CancelledBy WaitReason CounterState MachineState PrinterState VoiceState PagerState
        PagerReport PauseReason Outcome TransactionOutcome ParkReason ParkOwner Position Reason
        Action HelpKind HelpWanted AlertKind AlertOutcome RequestKind RatingReason RatingSource
        RatingEnd QuestionState EmergencyKind CallRule ExportWhat ExportForm FieldKind
        ServiceStatus Wire SECRET_FIELDS Confidential Value Words
    """,
    "opening": """
        Hello Pair SetUp Paired Welcome Heartbeat
    """,
    "line": """
        BranchCommand VisitCommand TakeTicket TakeRemoteTicket LeaveLine StepBack EndStepBack
        RequestHelp AnswerGiven FillForm RateVisit
    """,
    "counter": """
        CounterCommand OpenCounter PauseCounter ResumeCounter CloseAfterThis CloseCounter
        CallNext CallNumber RecallTicket StartService FinishService MarkMissed ParkTicket
        ResumeTicket TransferTicket AddTransaction ReturnTicket AskHelp EndHelp RepeatQuestion
        ConfirmQuestion RateService GiveRatingReason UndoAction
    """,
    "terminals": """
        ReportPrinter ReportVoice ReportPager ConfirmPagerCall
    """,
    "tickets": """
        ReprintTicket ChangeLanes SetNeeds BindPager ReleasePager DivertToMachine
        ReturnFromMachine FinishAtMachine RecordPerson ForgetPerson PromoteTicket
        ReinstateTicket ReassignTicket GiveUpTicket EnterHandwritten
    """,
    "lobby": """
        SetMachine SendMessage ClearMessage SignOnDuty HandOverDuty SignOffDuty CloseAlert
        TakeUpRequest EscalateRequest CloseRequest OpenService CloseService SetCounterServices
        StopIssuing ResumeIssuing OpenDay CloseDay ChoosePreset StartEmergency EndEmergency
    """,
    "appointments": """
        AppointmentCommand OwnAppointment HoldSlot ReleaseSlot BookAppointment MoveAppointment
        ConfirmAppointment CancelAppointment CheckIn FindSlots FindAppointment SlotShown
        SlotsFound AppointmentFound
    """,
    "people": """
        RoleAt HouseCommand PersonalCommand SignIn SignOut Unlock SetOwnSecret SignedIn SignInEnded
    """,
    "house": """
        InviteStation CancelInvitation RenameStation RevokeStation AddStaff ChangeRoles
        DisableStaff EnableStaff ResetSecret UnlockStaff FindPerson ErasePerson PreviewReload
        Reload AskExport HouseAccepted KeptShown PersonFound FaultShown ChangeShown
        ObstacleShown HitShown ReloadPreview ExportReady StationShown InvitationShown LockShown
        StaffShown HouseView
    """,
    "answers": """
        Accepted AnswerFault Refused
    """,
    "shown": """
        BranchView MessageShown WaitShown ServiceShown MachineShown PrinterShown VoiceShown
        BookingTimes PagerShown CounterShown
    """,
    "hall": """
        KioskView CallShown DisplayView PagerCall PagerView
    """,
    "teller": """
        WhyCalled TransactionShown PersonShown AnswerShown TicketShown AppointmentShown
        OwnFigures RequestShown RatingFigures QuestionStatus CounterView PanelQuestion PanelView
    """,
    "board": """
        CounterStatus AlertShown CommentShown DutyShown CallTold DayPlots DayFigures BoardView
    """,
    "phone": """
        TicketQuestion ChoiceShown FormField StepBackShown TicketView AppointmentView
    """,
    "messages": """
        Command Query Personal OwnDataCommand Administrative Configuring House View Reply
        HouseReply FirstMessage Request FromClient FromServer decode_first decode_command
    """,
    "coding": """
        Envelope decode_envelope decode_from_server encode
    """,
}

TOPICS: Final[Mapping[str, tuple[str, ...]]] = {
    topic: tuple(names.split()) for topic, names in _NAMES.items()
}
"""Which module has which names: the whole protocol, in its order."""

_TOPIC_OF: Final = {name: topic for topic, names in TOPICS.items() for name in names}


def __getattr__(name: str) -> Any:
    """A name that is asked for the first time; from then on it is here."""
    topic = _TOPIC_OF.get(name)
    if topic is None:
        raise AttributeError(f"{__name__} has no {name}")
    globals()[name] = found = getattr(import_module(f"{__name__}.{topic}"), name)
    return found


def everything() -> dict[str, Any]:
    """Every name of the protocol with what it names: for whoever describes or checks it all."""
    return {name: __getattr__(name) for name in _TOPIC_OF}
