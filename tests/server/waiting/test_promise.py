"""What people are told, and when a promise may slip."""

from server.waiting.promise import Minutes, first_promise, kept, overtakers, shown
from tests.server.domain.story import MINUTE

NINE = 1_763_254_800_000


def test_both_ends_are_rounded_up_to_five_minutes():
    assert shown(11.2, 23.4) == Minutes(15, 25)
    assert shown(15.0, 20.0) == Minutes(15, 20)


def test_a_short_wait_is_within_ten_minutes():
    assert shown(3.0, 9.9) == Minutes(0, 10)


def test_the_low_end_never_passes_the_high_one():
    assert shown(21.0, 20.5) == Minutes(25, 25)


def test_the_latest_time_is_on_a_full_five_minutes_and_never_nearer_than_five():
    assert first_promise(NINE, 23.4).until == NINE + 25 * MINUTE
    assert first_promise(NINE, 1.0).until == NINE + 5 * MINUTE
    assert first_promise(NINE + 1, 1.0).until == NINE + 10 * MINUTE


def test_a_promise_that_is_soon_lies_within_what_is_called_short():
    for second in range(0, 600, 7):
        now = NINE + 1_000 * second

        latest = (first_promise(now, 4.9).until - now) / MINUTE

        assert 5.0 <= latest <= shown(3.0, 9.9).high


def test_a_promise_stands_while_the_median_is_within_it():
    promise = first_promise(NINE, 20.0)

    assert kept(promise, NINE + 10 * MINUTE, 9.0, 40.0, "more_came") is promise


def test_a_promise_that_cannot_be_kept_slips_once_and_says_why():
    promise = first_promise(NINE, 20.0)

    slipped = kept(promise, NINE + 10 * MINUTE, 14.0, 31.0, "counter_closed")

    assert slipped.until == NINE + 45 * MINUTE
    assert slipped.slipped == "counter_closed"


def test_about_how_many_may_still_pass_is_rounded_up():
    assert overtakers({"care": 25.0, "appointment": 33.0}, {"care": 0.1, "appointment": 0.05}) == 5
    assert overtakers({"care": 25.0}, {}) == 0
