"""Which day is played: the file that was named, moved so that it has room, or one by a seed."""

from pathlib import Path

import pytest

from play import branch_file, choice
from play.bank import COLUMNS
from play.errors import CannotPlay
from play.plan import CounterPlan, Customer, DayPlan, Shift
from play.s3_day import s3_day
from server.domain.configuration import BranchConfig, faults
from shared.config import loads
from tests.play.test_bank import call

HOUR = 3600.0


def customer(hours, seconds=60.0, service="A", **fields):
    return Customer(
        arrival_seconds=hours * HOUR, services=(service,), service_seconds=(seconds,), **fields
    )


def test_a_file_that_is_not_there_is_looked_for_among_the_data_sets(tmp_path, monkeypatch):
    (tmp_path / "sets" / "bank").mkdir(parents=True)
    there = tmp_path / "sets" / "bank" / "calls.csv"
    there.write_text("x")

    environment = {"LOBBY_DATA": str(tmp_path / "sets")}

    assert choice.found(Path("bank/calls.csv"), environment) == there
    assert choice.found(there, {}) == there
    assert choice.found(Path("none.csv"), environment) == Path("none.csv")


def test_a_file_of_several_days_wants_to_know_which(tmp_path):
    file = tmp_path / "calls.csv"
    rows = [call(start=1, end=2, server="ANNA"), call(date="1999-01-05", leave=5)]
    rows.append(call(date="1999-01-05", start=1, end=2, server="ANNA"))
    file.write_text("\n".join([",".join(COLUMNS), *rows]))

    for date in (None, "1999-02-30"):
        with pytest.raises(CannotPlay) as cannot:
            choice.recorded(file, date, "en")
        assert "--date, from 1999-01-04 to 1999-01-05" in cannot.value.says("en")

    chosen = choice.recorded(file, "1999-01-05", "en")
    assert len(chosen.plan.customers) == 2
    assert "SEELab" in chosen.title


def test_a_file_of_one_day_has_no_dates(tmp_path):
    file = tmp_path / "day.csv"
    file.write_text("arrival,service,lane,seconds\n9:00,A,,60\n")

    with pytest.raises(CannotPlay, match="no_dates"):
        choice.recorded(file, "1999-01-05", "en")

    assert choice.recorded(file, None, "zh").title == "day.csv 中记录的一天"


def test_a_generated_day_tells_its_seed_also_when_it_was_drawn():
    chosen = choice.generated("s3", None, "en")

    seed = int(chosen.title.rpartition(" ")[2])
    assert choice.generated("s3", seed, "en") == chosen


def test_a_day_near_midnight_is_moved_by_whole_hours_with_everything_in_it():
    shift = Shift(begin_seconds=7 * HOUR, end_seconds=23 * HOUR, breaks=((8 * HOUR, 9 * HOUR),))
    plan = DayPlan(
        customers=(customer(7), customer(23.9, leave_seconds=24 * HOUR)),
        counters=(CounterPlan(counter=1, shifts=(shift, Shift())),),
    )

    moved, hours = choice.fitted(plan)

    assert hours == -2
    assert [c.arrival_seconds / HOUR for c in moved.customers] == pytest.approx([5, 21.9])
    assert moved.customers[1].leave_seconds == 22 * HOUR
    (first, second) = moved.counters[0].shifts
    assert (first.begin_seconds, first.breaks) == (5 * HOUR, ((6 * HOUR, 7 * HOUR),))
    assert second == Shift()


def test_a_day_with_room_is_not_moved_and_one_without_is_refused():
    roomy = DayPlan(customers=(customer(9), customer(17)))

    assert choice.fitted(roomy) == (roomy, 0)
    with pytest.raises(CannotPlay) as cannot:
        choice.fitted(DayPlan(customers=(customer(0.1), customer(23.9))))
    assert "21.0 hours" in cannot.value.says("en")


def test_counters_are_as_many_as_the_busiest_hour_needs_or_as_were_asked_for():
    # Five hours of work within one: at four fifths busy that takes seven counters.
    busy = DayPlan(customers=tuple(customer(9 + n / 100, 180.0) for n in range(100)))

    assert len(choice.with_counters(busy, None).counters) == 7
    assert len(choice.with_counters(busy, 3).counters) == 3
    assert choice.with_counters(s3_day(1), 3) == s3_day(1)


@pytest.mark.parametrize("kind", ["s3", "recorded"])
def test_the_branch_made_for_a_day_is_a_branch_the_server_takes(kind):
    plan = s3_day(1)
    if kind == "recorded":
        plan = choice.with_counters(DayPlan(customers=(customer(9), customer(10))), None)

    config = loads(branch_file.branch_toml(plan), BranchConfig, "main.toml")

    assert faults(config) == []
    assert [service.id for service in config.services] == branch_file.services_of(plan)
    assert [counter.id for counter in config.counters] == [c.counter for c in plan.counters]
