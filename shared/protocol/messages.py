"""All that may be said, by who says it; and the server's decoders, which know every message.

A terminal loads this only to be checked: see `shared/protocol/coding.py` for how it reads.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import msgspec

from shared.protocol.answers import Accepted, Refused
from shared.protocol.appointments import (
    AppointmentFound,
    BookAppointment,
    CancelAppointment,
    CheckIn,
    ConfirmAppointment,
    FindAppointment,
    FindSlots,
    HoldSlot,
    MoveAppointment,
    ReleaseSlot,
    SlotsFound,
)
from shared.protocol.board import BoardView
from shared.protocol.counter import (
    AddTransaction,
    AskHelp,
    CallNext,
    CallNumber,
    CloseAfterThis,
    CloseCounter,
    ConfirmQuestion,
    EndHelp,
    FinishService,
    GiveRatingReason,
    MarkMissed,
    OpenCounter,
    ParkTicket,
    PauseCounter,
    RateService,
    RecallTicket,
    RepeatQuestion,
    ResumeCounter,
    ResumeTicket,
    ReturnTicket,
    StartService,
    TransferTicket,
    UndoAction,
)
from shared.protocol.hall import DisplayView, KioskView, PagerView
from shared.protocol.house import (
    AddStaff,
    AskExport,
    CancelInvitation,
    ChangeRoles,
    DisableStaff,
    EnableStaff,
    ErasePerson,
    ExportReady,
    FindPerson,
    HouseAccepted,
    HouseView,
    InviteStation,
    PersonFound,
    PreviewReload,
    Reload,
    ReloadPreview,
    RenameStation,
    ResetSecret,
    RevokeStation,
    UnlockStaff,
)
from shared.protocol.line import (
    EndStepBack,
    FillForm,
    LeaveLine,
    RateVisit,
    RequestHelp,
    StepBack,
    TakeRemoteTicket,
    TakeTicket,
)
from shared.protocol.lobby import (
    ChoosePreset,
    ClearMessage,
    CloseAlert,
    CloseDay,
    CloseRequest,
    CloseService,
    EndEmergency,
    EscalateRequest,
    HandOverDuty,
    OpenDay,
    OpenService,
    ResumeIssuing,
    SendMessage,
    SetCounterServices,
    SetMachine,
    SignOffDuty,
    SignOnDuty,
    StartEmergency,
    StopIssuing,
    TakeUpRequest,
)
from shared.protocol.opening import Heartbeat, Hello, Pair, Paired, SetUp, Welcome
from shared.protocol.people import SetOwnSecret, SignedIn, SignIn, SignInEnded, SignOut, Unlock
from shared.protocol.phone import AppointmentView, TicketView
from shared.protocol.teller import CounterView, PanelView
from shared.protocol.terminals import ConfirmPagerCall, ReportPager, ReportPrinter, ReportVoice
from shared.protocol.tickets import (
    BindPager,
    ChangeLanes,
    DivertToMachine,
    EnterHandwritten,
    FinishAtMachine,
    ForgetPerson,
    GiveUpTicket,
    PromoteTicket,
    ReassignTicket,
    RecordPerson,
    ReinstateTicket,
    ReleasePager,
    ReprintTicket,
    ReturnFromMachine,
    SetNeeds,
)

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

Query: TypeAlias = FindSlots | FindAppointment
"""What asks and changes nothing: it belongs to no business day."""

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

Configuring: TypeAlias = PreviewReload | Reload

House: TypeAlias = Personal | Administrative | OwnDataCommand | Configuring | AskExport
"""Commands about people and stations; the journal's stream `house` is theirs."""

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

decode_first: Any = msgspec.json.Decoder(FirstMessage).decode

decode_command: Any = msgspec.json.Decoder(Request).decode
