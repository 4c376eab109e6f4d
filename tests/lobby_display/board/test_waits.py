"""How long everybody will still wait, and what a counter would change, on the board."""

import pytest

from lobby_display.board.counters import counters
from lobby_display.board.line import line, services
from lobby_display.board.sheet import turns
from server.domain.known import Known, Waits
from shared.i18n import LANGUAGES
from shared.protocol import WaitShown
from tests.lobby_display.board.desks import desk_of, wall
from tests.server.domain.story import MINUTE, MONDAY, Story, a_branch


@pytest.fixture
def story():
    """Three wait for one counter; the first is told within ten minutes, the second longer, and
    later than it was promised."""
    story = Story(a_branch(duty_required=False), f"{MONDAY} 09:00")
    story.open(1)
    for _ in range(3):
        story.take("A")
    until = story.now + 30 * MINUTE
    tickets = {
        1: WaitShown(low=0, high=10, until=until),
        2: WaitShown(low=15, high=25, until=until, slipped="counter_closed"),
    }
    ordinary = {"A": WaitShown(low=20, high=35)}
    saved = {1: 12.4, 2: 6.6, 3: 0.4}
    story.known = Known(waits=Waits(tickets=tickets, ordinary=ordinary, saved=saved))
    return story


def drawn(section, width=120):
    (turn,) = turns([section], width, 40)
    return [one.text.rstrip() for one in turn]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_line_says_how_long_each_will_still_wait_and_by_when(story, language):
    desk = desk_of(story, language=language)
    until = wall(story, story.now + 30 * MINUTE)

    shown = drawn(line(desk, "", ""))

    assert desk.board("within", n=10) in shown[2]
    assert desk.board("range", low=15, high=25) in shown[3]
    assert until in shown[2]
    assert desk.board("slipped", time=until) in shown[3]
    assert until not in shown[4], "of the third nothing is known"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_service_says_how_long_a_ticket_taken_now_would_wait(story, language):
    desk = desk_of(story, language=language)

    shown = drawn(services(desk), 56)

    assert desk.board("range", low=20, high=35) in shown[2]
    assert desk.board("head.taken_now") in shown[1]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_counter_says_what_opening_or_closing_it_would_do(story, language):
    desk = desk_of(story, language=language)

    shown = drawn(counters(desk), 160)

    assert desk.board("closing_costs", n=12) in shown[2]
    assert desk.board("opening_saves", n=7) in shown[3]
    assert desk.board("opening_saves", n=0) not in shown[4], "less than a minute is nothing"
    assert desk.board("head.effect") in shown[1]


def test_with_nothing_forecast_nothing_takes_room(story):
    story.known = Known()
    desk = desk_of(story, language="en")

    for section in (line(desk, "", ""), services(desk), counters(desk)):
        text = "\n".join(drawn(section, 160))
        assert desk.board("head.still") not in text.splitlines()[1].split()
        assert desk.board("head.taken_now") not in text.splitlines()[1].split()
        assert desk.board("head.effect") not in text.splitlines()[1]
