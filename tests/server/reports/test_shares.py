"""Means, medians, percentiles and shares."""

import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.reports.report import Share, Spread
from server.reports.shares import share, spread


def test_ten_durations_worked_out_by_hand():
    durations = [7, 1, 4, 10, 3, 9, 2, 8, 6, 5]

    # The middle lies between 5 and 6; nine of ten are no longer than 9, all than 10.
    assert spread(durations) == Spread(
        n=10, total_ms=55, mean_ms=6, median_ms=6, p90_ms=9, p95_ms=10, max_ms=10
    )


def test_one_duration_is_all_there_is():
    assert spread([42]) == Spread(
        n=1, total_ms=42, mean_ms=42, median_ms=42, p90_ms=42, p95_ms=42, max_ms=42
    )


def test_of_nothing_there_is_no_mean_and_no_share():
    assert spread([]) == Spread()
    assert share(0, 0) == Share(within=0, out_of=0, share=None)


def test_a_share_is_kept_to_a_hundredth_of_a_percent():
    assert share(2, 3) == Share(within=2, out_of=3, share=0.6667)


@given(st.lists(st.integers(0, 10**8), min_size=1, max_size=300))
def test_percentiles_are_durations_that_few_exceed(durations):
    one = spread(durations)

    for percent, at_most in ((90, one.p90_ms), (95, one.p95_ms), (100, one.max_ms)):
        assert at_most in durations
        within = sum(duration <= at_most for duration in durations)
        shorter = sum(duration < at_most for duration in durations)
        assert 100 * within >= percent * len(durations) > 100 * shorter
    assert one.median_ms == pytest.approx(statistics.median(durations), abs=0.5)
    assert one.mean_ms == pytest.approx(statistics.mean(durations), abs=0.5)
