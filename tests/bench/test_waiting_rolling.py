"""A layer wins only where there is something to win."""

import numpy as np
import pytest

from bench.waiting_figures import Told
from bench.waiting_rolling import LAYER_TICKETS, Day, corrected, gains
from server.waiting.chance import normal, uniforms

PER_DAY = 200


def days(count: int, hidden: float) -> list[Day]:
    """Days on which everybody is told ten minutes; one in two waits `hidden` longer, and the
    second feature knows who."""
    found = []
    for number in range(count):
        u = uniforms(3, f"day {number}", np.arange(PER_DAY), 3)
        longer, noise = u[1] > 0.5, normal(u[2])
        day = Day()
        for n in range(PER_DAY):
            wait = 10.0 + hidden * (longer[n] - 0.5) + 2.0 * noise[n]
            day.told.append(Told(number, "ordinary", 3, 600.0 + n, wait, 10.0, (7.0, 10.0, 13.0)))
            day.features.append([10.0, float(longer[n]), u[0][n]])
        found.append(day)
    return found


def test_a_layer_wins_where_the_state_tells_what_the_forecast_does_not_know():
    found = gains(corrected(days(20, 6.0)))

    assert found["wins"]
    assert found["mae_layer"] < found["mae"] - 1.0
    assert found["mae_gain"] == pytest.approx(found["mae"] - found["mae_layer"], abs=1e-3)
    assert found["mae_gain_ci"][0] > 0.0


def test_a_layer_does_not_win_over_a_forecast_that_knows_everything():
    found = gains(corrected(days(20, 0.0)))

    assert not found["wins"]
    assert abs(found["mae_gain"]) < 0.05


def test_no_day_is_corrected_by_what_came_after_it_or_before_there_was_enough():
    every = days(20, 6.0)
    whole = corrected(every)
    said = [dict(one.others) for one in whole if one.day < 18]

    for day in every[18:]:
        for one in day.told:
            one.wait = 500.0
    again = corrected(every)

    assert min(one.day for one in whole) == LAYER_TICKETS // PER_DAY
    assert [one.others for one in again if one.day < 18] == said


def test_with_too_few_days_there_is_nothing_to_judge():
    with pytest.raises(SystemExit, match="more days"):
        gains(corrected(days(5, 0.0)))
