"""SIGKILL to a real server process: what was answered stays, and nothing is done twice.

The small form of `bench/kill.py`.
"""

import asyncio

import pytest

from bench.audit import Audit, rows_of
from bench.branch import Terminals, furnish, hello
from bench.broken_sync import BreakingServer
from bench.crowd import lasting
from bench.kill import Killing
from bench.process import ServerProcess, serving
from bench.shifts import Shifts
from bench.vfs import can_watch
from bench.wire import wire
from shared.protocol import Accepted, CallNext, OpenCounter, TakeTicket, encode

KILLS = 5
ANSWERS_MAX = 60

TAKE = TakeTicket(id="take-000000000001", day="2026-11-16", service="A")
OPEN = OpenCounter(id="open-000000000001", day="2026-11-16", counter=1)
CALL = CallNext(id="call-000000000001", day="2026-11-16", counter=1)


@pytest.fixture
async def server(tmp_path):
    folder = tmp_path / "data"
    await furnish(folder, Terminals(counters=1, kiosks=1, skills=5))
    return ServerProcess(folder)


async def ask(server, station, command):
    """Over a connection of its own, as after a cut."""
    async with wire(server.address, hello(station)) as terminal:
        return await terminal.ask(command)


async def kill_and_restart(server):
    server.kill()
    await server.ended()
    await server.start()


def journal(server):
    audit = Audit()
    audit.read(rows_of(server.folder))
    return audit


async def test_a_command_sent_five_times_across_kills_has_one_effect_and_five_equal_answers(server):
    rounds = []

    async with serving(server):
        for n in range(5):
            rounds.append(
                [
                    await ask(server, "kiosk-1", TAKE),
                    await ask(server, "counter-1", OPEN),
                    await ask(server, "counter-1", CALL),
                ]
            )
            if n in (1, 3):
                await kill_and_restart(server)

    assert all(isinstance(answer, Accepted) for answer in rounds[0])
    assert [[*map(lasting, answers)] for answers in rounds] == [[*map(lasting, rounds[0])]] * 5
    audit = journal(server)
    assert audit.problems == []
    assert set(audit.spans) == {TAKE.id, OPEN.id, CALL.id}
    for effect in ("TicketTaken", "CounterOpened", "TicketCalled"):
        assert audit.counted[effect] == 1


async def test_a_command_on_its_way_when_the_server_is_killed_happens_once(server):
    async with serving(server):
        async with wire(server.address, hello("kiosk-1")) as kiosk:
            await kiosk.socket.send(encode(TAKE), text=True)
        await kill_and_restart(server)
        answer = await ask(server, "kiosk-1", TAKE)

    assert isinstance(answer, Accepted)
    audit = journal(server)
    assert audit.problems == []
    assert audit.spans[TAKE.id] == (answer.seq, answer.seq)
    assert audit.counted["TicketTaken"] == 1


async def after_some_answers(killing):
    """Under load, however fast this machine is."""
    until = len(killing.crowd.replies) + killing.chance.randrange(ANSWERS_MAX)
    while len(killing.crowd.replies) < until:
        await killing.crowd.bell.wait()


async def test_kills_under_load_lose_nothing_that_was_answered_and_do_nothing_twice(tmp_path, seed):
    killing = Killing(ServerProcess(tmp_path / "data"), KILLS, seed, after_some_answers)

    async with asyncio.timeout(60):
        await killing.run()

    assert killing.problems == []
    assert len(killing.answer_seconds) == KILLS
    assert killing.acknowledged > KILLS


@pytest.mark.skipif(not can_watch(), reason="this Python hides its SQLite")
async def test_a_disk_that_fails_to_sync_ends_the_server_and_the_next_start_answers_everybody(
    tmp_path, seed
):
    """The small form of `bench/broken_sync.py`."""
    server = BreakingServer(tmp_path / "data")
    breaking = Killing(server, kills=2, seed=seed, moment=after_some_answers)

    async with asyncio.timeout(60):
        await breaking.run()

    assert [*server.endings, *breaking.problems] == []
    assert breaking.acknowledged > 2


async def test_people_who_signed_in_by_pin_work_on_over_kills_and_are_not_asked_again(
    tmp_path, seed
):
    shifts = Shifts(ServerProcess(tmp_path / "data"), tmp_path / "outboxes", seed)

    await shifts.run(kills=2)

    assert shifts.problems == []
    assert len(shifts.back_seconds) == 2
