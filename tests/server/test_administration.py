"""What the administrator asks is done once, however often it is sent, and by whom it may be."""

import asyncio

import pytest

from server.config import HOUSE_STREAM
from server.domain.refusals import Refused as IsRefused
from server.house.refusals import NobodySignedIn
from server.journal.memory import MemoryJournal
from server.people import Guest
from shared.protocol import (
    AddStaff,
    CancelInvitation,
    ChangeRoles,
    DisableStaff,
    HouseAccepted,
    HouseView,
    InviteStation,
    Paired,
    Refused,
    ResetSecret,
    RevokeStation,
    RoleAt,
    SetOwnSecret,
    SignIn,
)
from shared.testing import ManualClock
from tests.server.one_branch import branch_config, new_id, rows
from tests.server.one_house import secret_of
from tests.server.one_server import serving
from tests.server.test_people import ask, pair

TELLER = (RoleAt(branch="main", role="teller"),)


async def recorded(journal):
    """The names of what happened in the house after it was furnished."""
    return [row.type for row in await rows(journal, HOUSE_STREAM) if "stranger" not in row.actor]


# --- Repeats ---------------------------------------------------------------------------------


async def test_an_invitation_repeated_after_a_restart_gets_a_new_code_and_is_no_second_one():
    journal, clock = MemoryJournal(), ManualClock()
    command = InviteStation(id=new_id(), kind="kiosk", branch="main", name="Hall")
    async with serving(journal=journal, clock=clock) as server:
        desk = await server.terminal("desk-1")
        first = await desk.order(command)
    async with serving(journal=journal, clock=clock) as server:
        desk = await server.terminal("desk-1")
        again = await desk.order(command)
        once_more = await desk.order(command)
        _, void = await pair(server, first.code)
        _, paired = await pair(server, again.code)
        over = await desk.order(InviteStation(id=command.id, kind="kiosk", branch="main"))

    assert first.code != again.code
    assert again == once_more
    assert first.until == again.until
    assert (void.code, over.code) == ("WrongCode", "CommandReused")
    assert isinstance(paired, Paired)
    assert (await recorded(journal)).count("StationInvited") == 1


@pytest.mark.parametrize("kind", [AddStaff, ResetSecret])
@pytest.mark.parametrize("snapshot", [True, False], ids=["with a snapshot", "from the events"])
async def test_an_account_s_code_repeated_after_a_restart_is_a_new_one(kind, snapshot):
    journal, clock = MemoryJournal(), ManualClock()
    fields = {"staff": "li", "roles": TELLER} if kind is AddStaff else {"staff": "teller-1"}
    command = kind(id=new_id(), **fields)
    async with serving(journal=journal, clock=clock) as server:
        desk = await server.terminal("desk-1")
        first = await desk.order(command)
    if not snapshot:
        await journal.drop_snapshots(HOUSE_STREAM)

    async with serving(journal=journal, clock=clock) as server:
        desk, (counter, _) = await server.terminal("desk-1"), await server.station("counter-1")
        again = await desk.order(command)
        own = {"staff": fields["staff"], "new": "480517"}
        old = await ask(counter, SetOwnSecret, old=first.code, **own)
        new = await ask(counter, SetOwnSecret, old=again.code, **own)
    async with serving(journal=journal, clock=clock) as server:
        desk = await server.terminal("desk-1")
        afterwards = await desk.order(command)

    assert isinstance(old, Refused)
    assert isinstance(new, HouseAccepted)
    assert (isinstance(afterwards, HouseAccepted), afterwards.code) == (True, "")
    made = {"AddStaff": "StaffAdded", "ResetSecret": "SecretForgotten"}[kind.__name__]
    assert (await recorded(journal)).count(made) == 1


async def test_what_was_done_once_is_accepted_again_after_a_restart():
    journal = MemoryJournal()
    command = RevokeStation(id=new_id(), station="kiosk-1")
    async with serving(journal=journal) as server:
        await (await server.terminal("desk-1")).order(command)
    async with serving(journal=journal) as server:
        desk = await server.terminal("desk-1")

        again = await desk.order(command)
        another = await ask(desk, RevokeStation, station="kiosk-1")

    assert isinstance(again, HouseAccepted)
    assert another.code == "UnknownStation"


