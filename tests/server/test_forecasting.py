"""Waits are forecast by a process of their own, shown by all, and never in anybody's way."""

import os
import signal
from contextlib import asynccontextmanager

import msgspec
import pytest

from server.accuracy.store import open_record
from server.domain.configuration import Waits
from server.forecasting import FORGET_SECONDS, MODEL, SHAPE, Forecasting
from server.journal.memory import MemoryJournal
from server.waiting.model import RANGES_FROM
from server.waiting.telling import Remembered
from shared.protocol import (
    Accepted,
    BoardView,
    CallNext,
    DisplayView,
    FinishService,
    KioskView,
    OpenCounter,
    ReturnTicket,
    StartService,
    StepBack,
    TakeTicket,
)
from shared.testing import ManualClock
from tests.server.one_branch import DAY, branch_config, new_id
from tests.server.one_server import eventually, serving

KNOWN = branch_config(waits=Waits(priors=True))


@asynccontextmanager
async def forecasting(config=KNOWN, journal=None, clock=None, record=None, learns_from=None):
    """A server, and a forecast that is made when the test says so."""
    journal, clock = journal or MemoryJournal(), clock or ManualClock()
    async with serving(journal, clock, [config]) as server:
        learns_from = learns_from or journal
        forecast = Forecasting(server.running.runners, learns_from, clock, record)
        try:
            yield server, forecast, clock
        finally:
            await forecast.end()


async def take(kiosk, service="A", *lanes):
    reply = await kiosk.order(TakeTicket(id=new_id(), day=DAY, service=service, lanes=lanes))
    assert isinstance(reply, Accepted)
    return reply


async def test_everybody_is_told_how_long_it_will_take_and_the_ticket_by_when():
    async with forecasting() as (server, forecast, clock):
        kiosk = await server.terminal("kiosk-1")
        display = await server.terminal("display-1")
        board = await server.terminal("board-head")
        teller = await server.terminal("counter-1")
        await teller.order(OpenCounter(id=new_id(), day=DAY, counter=1))
        for _ in range(6):
            last = await take(kiosk)
        assert last.wait is None, "nothing was forecast yet"

        assert await forecast.forecast("main")
        told = await take(kiosk)

        assert told.wait is not None
        assert 15 <= told.wait.low <= told.wait.high
        assert told.wait.until is not None
        assert told.wait.until > clock.now_ms() + 20 * 60_000
        for terminal, kind in ((kiosk, KioskView), (display, DisplayView), (board, BoardView)):
            service = (await terminal.view(kind, told.seq)).services[0]
            assert service.wait is not None
            assert service.care_wait is not None
            assert service.care_wait.high <= service.wait.high
        line = board.views["BoardView"].line
        assert line[0].wait is not None
        assert line[0].wait.high <= 10, "the first is called as soon as somebody presses the key"
        assert board.views["BoardView"].counters[1].would_save


async def test_a_ticket_keeps_the_time_it_was_promised():
    async with forecasting() as (server, forecast, clock):
        kiosk, board = await server.terminal("kiosk-1"), await server.terminal("board-head")
        teller = await server.terminal("counter-1")
        await teller.order(OpenCounter(id=new_id(), day=DAY, counter=1))
        for _ in range(5):
            await take(kiosk)
        await forecast.forecast("main")
        mine = await take(kiosk)
        called = await teller.order(CallNext(id=new_id(), day=DAY, counter=1))

        clock.advance(minutes=2)
        await forecast.forecast("main")

        view = await board.view(BoardView, called.seq)
        while view.line[-1].wait is None:
            view = await board.hear(BoardView)
        assert view.line[-1].visit == mine.visit
        assert view.line[-1].wait.until == mine.wait.until


async def test_a_ticket_that_was_called_by_mistake_keeps_its_promise():
    async with forecasting() as (server, forecast, clock):
        kiosk, board = await server.terminal("kiosk-1"), await server.terminal("board-head")
        teller = await server.terminal("counter-1")
        await teller.order(OpenCounter(id=new_id(), day=DAY, counter=1))
        await forecast.forecast("main")
        mine = await take(kiosk)
        await teller.order(CallNext(id=new_id(), day=DAY, counter=1))
        await forecast.forecast("main")
        clock.advance(minutes=4)

        back = await teller.order(ReturnTicket(id=new_id(), day=DAY, counter=1))
        await forecast.forecast("main")

        view = await board.view(BoardView, back.seq)
        while view.line[-1].wait is None:
            view = await board.hear(BoardView)
        assert mine.wait.until is not None
        assert view.line[-1].wait.until == mine.wait.until


async def test_whoever_steps_back_is_promised_another_time_and_nothing_has_slipped():
    async with forecasting() as (server, forecast, clock):
        kiosk, board = await server.terminal("kiosk-1"), await server.terminal("board-head")
        teller = await server.terminal("counter-1")
        await teller.order(OpenCounter(id=new_id(), day=DAY, counter=1))
        await forecast.forecast("main")
        mine = await take(kiosk)

        back = await board.order(StepBack(id=new_id(), day=DAY, visit=mine.visit, minutes=40))
        clock.advance(seconds=2)
        await forecast.forecast("main")

        view = await board.view(BoardView, back.seq)
        while view.line[-1].wait is None:
            view = await board.hear(BoardView)
        assert view.line[-1].wait.until > mine.wait.until
        assert view.line[-1].wait.slipped is None


