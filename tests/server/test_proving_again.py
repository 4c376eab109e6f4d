"""An open terminal alone makes no accounts: what needs the secret again, over real sockets."""

from typing import get_args

from server.auth import NEEDS_PROOF
from server.config import HOUSE_STREAM
from server.journal.memory import MemoryJournal
from server.signins import PROOF_SECONDS
from shared.protocol import (
    Accepted,
    AddStaff,
    ChoosePreset,
    House,
    HouseAccepted,
    RenameStation,
    RoleAt,
    SignedIn,
    Unlock,
)
from shared.rights import PERMISSIONS
from shared.testing import ManualClock
from tests.server.one_branch import DAY, new_id, rows
from tests.server.one_house import secret_of
from tests.server.one_server import serving

TELLER = (RoleAt(branch="main", role="teller"),)


def add(staff="li"):
    return AddStaff(id=new_id(), staff=staff, roles=TELLER)


async def unlock(terminal, secret):
    return await terminal.order(Unlock(id=new_id(), secret=secret))


async def test_a_stolen_open_terminal_cannot_make_accounts():
    clock, journal = ManualClock(), MemoryJournal()
    async with serving(clock=clock, journal=journal) as server:
        desk = await server.terminal("desk-1")
        clock.advance(seconds=PROOF_SECONDS)

        refused = await desk.order(add())
        guessed = await unlock(desk, "a wrong password")
        still = await desk.order(add())

    assert (refused.code, refused.field) == ("ProveAgain", "type")
    assert "password" in refused.text
    assert (guessed.code, still.code) == ("SignInWrong", "ProveAgain")
    assert "StaffAdded" not in [row.type for row in (await rows(journal, HOUSE_STREAM))[-2:]]


async def test_whoever_proves_it_again_has_two_minutes():
    clock = ManualClock()
    async with serving(clock=clock) as server:
        desk = await server.terminal("desk-1")
        clock.advance(seconds=PROOF_SECONDS)
        command = add()
        refused = await desk.order(command)

        proved = await unlock(desk, secret_of("admin"))
        clock.advance(seconds=PROOF_SECONDS - 1)
        added = await desk.order(command)
        clock.advance(seconds=1)
        late = await desk.order(add("wang"))

    assert isinstance(proved, SignedIn)
    assert isinstance(added, HouseAccepted)
    assert (refused.code, late.code) == ("ProveAgain", "ProveAgain")


async def test_what_harms_nobody_needs_no_proof():
    clock = ManualClock()
    async with serving(clock=clock) as server:
        desk = await server.terminal("desk-1")
        clock.advance(seconds=PROOF_SECONDS)

        renamed = await desk.order(RenameStation(id=new_id(), station="kiosk-1", name="Hall"))

    assert isinstance(renamed, HouseAccepted)


async def test_a_token_outlives_the_server_and_the_proof_does_not():
    journal = MemoryJournal()
    async with serving(journal=journal) as server:
        desk, _ = await server.station("desk-1")
        token = (await desk.sign_in("admin")).token
    async with serving(journal=journal) as server:
        desk, welcome = await server.station("desk-1", token=token)

        refused = await desk.order(add())

    assert welcome.staff == "admin"
    assert refused.code == "ProveAgain"


async def test_the_branch_head_proves_it_again_before_choosing_who_is_called_first():
    clock = ManualClock()
    async with serving(clock=clock) as server:
        board = await server.terminal("board-head")
        clock.advance(seconds=PROOF_SECONDS)
        refused = await board.order(ChoosePreset(id=new_id(), day=DAY, preset="simple"))

        await unlock(board, secret_of("head"))
        chosen = await board.order(ChoosePreset(id=new_id(), day=DAY, preset="simple"))

    assert refused.code == "ProveAgain"
    assert isinstance(chosen, Accepted)


def test_only_people_are_asked_and_every_right_of_another_is_behind_it():
    roles = {role for role, commands in PERMISSIONS.items() if commands & NEEDS_PROOF}
    of_others = {
        command
        for command in get_args(House)
        if "staff" in command.__struct_fields__ and command.__name__ not in ("SignIn",)
    }

    assert roles <= {
        *("lobby_manager", "operations_supervisor", "branch_head", "auditor", "administrator")
    }
    assert of_others - NEEDS_PROOF == {c for c in of_others if c.__name__ == "SetOwnSecret"}
