"""The display on a screen: called, called again, cut off, at night."""

from pathlib import Path

import pytest

from lobby_display.frame import Room, _heights, draw
from lobby_display.pages import Call, Moment, Picture, picture_of
from lobby_display.screen import LOOKS
from lobby_display.settings import Settings, Slide
from lobby_display.stage import Rules, Stage
from shared.columns import cells
from shared.i18n import text
from shared.protocol import (
    PauseCounter,
    Refused,
    ReportVoice,
    SendMessage,
    UndoAction,
    Words,
    encode,
)
from shared.ui.theme import THEMES
from tests.lobby_display.one_display import SIZES, busy_branch, display
from tests.lobby_display.voice.one_voice import PlayerByHand, clips_in
from tests.screens import assert_as_kept
from tests.server.domain.story import MONDAY, Story, _default_branch
from tests.shared.ui.test_theme import contrast

SCREENS = Path(__file__).with_name("screens")
LANGUAGES = {"zh": ("zh", "en"), "en": ("en", "zh")}


def kept(name, size, lang):
    return SCREENS / f"{name}-{size[0]}x{size[1]}-{lang}.txt"


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
async def test_a_busy_hall_looks_as_it_was_kept(size, lang):
    async with display(size, languages=LANGUAGES[lang], screen_inches=55.0) as one:
        one.story.given(SendMessage, zh="ATM", en="The machines are being filled", minutes=10)
        await one.push()

        assert_as_kept(one.app, kept("busy", size, lang))


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("size", SIZES[:2], ids=lambda size: f"{size[0]}x{size[1]}")
async def test_night_silence_and_one_counter_look_as_they_were_kept(size, lang):
    night = Story(_default_branch(), f"{MONDAY} 06:00")
    async with display(size, night, languages=LANGUAGES[lang]) as one:
        assert_as_kept(one.app, kept("night", size, lang))

    async with display(size, languages=LANGUAGES[lang], counter=3) as one:
        assert_as_kept(one.app, kept("counter", size, lang))


async def test_ax18_within_ten_seconds_of_silence_it_greys_and_says_since_when():
    async with display((120, 40)) as one:
        assert one.app.link._timing.stale_seconds == 10
        one.link.become("stale")
        await one.settle()

        assert text("zh", "display.as_of", time="09:41:08") in one.text()
        assert looks(one) == {"stale", "warning"}

        one.link.become("live")
        await one.settle()
        assert "stale" not in looks(one)


def test_before_the_first_view_nothing_is_said_to_be_so():
    for as_of, state in (("", "connecting"), ("-", "stale")):
        moment = Moment(clock=0, now="", as_of=as_of)
        picture = picture_of(None, Stage(), moment, Settings(), str)

        assert picture.notice == (text("zh", f"link.state.{state}"), "")
        assert (picture.lines, picture.calls, picture.stale) == ((), (), bool(as_of))


async def test_who_is_refused_for_ever_says_so():
    async with display((80, 24)) as one:
        said = "This terminal is no longer registered."
        one.link.refuse(Refused(id="", code="StationRevoked", text=said, final=True))
        one.app.refused(one.link.refusal)
        await one.settle()

        assert said in one.text()
        assert looks(one) <= {"stale", "warning"}


async def test_a_call_comes_up_flashes_and_goes_and_stays_in_the_list():
    story = busy_branch()
    story.later(seconds=120)
    async with display((80, 24), story, languages=("en",)) as one:
        assert "please go to" not in one.text()
        story.take("F")
        story.open(4)
        story.call(4)
        await one.push()
        assert "please go to Counter four" in one.text()
        assert "call-lit" in looks(one)

        await one.wait(4.6)
        assert "call-lit" not in looks(one)
        await one.wait(20)
        assert "please go to Counter four" not in one.text()
        assert "▶ 4" in one.text()


async def test_a_call_undone_is_taken_off():
    async with display((80, 24), languages=("en",)) as one:
        assert "A003, please go to Counter three" in one.text()
        one.story.given(UndoAction, counter=3)
        await one.push()

        assert "A003" not in one.text()


async def test_slides_take_turns_while_nobody_is_called_can_be_paused_and_yield():
    slides = tuple(
        Slide(heading=Words(en=heading), text=Words(en=f"More of {heading}"), seconds=10)
        for heading in ("Fraud", "Coins")
    )
    story = Story(_default_branch(), f"{MONDAY} 09:41")
    story.open(1)
    story.take("A")
    async with display((80, 24), story, languages=("en",), playlist=slides) as one:
        assert "More of Fraud" in one.text()
        await one.wait(10)
        assert "More of Coins" in one.text()
        await one.pilot.press("p")
        await one.wait(30)
        assert "More of Coins" in one.text()
        assert text("en", "display.paused") in one.text()
        await one.pilot.press("p")
        await one.wait(10)
        assert "More of Fraud" in one.text()

        story.call(1)
        await one.push()
        assert "More of" not in one.text()
        assert "please go to Counter one" in one.text()


