"""`lobby calendar import`: a year's special days in a branch's file, and nothing else changed."""

import json

import pytest

from server.domain.configuration import BranchConfig, DayException
from server.upkeep.holidays import BEGIN, END
from server.upkeep.init import example, initialise
from shared.config import load
from shared.testing import ManualClock
from tests.server.upkeep.lived import run


@pytest.fixture
def data(tmp_path):
    initialise(tmp_path / "data", example(), ManualClock())
    return tmp_path / "data"


def branch_file(data):
    return data / "branches" / "main.toml"


def exceptions(data):
    return {one.date: one.like for one in load(branch_file(data), BranchConfig).hours.exceptions}


def imported(data, capsys, year=2026, *more):
    return run(
        capsys, "calendar", "import", "--data", data, "--country", "CN", "--year", year, *more
    )


def test_holidays_are_closed_and_swapped_weekends_are_worked(data, capsys):
    code, out, _ = imported(data, capsys, 2026, "--json")

    days = exceptions(data)
    assert code == 0
    assert days["2026-10-01"] is None
    assert days["2026-02-14"] == "mon"  # a Saturday, worked for the spring festival
    assert json.loads(out)["worked"] == sum(like == "mon" for like in days.values()) > 0


def test_the_rest_of_the_file_stays_as_it_was(data, capsys):
    before = branch_file(data).read_text()

    imported(data, capsys)

    after = branch_file(data).read_text()
    assert after.startswith(before.rstrip("\n"))
    assert after.count(BEGIN) == after.count(END) == 1


def test_a_second_import_of_the_same_year_changes_nothing(data, capsys):
    imported(data, capsys)
    once = branch_file(data).read_text()

    imported(data, capsys)

    assert branch_file(data).read_text() == once


def test_another_year_joins_the_years_that_are_there(data, capsys):
    imported(data, capsys, 2025)
    imported(data, capsys, 2026)

    assert {day[:4] for day in exceptions(data)} == {"2025", "2026"}
    assert "# New" not in branch_file(data).read_text().partition(BEGIN)[0]


def test_a_day_that_was_written_by_hand_wins(data, capsys):
    file = branch_file(data)
    file.write_text(
        f'{file.read_text()}\n[[hours.exceptions]]\ndate = "2026-10-01"\nlike = "sat"\n'
    )

    _, out, _ = imported(data, capsys, 2026, "--language", "en")

    assert DayException(date="2026-10-01", like="sat") in load(file, BranchConfig).hours.exceptions
    assert "left as they are: 2026-10-01" in out


def test_it_says_that_next_years_worked_weekends_are_not_published_yet(data, capsys):
    """The library knows the holidays of years to come, and no swaps."""
    _, out, _ = imported(data, capsys, 2027, "--language", "en")

    assert "No worked weekends of 2027" in out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--country", "XX", "--year", 2026), "does not know XX"),
        (("--country", "DE", "--subdivision", "ZZ", "--year", 2026), "does not know DE"),
        (("--country", "CN", "--year", 2026, "--branch", "west"), "Name a branch"),
    ],
)
def test_what_cannot_be_imported_is_told_and_changes_nothing(data, capsys, arguments, said):
    before = branch_file(data).read_text()

    code, _, err = run(capsys, "calendar", "import", "--data", data, "--language", "en", *arguments)

    assert code == 1
    assert said in err
    assert branch_file(data).read_text() == before


def test_a_file_that_could_not_be_served_afterwards_is_left_alone(data, capsys):
    file = branch_file(data)
    inline = file.read_text().replace('day_opens = "08:00"', 'day_opens = "08:00"\nexceptions = []')
    file.write_text(inline)

    code, _, err = imported(data, capsys, 2026, "--language", "en")

    assert code == 1
    assert str(file) in err
    assert file.read_text() == inline
