"""Whoever asked is shown it and answered first; everybody else is told right after, once."""

import asyncio

from server.hub import Outbox
from server.journal.memory import MemoryJournal
from server.runner import ANSWER_TURNS
from server.waiting.calibrate import Range
from server.waiting.telling import Answer, Next, Told
from shared.protocol import OpenCounter
from tests.server.one_branch import (
    DAY,
    KIOSK,
    everybody_told,
    new_id,
    next_view,
    running,
    take,
    teller,
)

WAIT = Told(Range(1.0, 9.0, 20.0, "ordinary", 0), p50=9.0, high=20.0, latest=25.0)


async def test_everybody_else_is_told_after_whoever_asked_and_not_vouched_for_before():
    board = Outbox()
    async with running(MemoryJournal()) as runner:
        await everybody_told(runner)
        runner.listen("BoardView", board)
        before = await next_view(board)

        answer = await runner.submit(take(), KIOSK)
        board.heartbeat(b"%d" % runner.vouched)

        assert runner.published.seq == answer.seq == before.seq + 1
        assert runner.is_at_work
        assert await board.next() == b"%d" % before.seq
        assert (await next_view(board)).seq == answer.seq == runner.vouched
        assert not runner.is_at_work


async def test_whoever_is_owed_a_view_is_told_once_when_waits_come_in_between():
    kiosk, board = Outbox(), Outbox()
    async with running(MemoryJournal()) as runner:
        await everybody_told(runner)
        runner.listen("KioskView", kiosk)
        runner.listen("BoardView", board)
        await board.next()

        answer = await runner.submit(take(), KIOSK)
        runner.show_waits(Answer("main", {}, [Next("A", "ordinary", WAIT)], {}))
        view = await next_view(board)
        for _ in range(2 * ANSWER_TURNS):
            await asyncio.sleep(0)
        board.heartbeat(b"that is all")

        assert (view.seq, runner.vouched) == (answer.seq, answer.seq)
        assert view.services[0].wait is not None
        assert await board.next() == b"that is all"


async def test_a_teller_is_told_first_by_both_names_of_the_own_counter():
    full, plain, other = Outbox(), Outbox(), Outbox()
    async with running(MemoryJournal()) as runner:
        await everybody_told(runner)
        for feed, outbox in (
            ("CounterView:1:full", full),
            ("CounterView:1", plain),
            ("CounterView:2", other),
        ):
            runner.listen(feed, outbox)
            await outbox.next()

        answer = await runner.submit(OpenCounter(id=new_id(), day=DAY, counter=1), teller(1))
        for outbox in (full, plain, other):
            outbox.heartbeat(b"that is all")

        assert (await next_view(full)).seq == (await next_view(plain)).seq == answer.seq
        assert await other.next() == b"that is all"
        assert (await next_view(other)).seq == answer.seq
