"""Buckets that fill evenly: how often something may be done."""

import pytest

from server.limits import Bucket, Kept, Limit, Pace

ONE_A_SECOND = Limit(a_minute=60, at_once=3)


def taken(thing, count, now):
    """How many of so many tries at one instant are allowed."""
    return sum(thing.take(now) == 0.0 for _ in range(count))


def test_after_a_pause_some_may_come_at_once_and_then_one_after_the_other():
    bucket = Bucket(ONE_A_SECOND)

    assert taken(bucket, 10, now=100.0) == 3
    assert taken(bucket, 10, now=101.0) == 1
    assert taken(bucket, 10, now=103.0) == 2


def test_a_long_pause_allows_no_more_at_once_than_a_short_one():
    bucket = Bucket(ONE_A_SECOND)
    taken(bucket, 3, now=0.0)

    assert taken(bucket, 10, now=86_400.0) == 3


def test_whoever_comes_back_when_told_to_is_let_through():
    bucket = Bucket(Limit(a_minute=7, at_once=1))
    now = 1_000_000.1
    bucket.take(now)

    for _ in range(100):
        seconds = bucket.take(now)
        assert seconds > 0
        now += seconds
        assert bucket.take(now) == 0.0


def test_what_is_refused_costs_nothing():
    bucket = Bucket(ONE_A_SECOND)
    taken(bucket, 3, now=0.0)

    for _ in range(1_000):
        assert bucket.take(0.5) == pytest.approx(0.5)

    assert bucket.take(1.0) == 0.0


def test_some_can_be_left_for_others():
    bucket = Bucket(ONE_A_SECOND)

    for_all = [bucket.take(0.0, leave=2) for _ in range(2)]
    for_few = [bucket.take(0.0) for _ in range(3)]

    assert for_all == [0.0, pytest.approx(1.0)]
    assert for_few == [0.0, 0.0, pytest.approx(1.0)]


def test_a_clock_that_steps_back_gives_nothing_away():
    bucket = Bucket(ONE_A_SECOND)
    taken(bucket, 3, now=100.0)

    assert taken(bucket, 3, now=50.0) == 0
    assert taken(bucket, 3, now=51.0) == 1


def test_as_much_is_put_up_with_as_is_allowed_and_no_more():
    pace = Pace(ONE_A_SECOND)

    borne = []
    for _ in range(7):
        pace.take(0.0)
        borne.append(not pace.unbearable)

    assert borne == [True] * 6 + [False]


def test_whoever_goes_a_little_too_fast_is_refused_for_ever_and_never_unbearable():
    pace = Pace(ONE_A_SECOND)

    for n in range(10_000):
        pace.take(n * 0.6)
        assert not pace.unbearable


def test_each_key_has_its_own():
    kept = Kept(lambda: Bucket(ONE_A_SECOND))

    assert taken(kept.of("a"), 10, now=0.0) == 3
    assert taken(kept.of("b"), 10, now=0.0) == 3
    assert taken(kept.of("a"), 10, now=0.0) == 0


def test_of_too_many_keys_the_one_not_asked_about_for_longest_is_forgotten():
    kept = Kept(lambda: Bucket(ONE_A_SECOND), keys_max=2)
    for key in "ab":
        taken(kept.of(key), 3, now=0.0)
    kept.of("a")

    kept.of("c")

    assert len(kept) == 2
    assert taken(kept.of("a"), 3, now=0.0) == 0
    assert taken(kept.of("b"), 3, now=0.0) == 3
