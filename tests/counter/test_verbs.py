"""Which key works when, and what is said where it does not."""

import msgspec
import pytest

from counter.verbs import VERBS, commonest, label_key, seconds_until, why_not
from shared import protocol as p
from tests.counter.one_counter import view_of
from tests.server.domain.story import MONDAY, Story, _default_branch


@pytest.fixture
def story():
    return Story(_default_branch(), f"{MONDAY} 09:00")


def working(story, number=1):
    """The keys that work now."""
    view = view_of(story, number)
    return {verb.word for verb in VERBS if why_not(verb.word, view, story.now) is None}


ALWAYS = {"more", "words", "language", "theme", "sign_out", "booking"}
OPEN = ALWAYS | {"authorise", "assist", "closing"}


def test_a_closed_counter_opens_and_nothing_else(story):
    assert working(story) == ALWAYS | {"next"}
    assert label_key("next", view_of(story)) == "counter.key.open"


def test_between_days_there_is_nothing_to_do(story):
    closed = Story(_default_branch(), "2026-11-15 03:00")

    assert working(closed) == ALWAYS
    assert why_not("next", view_of(closed), closed.now) == ("refusal.DayNotOpen", {})


def test_an_open_counter_with_nobody_in_hand_calls_pauses_and_closes(story):
    story.open(1)
    empty = working(story)
    story.take("A")

    assert empty == OPEN | {"number", "pause", "close"}
    assert working(story) == empty | {"next"}


def test_a_paused_counter_resumes_by_either_key_or_closes(story):
    story.open(1, 2)
    story.given(p.PauseCounter, counter=1, reason="meal")

    view = view_of(story)

    assert working(story) == ALWAYS | {"next", "pause", "close"}
    assert label_key("next", view) == label_key("pause", view) == "counter.key.resume"


def test_a_called_ticket_is_started_recalled_missed_or_put_elsewhere(story):
    story.open(1)
    story.take("A")
    story.call(1)
    at_once = working(story)
    story.later(seconds=10)

    assert at_once == OPEN | {"start", "return", "park", "transfer", "undo"}
    assert working(story) == at_once | {"recall"}


def test_missed_works_after_three_calls_and_their_gaps_and_says_why_not_before(story):
    story.open(1)
    story.take("A")
    story.call(1)
    once = why_not("missed", view_of(story), story.now)
    for _ in range(2):
        story.later(seconds=10)
        story.given(p.RecallTicket, counter=1)
    thrice = why_not("missed", view_of(story), story.now + 1)
    story.later(seconds=10)

    assert once == ("refusal.TooEarlyToMiss", {"calls": 1, "calls_min": 3, "gap_seconds": 10})
    assert thrice == ("counter.not.miss_wait", {"seconds": 10})
    assert why_not("missed", view_of(story), story.now) is None


def test_whoever_is_served_is_finished_parked_transferred_or_given_more(story):
    story.open(1)
    story.take("A")
    story.serve(1)

    served = {"finish", "finish_next", "outcome", "add", "park", "transfer", "undo"}

    assert working(story) == OPEN | served
    assert commonest(view_of(story)) == "finish_next"
    assert why_not("missed", view_of(story), story.now) == (
        "counter.not.serving",
        {"number": "A001"},
    )
    assert why_not("next", view_of(story), story.now) == (
        "refusal.TicketInHand",
        {"number": "A001"},
    )


def test_undo_works_for_a_minute(story):
    story.open(1)
    story.take("A")
    story.call(1)
    view = view_of(story)

    assert why_not("undo", view, story.now + 60_000) is None
    assert why_not("undo", view, story.now + 60_001) is not None


def test_keys_do_the_opposite_of_what_is(story):
    story.open(1, 2)
    story.take("A")
    story.call(1)
    story.given(p.CloseAfterThis, counter=1)
    story.given(p.AskHelp, counter=1, kind="assist")

    view = view_of(story)

    assert label_key("closing", view) == "counter.key.stay_open"
    assert label_key("authorise", view) == "counter.key.end_help"


def test_the_question_is_put_once_more_only_where_it_may_be(story):
    story.open(1)
    none = why_not("rate", view_of(story), story.now)
    story.take("A")
    story.serve(1)
    story.finish(1)
    view = view_of(story)
    repeatable = msgspec.structs.replace(
        view, question=msgspec.structs.replace(view.question, can_repeat=True)
    )
    over = msgspec.structs.replace(
        view, question=msgspec.structs.replace(view.question, can_repeat=False)
    )

    assert none == ("refusal.NothingToRepeat", {"counter": 1})
    assert why_not("rate", repeatable, story.now) is None
    assert why_not("rate", over, story.now) == ("counter.not.rate", {"number": "A001"})


def test_somebody_to_call_back_is_needed_to_call_back(story):
    story.open(1)
    nobody = why_not("list", view_of(story), story.now)
    story.take("A")
    story.call(1)
    story.given(p.ParkTicket, counter=1, reason="form")

    assert nobody == ("counter.not.lists_empty", {})
    assert why_not("list", view_of(story), story.now) is None


def test_seconds_are_counted_down_to_nothing():
    assert [seconds_until(10_000, now) for now in (0, 9_001, 9_999, 10_000, 11_000)] == [
        10,
        1,
        1,
        0,
        0,
    ]
    assert seconds_until(None, 5) == 0


def test_no_two_keys_are_the_same():
    assert len({verb.hotkey for verb in VERBS}) == len({verb.word for verb in VERBS}) == len(VERBS)
