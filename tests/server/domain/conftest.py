"""The stories of this folder: told in a test, played again after it."""

from collections.abc import Iterator
from typing import Any, Protocol

import pytest

pytest.register_assert_rewrite("tests.server.domain.story")

from shared.protocol import SignOnDuty  # noqa: E402 - after the rewrite of its asserts is asked for
from tests.server.domain.story import MONDAY, Story, a_branch  # noqa: E402 - the same


class Tell(Protocol):
    """Begins a story; see `tell`."""

    def __call__(self, start: str = "", **changes: Any) -> Story: ...


@pytest.fixture
def tell() -> Iterator[Tell]:
    """Begins a story in the default branch with some settings changed (see `a_branch`).

    Without a start it is Monday, nine o'clock: the day is open, Li is on duty, every counter is
    closed and nobody has come yet. With one, the branch has just been set up at that time.
    """
    told: list[Story] = []

    def begin(start: str = "", **changes: Any) -> Story:
        story = Story(a_branch(**changes), start or f"{MONDAY} 08:00")
        told.append(story)
        if not start:
            story.given(SignOnDuty, staff="li")
            story.now = story.moment("09:00")  # nothing happens in an empty branch
        return story

    yield begin
    for story in told:
        story.replays()


@pytest.fixture
def story(tell: Tell) -> Story:
    """Monday, nine o'clock, in the default branch."""
    return tell()
