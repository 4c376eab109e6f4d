"""Stories whose day is reported afterwards."""

import pytest

from shared.protocol import SignOnDuty
from tests.server.domain.story import MONDAY, Story, a_branch
from tests.server.reports.told import Tell


@pytest.fixture
def tell() -> Tell:
    """Begins a story at that time on a Monday, Li on duty, every counter closed, nobody here."""

    def begin(time: str = "09:00", **changes) -> Story:
        story = Story(a_branch(**changes), f"{MONDAY} 08:00")
        story.given(SignOnDuty, staff="li")
        story.now = story.moment(time)
        return story

    return begin


@pytest.fixture
def story(tell: Tell) -> Story:
    """Monday, nine o'clock, in the default branch."""
    return tell()