async def test_nothing_that_a_key_does_ends_it():
    async with display((80, 24)) as one:
        await one.pilot.press("ctrl+c", "ctrl+q", "escape", "q", "f1", "tab", "enter")
        await one.settle()
        assert one.app.is_running


def test_a_zone_shows_its_counters_and_services_only():
    story = busy_branch()
    settings = Settings(languages=("en",), counters=(5,), services=("W", "F"))
    stage, _ = Stage().heard(story.display, "e", 0, Rules(slots=3, counters=frozenset({5})))
    picture = drawn(story, settings, stage)

    assert [call.counter for call in (*picture.calls, *picture.last)] == ["5", "5"]
    assert [line.name for line in picture.lines] == ["Accounts and cards", "Foreign exchange"]


def test_the_sign_of_one_counter_says_why_it_has_no_number():
    story = busy_branch()
    story.open(4)
    story.given(PauseCounter, counter=4, reason="meal")

    assert drawn(story, Settings(counter=4, languages=("en",))).notice == ("paused", "")
    assert drawn(story, Settings(counter=8, languages=("en",))).notice == ("closed", "")
    assert drawn(story, Settings(counter=3, languages=("en",))).calls[0].number == "A003"


def test_ax17_every_look_reaches_seven_to_one_in_every_theme_and_nothing_is_slanted():
    for theme in THEMES:
        colours = {**theme.variables, **vars(theme)}
        for look in LOOKS.values():
            assert "italic" not in look
            words = [w for w in look.split() if w != "bold"]
            ink = colours[words[0].removeprefix("$")]
            paper = colours[words[2].removeprefix("$")] if "on" in words else theme.background
            assert contrast(ink, paper) >= 7, (theme.name, look)


def test_ax19_a_display_is_told_no_name_no_lane_no_need_and_no_reason():
    story = busy_branch()
    story.take("A", "care", needs=("visual_call", "escort"))
    story.open(4)
    story.serve(4)
    told = encode(story.display).decode()

    secret = ("care", "visual_call", "escort", "lanes", "needs", "why", "staff", "person", "visit")
    assert [word for word in secret if f'"{word}"' in told] == []
    allowed = {"type", "id", "number", "counter", "at", "again", "long"}
    assert {f for call in story.display.calls for f in call.__struct_fields__} <= allowed


def test_ax15_number_and_counter_are_on_the_same_rows():
    story = busy_branch()
    stage, _ = Stage().heard(story.display, "e", 0, Rules(slots=3))
    picture = drawn(story, Settings(languages=("en",)), stage)

    rows = ["".join(words for words, _ in row) for row in draw(picture, Room(80, 24, 99))]
    assert [call.number for call in picture.calls] == ["A001", "A002", "A003"]
    for call in picture.last:
        assert [row for row in rows if call.number in row and f"▶ {call.counter}" in row]


def test_a_long_call_is_larger_than_the_others():
    story = Story(_default_branch(), f"{MONDAY} 09:41")
    story.open(1, 2)
    story.take("A")
    story.take("A", needs=("visual_call",))
    story.call(1)
    story.call(2)
    stage, _ = Stage().heard(story.display, "e", 0, Rules(slots=3))
    picture = drawn(story, Settings(), stage)
    long, short = sorted(picture.calls, key=lambda call: not call.long)

    heights = dict(zip(picture.calls, _heights(picture.calls, 39, 3, 7), strict=True))
    assert heights[long] >= 2 * heights[short]
    assert len(draw(picture, Room(160, 45, 5))) == 45


def drawn(story, settings, stage=None):
    moment = Moment(clock=0, now="09:41")
    return picture_of(story.display, stage or Stage(), moment, settings, lambda _at: "09:41")


def looks(one):
    sheet = one.app.screen.query_one("Sheet")
    return {look for row in sheet._rows for words, look in row if words.strip()}


@pytest.mark.parametrize("room", [Room(80, 24), Room(120, 40), Room(160, 45, 7), Room(45, 80)])
def test_a_number_of_any_series_can_be_up_and_stand_among_the_last(room):
    for series in "ABCDEFGHIJKLMNOPQRSTUVWXYZ":
        call = Call(number=f"{series}007", counter="3", said="3  09:05")
        for counters in (("1", "8"), ("1", "12")):
            picture = Picture(name="", calls=(call,) * 3, last=(call,) * 6, counters=counters)

            rows = draw(picture, room)

            assert len(rows) == room.rows
            assert {sum(cells(words) for words, _ in row) for row in rows} == {room.cells}


async def test_a_display_without_sound_tells_the_server_once_and_again_when_it_speaks(tmp_path):
    player = PlayerByHand([0])
    player.fails = True
    voice = (clips_in(tmp_path), player)
    async with display((80, 24), voice=voice) as one:
        for _ in range(3):
            await one.wait(1)
        player.fails = False
        one.story.open(4)
        one.story.call(4)
        await one.push()
        for _ in range(3):
            await one.wait(1)

        told = [c.state for c in one.link.sent if isinstance(c, ReportVoice)]
        assert told == ["no_sound", "speaking"]
        assert "A001" in one.text(), "all else goes on"
