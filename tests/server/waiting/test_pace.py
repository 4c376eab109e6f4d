"""What is left to say without a forecast: minutes for each who is ahead."""

import numpy as np

from server.waiting.pace import SPEAKS_FROM, paced


def test_a_pace_is_the_median_of_those_ahead():
    waits, ahead = np.array([4.0, 8.0, 60.0] * 5), np.array([2.0, 4.0, 5.0] * 5)

    pace = paced({"A": (waits, ahead)})

    assert pace.minutes("A", 3.0) == 6.0
    assert pace.minutes("A", 1_000.0) == 60.0, "nobody is told more than was ever seen"


def test_a_service_hardly_known_has_the_pace_of_all():
    known = np.full(20, 10.0), np.full(20, 5.0)

    pace = paced({"A": known, "F": (np.array([90.0]), np.array([1.0]))})

    assert pace.minutes("F", 2.0) == pace.minutes("A", 2.0) == 4.0
    assert pace.minutes("unheard of", 2.0) == 4.0


def test_with_nothing_known_there_is_no_pace():
    assert paced({}).minutes("A", 4.0) == 0.0


def test_a_pace_says_a_range_about_its_middle_once_enough_waits_were_seen():
    ahead = np.arange(1.0, SPEAKS_FROM + 1.0)
    known = paced({"A": (ahead * np.tile([4.0, 5.0, 7.0], SPEAKS_FROM // 3), ahead)})

    told = known.range("A", "care", 3)

    assert told is not None
    assert told.p10 < told.p50 == 20.0 < told.p90
    assert (told.lane, told.ahead) == ("care", 3)
    assert known.range("F", "ordinary", 3) is None


def test_a_service_with_few_waits_says_nothing():
    few = paced({"A": (np.full(SPEAKS_FROM - 1, 10.0), np.full(SPEAKS_FROM - 1, 2.0))})

    assert few.range("A", "ordinary", 1) is None
