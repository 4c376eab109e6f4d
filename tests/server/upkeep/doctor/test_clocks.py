"""Planted: clocks that are wrong, or that nobody keeps."""

from tests.server.upkeep.doctor.sound import (
    DAY_MS,
    MINUTE_MS,
    MONDAY_AT_NINE,
    NOW,
    found_in,
    only,
    settings,
)

LAST = MONDAY_AT_NINE - 30 * MINUTE_MS
"""The newest instant in the journal."""


def test_a_clock_before_the_journals_end_is_a_fault(folder):
    finding = only(folder, "clock_behind", now_ms=LAST - 2 * MINUTE_MS)

    assert finding.values == {"now": "2026-11-16 08:28 CST", "last": "2026-11-16 08:30 CST"}


def test_a_clock_that_differs_a_little_is_fine(folder):
    assert found_in(folder, now_ms=LAST - MINUTE_MS) == {}


def test_a_clock_far_beyond_the_journals_end_is_a_warning(folder):
    settings(folder, backup_hours_max=10_000)

    only(folder, "clock_far_ahead", now_ms=LAST + 31 * DAY_MS)


def test_a_clock_that_nothing_keeps_is_a_warning(folder):
    only(folder, "clock_not_kept", clock_kept=False)
    assert found_in(folder, clock_kept=None) == {}


def test_zone_data_of_years_ago_are_a_warning(folder):
    assert only(folder, "zones_old", zones="2023d").values["version"] == "2023d"
    assert found_in(folder, zones="2024a", now_ms=NOW) == {}
