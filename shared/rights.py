"""What each role may do: the one table role -> commands.

The server asks it before it decides (`server/auth.py`), and a terminal before it offers a key, so
that nobody is offered what would be refused. Both read this one table: rights given twice would
differ one day. What a role may see is in `server/auth.py`; whether a command is possible now is
decided in `server/domain`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypeAlias

from shared.protocol import (
    AddStaff,
    AddTransaction,
    AskExport,
    AskHelp,
    BindPager,
    BookAppointment,
    CallNext,
    CallNumber,
    CancelAppointment,
    CancelInvitation,
    ChangeLanes,
    ChangeRoles,
    CheckIn,
    ChoosePreset,
    ClearMessage,
    CloseAfterThis,
    CloseAlert,
    CloseCounter,
    CloseDay,
    CloseRequest,
    CloseService,
    ConfirmAppointment,
    ConfirmPagerCall,
    ConfirmQuestion,
    DisableStaff,
    DivertToMachine,
    EnableStaff,
    EndEmergency,
    EndHelp,
    EndStepBack,
    EnterHandwritten,
    ErasePerson,
    EscalateRequest,
    FillForm,
    FindAppointment,
    FindPerson,
    FindSlots,
    FinishAtMachine,
    FinishService,
    ForgetPerson,
    GiveRatingReason,
    GiveUpTicket,
    HandOverDuty,
    HoldSlot,
    InviteStation,
    LeaveLine,
    MarkMissed,
    MoveAppointment,
    OpenCounter,
    OpenDay,
    OpenService,
    ParkTicket,
    PauseCounter,
    PreviewReload,
    PromoteTicket,
    RateService,
    RateVisit,
    ReassignTicket,
    RecallTicket,
    RecordPerson,
    ReinstateTicket,
    ReleasePager,
    ReleaseSlot,
    Reload,
    RenameStation,
    RepeatQuestion,
    ReportPager,
    ReportPrinter,
    ReportVoice,
    ReprintTicket,
    Request,
    RequestHelp,
    ResetSecret,
    ResumeCounter,
    ResumeIssuing,
    ResumeTicket,
    ReturnFromMachine,
    ReturnTicket,
    RevokeStation,
    Role,
    SendMessage,
    SetCounterServices,
    SetMachine,
    SetNeeds,
    SetOwnSecret,
    SignIn,
    SignOffDuty,
    SignOnDuty,
    SignOut,
    StartEmergency,
    StartService,
    StepBack,
    StopIssuing,
    TakeRemoteTicket,
    TakeTicket,
    TakeUpRequest,
    TransferTicket,
    UndoAction,
    Unlock,
    UnlockStaff,
)

Commands: TypeAlias = frozenset[type[Request]]

NOTHING: Final[Commands] = frozenset()

WITH_NOBODY_SIGNED_IN: Final[Commands] = frozenset({SignIn, SetOwnSecret})

OF_ONESELF: Final[Commands] = frozenset({SignIn, SignOut, Unlock, SetOwnSecret})

AUDITING: Final[Commands] = OF_ONESELF | {AskExport}

AT_THE_DESK: Final[Commands] = AUDITING | {
    InviteStation,
    CancelInvitation,
    RenameStation,
    RevokeStation,
    AddStaff,
    ChangeRoles,
    DisableStaff,
    EnableStaff,
    ResetSecret,
    UnlockStaff,
    FindPerson,
    ErasePerson,
    PreviewReload,
    Reload,
}

BOOKING: Final[Commands] = frozenset(
    {
        FindSlots,
        FindAppointment,
        HoldSlot,
        ReleaseSlot,
        BookAppointment,
        MoveAppointment,
        ConfirmAppointment,
        CancelAppointment,
    }
)

WITH_THE_APPOINTMENT_LINK: Final[Commands] = frozenset(
    {FindSlots, MoveAppointment, ConfirmAppointment, CancelAppointment}
)

AT_THE_KIOSK: Final[Commands] = BOOKING | {TakeTicket, RequestHelp, ReportPrinter, CheckIn}

AT_THE_DISPLAY: Final[Commands] = frozenset({ReportVoice})

WITH_PAGERS: Final[Commands] = frozenset({BindPager, ReleasePager, ReportPager})

AT_THE_PAGER_BASE: Final[Commands] = frozenset({ReportPager, ConfirmPagerCall})

WITH_THE_TICKET_LINK: Final[Commands] = frozenset(
    {LeaveLine, StepBack, EndStepBack, FillForm, RequestHelp, RateVisit}
)

ON_THE_BRANCH_PAGE: Final[Commands] = frozenset({TakeRemoteTicket})

BESIDE_THE_COUNTER: Final[Commands] = frozenset({ConfirmQuestion, RateService, GiveRatingReason})

AT_THE_COUNTER: Final[Commands] = (
    OF_ONESELF
    | BOOKING
    | WITH_PAGERS
    | frozenset(
        {
            OpenCounter,
            PauseCounter,
            ResumeCounter,
            CloseAfterThis,
            CloseCounter,
            CallNext,
            CallNumber,
            RecallTicket,
            StartService,
            FinishService,
            MarkMissed,
            ParkTicket,
            ResumeTicket,
            TransferTicket,
            AddTransaction,
            ReturnTicket,
            AskHelp,
            EndHelp,
            RepeatQuestion,
            TakeUpRequest,
            EscalateRequest,
            CloseRequest,
            UndoAction,
            SetNeeds,
            RecordPerson,
            ForgetPerson,
        }
    )
)

IN_THE_LOBBY: Final[Commands] = (
    OF_ONESELF
    | BOOKING
    | WITH_PAGERS
    | frozenset(
        {
            TakeTicket,
            LeaveLine,
            StepBack,
            EndStepBack,
            RequestHelp,
            TakeUpRequest,
            EscalateRequest,
            CloseRequest,
            ReprintTicket,
            CheckIn,
            SetNeeds,
            RecordPerson,
            ForgetPerson,
            DivertToMachine,
            ReturnFromMachine,
            FinishAtMachine,
            SetMachine,
            SignOnDuty,
            HandOverDuty,
            SignOffDuty,
        }
    )
)

STEERING_THE_LOBBY: Final[Commands] = IN_THE_LOBBY | {
    ChangeLanes,
    PromoteTicket,
    ReinstateTicket,
    ReassignTicket,
    GiveUpTicket,
    SendMessage,
    ClearMessage,
    CloseAlert,
    UnlockStaff,
}

SUPERVISING: Final[Commands] = STEERING_THE_LOBBY | {
    OpenCounter,
    PauseCounter,
    ResumeCounter,
    CloseAfterThis,
    CloseCounter,
    SetCounterServices,
    EndHelp,
    OpenService,
    CloseService,
    StopIssuing,
    ResumeIssuing,
    OpenDay,
    CloseDay,
    EnterHandwritten,
}

HEADING_THE_BRANCH: Final[Commands] = SUPERVISING | {ChoosePreset, StartEmergency, EndEmergency}

PERMISSIONS: Final[Mapping[Role, Commands]] = {
    "kiosk": AT_THE_KIOSK,
    "display": AT_THE_DISPLAY,
    "rating_panel": BESIDE_THE_COUNTER,
    "pager_base": AT_THE_PAGER_BASE,
    "counter": WITH_NOBODY_SIGNED_IN,
    "board": WITH_NOBODY_SIGNED_IN,
    "desk": WITH_NOBODY_SIGNED_IN,
    "stranger": NOTHING,
    "customer": WITH_THE_TICKET_LINK,
    "booked_customer": WITH_THE_APPOINTMENT_LINK,
    "visitor": ON_THE_BRANCH_PAGE,
    "teller": AT_THE_COUNTER,
    "lobby_assistant": IN_THE_LOBBY,
    "lobby_manager": STEERING_THE_LOBBY,
    "operations_supervisor": SUPERVISING,
    "branch_head": HEADING_THE_BRANCH,
    "auditor": AUDITING,
    "administrator": AT_THE_DESK,
    "clock": NOTHING,
}
"""The one table role -> commands. A role that is not named may do nothing."""
