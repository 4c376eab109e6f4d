"""Who took a number before coming, in the lobby as the forecast sees it: expected, not yet here."""

from typing import Any

import pytest

from server.domain.configuration import Remote
from server.waiting.forecast import forecast
from server.waiting.lobby import snapshot_of
from server.waiting.model import prior_model
from server.waiting.snapshot import Snapshot, Waiting
from shared.protocol import CheckIn, StepBack, TakeRemoteTicket
from tests.server.domain.story import MONDAY, Story, a_branch


@pytest.fixture
def story() -> Story:
    """Nine o'clock; a counter with nobody at it. The place is kept for half an hour at least."""
    rules = Remote(share=1.0, keep_minutes=10, come_minutes=30)
    branch = a_branch(services={"A": {"remote": True}}, remote=rules)
    story = Story(branch, f"{MONDAY} 09:00")
    story.open(1)
    return story


def take(story):
    (taken,) = story.given(TakeRemoteTicket, service="A", by="visitor")
    return taken.number


def lobby_of(story: Story) -> Snapshot:
    lobby = snapshot_of(story.branch, story.now)
    assert lobby is not None
    return lobby


def seen(story: Story, number: str) -> Waiting:
    visit = story.visit(number).id
    return next(ticket for ticket in lobby_of(story).tickets if ticket.id == visit)


def waits(story: Story) -> dict[str, float]:
    """The median wait (minutes) of every ticket."""
    found = forecast(lobby_of(story), prior_model({"A": 6.0}, priors=True))
    return {story.branch.visits[id_].number: fan.p50 for id_, fan in found.tickets.items()}


def test_nobody_on_the_way_is_called_before_the_time_to_come_is_over(story: Story) -> None:
    number = take(story)

    expected = seen(story, number)

    assert (expected.strict, expected.held_until) == (True, 9 * 60 + 30)


def test_whoever_has_checked_in_waits_like_everybody(story: Story) -> None:
    number = take(story)
    story.given(CheckIn, visit=number, by="kiosk")

    here = seen(story, number)

    assert (here.strict, here.held_until) == (False, None)


def test_from_its_turn_on_the_place_is_kept_as_long_as_it_was_said(story: Story) -> None:
    number = take(story)
    story.at("09:25")

    assert story.visit(number).turn_until is not None
    assert seen(story, number).held_until == 9 * 60 + 30


def test_who_lets_others_go_first_on_the_way_does_so_for_the_longer_of_both(story: Story) -> None:
    number = take(story)
    values: dict[str, Any] = {"minutes": 45}
    story.given(StepBack, visit=number, by=f"ticket:{number}", **values)

    assert seen(story, number).held_until == 9 * 60 + 45


def test_who_stands_in_the_branch_does_not_wait_for_somebody_who_is_not_there(
    story: Story,
) -> None:
    for _ in range(2):
        take(story)
    here = story.take("A")

    before = waits(story)
    story.given(CheckIn, visit="A001", by="kiosk")
    after = waits(story)

    assert before[here] < 3 < after[here]
    assert before["A001"] >= 29
    assert after["A001"] < 3