async def test_without_enough_behind_it_nothing_is_said_in_minutes():
    async with forecasting(branch_config()) as (server, forecast, _):
        kiosk, teller = await server.terminal("kiosk-1"), await server.terminal("counter-1")
        await teller.order(OpenCounter(id=new_id(), day=DAY, counter=1))

        await forecast.forecast("main")
        told = await take(kiosk)

        assert told.wait is None
        assert told.people_ahead == 0


async def test_nothing_new_is_not_forecast_again_before_half_a_minute():
    async with forecasting() as (_, forecast, clock):
        assert await forecast.forecast("main")
        assert not await forecast.forecast("main")

        clock.advance(seconds=31)

        assert await forecast.forecast("main")


async def test_a_killed_forecast_is_started_anew_and_calls_go_on_meanwhile():
    async with forecasting() as (server, forecast, clock):
        kiosk, teller = await server.terminal("kiosk-1"), await server.terminal("counter-1")
        await teller.order(OpenCounter(id=new_id(), day=DAY, counter=1))
        await take(kiosk)
        await forecast.forecast("main")
        first = forecast.process_id

        os.kill(first, signal.SIGKILL)
        assert isinstance(await teller.order(CallNext(id=new_id(), day=DAY, counter=1)), Accepted)
        with pytest.raises((EOFError, OSError)):
            await forecast.forecast("main")
        await forecast.end()
        clock.advance(seconds=31)

        assert await forecast.forecast("main")
        assert forecast.process_id not in (None, first)
        assert (await take(kiosk)).wait is not None


async def serve(kiosk, teller, clock, people):
    """So many people come and are served, three minutes each."""
    for _ in range(people):
        await take(kiosk)
        await teller.order(CallNext(id=new_id(), day=DAY, counter=1))
        await teller.order(StartService(id=new_id(), day=DAY, counter=1))
        clock.advance(minutes=3)
        await teller.order(FinishService(id=new_id(), day=DAY, counter=1))


class Closed:
    """A journal that nobody may read."""


async def test_what_was_learned_is_kept_over_a_restart():
    journal, clock, record = MemoryJournal(), ManualClock(), await open_record(None)
    async with forecasting(branch_config(), journal, clock, record) as (server, forecast, _):
        kiosk, teller = await server.terminal("kiosk-1"), await server.terminal("counter-1")
        await teller.order(OpenCounter(id=new_id(), day=DAY, counter=1))
        await serve(kiosk, teller, clock, RANGES_FROM)
        await forecast.forecast("main")
        before = (await take(kiosk)).wait
        kept = await record.kept("main", MODEL, SHAPE)
    again = forecasting(branch_config(), journal, clock, record, learns_from=Closed())
    async with again as (server, forecast, _):
        kiosk = await server.terminal("kiosk-1")
        await forecast.forecast("main")
        after = (await take(kiosk)).wait
    await record.close()

    assert kept is not None
    assert kept[0] == DAY
    assert before is not None
    assert after is not None, "without reading the journal"


def learned_of(kept):
    """The model that was kept."""
    assert kept is not None
    return msgspec.json.decode(kept[1], type=Remembered).model


async def test_what_cannot_be_read_is_learned_anew():
    journal, clock, record = MemoryJournal(), ManualClock(), await open_record(None)
    await record.keep("main", MODEL, DAY, SHAPE, b'{"model": 1}')
    async with forecasting(branch_config(), journal, clock, record) as (server, forecast, _):
        kiosk, teller = await server.terminal("kiosk-1"), await server.terminal("counter-1")
        await teller.order(OpenCounter(id=new_id(), day=DAY, counter=1))
        await serve(kiosk, teller, clock, RANGES_FROM)
        await forecast.forecast("main")

        told = (await take(kiosk)).wait
        kept = await record.kept("main", MODEL, SHAPE)
    await record.close()

    assert told is not None
    assert learned_of(kept).finished == {"A": RANGES_FROM}


async def test_the_day_teaches_once_more_when_it_has_closed():
    journal, clock, record = MemoryJournal(), ManualClock(), await open_record(None)
    async with forecasting(branch_config(), journal, clock, record) as (server, forecast, _):
        kiosk, teller = await server.terminal("kiosk-1"), await server.terminal("counter-1")
        await teller.order(OpenCounter(id=new_id(), day=DAY, counter=1))
        await forecast.forecast("main")
        await serve(kiosk, teller, clock, 3)
        clock.advance(hours=11)
        await eventually(lambda: server.running.runners["main"].published.day is None)

        await forecast.forecast("main")

        kept = await record.kept("main", MODEL, SHAPE)
    await record.close()

    assert learned_of(kept).finished == {"A": 3}


async def test_what_was_told_too_long_ago_is_shown_no_more():
    async with forecasting() as (server, forecast, clock):
        kiosk, teller = await server.terminal("kiosk-1"), await server.terminal("counter-1")
        await teller.order(OpenCounter(id=new_id(), day=DAY, counter=1))
        await forecast.forecast("main")
        view = await kiosk.hear(KioskView)
        while view.services[0].wait is None:
            view = await kiosk.hear(KioskView)

        clock.advance(seconds=FORGET_SECONDS + 1)
        forecast.forget_the_old("main")

        assert (await kiosk.hear(KioskView)).services[0].wait is None
