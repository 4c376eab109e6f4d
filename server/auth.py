"""What each role may do and see: the table role -> commands of `shared/rights.py`, asked for every
message, and the table role -> views.

Asks the second of three questions, "may you?". Whether a message is well formed was asked
before, in `inbound`; whether it is possible now is asked after, in `server/domain`. These two
tables are the only places where rights are given. Who is calling is found out in `people` and
`links`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from server.domain.configuration import BranchConfig
from server.domain.refusals import (
    LanesByStaffOnly,
    NotAllowed,
    NotYourAppointment,
    NotYourCounter,
    NotYourTicket,
    Refusal,
)
from server.domain.state import Actor
from server.domain.views import in_full
from server.house.refusals import NobodySignedIn
from shared.protocol import (
    AddStaff,
    AskExport,
    BookAppointment,
    ChangeRoles,
    CheckIn,
    ChoosePreset,
    CounterCommand,
    DisableStaff,
    EnableStaff,
    EndStepBack,
    ErasePerson,
    EscalateRequest,
    FillForm,
    FindPerson,
    HandOverDuty,
    InviteStation,
    Lane,
    LeaveLine,
    OwnAppointment,
    RateVisit,
    Reload,
    Request,
    RequestHelp,
    ResetSecret,
    RevokeStation,
    Role,
    SignOnDuty,
    StepBack,
    TakeTicket,
    UnlockStaff,
)
from shared.rights import NOTHING, PERMISSIONS, WITH_NOBODY_SIGNED_IN, Commands

# --- Commands --------------------------------------------------------------------------------

TO_BE_ASKED: Final[tuple[Role, ...]] = (
    "lobby_assistant",
    "lobby_manager",
    "operations_supervisor",
    "branch_head",
    "teller",
    "administrator",
    "kiosk",
    "display",
    "rating_panel",
    "pager_base",
    "customer",
    "booked_customer",
    "visitor",
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


OF_A_CUSTOMER: Final = LeaveLine | StepBack | EndStepBack | FillForm | RequestHelp | RateVisit
"""What a customer does with a ticket, and with no other than the own."""


def forbids(actor: Actor, command: Request) -> Refusal | None:
    """Why this actor may not give this command; None when it may. Asked for every message."""
    allowed = PERMISSIONS.get(actor.role, NOTHING)
    if type(command) not in allowed:
        if allowed is WITH_NOBODY_SIGNED_IN:
            return NobodySignedIn()
        return _not_allowed(actor, command)
    if actor.role in ("teller", "rating_panel") and isinstance(command, CounterCommand):
        own = command.counter == actor.counter
        return None if own else NotYourCounter(counter=command.counter)
    if actor.role == "customer" and isinstance(command, OF_A_CUSTOMER):
        own = command.visit == actor.visit
        return None if own else NotYourTicket(visit=command.visit or 0)
    if actor.role == "booked_customer" and isinstance(command, OwnAppointment):
        own = command.appointment in (None, actor.appointment)
        return None if own else NotYourAppointment()
    if actor.role == "kiosk":
        return _forbidden_at_kiosk(actor, command)
    return None


def named_in_lobby(request: Request) -> str | None:
    """Whom this command puts on duty in the lobby, or makes the next owner of a request."""
    if isinstance(request, SignOnDuty):
        return request.staff
    return request.to if isinstance(request, HandOverDuty | EscalateRequest) else None


def _not_allowed(actor: Actor, command: Request) -> Refusal:
    who = next(role for role in TO_BE_ASKED if type(command) in PERMISSIONS[role])
    return NotAllowed(command=type(command).__name__, role=actor.role, who=who)


def _forbidden_at_kiosk(actor: Actor, command: Request) -> Refusal | None:
    match command:
        case TakeTicket(reason=str()):
            # A reason issues outside the ticket window: that is for staff to answer for.
            return _not_allowed(actor, command)
        case TakeTicket(lanes=lanes) | CheckIn(lanes=lanes) if not KIOSK_LANES.issuperset(lanes):
            return LanesByStaffOnly()
        case (
            OwnAppointment(appointment=int()) | BookAppointment(visit=int()) | CheckIn(visit=int())
        ):
            # Anybody stands there: a link or a code has to say whose it is.
            return NotYourAppointment()
        case _:
            return None


# --- Views -----------------------------------------------------------------------------------

OWN_COUNTER: Final = "CounterView:own"
OWN_TICKET: Final = "TicketView:own"
OWN_APPOINTMENT: Final = "AppointmentView:own"
OWN_PANEL: Final = "PanelView:own"
ANY_COUNTER: Final = "CounterView:any"

HOUSE: Final = "HouseView"
"""The one feed that is of no branch."""

STAFF_VIEWS: Final = ("BoardView", "KioskView", "DisplayView", ANY_COUNTER)

VIEWS_OF_ROLE: Final[Mapping[Role, tuple[str, ...]]] = {
    "kiosk": ("KioskView",),
    "display": ("DisplayView",),
    "rating_panel": (OWN_PANEL,),
    "pager_base": ("PagerView",),
    "counter": (),
    "board": (),
    "desk": (),
    "stranger": (),
    "customer": (OWN_TICKET,),
    "booked_customer": (OWN_APPOINTMENT,),
    "visitor": ("KioskView",),
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
    return feed in _allowed(actor, config)


def feeds_of(actor: Actor, config: BranchConfig) -> set[str]:
    """All feeds of a branch that the actor may have, by whichever name it is told them."""
    allowed = _allowed(actor, config)
    return allowed | {as_seen_by(actor, feed) for feed in allowed}


def as_seen_by(actor: Actor, feed: str) -> str:
    """The feed in the form this actor may have: only the teller who serves somebody sees whom."""
    serves = actor.role == "teller" and feed == f"CounterView:{actor.counter}"
    return in_full(feed) if serves else feed


def _allowed(actor: Actor, config: BranchConfig) -> set[str]:
    feeds: set[str] = set()
    for allowed in VIEWS_OF_ROLE.get(actor.role, ()):
        if allowed == ANY_COUNTER:
            feeds |= {f"CounterView:{counter.id}" for counter in config.counters}
        else:
            feeds.add(_meant(actor, allowed))
    return feeds


def _meant(actor: Actor, feed: str) -> str:
    if feed == OWN_COUNTER:
        return f"CounterView:{actor.counter}"
    if feed == OWN_PANEL:
        return f"PanelView:{actor.counter}"
    if feed == OWN_APPOINTMENT:
        return f"AppointmentView:{actor.appointment}"
    if feed == OWN_TICKET:
        return f"TicketView:{actor.visit}"
    return feed
