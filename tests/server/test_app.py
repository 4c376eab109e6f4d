"""The server put together: it starts whole or says why not, and stops without losing anything."""

import asyncio
import json

import pytest
from websockets.exceptions import InvalidStatus

from server.journal.contract import Entry
from server.journal.memory import MemoryJournal
from server.journal.sqlite import open_sqlite
from server.runner import RehearsalMismatch
from shared.protocol import Accepted, BoardView, Refused
from shared.testing import ManualClock
from tests.server.one_branch import branch_config, take, take_anyway, types
from tests.server.one_server import serving


async def test_everyone_is_sent_away_with_when_to_come_back():
    async with serving() as server:
        terminals = [await server.terminal(f"counter-{n}") for n in (1, 2)]
        silent = await server.dial()
        goodbyes = asyncio.gather(*(one.closed() for one in [*terminals, silent]))

    closed = await goodbyes
    assert [code for code, _ in closed] == [4503] * 3
    waits = [json.loads(reason)["retry_after_ms"] for _, reason in closed]
    assert all(0 <= wait <= 5000 for wait in waits)
    assert len(set(waits)) == 3


async def test_what_was_sent_before_the_end_is_durable_after_it():
    journal = MemoryJournal()
    async with serving(journal=journal) as server:
        kiosk = await server.terminal("kiosk-1")
        for _ in range(20):
            await kiosk.say(take())
        last = await kiosk.order(take())

    assert isinstance(last, Accepted)
    assert (await types(journal)).count("TicketTaken") >= last.visit


async def test_a_server_that_comes_back_knows_everything_and_gives_the_first_answer_again():
    journal, command = MemoryJournal(), take()
    async with serving(journal=journal) as server:
        first = await (await server.terminal("kiosk-1")).order(command)

    async with serving(journal=journal) as server:
        again = await (await server.terminal("kiosk-1")).order(command)
        board = await (await server.terminal("board-manager")).view(BoardView)

    assert again == first
    assert [ticket.number for ticket in board.line] == ["A001"]


async def test_a_client_that_does_not_read_cannot_hold_up_the_end():
    async with asyncio.timeout(30):
        async with serving() as server:
            await server.deaf("board-manager")
            assistant = await server.terminal("board-assistant")
            for _ in range(100):
                await assistant.order(take_anyway())


async def test_two_branches_live_side_by_side():
    async with serving(branches=[branch_config("east"), branch_config("west")]) as server:
        east = await (await server.terminal("east-kiosk-1")).order(take())
        west = await (await server.terminal("west-kiosk-1")).order(take())

    assert east.number == west.number == "A001"


async def test_real_days_and_rehearsals_are_kept_apart():
    journal = MemoryJournal()
    async with serving(journal=journal, rehearsal=True):
        pass

    with pytest.raises(RehearsalMismatch):
        async with serving(journal=journal):
            pass


async def test_a_branch_that_cannot_be_loaded_does_not_stop_the_others():
    journal = MemoryJournal()
    configs = [branch_config("east"), branch_config("west")]
    async with serving(journal=journal, branches=configs):
        pass
    await _spoil(journal, "east")

    async with serving(journal=journal, branches=configs) as server:
        east = await (await server.terminal("east-kiosk-1")).order(take())
        west = await (await server.terminal("west-kiosk-1")).order(take())

    assert east.code == "BranchStopped"
    assert isinstance(west, Accepted)


async def _spoil(journal, branch):
    head = await journal.head(branch)
    entry = Entry(day="", at=0, actor="{}", command_id="", type="NoSuchEvent", data=b"{}")
    await journal.append(branch, head.seq, [entry])
    await journal.drop_snapshots(branch)


async def test_a_disk_that_is_full_is_answered_and_loses_nothing(tmp_path):
    journal = await open_sqlite(tmp_path / "lobby.sqlite", max_pages=40)
    clock = ManualClock()
    async with serving(journal=journal, clock=clock) as server:
        kiosk = await server.terminal("board-assistant")
        replies = [await kiosk.order(take_anyway())]
        while isinstance(replies[-1], Accepted):
            replies.append(await kiosk.order(take_anyway()))
        status, _, _ = await server.get("/health")
    await journal.close()

    refused = replies.pop()
    assert isinstance(refused, Refused)
    assert refused.code == "Busy"
    assert refused.retry_after_ms
    assert status == 503
    journal = await open_sqlite(tmp_path / "lobby.sqlite")
    assert (await types(journal)).count("TicketTaken") == len(replies)
    await journal.close()


async def test_handshakes_during_the_end_are_refused():
    async with serving() as server:
        address = server.running.address

    with pytest.raises((OSError, InvalidStatus)):
        await server.dial(to=address)
