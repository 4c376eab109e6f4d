"""The days by which forecasts and calling rules are judged, and the figures made of them."""

from dataclasses import replace
from datetime import date
from math import inf, sqrt

import pytest

from bench.discipline import ALIKE, first_come, strict_priority
from bench.waiting_figures import Told, calibrate, figures, mae, ratio
from bench.waiting_lobby import observed
from bench.waiting_real import Split
from bench.waiting_world import LOBBY, SCENARIOS, play
from server.domain.configuration import BALANCED
from server.waiting.calibrate import Calibration


def waits(day) -> list[float]:
    return [one.called - one.since for one in day.customers]


@pytest.mark.parametrize("name", ["S3", "S4", "S9"])
def test_nobody_is_called_from_outside_the_overtaking_window(name):
    day = play(SCENARIOS[name], 1)

    assert len(day.customers) > 80
    assert max(waits(day)) < 300
    assert day.outside == []
    assert any(one.overtaken for one in day.customers)


def test_strict_priority_calls_from_outside_every_window():
    assert play(LOBBY, 1, strict_priority).outside, "or the check could not fail"


def test_priority_moves_waiting_and_does_not_remove_it():
    by_score = play(replace(ALIKE, preset=BALANCED), 3, in_turn=True)
    in_order = play(ALIKE, 3, first_come, in_turn=True)

    assert waits(by_score) != waits(in_order)
    assert sum(waits(by_score)) == pytest.approx(sum(waits(in_order)))


def test_who_is_early_for_an_appointment_is_called_early_only_where_nobody_else_waits():
    day = play(SCENARIOS["S9"], 2)
    early = [one for one in day.customers if one.called < one.since]

    assert early
    for one in early:
        ahead = [
            other
            for other in day.customers
            if other.since <= one.called < other.called
            and other.service in SCENARIOS["S9"].skills[one.counter]
        ]
        assert ahead == []


def test_whoever_leaves_is_never_called_and_whoever_is_called_had_not_left():
    day = play(SCENARIOS["S17"], 1)
    left = [one for one in day.customers if one.leaves < one.called]

    assert 0.2 < len(left) / len(day.customers) < 0.6
    assert all(one.called == inf for one in left)
    seen = {one.came: one for one in observed(day, 0)}
    assert all(seen[one.since].left == one.leaves for one in left)


def test_nobody_is_called_while_nothing_works():
    day = play(SCENARIOS["S18"], 1)

    assert min(one.called for one in day.customers) == SCENARIOS["S18"].down_until
    assert sum(one.came < 90.0 for one in day.customers) > 20


def test_all_go_to_lunch_together_at_another_time_each_day():
    begins = [{gaps[0][0] for gaps in play(SCENARIOS["S16"], n).planned} for n in range(4)]

    assert [len(one) for one in begins] == [1] * 4
    assert len(set.union(*begins)) == 4


def told(day: int, at: float, wait: float, mean: float, best: float) -> Told:
    fan = (mean / 2, mean, mean * 2)
    return Told(day, "ordinary", 3, at, wait, mean, fan, best=best, best_width=1.0)


def test_the_ratio_is_the_root_of_one_and_the_excess_over_the_optimums_error():
    every = [told(1, 600.0, 12.0, 11.0, 10.0), told(2, 600.0, 8.0, 11.0, 10.0)]

    assert ratio(lambda one: one.mean).value(every) == pytest.approx(sqrt(1 + 1 / 4))
    assert mae(lambda one: one.mean).value(every) == pytest.approx(2.0)
    assert figures(every)["coverage80_worst"] == figures(every)["coverage80"]


def test_an_interval_over_equal_days_has_no_width_and_over_unequal_ones_it_has():
    equal = [told(day, 600.0, 12.0, 11.0, 10.0) for day in range(6)]
    unequal = [told(day, 600.0, 12.0 + day, 11.0, 10.0) for day in range(6)]
    error = mae(lambda one: one.mean)

    assert error.interval(equal) == [1.0, 1.0]
    low, high = error.interval(unequal)
    assert low < error.value(unequal) < high


def test_a_range_learns_of_a_wait_when_it_has_ended_and_not_before():
    class Noting(Calibration):
        def ended(self, one, wait, printed=None):
            happened.append(f"ended {wait:g}")

        def told(self, one):
            happened.append("told")
            return super().told(one)

    happened: list[str] = []
    every = [told(1, 600.0, 30.0, 20.0, 20.0), told(1, 610.0, 5.0, 8.0, 8.0)]
    every += [told(1, 620.0, 4.0, 8.0, 8.0), told(2, 600.0, 4.0, 8.0, 8.0)]

    calibrate(every, Noting())

    first_day = ["told", "told", "ended 5", "told"]
    assert happened == [*first_day, "ended 4", "ended 30", "told", "ended 4"]


DAYS = [date(2026, 11, n) for n in (2, 3, 4, 5, 6, 9, 10, 11)]


def test_the_days_that_teach_end_before_those_asked_about():
    taught, asked = Split(learn_until=date(2026, 11, 5)).of(DAYS)
    assert (taught[-1], asked[0], asked[-1]) == (date(2026, 11, 5), date(2026, 11, 6), DAYS[-1])

    taught, asked = Split(test_from=date(2026, 11, 9), test_until=date(2026, 11, 10)).of(DAYS)
    assert (taught[-1], asked) == (date(2026, 11, 6), DAYS[5:7])

    taught, asked = Split(date(2026, 11, 10), date(2026, 11, 9)).of(DAYS)
    assert taught[-1] == date(2026, 11, 6), "a day that is asked about has not been seen"


def test_a_file_without_dates_is_parted_three_to_one_and_one_without_days_refused():
    taught, asked = Split().of(DAYS)
    assert (len(taught), len(asked)) == (6, 2)

    with pytest.raises(SystemExit, match="none to learn from"):
        Split(test_from=date(2026, 11, 2)).of(DAYS)
