"""Who may do what, from the tables and through the door."""

from itertools import pairwise
from typing import get_args

import pytest

from server.auth import TO_BE_ASKED, VIEWS_OF_ROLE, default_views, forbids, may_see
from server.domain.refusals import LanesByStaffOnly, NotAllowed, NotYourCounter, NotYourTicket
from server.domain.state import Actor
from shared.protocol import (
    CallNext,
    CloseDay,
    Command,
    CounterCommand,
    EndStepBack,
    LeaveLine,
    OpenCounter,
    OpenDay,
    Refused,
    ReinstateTicket,
    Request,
    RequestHelp,
    Role,
    StartEmergency,
    StepBack,
    TakeTicket,
)
from shared.rights import PERMISSIONS
from tests.server.one_branch import branch_config
from tests.server.one_server import serving
from tests.server.samples import sample

COMMANDS = get_args(Command)
REQUESTS = get_args(Request)
ONESELF = {"SignIn", "SignOut", "Unlock", "SetOwnSecret"}
ROLES = get_args(Role)
RANKS: list[Role] = ["lobby_assistant", "lobby_manager", "operations_supervisor", "branch_head"]
WATCHERS: list[Role] = ["stranger", "clock"]
CONFIG = branch_config(counters=2)


def names(commands):
    return {command.__name__ for command in commands}


# --- The table of commands -------------------------------------------------------------------


def test_every_command_is_somebodys_and_every_role_is_in_the_table():
    given = frozenset().union(*PERMISSIONS.values())

    assert names(given) == names(REQUESTS)
    assert set(PERMISSIONS) == set(ROLES)


def test_who_only_watches_gives_no_command():
    for role in WATCHERS:
        assert PERMISSIONS[role] == frozenset()
    # A display says how it is itself, and nothing else.
    assert names(PERMISSIONS["display"]) == {"ReportVoice"}
    # An export changes nothing, and is written down.
    assert names(PERMISSIONS["auditor"]) == ONESELF | {"AskExport"}


def test_nobody_rates_a_service_but_its_customer_at_the_panel_or_by_the_ticket():
    rating = {"ConfirmQuestion", "RateService", "GiveRatingReason", "RateVisit"}

    assert names(PERMISSIONS["rating_panel"]) == rating - {"RateVisit"}
    for role in set(ROLES) - {"rating_panel"}:
        allowed = {"RateVisit"} if role == "customer" else set()
        assert names(PERMISSIONS[role]) & rating == allowed


def test_a_pager_base_speaks_of_pagers_and_whoever_notes_needs_hands_them_out():
    assert names(PERMISSIONS["pager_base"]) == {"ReportPager", "ConfirmPagerCall"}
    for role in ROLES:
        out = {"BindPager", "ReleasePager"} <= names(PERMISSIONS[role])
        assert out == ("SetNeeds" in names(PERMISSIONS[role]))


def test_the_administrator_has_no_verb_of_the_floor():
    assert not PERMISSIONS["administrator"] & set(COMMANDS)


def test_each_rank_of_the_lobby_may_all_that_the_one_below_may():
    for below, above in pairwise(RANKS):
        assert PERMISSIONS[below] < PERMISSIONS[above]


def test_nobody_but_a_teller_calls_or_serves():
    for role in set(ROLES) - {"teller"}:
        assert not names(PERMISSIONS[role]) & {"CallNext", "CallNumber", "FinishService"}


@pytest.mark.parametrize(
    ("command", "lowest"),
    [
        ("DivertToMachine", "lobby_assistant"),
        ("PromoteTicket", "lobby_manager"),
        ("CloseDay", "operations_supervisor"),
        ("StartEmergency", "branch_head"),
    ],
)
def test_a_right_begins_with_its_rank(command, lowest):
    having = [rank for rank in RANKS if command in names(PERMISSIONS[rank])]

    assert having == RANKS[RANKS.index(lowest) :]


# --- What the table cannot say ---------------------------------------------------------------


@pytest.mark.parametrize(
    "command", [c for c in COMMANDS if issubclass(c, CounterCommand)], ids=lambda c: c.__name__
)
def test_a_teller_acts_at_the_own_counter_only(command):
    teller = Actor(role="teller", station="counter-2", counter=2)

    elsewhere, here = sample(command, counter=1), sample(command, counter=2)

    if command in PERMISSIONS["teller"]:
        assert forbids(teller, elsewhere) == NotYourCounter(counter=1)
        assert forbids(teller, here) is None
    else:
        assert isinstance(forbids(teller, here), NotAllowed)


def test_the_supervisor_opens_any_counter():
    supervisor = Actor(role="operations_supervisor", station="board-supervisor")

    assert forbids(supervisor, sample(OpenCounter, counter=7)) is None


@pytest.mark.parametrize("command", [LeaveLine, StepBack, EndStepBack, RequestHelp])
def test_a_customer_acts_for_the_own_ticket_only(command):
    customer = Actor(role="customer", visit=5)

    assert forbids(customer, sample(command, visit=5)) is None
    assert forbids(customer, sample(command, visit=6)) == NotYourTicket(visit=6)


def test_a_customer_who_names_no_ticket_is_not_taken_for_the_owner_of_one():
    assert isinstance(forbids(Actor(role="customer", visit=5), sample(RequestHelp)), NotYourTicket)