async def test_a_repeat_that_overtakes_its_answer_makes_no_second_account():
    journal = MemoryJournal()
    async with serving(journal=journal) as server:
        desk = await server.terminal("desk-1")
        command = AddStaff(id=new_id(), staff="li", roles=TELLER)

        for _ in range(5):
            await desk.say(command)
        answers = [await desk.hear(HouseAccepted, Refused) for _ in range(5)]

    assert {answer.code for answer in answers} == {answers[0].code}
    assert all(isinstance(answer, HouseAccepted) for answer in answers)


async def test_a_cancelled_invitation_s_code_is_void_at_once():
    async with serving() as server:
        desk = await server.terminal("desk-1")
        invited = await ask(desk, InviteStation, kind="kiosk", branch="main")
        view = await desk.view(HouseView, invited.seq)

        await ask(desk, CancelInvitation, invitation=view.invitations[0].id)
        _, refused = await pair(server, invited.code)
        kept = server.credentials.kept.codes

    assert refused.code == "WrongCode"
    assert kept == {}


async def test_a_sign_in_sent_twice_is_one_and_its_first_token_is_void():
    journal = MemoryJournal()
    async with serving(journal=journal) as server:
        counter, _ = await server.station("counter-1")
        command = SignIn(id=new_id(), staff="teller-1", secret=secret_of("teller-1"))
        first, again = await counter.order(command), await counter.order(command)
        signed_in = server.people.keeper.house.sign_ins
        _, with_first = await server.station("counter-1", token=first.token)
        _, with_again = await server.station("counter-1", token=again.token)

    assert list(signed_in) == ["counter-1"]
    assert (with_first.staff, with_again.staff) == (None, "teller-1")


# --- Two administrators ----------------------------------------------------------------------


async def two_desks(server):
    """Two administrators, each at a desk of the own branch."""
    return [await server.terminal(f"{branch}-desk-1") for branch in ("east", "west")]


EAST_AND_WEST = [branch_config("east"), branch_config("west")]


async def test_two_administrators_who_shut_each_other_out_leave_one():
    async with serving(branches=EAST_AND_WEST) as server:
        desks = await two_desks(server)
        commands = [DisableStaff(id=new_id(), staff=f"{other}-admin") for other in ("west", "east")]

        for desk, command in zip(desks, commands, strict=True):
            await desk.say(command)
        answers = [await desk.hear(HouseAccepted, Refused) for desk in desks]
        disabled = [one.id for one in server.people.keeper.house.staff.values() if one.disabled]

    assert sorted(type(answer).__name__ for answer in answers) == ["HouseAccepted", "Refused"]
    assert len(disabled) == 1


async def test_two_administrators_make_one_account_of_one_id():
    async with serving(branches=EAST_AND_WEST) as server:
        desks = await two_desks(server)
        roles = (RoleAt(branch="east", role="teller"),)

        answers = await asyncio.gather(
            *(desk.order(AddStaff(id=new_id(), staff="li", roles=roles)) for desk in desks)
        )

    refused = [answer for answer in answers if isinstance(answer, Refused)]
    assert [one.code for one in refused] == ["StaffExists"]


async def test_both_administrators_see_at_once_what_the_other_has_changed():
    journal = MemoryJournal()
    async with serving(branches=EAST_AND_WEST, journal=journal) as server:
        one, other = await two_desks(server)
        manager = (RoleAt(branch="east", role="lobby_manager"),)

        await ask(one, ChangeRoles, staff="east-teller-1", roles=manager)
        seen = await other.view(HouseView, server.people.keeper.house.seq)
        await ask(other, ChangeRoles, staff="east-teller-1", roles=())

    roles = {account.id: account.roles for account in seen.staff}
    assert roles["east-teller-1"] == manager
    changes = [row for row in await rows(journal, HOUSE_STREAM) if row.type == "RolesChanged"]
    assert ["east-admin" in changes[0].actor, "west-admin" in changes[1].actor] == [True, True]


async def test_an_order_that_was_on_its_way_when_its_giver_was_shut_out_is_refused():
    async with serving(branches=EAST_AND_WEST) as server:
        one, _ = await two_desks(server)
        keeper, people = server.people.keeper, server.people
        guest = Guest(keeper.house.stations["west-desk-1"], people.signins.at("west-desk-1"))
        actor, roles = guest.actor, (RoleAt(branch="east", role="teller"),)

        await ask(one, DisableStaff, staff="west-admin")
        with pytest.raises(IsRefused) as caught:
            await keeper.carry_out(AddStaff(id=new_id(), staff="li", roles=roles), actor)

    assert caught.value.refusal == NobodySignedIn()
