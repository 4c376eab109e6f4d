"""What the counter promises to everybody: AX-28, AX-29 and AX-31 of the accessibility table.

Of AX-28 and AX-29 the rules are in the domain; here is what the teller sees and presses. AX-30, a
pager for whoever neither sees nor hears a call, needs no terminal.
"""

import pytest

from counter import words
from counter.verbs import VERBS, why_not
from counter.words import Speaker
from shared import protocol as p
from shared.i18n import LANGUAGES, text
from shared.ui.keys import Key
from shared.ui.theme import THEMES
from tests.counter.one_counter import SIZES, counter, view_of
from tests.server.domain.story import MINUTE, MONDAY, Story, _default_branch

DRAWINGS = set("─│╭╮╰╯┏┓┗┛━┃█▄▀▶▸")


@pytest.fixture
def story():
    return Story(_default_branch(), f"{MONDAY} 09:00")


# --- AX-28 -----------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_deaf_customers_long_call_is_in_words_on_the_desk_and_large_on_the_display(
    language,
):
    async with counter(settings={"language": language}) as one:
        one.story.open(1, 2)
        one.story.take("A", needs=("visual_call", "escort"))
        await one.push()
        await one.press("f2")
        (shown,) = one.story.feed("DisplayView").calls
        alerts = [alert.kind for alert in one.story.board.alerts]

        assert one.panel_says("counter.need.visual_call")
        assert one.panel_says("counter.need.escort")
        assert shown.long
        assert "escort_wanted" in alerts


async def test_a_wheelchair_is_called_by_low_counters_only_and_they_say_why(story):
    story.open(1, 3)
    story.take("A", needs=("low_counter",))

    view = view_of(story, 3)

    assert view_of(story, 1).line == ()
    row = words.row(view.line[0], "line", Speaker("en", view), story.now, str)
    assert text("en", "need.low_counter") in row[3]


# --- AX-29 -----------------------------------------------------------------------------------


def test_whoever_may_not_hear_gets_three_calls_over_three_minutes_and_is_put_back_near_the_front(
    story,
):
    story.open(1, 2)
    story.take("A", needs=("visual_call",))
    for _ in range(6):
        story.take("A")
    story.call(1)
    called = story.now
    while (why := why_not("missed", view_of(story), story.now)) is not None:
        assert why[0] in ("refusal.TooEarlyToMiss", "counter.not.miss_wait")
        story.later(seconds=10)
        if why_not("recall", view_of(story), story.now) is None and story.visit("A001").calls < 3:
            story.given(p.RecallTicket, counter=1)
    story.given(p.MarkMissed, counter=1)

    assert story.now - called >= 3 * MINUTE
    assert story.state("A001") == "waiting"
    assert story.line(1).index("A001") <= 6


# --- AX-31 -----------------------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_every_verb_is_reached_by_keyboard_alone_without_a_hotkey(size):
    """Tab goes round all keys, and the keys behind `more` are a list with digits."""
    async with counter(size) as one:
        keys = [key.shown.word for key in one.app.screen.query(Key)]
        reached = []
        for _ in keys:
            await one.pilot.press("tab")
            await one.pilot.pause()
            reached.append(one.app.screen.focused.shown.word)
        behind = set()
        if "more" in keys:
            await one.press("m")
            behind = {option.word for option in one.app.desk.question.options}

        assert reached == keys
        assert set(keys) | behind | {"more"} == {verb.word for verb in VERBS}


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_screen_says_in_plain_lines_all_that_its_frames_and_colours_say(language):
    async with counter(settings={"language": language}) as one:
        one.story.open(1, 2)
        for _ in range(3):
            one.story.take("A", needs=("escort",))
        await one.push()
        await one.press("f2", "f1")
        page = one.app.screen.query_one("#reading").content.plain.splitlines()

        assert text(language, "counter.in_hand", number="A001") in page
        assert text(language, "counter.need.escort") in page
        assert any(line.startswith("A002") for line in page)
        assert not any(set(line) & DRAWINGS for line in page)
        assert one.linear
        assert not set(one.linear) & DRAWINGS


async def test_what_is_focused_and_what_was_refused_is_in_the_last_line():
    async with counter(settings={"language": "en"}) as one:
        await one.press("f4")
        refused = one.linear
        await one.press("tab", "tab")
        focused = one.linear

        assert text("en", "refusal.CounterNotOpen", counter=1) in refused
        assert text("en", "counter.focus", what="F3 Recall") in focused


@pytest.mark.parametrize("theme", [theme.name for theme in THEMES])
async def test_in_every_theme_the_desk_is_the_same_in_words(theme):
    async with counter(settings={"theme": theme, "language": "en"}) as one:
        one.story.open(1, 2)
        one.story.take("A")
        await one.push()
        await one.press("f2")

        assert one.app.theme == theme
        assert one.panel_says("counter.called", n=1, time="0:00")


async def test_letters_of_twice_the_size_leave_all_of_it():
    """160×45 with letters of 200 % is 80×22."""
    async with counter((80, 22), settings={"language": "en"}) as one:
        one.story.open(1, 2)
        one.story.take("A", "care", needs=("visual_call",))
        await one.push()
        await one.press("f2")
        keys = list(one.app.screen.query(Key))

        assert one.panel_says("counter.need.visual_call")
        assert one.panel_says("counter.called", n=1, time="0:00")
        assert all(key.region.height == 3 for key in keys)
        assert all(one.app.screen.region.contains_region(key.region) for key in keys)