@pytest.mark.parametrize("lanes", [(), ("ordinary",), ("care",), ("care", "ordinary")])
def test_a_kiosk_gives_the_lanes_people_may_say_of_themselves(lanes):
    kiosk = Actor(role="kiosk", station="kiosk-1")

    assert forbids(kiosk, sample(TakeTicket, lanes=lanes)) is None


@pytest.mark.parametrize("lanes", [("vip",), ("appointment",), ("care", "vip")])
def test_the_other_lanes_are_given_by_staff(lanes):
    kiosk = Actor(role="kiosk", station="kiosk-1")
    assistant = Actor(role="lobby_assistant", station="board-assistant")

    assert forbids(kiosk, sample(TakeTicket, lanes=lanes)) == LanesByStaffOnly()
    assert forbids(assistant, sample(TakeTicket, lanes=lanes)) is None


def test_a_kiosk_cannot_overrule_the_ticket_window():
    kiosk = Actor(role="kiosk", station="kiosk-1")

    refusal = forbids(kiosk, sample(TakeTicket, reason="peak"))

    assert refusal == NotAllowed("TakeTicket", "kiosk", who="lobby_assistant")


@pytest.mark.parametrize(
    ("role", "command", "who"),
    [
        ("teller", OpenDay, "operations_supervisor"),
        ("lobby_assistant", ReinstateTicket, "lobby_manager"),
        ("lobby_manager", OpenCounter, "operations_supervisor"),
        ("operations_supervisor", StartEmergency, "branch_head"),
        ("branch_head", CallNext, "teller"),
        ("display", TakeTicket, "lobby_assistant"),
    ],
)
def test_whoever_may_not_is_told_who_may(role, command, who):
    refusal = forbids(Actor(role=role), sample(command))

    assert refusal == NotAllowed(command.__name__, role, who)


def test_there_is_somebody_to_ask_for_everything():
    asked = frozenset().union(*(PERMISSIONS[role] for role in TO_BE_ASKED))

    assert names(asked) == names(REQUESTS)


# --- The table of views ----------------------------------------------------------------------


def test_every_role_is_in_the_table_of_views():
    assert set(VIEWS_OF_ROLE) == set(ROLES)


@pytest.mark.parametrize(
    ("actor", "views"),
    [
        (Actor(role="kiosk"), ("KioskView",)),
        (Actor(role="display"), ("DisplayView",)),
        (Actor(role="teller", counter=2), ("CounterView:2",)),
        (Actor(role="customer", visit=9), ("TicketView:9",)),
        (Actor(role="auditor"), ("BoardView",)),
        (Actor(role="administrator"), ("HouseView",)),
        (Actor(role="counter", counter=2), ()),
        (Actor(role="board"), ()),
        (Actor(role="desk"), ()),
    ],
    ids=lambda value: value.role if isinstance(value, Actor) else "",
)
def test_who_asks_for_nothing_sees_the_view_of_the_role(actor, views):
    assert default_views(actor) == views
    assert all(may_see(actor, view, CONFIG) for view in views)


@pytest.mark.parametrize(
    ("actor", "view"),
    [
        (Actor(role="kiosk"), "BoardView"),
        (Actor(role="display"), "KioskView"),
        (Actor(role="teller", counter=2), "CounterView:1"),
        (Actor(role="teller", counter=2), "CounterView:own"),
        (Actor(role="teller", counter=2), "BoardView"),
        (Actor(role="customer", visit=9), "TicketView:8"),
        (Actor(role="customer", visit=9), "DisplayView"),
        (Actor(role="rating_panel", counter=2), "CounterView:2"),
        (Actor(role="lobby_assistant"), "TicketView:1"),
        (Actor(role="lobby_assistant"), "CounterView:99"),
        (Actor(role="lobby_assistant"), "CounterView:any"),
        (Actor(role="lobby_assistant"), "CounterView:02"),
        (Actor(role="branch_head"), "NoSuchView"),
        (Actor(role="branch_head"), ""),
        (Actor(role="administrator"), "DisplayView"),
        (Actor(role="branch_head"), "HouseView"),
        (Actor(role="board"), "BoardView"),
        (Actor(role="counter", counter=2), "CounterView:2"),
    ],
    ids=lambda value: value.role if isinstance(value, Actor) else value,
)
def test_nobody_sees_more_than_the_role_may(actor, view):
    assert not may_see(actor, view, CONFIG)


def test_staff_look_over_every_shoulder():
    for role in [*RANKS, "auditor"]:
        assert may_see(Actor(role=role), "CounterView:2", CONFIG)


# --- Through the door ------------------------------------------------------------------------


async def test_a_right_is_asked_for_with_every_message_and_not_once():
    async with serving() as server:
        teller = await server.terminal("counter-1")
        first = await teller.order(sample(OpenCounter))

        other = await teller.order(sample(CallNext, counter=2))
        above = await teller.order(sample(CloseDay))
        own = await teller.order(sample(CallNext))

    assert not isinstance(first, Refused)
    assert (other.code, other.field) == ("NotYourCounter", "counter")
    assert (above.code, above.field) == ("NotAllowed", "type")
    assert own.code == "NobodyWaiting"
