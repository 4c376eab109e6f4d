"""The authorisation matrix: every command, every role, in the own branch and in the other one.

What is expected comes from the one table in `shared/rights.py`; what happens, from a running server
with two branches, over real sockets. A command that is let through may still be refused by the
state of its branch: that is another question.
"""

from collections import Counter
from contextlib import asynccontextmanager
from typing import get_args

import pytest
from msgspec.structs import replace

from server.auth import NEEDS_PROOF
from server.domain.configuration import Bookable
from server.house.state import OF_THE_HOUSE
from server.journal.memory import MemoryJournal
from server.signins import PROOF_SECONDS
from shared.protocol import (
    BookAppointment,
    CancelAppointment,
    ConfirmAppointment,
    CounterCommand,
    EndStepBack,
    FillForm,
    FindSlots,
    HoldSlot,
    InviteStation,
    LeaveLine,
    MoveAppointment,
    Pair,
    Paired,
    RateVisit,
    Request,
    RequestHelp,
    Role,
    SignedIn,
    SignOut,
    StepBack,
    TakeTicket,
    Welcome,
)
from shared.rights import PERMISSIONS, WITH_NOBODY_SIGNED_IN
from shared.testing import ManualClock
from tests.server.one_branch import branch_config, rows
from tests.server.one_house import staff_at
from tests.server.one_server import serving
from tests.server.samples import sample

OWN, OTHER, LATER = "own branch", "other branch", "own branch, later"

STATIONS: dict[Role, str] = {
    "kiosk": "kiosk-1",
    "display": "display-1",
    "rating_panel": "rating_panel-1",
    "pager_base": "pagers-1",
    "counter": "counter-1",
    "board": "board-head",
    "desk": "desk-1",
    "teller": "counter-1",
    "lobby_assistant": "board-assistant",
    "lobby_manager": "board-manager",
    "operations_supervisor": "board-supervisor",
    "branch_head": "board-head",
    "auditor": "board-auditor",
    "administrator": "desk-1",
}
PEOPLE = [role for role in STATIONS if role not in get_args(Role)[:7]]
HOLDERS = ("customer", "booked_customer", "visitor")
"""Whoever has a link and is at no station."""

NEVER_A_CLIENT = {"clock", "stranger"}

OF_THE_OWN_APPOINTMENT = (MoveAppointment, ConfirmAppointment, CancelAppointment)
OF_THE_OWN_TICKET = (LeaveLine, StepBack, EndStepBack, FillForm, RequestHelp, RateVisit)

# What ends the sender's own sign-in comes last.
COMMANDS = sorted(get_args(Request), key=lambda command: (command is SignOut, command.__name__))

IN_THE_STATE = "let through"


def places(role):
    """Where a role is tried."""
    if role == "visitor":
        return (OWN,)
    if role in HOLDERS:
        return (OWN, OTHER)
    return (OWN, OTHER, LATER) if role in PEOPLE else (OWN,)


def acting_as(role, place):
    """The role of whoever is at the station there: nobody is anything in another branch, but
    those who are what they are for the whole house."""
    if place != OTHER or role not in PEOPLE or role in OF_THE_HOUSE:
        return role
    return "counter" if role == "teller" else "board"


def expected(role, place, command):
    """What the table says."""
    actual = acting_as(role, place)
    if command not in PERMISSIONS[actual]:
        nobody = PERMISSIONS[actual] is WITH_NOBODY_SIGNED_IN
        return "NobodySignedIn" if nobody else "NotAllowed"
    if actual == "customer" and place == OTHER and command in OF_THE_OWN_TICKET:
        return "NotYourTicket"
    if actual == "booked_customer" and place == OTHER and command in OF_THE_OWN_APPOINTMENT:
        return "NotYourAppointment"
    return "ProveAgain" if place == LATER and command in NEEDS_PROOF else IN_THE_STATE


CASES = [
    (role, place, command)
    for role in (*STATIONS, *HOLDERS)
    for place in places(role)
    for command in COMMANDS
]


def bookable(config):
    """The branch, with its second service by appointment, too."""
    first, second = config.services
    return replace(config, services=(first, replace(second, booking=Bookable(share=1.0))))


@asynccontextmanager
async def two_branches(clock=None, journal=None):
    """Both with somebody waiting, so that no day is closed over the cases."""
    configs = [bookable(branch_config("east")), bookable(branch_config("west"))]
    async with serving(
        branches=configs, clock=clock, journal=journal, public_url="https://lobby.example"
    ) as server:
        for config in configs:
            kiosk = await server.terminal(f"{config.id}-kiosk-1")
            for _ in range(3):
                await kiosk.order(sample(TakeTicket))
            await booked(kiosk)
            await kiosk.socket.close()  # or it would have to read all that is to come
        yield server


