"""The rating panel with a branch behind it: the question, the answer, and nothing of the one
before."""

import re
from pathlib import Path

import pytest

from shared.i18n import text
from shared.protocol import ConfirmQuestion, RateService, Refused, RepeatQuestion
from tests.counter.rating.one_panel import SIZES, Speaker, panel
from tests.screens import assert_as_kept

SCREENS = Path(__file__).with_name("screens")


def rated(one):
    return [command for command in one.link.sent if isinstance(command, RateService)]


async def test_a_service_is_asked_about_answered_and_thanked_for_by_one_key():
    async with panel() as one:
        assert text("zh", "rate.question") not in one.text()

        await one.served()
        assert one.app.page().name == "question"
        assert one.question.shown  # what stands on the screen is confirmed by itself
        await one.press("5")

        assert (one.question.score, one.question.source) == (5, "panel")
        assert one.app.page().name == "thanks"
        await one.wait(5)
        assert one.app.page().name == "idle"
        assert len(rated(one)) == 1


@pytest.mark.parametrize("size", SIZES)
async def test_a_bad_score_asks_why_by_one_touch(size):
    async with panel(size) as one:
        await one.served()
        await one.touch("score:2")
        assert one.app.page().name == "reason"
        assert "bad_rating" in one.story.alerts()

        await one.touch("reason:long_wait")

        assert (one.question.score, one.question.reason) == (2, "long_wait")
        assert one.app.page().name == "thanks"


async def test_the_reason_may_be_left_out_by_key_or_by_time():
    async with panel() as one:
        await one.served()
        await one.press("1")
        await one.press("escape")
        assert one.app.page().name == "thanks"
        assert one.question.reason is None
        await one.wait(30)

        await one.served()
        await one.press("1")
        await one.wait(20)
        assert one.app.page().name == "idle"


async def test_no_answer_is_fine_and_there_are_fifteen_seconds_for_it():
    async with panel() as one:
        await one.served()

        await one.wait(15)
        assert one.app.page().name == "question"
        await one.wait(5)

        assert one.app.page().name == "idle"
        assert one.question.state == "not_rated"


async def test_the_next_customer_finds_a_blank_panel_and_rates_nothing():
    async with panel() as one:
        await one.served()
        one.story.take("A")
        one.story.serve(1)
        await one.push()

        assert one.app.page().name == "idle"
        await one.press("1")
        assert rated(one) == []


async def test_a_key_pressed_as_the_next_customer_comes_rates_nothing():
    async with panel() as one:
        await one.served()
        one.story.take("A")
        one.story.serve(1)  # and the panel has not heard of it yet

        await one.press("1")

        assert one.question.state == "cut_short"
        assert one.question.score is None
        assert one.app.page().name == "told"
        assert "QuestionOver" in one.text()
        await one.wait(5)
        assert one.app.page().name == "idle"


async def test_a_second_press_is_not_a_second_answer():
    async with panel() as one:
        await one.served()
        one.link.hold()
        await one.press("5", "1")
        one.link.release()
        await one.settle()

        assert [command.score for command in rated(one)] == [5]
        await one.press("1")
        assert one.question.score == 5


async def test_the_customers_language_comes_first_and_the_other_below():
    async with panel() as one:
        await one.served(language="en")

        shown = one.text()
        assert shown.index(text("en", "rate.question")) < shown.index(text("zh", "rate.question"))
        for word in (*text("en", "score.5").split(), text("zh", "score.5")):
            assert word in shown


async def test_the_question_is_spoken_and_spoken_again_when_it_is_repeated():
    speaker = Speaker()
    async with panel(voice=speaker, settings={"speech": "loud"}) as one:
        await one.served(language="en")
        language, sentences, loud = speaker.said[-1]
        assert (language, loud) == ("en", True)
        assert sentences[0] == text("en", "rate.question")
        assert sentences[1] == text("en", "rate.spoken", digit=5, label=text("en", "score.5"))
        said = len(speaker.said)
        await one.push()
        assert len(speaker.said) == said

        one.story.given(RepeatQuestion, counter=1)
        await one.push()
        assert speaker.said[-1][1] == sentences
        await one.press("4")
        assert speaker.said[-1][1] == [text("en", "rate.thanks")]


async def test_without_speech_it_is_silent():
    speaker = Speaker()
    async with panel(voice=speaker) as one:
        await one.served()

    assert speaker.said == []


async def test_what_could_not_arrive_is_not_asked():
    async with panel() as one:
        one.link.become("stale")
        await one.settle()
        assert one.app.page().name == "offline"
        sent = len(one.link.sent)

        await one.served()
        await one.press("5")

        assert one.app.page().name == "offline"
        assert len(one.link.sent) == sent
        assert not one.question.shown

        one.link.become("live")
        await one.settle()
        assert one.app.page().name == "question"
        assert isinstance(one.link.sent[-1], ConfirmQuestion)


async def test_a_panel_that_is_not_wanted_any_more_says_so():
    async with panel() as one:
        one.link.refuse(Refused(id="", code="NotKnown", text="Pair it again.", final=True))
        await one.settle()

        assert "Pair it again." in one.text()


# --- AX-33 ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", ["zh", "en"])
async def test_ax_33_five_faces_have_words_and_numbers_and_keys_and_time(size, language):
    async with panel(size, settings={"language": language}) as one:
        await one.served(language)
        shown = one.text()

        for score in (5, 4, 3, 2, 1):
            assert all(word in shown for word in text(language, f"score.{score}").split())
            assert re.search(rf"\b{score}\b", shown)
        tiles = list(one.app.screen.query("TileButton"))
        assert len(tiles) == 5
        assert all(tile.region.height >= 2 and tile.region.width >= 14 for tile in tiles)
        assert one.story.feed("PanelView:1").seconds >= 15
        await one.press("3")
        assert one.question.score == 3


# --- What it looks like --------------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES, ids=["80x24", "40x20", "120x40"])
@pytest.mark.parametrize("language", ["zh", "en"])
async def test_the_panel_looks_as_it_was_kept(size, language):
    name = f"{size[0]}x{size[1]}-{language}.txt"
    async with panel(size, settings={"language": language}) as one:
        assert_as_kept(one.app, SCREENS / f"idle-{name}")
        await one.served(language)
        assert_as_kept(one.app, SCREENS / f"question-{name}")
        await one.press("2")
        assert_as_kept(one.app, SCREENS / f"reason-{name}")
        await one.press("1")
        assert_as_kept(one.app, SCREENS / f"thanks-{name}")
        one.link.become("stale")
        await one.settle()
        assert_as_kept(one.app, SCREENS / f"offline-{name}")
