"""Which calls are up and for how long: the stage, without a screen."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from lobby_display.stage import FLASH_MS, FLASH_PERIOD_MS, FRESH_MS, Rules, Shown, Stage, last_calls
from shared.protocol import CallShown, DisplayView, Words

ONE = Rules(slots=1)
TWO = Rules(slots=2)


def call(n, counter=1, at=0, number=None, **more):
    return CallShown(id=n, number=number or f"A{n:03d}", counter=counter, at=at, **more)


def view(*calls, at=0):
    return DisplayView(
        branch="main",
        seq=1,
        at=at,
        name=Words(),
        calls=tuple(sorted(calls, key=lambda one: -one.id)),
        counters=(),
        services=(),
    )


def up(stage):
    return [one.call.number for one in stage.shown]


def test_two_calls_within_one_second_are_both_seen_for_the_least_time():
    stage, _ = Stage().heard(view(call(1)), "e", 0, ONE)
    stage, news = stage.heard(view(call(1), call(2, at=900), at=900), "e", 900, ONE)

    assert [one.number for one in news] == ["A002"]
    assert up(stage) == ["A001"]
    assert up(stage.passed(4_999, ONE)) == ["A001"]
    stage = stage.passed(5_000, ONE)
    assert up(stage) == ["A002"]
    assert up(stage.passed(24_999, ONE)) == ["A002"]
    assert up(stage.passed(25_000, ONE)) == []


def test_where_there_is_room_for_two_both_come_up_at_once():
    stage, _ = Stage().heard(view(call(1), call(2)), "e", 0, TWO)

    assert up(stage) == ["A001", "A002"]


def test_a_reconnect_repeats_nothing_and_loses_nothing():
    stage, first = Stage().heard(view(call(1)), "e", 0, TWO)
    stage, again = stage.heard(view(call(1)), "e", 3_000, TWO)
    stage, missed = stage.heard(view(call(1), call(2), call(3), at=9_000), "e", 9_000, TWO)

    assert [one.id for one in first] == [1]
    assert again == ()
    assert [one.id for one in missed] == [2, 3]


def test_a_new_epoch_forgets():
    stage, _ = Stage().heard(view(call(7)), "e", 0, TWO)
    stage, news = stage.heard(view(call(3)), "restored", 1_000, TWO)

    assert [one.id for one in news] == [3]
    assert up(stage) == ["A003"]


def test_a_call_that_is_older_than_a_minute_is_not_announced_any_more():
    stage, news = Stage().heard(view(call(1), at=FRESH_MS), "e", 0, ONE)

    assert (up(stage), news) == ([], ())


def test_a_recall_renews_its_place_and_is_news():
    stage, _ = Stage().heard(view(call(1), call(2)), "e", 0, TWO)
    again = call(3, number="A001", again=True, at=8_000)
    stage, news = stage.heard(view(call(1), call(2), again, at=8_000), "e", 8_000, TWO)

    assert [(one.call.id, one.since) for one in stage.shown] == [(3, 8_000), (2, 0)]
    assert news == (again,)
    assert stage.shown[0].lit(8_000)


def test_a_number_called_elsewhere_leaves_the_counter_it_was_called_to():
    stage, _ = Stage().heard(view(call(1, counter=1)), "e", 0, ONE)
    moved = call(2, counter=3, number="A001", at=2_000)
    stage, _ = stage.heard(view(call(1, counter=1), moved, at=2_000), "e", 2_000, ONE)

    assert [(one.call.number, one.call.counter) for one in stage.shown] == [("A001", 3)]


def test_a_number_called_away_to_another_zone_leaves_this_one():
    here = Rules(slots=2, counters=frozenset({1}))
    stage, _ = Stage().heard(view(call(1, counter=1)), "e", 0, here)
    moved = call(2, counter=9, number="A001", at=2_000)
    stage, news = stage.heard(view(call(1, counter=1), moved, at=2_000), "e", 2_000, here)

    assert (up(stage), news) == ([], ())


def test_a_call_that_was_undone_leaves_at_once():
    stage, _ = Stage().heard(view(call(1), call(2)), "e", 0, ONE)
    stage, _ = stage.heard(view(call(2), at=1_000), "e", 1_000, ONE)

    assert up(stage) == ["A002"]


def test_a_long_call_stays_longer_and_gives_way_later():
    stage, _ = Stage().heard(view(call(1, long=True)), "e", 0, ONE)
    stage, _ = stage.heard(view(call(1, long=True), call(2)), "e", 1, ONE)

    assert up(stage.passed(14_999, ONE)) == ["A001"]
    assert up(stage.passed(15_000, ONE)) == ["A002"]


def test_ax16_a_flash_comes_at_most_three_times_a_second_and_ends_within_five_seconds():
    one = Shown(call(1), 0)
    lit = [one.lit(clock) for clock in range(0, 20_000, 10)]
    begun = [n * 10 for n in range(1, len(lit)) if lit[n] and not lit[n - 1]]

    assert FLASH_PERIOD_MS >= 334
    assert all(later - earlier >= 334 for earlier, later in itertools.pairwise(begun))
    assert max(begun) < FLASH_MS <= 5_000


def test_ax15_a_call_stays_in_the_list_for_a_minute_with_its_counter():
    calls = [call(n, counter=n % 8 + 1, at=n * 600) for n in range(1, 100)]

    shown = last_calls(view(*calls, at=60_000), most=200)

    young = [one for one in calls if 60_000 - one.at < FRESH_MS]
    assert [(one.number, one.counter) for one in shown[: len(young)]] == [
        (one.number, one.counter) for one in reversed(young)
    ]


@given(
    gaps=st.lists(st.integers(0, 3_000), min_size=1, max_size=25),
    slots=st.integers(1, 4),
    steps=st.integers(50, 400),
)
def test_ax15_every_call_has_five_seconds_however_fast_tellers_press(gaps, slots, steps):
    rules = Rules(slots=slots)
    stage, calls, clock = Stage(), [], 0
    since: dict[int, int] = {}
    until: dict[int, int] = {}

    def seen():
        for one in stage.shown:
            since.setdefault(one.call.id, clock)
            until[one.call.id] = clock
        assert len(stage.shown) <= slots

    for n, gap in enumerate(gaps, start=1):
        for _ in range(0, gap, steps):
            clock += steps
            stage = stage.passed(clock, rules)
            seen()
        calls.append(call(n, at=clock))
        stage, news = stage.heard(view(*calls, at=clock), "e", clock, rules)
        assert [one.id for one in news] == [n]
        seen()
    for _ in range(0, 200_000, steps):
        clock += steps
        stage = stage.passed(clock, rules)
        seen()

    assert sorted(since) == list(range(1, len(gaps) + 1))
    assert list(since) == sorted(since), "in the order of the calls"
    assert all(until[n] - since[n] >= 5_000 - 2 * steps for n in since)