async def booked(kiosk):
    """An appointment of tomorrow, the first of its branch."""
    slots = await kiosk.order(sample(FindSlots, service="B", first_day="2026-11-17"))
    await kiosk.order(sample(HoldSlot, service="B", slot=slots.slots[0].at))
    answer = await kiosk.order(sample(BookAppointment))
    assert answer.appointment == 1


async def arrived(server, role, place, clock):
    """A connection of that role, there."""
    branch = "west" if place == OTHER else "east"
    if role == "customer":
        terminal, welcome = await server.knock(ticket=server.ticket(2, "east"))
        assert isinstance(welcome, Welcome)
        return terminal
    if role == "booked_customer":
        terminal, welcome = await server.knock(appointment_link=server.appointment(1, "east"))
        assert isinstance(welcome, Welcome)
        return terminal
    if role == "visitor":
        terminal, welcome = await server.knock(visitor=True, branch="east")
        assert isinstance(welcome, Welcome)
        return terminal
    if role == "rating_panel":
        return await a_rating_panel(server, branch)
    terminal, welcome = await server.station(f"{branch}-{STATIONS[role]}")
    assert isinstance(welcome, Welcome)
    if role in PEOPLE:
        signed_in = await terminal.sign_in(staff_at(f"east-{STATIONS[role]}"))
        assert isinstance(signed_in, SignedIn) == (acting_as(role, place) == role)
        if place == LATER:
            clock.advance(seconds=PROOF_SECONDS)
    return terminal


async def a_rating_panel(server, branch):
    """As one comes: invited, paired and welcomed."""
    desk = await server.terminal(f"{branch}-desk-1")
    invite = sample(InviteStation, kind="rating_panel", branch=branch, counter=1)
    invited = await desk.order(invite)
    terminal = await server.dial()
    await terminal.say(Pair(version=1, code=invited.code, branch=branch))
    paired = await terminal.hear(Paired)
    return (await server.knock(station=paired.station, secret=paired.secret))[0]


def given(command, role, place):
    """The command as it is tried: of the own counter and ticket, but for a customer elsewhere."""
    if role == "customer":
        return sample(command, visit=1 if place == OTHER else 2)
    if role == "booked_customer":
        return sample(command, appointment=2 if place == OTHER else 1)
    changes = {"counter": 1} if issubclass(command, CounterCommand) else {}
    return sample(command, branch="west" if place == OTHER else "east", **changes)


def happened(reply):
    """In the words of the table."""
    code = getattr(reply, "code", "") if type(reply).__name__ == "Refused" else ""
    asked_first = (
        "NotAllowed",
        "NobodySignedIn",
        "NotYourTicket",
        "NotYourAppointment",
        "ProveAgain",
    )
    return code if code in asked_first else IN_THE_STATE


@pytest.mark.parametrize("role", [*STATIONS, *HOLDERS])
async def test_every_command_is_taken_from_those_who_may_and_from_nobody_else(role):
    clock, journal, wrong = ManualClock(), MemoryJournal(), []
    async with two_branches(clock, journal) as server:
        for place in places(role):
            terminal = await arrived(server, role, place, clock)
            for _, _, command in (case for case in CASES if case[:2] == (role, place)):
                reply = await terminal.order(given(command, role, place))
                if happened(reply) != expected(role, place, command):
                    wrong.append((place, command.__name__, reply))
        by_branch = {branch: await rows(journal, branch) for branch in ("east", "west")}

    assert wrong == []
    for branch, events in by_branch.items():
        stations = {row.actor.partition('"station":"')[2].partition('"')[0] for row in events}
        assert all(station.startswith(branch) for station in stations - {""})


def test_the_matrix_has_every_role_and_every_command_and_refuses_as_well_as_allows():
    verdicts = Counter(expected(*case) for case in CASES)

    assert {role for role, _, _ in CASES} == set(get_args(Role)) - NEVER_A_CLIENT
    assert {command for _, _, command in CASES} == set(get_args(Request))
    assert len(CASES) >= 300
    assert min(verdicts[one] for one in (IN_THE_STATE, "NotAllowed", "NobodySignedIn")) >= 100
    assert verdicts["ProveAgain"] >= len(NEEDS_PROOF)
    assert verdicts["NotYourTicket"] == len(OF_THE_OWN_TICKET)
    assert verdicts["NotYourAppointment"] == len(OF_THE_OWN_APPOINTMENT)


async def test_a_teller_at_the_own_counter_has_no_say_at_the_next_one():
    async with two_branches() as server:
        teller = await server.terminal("east-counter-1")

        for command in COMMANDS:
            if issubclass(command, CounterCommand) and command in PERMISSIONS["teller"]:
                reply = await teller.order(sample(command, counter=2))
                assert reply.code == "NotYourCounter", command
