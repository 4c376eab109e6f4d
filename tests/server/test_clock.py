"""Our time never goes back, follows small drifts, and leaves steps to whoever may follow them."""

import asyncio
import random
import re

import pytest

from server.clock import Alarm, Clock, ScaledClock, SystemClock
from shared.testing import ManualClock

SECOND = 1_000_000_000
NINE = 1_794_790_800 * SECOND  # a Monday, nine o'clock in Shanghai


class Machine:
    """A machine's two clocks, both moved by hand."""

    def __init__(self):
        self.wall = NINE
        self.elapsed = 77 * SECOND
        self.clock = SystemClock(lambda: self.wall, lambda: self.elapsed)

    def run(self, seconds, wall_runs=None):
        self.elapsed += round(seconds * SECOND)
        self.wall += round((seconds if wall_runs is None else wall_runs) * SECOND)


def seconds(clock):
    """Seconds since nine o'clock."""
    return (clock.now_ms() - NINE // 1_000_000) / 1000


def test_time_begins_with_the_wall_clock_and_runs_with_it():
    machine = Machine()

    machine.run(10)

    assert seconds(machine.clock) == 10
    assert machine.clock.step_ms() == 0
    assert machine.clock.monotonic() == 87


@pytest.mark.parametrize("hours", [1, -1, 24, -24])
def test_a_step_of_the_wall_is_told_and_not_followed(hours):
    machine = Machine()
    machine.run(10)

    machine.run(5, wall_runs=5 + hours * 3600)

    assert seconds(machine.clock) == 15
    assert machine.clock.step_ms() == hours * 3_600_000
    machine.run(60)
    assert seconds(machine.clock) == 75
    assert machine.clock.step_ms() == hours * 3_600_000


def test_a_step_forward_can_be_adopted_and_is_none_any_more():
    machine = Machine()
    machine.run(0, wall_runs=3600)

    machine.clock.adopt()

    assert seconds(machine.clock) == 3600
    assert machine.clock.step_ms() == 0


def test_a_step_back_cannot_be_adopted():
    machine = Machine()
    machine.run(10, wall_runs=-3600)

    machine.clock.adopt()

    assert seconds(machine.clock) == 10
    assert machine.clock.step_ms() == -3_610_000


@pytest.mark.parametrize("drift", [1.5, -1.5])
def test_a_small_drift_is_made_up_gradually(drift):
    machine = Machine()
    machine.run(0, wall_runs=drift)
    assert seconds(machine.clock) == 0

    machine.run(10)
    assert seconds(machine.clock) == 10 + 0.5 * (1 if drift > 0 else -1)
    machine.run(60)

    assert seconds(machine.clock) == 70 + drift
    assert machine.clock.step_ms() == 0


def test_a_wall_that_runs_away_does_not_take_our_time_with_it():
    machine = Machine()

    for _ in range(100):
        machine.run(0.1, wall_runs=1.1)
        machine.clock.now_ms()

    assert seconds(machine.clock) < 10.2
    assert machine.clock.step_ms() > 85_000


def test_time_spent_suspended_counts():
    machine = Machine()

    machine.run(8 * 3600)

    assert seconds(machine.clock) == 8 * 3600
    assert machine.clock.step_ms() == 0


def test_time_never_goes_back_whatever_the_wall_does(seed):
    chance = random.Random(seed)
    machine = Machine()
    before = machine.clock.now_ms()

    for _ in range(2_000):
        machine.run(chance.choice([0, 0.001, 1, 60]), wall_runs=chance.uniform(-90, 90))
        if chance.random() < 0.1:
            machine.clock.adopt()
        now = machine.clock.now_ms()
        assert now >= before
        before = now


async def test_sleeping_ends_when_the_time_has_come():
    clock = SystemClock()
    wanted = clock.now_ms() + 5

    await clock.sleep_until(wanted)

    assert clock.now_ms() >= wanted
    await clock.sleep_until(clock.now_ms() - 1_000)


def test_a_rehearsal_starts_when_told_and_runs_faster():
    real = ManualClock()
    clock = ScaledClock(1_000_000, 60, real)

    real.advance(seconds=2)

    assert clock.now_ms() == 1_000_000 + 120_000
    assert clock.wall_ms() == clock.now_ms()
    assert clock.monotonic() == real.monotonic()


async def test_a_rehearsal_sleeps_as_much_shorter_as_it_runs_faster():
    clock = ScaledClock(0, 1_000_000, SystemClock())

    await clock.sleep_until(3_600_000)

    assert clock.now_ms() >= 3_600_000


def test_ids_are_made_of_plain_characters_and_never_the_same():
    clock: Clock = SystemClock()

    tokens = {clock.token() for _ in range(1_000)}

    assert len(tokens) == 1_000
    assert all(re.fullmatch(r"[0-9A-Za-z_-]{32}", token) for token in tokens)


def test_chance_stays_between_its_bounds():
    clock: Clock = SystemClock()

    assert all(2 <= clock.uniform(2, 3) <= 3 for _ in range(100))


async def test_an_alarm_rings_at_the_earliest_of_its_times():
    clock, rung = ManualClock(), asyncio.Event()
    alarm = Alarm(clock, rung.set)

    alarm.set(clock.now_ms() + 9_000)
    alarm.set(clock.now_ms() + 2_000)
    alarm.set(clock.now_ms() + 5_000)
    await clock.asleep()

    assert clock.naps == [2.0]
    clock.advance(seconds=2)
    await rung.wait()


async def test_an_alarm_can_be_set_again_when_it_has_rung():
    clock, rung = ManualClock(), asyncio.Event()
    alarm = Alarm(clock, rung.set)

    for _ in range(2):
        alarm.set(clock.now_ms() + 1_000)
        await clock.asleep()
        clock.advance(seconds=1)
        await rung.wait()
        rung.clear()

    assert clock.naps == []


async def test_an_alarm_that_was_stopped_keeps_still():
    clock, rung = ManualClock(), asyncio.Event()
    alarm = Alarm(clock, rung.set)
    alarm.set(clock.now_ms() + 1_000)
    await clock.asleep()

    alarm.stop()
    alarm.set(clock.now_ms() + 5_000)
    await clock.asleep()

    assert clock.naps == [5.0]
    alarm.stop()
