"""A day of the bank's call centre becomes a day of a lobby; here with calls made up."""

import pytest

from play.bank import COLUMNS, is_bank, read_bank
from play.plan import Customer
from play.table import DayFileError, Table


def call(date="1999-01-04", arrive=0, start="", end="", leave="", type_="PS", **cells):
    abandoned = "1" if leave != "" else "0"
    row = dict.fromkeys(COLUMNS, "") | {"date": date, "arrive": arrive, "start": start, "end": end}
    row |= {"leave": leave, "abandoned": abandoned, "type": type_, "priority": "0"}
    return ",".join(str((row | cells)[name]) for name in COLUMNS)


@pytest.fixture
def bank(tmp_path):
    def write(*calls):
        file = tmp_path / "calls.csv"
        file.write_text("\n".join([",".join(COLUMNS), *calls]) + "\n")
        return file

    return write


def test_calls_become_customers_by_day(bank):
    days = read_bank(
        bank(
            call(arrive=40.0, start=50.0, end=230.0, type_="NE", priority="2", server="ANNA"),
            call(arrive=30.0, leave=90.0),
            call(date="1999-01-05", arrive=1.0, start=1.0, end=3.0, server="NO_SERVER"),
            call(date="1999-01-05", arrive=2.0, start=5.0, end=9.0, server="ANNA"),
        )
    )

    assert days["1999-01-04"].recorded
    assert days["1999-01-04"].customers == (
        Customer(arrival_seconds=30, services=("PS",), leave_seconds=90),
        Customer(arrival_seconds=40, services=("NE",), service_seconds=(180,), lanes=("vip",)),
    )
    assert len(days["1999-01-05"].customers) == 2


def test_agents_become_counters_and_the_last_one_does_everything_and_stays(bank):
    days = read_bank(
        bank(
            call(date="1999-01-03", start=1, end=2, type_="NE", server="BELA"),
            call(start=100, end=200, server="BELA"),
            call(start=300, end=400, server="BELA"),
            call(start=150, end=900, type_="IN", server="ANNA"),
            call(type_="NE", leave=5),
        )
    )

    anna, bela = days["1999-01-04"].counters
    assert (anna.counter, anna.services) == (1, ("IN", "NE", "PS"))
    assert (anna.shifts[0].begin_seconds, anna.shifts[0].end_seconds) == (150, None)
    assert (bela.counter, bela.services) == (2, ("NE", "PS"))
    assert (bela.shifts[0].begin_seconds, bela.shifts[0].end_seconds) == (100, 400)


def test_who_hung_up_after_midnight_leaves_later_not_earlier(bank):
    days = read_bank(bank(call(arrive=86_366, leave=27), call(start=1, end=2, server="ANNA")))

    leaver = next(c for c in days["1999-01-04"].customers if c.leave_seconds is not None)
    assert leaver.leave_seconds == 86_400 + 27


@pytest.mark.parametrize(
    ("wrong", "column"),
    [
        (call(arrive="noon", start=1, end=2), "arrive"),
        (call(arrive=1, start="", end=2), "start"),
        (call(arrive=1, start=5, end=2), "end"),
    ],
)
def test_a_call_that_cannot_be_understood_is_named(bank, wrong, column):
    with pytest.raises(DayFileError) as error:
        read_bank(bank(call(start=1, end=2, server="ANNA"), wrong))

    assert (error.value.line, error.value.column) == (3, column)


def test_another_table_is_not_taken_for_the_banks(tmp_path, bank):
    other = tmp_path / "day.csv"
    other.write_text("arrival,service,lane,seconds\n")

    assert is_bank(Table(bank()))
    assert not is_bank(Table(other))
