"""What ends with a sign-in ends at once; what was caught on the way is worth nothing."""

import asyncio

import pytest

from server.config import HOUSE_STREAM
from server.hashing import otp
from server.journal.memory import MemoryJournal
from shared.protocol import (
    BoardView,
    ChangeRoles,
    OpenCounter,
    ResetSecret,
    RevokeStation,
    RoleAt,
    SetOwnSecret,
    SignedIn,
    SignIn,
    SignInEnded,
    SignOut,
    TakeTicket,
    Unlock,
)
from shared.testing import ManualClock
from tests.server.one_branch import new_id, rows
from tests.server.one_house import secret_of
from tests.server.one_server import serving
from tests.server.samples import sample

AT_ONCE_SECONDS = 1


async def watching(server, station="board-manager"):
    """A board that has been shown the branch."""
    board = await server.terminal(station)
    await board.view(BoardView)
    board.views.clear()
    return board


async def something_happens(server, board):
    """A ticket is taken; the board is told all that it would be told by then."""
    kiosk = await server.terminal("kiosk-1")
    await kiosk.order(sample(TakeTicket))
    return await board.order(sample(OpenCounter))


@pytest.mark.parametrize("how", ["signs out", "another role", "elsewhere"])
async def test_whoever_is_signed_in_no_more_is_shown_nothing_more(how):
    async with serving() as server:
        desk, board = await server.terminal("desk-1"), await watching(server)
        async with asyncio.timeout(AT_ONCE_SECONDS):
            if how == "signs out":
                await board.order(SignOut(id=new_id()))
            elif how == "another role":
                roles = (RoleAt(branch="main", role="lobby_assistant"),)
                await desk.order(ChangeRoles(id=new_id(), staff="manager", roles=roles))
                await board.hear(SignInEnded)
            else:
                other, _ = await server.station("board-assistant")
                await other.sign_in("manager")
                await board.hear(SignInEnded)
        board.views.clear()

        refused = await something_happens(server, board)

    assert refused.code == "NobodySignedIn"
    assert board.views == {}


async def test_a_revoked_board_is_dark_and_cut_off_and_its_person_free_to_go_elsewhere():
    journal = MemoryJournal()
    async with serving(journal=journal) as server:
        desk, board = await server.terminal("desk-1"), await watching(server)
        other, _ = await server.station("board-assistant")

        await desk.order(RevokeStation(id=new_id(), station="board-manager"))
        async with asyncio.timeout(AT_ONCE_SECONDS):
            code, _ = await board.closed()
        signed_in = await other.sign_in("manager")
        told = [row for row in await rows(journal, HOUSE_STREAM) if row.type == "StaffSignedOut"]

    assert code == 4401
    assert isinstance(signed_in, SignedIn)
    assert [b"station_revoked" in row.data for row in told] == [True]


async def test_no_token_of_before_brings_anybody_back():
    async with serving() as server:
        counter, _ = await server.station("counter-1")
        first = await counter.sign_in("teller-1")
        unlock = Unlock(id=new_id(), secret=secret_of("teller-1"))
        renewed = await counter.order(unlock)
        _, by_old = await server.station("counter-1", token=first.token)
        counter, by_new = await server.station("counter-1", token=renewed.token)
        await counter.order(SignOut(id=new_id()))
        _, afterwards = await server.station("counter-1", token=renewed.token)

    assert [one.staff for one in (by_old, by_new, afterwards)] == [None, "teller-1", None]


async def test_a_sign_in_with_its_second_factor_is_worth_nothing_to_who_caught_it():
    clock = ManualClock()
    async with serving(clock=clock, require_totp=("lobby_manager",)) as server:
        desk, (board, _) = await server.terminal("desk-1"), await server.station("board-manager")
        code = (await desk.order(ResetSecret(id=new_id(), staff="manager"))).code
        own = SetOwnSecret(id=new_id(), staff="manager", old=code, new="a new password")
        secret = (await board.order(own)).otp_secret
        caught = SignIn(
            id=new_id(),
            staff="manager",
            secret="a new password",
            otp=otp(secret, clock.now_ms() // 30_000),
        )

        good = await board.order(caught)
        replayed = [await board.order(caught)]
        await board.order(SignOut(id=new_id()))
        replayed += [await board.order(caught)]
        clock.advance(seconds=29)
        replayed += [await board.order(caught)]

    assert isinstance(good, SignedIn)
    assert [one.code for one in replayed] == ["SignInWrong"] * 3
