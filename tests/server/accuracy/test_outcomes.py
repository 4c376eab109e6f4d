"""What ends a wait that was told, and what does not."""

from server.accuracy.outcomes import TELLING, end_of
from shared import protocol as p
from tests.server.domain.story import MONDAY, Story, a_branch


def ends(story):
    """What the story's events end, as (visit, how)."""
    found = [end_of(event, stamp.at) for event, stamp in story.history]
    return [(one.visit, one.how) for one in found if one is not None]


def a_line(people=3):
    story = Story(a_branch(duty_required=False), f"{MONDAY} 09:00")
    story.open(1)
    for _ in range(people):
        story.take("A")
    return story


def test_a_call_ends_the_wait_of_the_one_who_is_called():
    story = a_line()

    story.call(1)

    assert ends(story) == [(1, "called")]


def test_whoever_leaves_was_not_called():
    story = a_line()

    story.given(p.LeaveLine, visit=2, by="customer")

    assert ends(story) == [(2, "left")]


def test_a_call_that_was_wrong_has_not_happened():
    story = a_line()
    story.call(1)

    story.given(p.ReturnTicket, counter=1)

    assert ends(story) == [(1, "called"), (1, None)]


def test_a_call_that_was_undone_has_not_happened():
    story = a_line()
    story.call(1)

    story.given(p.UndoAction, counter=1)

    assert ends(story) == [(1, "called"), (1, None)]


def test_whoever_steps_back_waits_for_a_time_of_their_own():
    story = a_line()

    story.given(p.StepBack, visit=1, places=1, by="customer")

    assert ends(story) == [(1, "changed")]


def test_no_event_that_ends_a_wait_is_left_unread():
    story = a_line()
    story.call(1)
    story.given(p.ReturnTicket, counter=1)
    story.given(p.StepBack, visit=1, places=1, by="customer")
    story.given(p.LeaveLine, visit=2, by="customer")

    telling = [e for e, s in story.history if end_of(e, s.at) is not None]

    assert {type(event).__name__ for event in telling} <= TELLING
    assert len(telling) == 4
