"""Ranges hold as often as they say, whatever the forecast believes of itself."""

import random
from math import exp

import pytest

from server.waiting.calibrate import SCORES_LEAST, Calibration, Range
from server.waiting.promise import first_promise
from tests.server.domain.story import MINUTE


def play(calibration: Calibration, chance: random.Random, n: int, off: float, lane="ordinary"):
    """`n` waits about a median of 10 with a spread `off` times that of the forecast; the share
    inside the range and before the latest time."""
    inside = in_time = 0
    for _ in range(n):
        wait = max(0.0, chance.gauss(10.0, 3.0 * off))
        one = Range(10 - 1.2816 * 3, 10.0, 10 + 1.2816 * 3, lane, 5)
        told = calibration.told(one)
        inside += told.low <= wait <= told.high
        in_time += wait <= told.latest
        calibration.ended(one, wait)
    return inside / n, in_time / n


@pytest.mark.parametrize("off", [0.5, 1.0, 2.0])
def test_eighty_in_a_hundred_lie_inside_and_ninety_before_the_latest_time(seed, off):
    calibration = Calibration()
    play(calibration, random.Random(seed), 300, off)

    inside, in_time = play(calibration, random.Random(seed + 1), 1_500, off)

    assert inside == pytest.approx(0.8, abs=0.03)
    assert in_time == pytest.approx(0.9, abs=0.03)


def test_a_change_of_the_days_is_followed(seed):
    calibration = Calibration()
    play(calibration, random.Random(seed), 600, 0.5)

    inside, _ = play(calibration, random.Random(seed + 1), 2_500, 3.0)

    assert inside == pytest.approx(0.8, abs=0.035)


def test_a_lane_of_its_own_kind_gets_ranges_of_its_own(seed):
    calibration = Calibration()
    chance = random.Random(seed)
    for _ in range(10 * SCORES_LEAST):
        play(calibration, chance, 1, 0.5, "ordinary")
        play(calibration, chance, 1, 2.0, "care")

    narrow = calibration.told(Range(6, 10, 14, "ordinary", 5))
    wide = calibration.told(Range(6, 10, 14, "care", 5))

    assert wide.high - wide.low > 2 * (narrow.high - narrow.low)


def test_the_fewer_waits_a_lane_has_of_its_own_the_more_the_others_speak_for_it(seed):
    def wide_after(own: int) -> float:
        calibration, chance = Calibration(), random.Random(seed)
        play(calibration, chance, 400, 0.5, "ordinary")
        play(calibration, chance, own, 2.0, "care")
        told = calibration.told(Range(6, 10, 14, "care", 5))
        return told.high - told.low

    widths = [wide_after(own) for own in (1, 30, 400)]

    assert widths == sorted(widths)
    assert widths[2] > 2 * widths[0]


def test_ranges_hold_though_many_others_are_told_before_a_wait_ends_and_hours_differ():
    """A hundred wait at a time; each hundred and twenty tickets everything takes another pace."""
    calibration, chance = Calibration(), random.Random(7)
    waiting: list[tuple[Range, float]] = []
    inside = in_time = 0
    for n in range(6_000):
        if n % 120 == 0:
            pace = exp(chance.gauss(0.0, 0.4))
        one, wait = Range(12.0, 20.0, 28.0, "ordinary", 9), max(0.0, chance.gauss(20.0, 6.0)) * pace
        told = calibration.told(one)
        inside += told.low <= wait <= told.high
        in_time += wait <= told.latest
        waiting.append((one, wait))
        if len(waiting) > 100:
            calibration.ended(*waiting.pop(0))

    assert inside / 6_000 > 0.76
    assert in_time / 6_000 > 0.82, "with steps of a hundredth it is less"


@pytest.mark.parametrize("usual", [4.0, 8.0])
def test_short_waits_are_not_all_in_time_because_of_rounding(seed, usual):
    calibration, chance = Calibration(), random.Random(seed)
    held = 0
    for _ in range(1_500):
        now, wait = chance.randrange(480) * MINUTE, usual * chance.expovariate(1.0)
        one = Range(0.1 * usual, 0.7 * usual, 2.3 * usual, "ordinary", 2)
        printed = (first_promise(now, calibration.told(one).latest).until - now) / MINUTE
        calibration.ended(one, wait, printed)
        held += wait <= printed

    assert 0.87 < held / 1_500 < 0.93


def test_before_there_are_scores_the_forecast_stands_less_what_rounding_adds_in_the_mean():
    told = Calibration().told(Range(6.0, 10.0, 14.0))

    assert (told.low, told.high, told.latest) == (6.0, 14.0, 11.5)


def print_and_end(calibration: Calibration, chance: random.Random, spread: float) -> bool:
    """A wait of about forty minutes, printed on some minute of the clock; whether it was called
    by the time printed."""
    now = chance.randrange(480) * MINUTE
    one = Range(40 - 1.2816 * spread, 40.0, 40 + 1.2816 * spread, "ordinary", 9)
    wait = max(0.0, chance.gauss(40.0, spread))
    latest = calibration.told(one).latest
    printed = (first_promise(now, latest).until - now) / MINUTE
    calibration.ended(one, wait, printed)
    return wait <= printed


@pytest.mark.parametrize("spread", [2.0, 5.0, 15.0])
def test_the_time_as_it_is_printed_holds_nine_times_in_ten_however_much_rounding_adds(seed, spread):
    calibration, chance = Calibration(), random.Random(seed)
    for _ in range(400):
        print_and_end(calibration, chance, spread)

    held = [print_and_end(calibration, chance, spread) for _ in range(2_000)]

    assert sum(held) / len(held) == pytest.approx(0.9, abs=0.025)


def test_where_every_promise_is_the_shortest_there_is_nothing_shorter_is_asked_for():
    calibration, short = Calibration(), Range(0.5, 2.0, 4.0)
    for _ in range(10 * SCORES_LEAST):
        calibration.ended(short, 1.0, 12.0)

    assert calibration.told(short).latest == 0.0
    assert calibration.told(Range(8.0, 12.0, 20.0)).latest >= 0.0


def test_who_left_counts_as_a_miss_only_when_it_had_been_too_long_already():
    calibration = Calibration()
    calibration.left(Range(6.0, 10.0, 14.0), 9.0)
    assert calibration.range == {}

    calibration.left(Range(6.0, 10.0, 14.0), 20.0)
    assert len(calibration.range[""].scores) == 1
    assert calibration.range[""].level < 0.2, "a miss asks for wider ranges"
