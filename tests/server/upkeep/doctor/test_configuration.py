"""Planted: configurations that do not fit together, or that are not in force."""

from tests.server.upkeep.doctor.sound import (
    DAY_MS,
    HOLIDAYS,
    RUNNING,
    edit,
    found_in,
    only,
    settings,
)

DECEMBER = 1_796_054_400_000  # its first midnight in Shanghai, 2026


def test_a_mistake_in_the_servers_file_is_a_fault(folder):
    edit(folder / "lobby.toml", 'host = "0.0.0.0"', 'hots = "0.0.0.0"')

    assert "hots" in only(folder, "configuration_wrong").sentence("en")


def test_a_mistake_in_a_branchs_file_is_a_fault(folder):
    edit(folder / "branches" / "main.toml", "low = true", 'low = "yes"')

    assert "counters[2].low" in only(folder, "configuration_wrong").values["mistake"]


def test_a_time_zone_that_the_machine_does_not_know_is_a_fault(folder):
    edit(folder / "branches" / "main.toml", "Asia/Shanghai", "Asia/Atlantis")

    assert only(folder, "zone_missing").values["zone"] == "Asia/Atlantis"


def test_a_change_that_is_not_in_force_is_a_warning(folder):
    edit(folder / "branches" / "main.toml", "line_alert = 12", "line_alert = 13")

    assert found_in(folder) == {}
    only(folder, "configuration_waits", answer=RUNNING, server=7)


def test_next_years_holidays_are_missed_in_december(folder):
    settings(folder, backup_hours_max=10_000)
    edit(folder / "branches" / "main.toml", "2027-01-01", "2026-10-02")

    assert found_in(folder, now_ms=DECEMBER - DAY_MS) == {}
    assert only(folder, "holidays_missing", now_ms=DECEMBER).values["year"] == 2027


def test_this_years_holidays_are_missed_all_year(folder):
    edit(folder / "branches" / "main.toml", "2026-10-01", "2025-10-01")

    assert only(folder, "holidays_missing").values["year"] == 2026


def test_a_branch_that_keeps_no_holidays_here_misses_none(folder):
    settings(folder, backup_hours_max=10_000)
    edit(folder / "branches" / "main.toml", HOLIDAYS, "")

    assert found_in(folder, now_ms=DECEMBER) == {}
