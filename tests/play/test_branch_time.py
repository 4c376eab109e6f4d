"""The branch's time as its terminals know it: told by messages, carried on at the branch's rate."""

import pytest

from play.branch_time import LAGS, WINDOW_SECONDS, BranchTime


class Real:
    """A clock that is moved by hand."""

    def __init__(self):
        self.seconds = 100.0

    def __call__(self):
        return self.seconds


@pytest.fixture
def real():
    return Real()


def test_time_is_carried_on_at_the_rate_of_the_branch(real):
    time = BranchTime(60, real)
    time.heard(1_000_000)

    real.seconds += 2

    assert time.now() == 1_120_000


def test_a_message_that_took_long_does_not_turn_the_time_back(real):
    time = BranchTime(60, real)
    time.heard(1_000_000)
    real.seconds += 1

    time.heard(1_040_000)
    assert time.now() == 1_060_000
    time.heard(1_061_000)

    assert time.now() == 1_061_000


def test_clocks_that_drift_apart_are_followed_after_a_while(real):
    time = BranchTime(1, real)
    time.heard(10_000)
    for _ in range(2):
        real.seconds += WINDOW_SECONDS + 1
        time.heard(round(10_000 + (real.seconds - 100) * 1000 - 200))

    real.seconds += WINDOW_SECONDS + 1
    time.heard(round(10_000 + (real.seconds - 100) * 1000 - 200))

    assert time.now() == pytest.approx(10_000 + (real.seconds - 100) * 1000 - 200, abs=1)


def test_who_acts_at_an_instant_acts_before_by_what_a_command_usually_takes(real):
    time = BranchTime(60, real)
    assert time.lead == 0

    for n in range(LAGS):
        time.took_effect(1_000, 1_000 + (300 if n % 5 else 90_000))

    assert time.lead == 300


async def test_waiting_ends_when_the_branch_has_come_that_far(real):
    time = BranchTime(1, real)
    time.heard(1_000_000)

    await time.until(999_000)
    await time.until(1_000_000)

    assert time.now() == 1_000_000
