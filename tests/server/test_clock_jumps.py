"""The machine's clock is set wrong in the middle of services: nothing but the record of it changes.

The shipped clock on hands that are moved by a test. Each story is lived twice, with and without the
jumps; the two journals must say the same at the same instants, but for the jumps' own rows.

More stories: LOBBY_EXAMPLES=2000 pytest -o faulthandler_timeout=0 with this file
"""

import asyncio
import os
import random

import pytest

from server.clock import SystemClock
from server.domain.events import TicketCalled
from server.journal.memory import MemoryJournal
from server.journal.upcast import to_event
from shared.protocol import LeaveLine, ParkTicket
from shared.testing import ManualClock
from tests.server.one_branch import (
    DAY,
    KIOSK,
    branch_config,
    call,
    finish,
    new_id,
    open_counter,
    rows,
    running_all,
    start,
    take,
    teller,
)

SECOND, HOUR = 1_000, 3_600_000
LOOK_SECONDS = 5
STORY_MINUTES = 40
STORIES = max(1, int(os.environ.get("LOBBY_EXAMPLES", "200")) // 100)

SUDDEN = {
    "an hour on": {7: HOUR},
    "an hour back": {7: -HOUR},
    "a day on": {12: 24 * HOUR},
    "a day back": {12: -24 * HOUR},
    "on, back and on": {3: HOUR, 7: -2 * HOUR, 14: 25 * HOUR, 15: -24 * HOUR},
}


class Hands(SystemClock):
    """The shipped clock; its two time sources and its sleep are moved by hand."""

    def __init__(self, start="2026-11-16T09:00"):
        self.hand = ManualClock(start)
        super().__init__(
            lambda: self.hand.wall_ms() * 1_000_000, lambda: round(self.hand.monotonic() * 1e9)
        )

    async def sleep_until(self, at_ms):
        while (left_ms := at_ms - self.now_ms()) > 0:
            await self.hand.sleep(min(left_ms / 1000, LOOK_SECONDS))


async def settle():
    """Let whoever has something to do come as far as possible."""
    for _ in range(12):
        await asyncio.sleep(0)


async def let_pass(branches, clock, minutes, drift=0):
    """Time passes, and the server looks at the wall as often as it always does."""
    for _ in range(minutes * 60 // LOOK_SECONDS):
        clock.hand.advance(seconds=LOOK_SECONDS)
        clock.hand.step_wall(drift * LOOK_SECONDS * SECOND)
        await settle()
        await branches.look_at_wall(clock)


def park(counter):
    return ParkTicket(id=new_id(), day=DAY, counter=counter, reason="form")


async def live(journal, clock, jumps, drift=0):
    """Forty minutes with somebody waiting, called, served, parked and missed all the time."""
    async with running_all(journal, [branch_config()], clock) as branches:
        runner = await branches.runner("main")
        for counter in (1, 2):
            await open_counter(runner, counter)
        for minute in range(STORY_MINUTES):
            clock.hand.step_wall(jumps.get(minute, 0))
            await branches.look_at_wall(clock)
            await runner.submit(take(), KIOSK)
            match minute % 8:
                case 0 | 3:
                    await runner.submit(call(1), teller(1))
                    await runner.submit(start(1), teller(1))
                case 2:
                    await runner.submit(finish(1), teller(1))
                    await runner.submit(call(2), teller(2))  # and never started: it runs out
                case 7:
                    await runner.submit(park(1), teller(1))
                case _:
                    pass
            await let_pass(branches, clock, 1, drift)


async def told(jumps, drift=0):
    """What the journal says of it: when, what; and how often a jump was recorded."""
    journal = MemoryJournal()
    await live(journal, Hands(), jumps, drift)
    said = [(row.at, to_event(row)) for row in await rows(journal)]
    steps = [event for _, event in said if type(event).__name__ == "ClockStepped"]
    return [(at, event) for at, event in said if event not in steps], steps


@pytest.mark.parametrize("jumps", SUDDEN.values(), ids=SUDDEN)
async def test_a_jump_in_the_middle_of_services_changes_nothing_but_its_own_record(jumps):
    without, none = await told({})
    with_jumps, steps = await told(jumps)

    assert none == []
    assert [event.by_ms for event in steps] == list(jumps.values())
    assert with_jumps == without
    kinds = {type(event).__name__ for _, event in without}
    assert {"TicketMissed", "ServiceFinished", "TicketParked", "AlertRaised"} <= kinds


async def test_jumps_at_any_time_by_any_amount_change_nothing_but_their_own_record(seed):
    without, _ = await told({})
    for n in range(STORIES):
        chance = random.Random(seed + n)
        minutes = chance.sample(range(1, STORY_MINUTES), chance.randint(1, 8))
        jumps = {
            m: chance.choice((-1, 1)) * chance.randrange(3 * SECOND, 48 * HOUR) for m in minutes
        }

        with_jumps, steps = await told(jumps)

        assert with_jumps == without, (seed + n, jumps)
        assert len(steps) == len(jumps)


async def test_a_wall_that_runs_ten_times_too_fast_changes_no_time_and_no_timer():
    without, _ = await told({})
    with_drift, steps = await told({}, drift=9)

    assert with_drift == without
    assert len(steps) == STORY_MINUTES * 60 // LOOK_SECONDS


async def test_a_day_that_is_jumped_over_with_nobody_here_is_closed_once_and_the_next_opened_once():
    journal, clock = MemoryJournal(), Hands()
    async with running_all(journal, [branch_config()], clock) as branches:
        runner = await branches.runner("main")
        taken = await runner.submit(take(), KIOSK)
        clock.hand.step_wall(24 * HOUR)
        await let_pass(branches, clock, 1)
        assert runner.published.day == DAY  # somebody is here: the jump has to wait

        leave = LeaveLine(id=new_id(), day=DAY, visit=taken.visit)
        await runner.submit(leave, KIOSK)
        await let_pass(branches, clock, 2)

        tomorrow = "2026-11-17"
        assert runner.published.day == tomorrow
        assert (await runner.submit(take(day=tomorrow), KIOSK)).number == "A001"
        clock.hand.step_wall(-24 * HOUR)
        await let_pass(branches, clock, 20)
        assert (await runner.submit(take(day=tomorrow), KIOSK)).number == "A002"

    happened = [row.type for row in await rows(journal)]
    for once in ("DayClosed", "TicketLeft"):
        assert happened.count(once) == 1
    assert happened.count("DayOpened") == 2


async def test_a_wall_set_back_while_the_server_was_down_leaves_no_wait_below_zero():
    journal = MemoryJournal()
    await live(journal, Hands(), {})
    clock = Hands("2026-11-16T08:30")  # an hour and ten minutes behind

    async with running_all(journal, [branch_config()], clock) as branches:
        runner = await branches.runner("main")
        stood_still = runner.now
        called = await runner.submit(call(2), teller(2))
        await runner.submit(start(2), teller(2))
        await let_pass(branches, clock, 69)
        assert runner.now == stood_still
        await let_pass(branches, clock, 11)  # by now the wall has caught up
        assert runner.now == clock.now_ms() > stood_still
        finished = await runner.submit(finish(2), teller(2))
        await runner.submit(call(2), teller(2))
        await let_pass(branches, clock, 6)  # a call that nobody takes: timers run again

    happened = await rows(journal)
    instants = [row.at for row in happened]
    assert instants == sorted(instants)
    events = map(to_event, happened)
    waits = [event.why.waited_ms for event in events if isinstance(event, TicketCalled)]
    assert min(waits) >= 0
    assert called.number
    assert [row.type for row in happened if row.seq > finished.seq].count("TicketMissed") == 1
