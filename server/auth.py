"""What each role may do and see: one table role -> commands, one table role -> views.

Asks the second of three questions, "may you?". Whether a message is well formed was asked
before, in `inbound`; whether it is possible now is asked after, in `server/domain`. These tables
are the only place where rights are given. Who is calling is found out in `people` and `links`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypeAlias

from server.domain.configuration import BranchConfig
from server.domain.refusals import (
    LanesByStaffOnly,
    NotAllowed,
    NotYourCounter,
    NotYourTicket,
    Refusal,
)
from server.domain.state import Actor
from server.domain.views import in_full
from server.house.refusals import NobodySignedIn
from shared.protocol import (
    AddStaff,
    AddTransaction,
    AskExport,
    AskHelp,
    CallNext,
    CallNumber,
    CancelInvitation,
    ChangeLanes,
    ChangeRoles,
    ChoosePreset,
    ClearMessage,
    CloseAfterThis,
    CloseAlert,
    CloseCounter,
    CloseDay,
    CloseService,
    CounterCommand,
    DisableStaff,
    DivertToMachine,
    EnableStaff,
    EndEmergency,
    EndHelp,
    EnterHandwritten,
    ErasePerson,
    FindPerson,
    FinishAtMachine,
    FinishService,
    ForgetPerson,
    GiveUpTicket,
    HandOverDuty,
    InviteStation,
    Lane,
    LeaveLine,
    MarkMissed,
    OpenCounter,
    OpenDay,
    OpenService,
    ParkTicket,
    PauseCounter,
    PreviewReload,
    PromoteTicket,
    ReassignTicket,
    RecallTicket,
    RecordPerson,
    ReinstateTicket,
    Reload,
    RenameStation,
    ReportPrinter,
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
    TakeTicket,
    TransferTicket,
    UndoAction,
    Unlock,
    UnlockStaff,
)

# --- Commands --------------------------------------------------------------------------------

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

AT_THE_KIOSK: Final[Commands] = frozenset({TakeTicket, RequestHelp, ReportPrinter})

WITH_THE_TICKET_LINK: Final[Commands] = frozenset({LeaveLine, StepBack, RequestHelp})

AT_THE_COUNTER: Final[Commands] = OF_ONESELF | frozenset(
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
        UndoAction,
        SetNeeds,
        RecordPerson,
        ForgetPerson,
    }
)

IN_THE_LOBBY: Final[Commands] = OF_ONESELF | frozenset(
    {
        TakeTicket,
        LeaveLine,
        StepBack,
        RequestHelp,
        ReprintTicket,
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
    "display": NOTHING,
    "rating_panel": NOTHING,
    "counter": WITH_NOBODY_SIGNED_IN,
    "board": WITH_NOBODY_SIGNED_IN,
    "desk": WITH_NOBODY_SIGNED_IN,
    "stranger": NOTHING,
    "customer": WITH_THE_TICKET_LINK,
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

TO_BE_ASKED: Final[tuple[Role, ...]] = (
    "lobby_assistant",
    "lobby_manager",
    "operations_supervisor",
    "branch_head",
    "teller",
    "administrator",
    "kiosk",
)
"""Whoever may not do something is sent to the first of these who may; some only terminals do."""

NEEDS_PROOF: Final[Commands] = frozenset(
    {
        InviteStation,
        RevokeStation,
        AddStaff,
        ChangeRoles,
        DisableStaff,
        EnableStaff,
        ResetSecret,
        UnlockStaff,
        Reload,
        ChoosePreset,
        FindPerson,
        ErasePerson,
        AskExport,
    }
)
"""What an open terminal alone does not allow: its person types the secret again, shortly before.
Whatever changes another's rights (an unlocked account may be guessed at again), lets a terminal
in, takes data out or away, changes the configuration, or decides who is called first."""

KIOSK_LANES: Final[frozenset[Lane]] = frozenset({"ordinary", "care"})
"""What customers may say of themselves, without proof; the other lanes are given by staff."""


def forbids(actor: Actor, command: Request) -> Refusal | None:
    """Why this actor may not give this command; None when it may. Asked for every message."""
    allowed = PERMISSIONS.get(actor.role, NOTHING)
    if type(command) not in allowed:
        if allowed is WITH_NOBODY_SIGNED_IN:
            return NobodySignedIn()
        return _not_allowed(actor, command)
    if actor.role == "teller" and isinstance(command, CounterCommand):
        own = command.counter == actor.counter
        return None if own else NotYourCounter(counter=command.counter)
    if actor.role == "customer" and isinstance(command, LeaveLine | StepBack | RequestHelp):
        own = command.visit == actor.visit
        return None if own else NotYourTicket(visit=command.visit or 0)
    if actor.role == "kiosk" and isinstance(command, TakeTicket):
        return _forbidden_at_kiosk(actor, command)
    return None


def put_on_duty(request: Request) -> str | None:
    """Whom this command puts on duty in the lobby; None: nobody."""
    if isinstance(request, SignOnDuty):
        return request.staff
    return request.to if isinstance(request, HandOverDuty) else None


def _not_allowed(actor: Actor, command: Request) -> Refusal:
    who = next(role for role in TO_BE_ASKED if type(command) in PERMISSIONS[role])
    return NotAllowed(command=type(command).__name__, role=actor.role, who=who)


def _forbidden_at_kiosk(actor: Actor, command: TakeTicket) -> Refusal | None:
    # A reason issues outside the ticket window: that is for staff to answer for.
    if command.reason is not None:
        return _not_allowed(actor, command)
    return None if KIOSK_LANES.issuperset(command.lanes) else LanesByStaffOnly()


# --- Views -----------------------------------------------------------------------------------

OWN_COUNTER: Final = "CounterView:own"
OWN_TICKET: Final = "TicketView:own"
ANY_COUNTER: Final = "CounterView:any"

HOUSE: Final = "HouseView"
"""The one feed that is of no branch."""

STAFF_VIEWS: Final = ("BoardView", "KioskView", "DisplayView", ANY_COUNTER)

VIEWS_OF_ROLE: Final[Mapping[Role, tuple[str, ...]]] = {
    "kiosk": ("KioskView",),
    "display": ("DisplayView",),
    "rating_panel": (),
    "counter": (),
    "board": (),
    "desk": (),
    "stranger": (),
    "customer": (OWN_TICKET,),
    "teller": (OWN_COUNTER, "DisplayView"),
    "lobby_assistant": STAFF_VIEWS,
    "lobby_manager": STAFF_VIEWS,
    "operations_supervisor": STAFF_VIEWS,
    "branch_head": STAFF_VIEWS,
    "auditor": (*STAFF_VIEWS, HOUSE),
    "administrator": (HOUSE,),
    "clock": (),
}
"""The one table role -> feeds, the default one first."""


def default_views(actor: Actor) -> tuple[str, ...]:
    """What a connection sees that asked for nothing."""
    return tuple(_meant(actor, feed) for feed in VIEWS_OF_ROLE.get(actor.role, ())[:1])


def may_see(actor: Actor, feed: str, config: BranchConfig) -> bool:
    """Whether there is such a feed in this branch and the actor may have it."""
    feeds: set[str] = set()
    for allowed in VIEWS_OF_ROLE.get(actor.role, ()):
        if allowed == ANY_COUNTER:
            feeds |= {f"CounterView:{counter.id}" for counter in config.counters}
        else:
            feeds.add(_meant(actor, allowed))
    return feed in feeds


def as_seen_by(actor: Actor, feed: str) -> str:
    """The feed in the form this actor may have: only the teller who serves somebody sees whom."""
    serves = actor.role == "teller" and feed == f"CounterView:{actor.counter}"
    return in_full(feed) if serves else feed


def _meant(actor: Actor, feed: str) -> str:
    if feed == OWN_COUNTER:
        return f"CounterView:{actor.counter}"
    if feed == OWN_TICKET:
        return f"TicketView:{actor.visit}"
    return feed
