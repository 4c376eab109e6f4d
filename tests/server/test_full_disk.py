"""The disk fills up while a branch is at work, and is freed again: nothing acknowledged is lost.

The small form of `bench/full_disk.py`. A limit on the pages of the file, and a disk that refuses to
let files grow: the first knows no log, the second is what a real one does.
"""

import asyncio

import pytest

from bench.disk import SmallDisk
from bench.vfs import can_watch, watching
from server.answers import id_of
from server.domain.refusals import Busy
from server.hub import Outbox
from server.journal.sqlite import open_sqlite
from server.runner import REST_MS
from shared.protocol import Accepted
from shared.testing import ManualClock
from tests.server.one_branch import HEAD, next_view, rows, running, take_anyway

TICKETS = 250
AT_ONCE = 10
ROOM_BYTES = 200_000


async def take_until_full(runner, tickets):
    """The answers until the first that says busy, and that one."""
    answers: dict[str, Accepted | Busy] = {}
    for n in range(0, len(tickets), AT_ONCE):
        some = tickets[n : n + AT_ONCE]
        got = await asyncio.gather(*(runner.submit(ticket, HEAD) for ticket in some))
        answers |= zip((ticket.id for ticket in some), got, strict=True)
        if Busy() in got:
            break
    return answers


async def insist(runner, clock, tickets):
    """As terminals do: again after a while, until there is an answer."""
    answers = {}
    for ticket in tickets:
        while (answer := await runner.submit(ticket, HEAD)) == Busy():
            clock.advance(seconds=REST_MS / 1000)
        answers[ticket.id] = answer
    return answers


async def numbers_in(journal):
    taken = [row for row in await rows(journal) if row.type == "TicketTaken"]
    return {id_of(row.command_id): row.seq for row in taken}


@pytest.mark.skipif(not can_watch(), reason="this Python hides its SQLite")
async def test_a_disk_that_fills_up_and_is_freed_loses_nothing_and_needs_nobody(tmp_path):
    disk, clock, outbox = SmallDisk(), ManualClock(), Outbox()
    tickets = [take_anyway() for _ in range(TICKETS)]
    with watching(disk):
        journal = await open_sqlite(tmp_path / "lobby.sqlite")
    async with running(journal, clock) as runner:
        runner.listen("BoardView", outbox)
        disk.room_bytes = ROOM_BYTES

        before = await take_until_full(runner, tickets)
        assert (await next_view(outbox)).read_only
        for _ in range(3):
            await clock.asleep()
            clock.advance(seconds=REST_MS / 1000)
        assert runner.read_only

        disk.room_bytes = None
        while runner.read_only:
            await clock.asleep()
            clock.advance(seconds=REST_MS / 1000)
        after = await insist(runner, clock, tickets)
        assert not (await next_view(outbox)).read_only

    found = await numbers_in(journal)
    await journal.close()
    acknowledged = {key: one for key, one in before.items() if isinstance(one, Accepted)}
    assert 0 < len(acknowledged) < TICKETS
    assert acknowledged.items() <= after.items()
    assert found == {key: answer.seq for key, answer in after.items()}
    assert len(found) == TICKETS


async def test_a_file_that_may_not_grow_takes_nothing_and_shows_what_is_true(tmp_path):
    clock, outbox = ManualClock(), Outbox()
    journal = await open_sqlite(tmp_path / "lobby.sqlite", max_pages=60)
    tickets = [take_anyway() for _ in range(900)]
    async with running(journal, clock) as runner:
        runner.listen("BoardView", outbox)

        answers = await take_until_full(runner, tickets)

        shown = await next_view(outbox)
        assert shown.read_only
        assert shown.seq == (await journal.head("main")).seq
        assert shown.figures.issued == sum(isinstance(a, Accepted) for a in answers.values())
    await journal.close()
