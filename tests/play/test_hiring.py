"""Who and what a day needs is found at the branch, or the day is not begun."""

import pytest

from play.errors import CannotPlay
from play.hiring import counters_to_staff
from play.plan import CounterPlan, Customer, DayPlan
from server.domain.apply import apply
from server.domain.configuration import CounterConfig
from server.domain.events import BranchConfigured
from server.domain.state import CLOCK, Stamp, new_branch
from server.domain.views import build
from shared.protocol import BoardView
from tests.server.one_branch import branch_config


@pytest.fixture
def board():
    spare = CounterConfig(id=4, name=branch_config().name, services=("A",), elastic=True)
    config = branch_config(counters=3)
    whole = type(config)(
        id="main", name=config.name, services=config.services, counters=(*config.counters, spare)
    )
    branch = new_branch(whole)
    apply(branch, BranchConfigured(config=whole), Stamp(at=0, actor=CLOCK))
    view = build(branch, "BoardView", 0)
    assert isinstance(view, BoardView)
    return view


def day(service="A", counters=()):
    customer = Customer(arrival_seconds=1, services=(service,), service_seconds=(1,))
    planned = tuple(CounterPlan(counter=n) for n in counters)
    return DayPlan(customers=(customer,), counters=planned)


def test_a_day_that_does_not_say_is_worked_at_all_but_the_spare_counters(board):
    assert counters_to_staff(day(), board) == [1, 2, 3]


def test_a_day_that_says_has_its_counters_also_a_spare_one(board):
    assert counters_to_staff(day(counters=(2, 4)), board) == [2, 4]


def test_what_the_branch_has_not_is_named(board):
    with pytest.raises(CannotPlay) as service:
        counters_to_staff(day(service="Z"), board)
    with pytest.raises(CannotPlay) as counter:
        counters_to_staff(day(counters=(1, 7)), board)

    assert "no service Z; it has A, B" in service.value.says("en")
    assert "7 号窗口" in counter.value.says("zh")
