"""What a teller sees, kept as text: see tests/screens.py. And every refusal fits below the keys."""

from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from counter.screen import TOLD_ROWS
from server.domain.known import Known, Waits
from server.domain.refusals import REFUSALS
from server.domain.views import in_full
from server.house.refusals import HOUSE_REFUSALS
from shared import protocol as p
from shared.columns import cells
from shared.i18n import LANGUAGES, PLACEHOLDER, catalogue, say, text
from shared.ui.keys import Key
from tests.counter.one_counter import SIZES, counter
from tests.screens import assert_as_kept
from tests.server.domain.story import MONDAY, Story, _default_branch
from tests.server.test_corpus import acts
from tests.shared.test_cleaning import CORPUS

KEPT = Path(__file__).with_name("screens")


def a_morning():
    """Something of everything: care, needs, a promoted one, one missed, one parked, a message; and
    closing the counter would cost those who wait some minutes."""
    story = Story(_default_branch(), f"{MONDAY} 09:00")
    story.open(1, 2, 3, 7)
    for _ in range(3):
        story.take("A")
    story.serve(1)
    story.given(p.ParkTicket, counter=1, reason="form")
    story.call(1)
    story.miss(1)
    story.later(minutes=4)
    story.take("A", "care", needs=("visual_call", "reading_glasses"), language="en")
    for service in "AAFAFAAFAAFA":
        story.take(service)
    story.given(p.PromoteTicket, visit="F002", reason="manager_decision")
    story.given(p.SendMessage, zh=text("zh", "screen.calling_order"), en="Cash until four today.")
    story.later(minutes=6)
    story.known = Known(waits=Waits(saved={1: 4.4}))
    return story


async def at_work(one):
    """A deaf customer has been called, the supervisor was asked."""
    one.story.given(p.CallNumber, counter=1, number="A004", reason="agreed_with_customer")
    await one.push()
    await one.later(seconds=4)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_the_screens_of_a_morning(size, language):
    width, height = size

    def as_kept(name):
        assert_as_kept(one.app, KEPT / f"{name}-{width}x{height}-{language}.txt")

    options = {"settings": {"language": language}, "signed_in": False, "story": a_morning()}
    async with counter(size, **options) as one:
        await one.later(seconds=1)  # the form has the keyboard, and says so
        as_kept("sign-in")
        await one.sign_in()
        await one.push()
        as_kept("free")
        await at_work(one)
        as_kept("called")
        await one.press("f4", "h")
        await one.later(minutes=3, seconds=21)
        as_kept("serving")
        await one.press("n")
        as_kept("call-a-number")
        await one.press("escape", "f9")
        as_kept("transfer")
        await one.press("2")
        as_kept("transfer-how")
        await one.press("escape", "o", "2", "1")
        as_kept("papers")
        await one.press("escape", "f1")
        as_kept("in-words")
        await one.press("f1")
        one.link.become("stale")
        await one.settle()
        await one.press("f5")
        as_kept("cut-off")
        one.link.become("live")
        one.app._lock()
        await one.settle()
        as_kept("locked")


# --- Refusals --------------------------------------------------------------------------------

LONGEST = {
    "problem": "Object missing required field `counter` - at `$`",
    "number": "A128",
    "staff": "wang.xiaoming",
    "service": "F",
    "command": "TransferTicket",
}


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_screen_with_a_form_that_was_filled_in(language):
    story = Story(_default_branch(), f"{MONDAY} 09:00")
    story.open(5)
    story.take("W", language=language)
    given = {"currency": "eur", "amount": "5,000", "travel": "2026-12-01", "purpose": "Oslo"}
    answers = tuple(p.AnswerGiven(field=field, value=value) for field, value in given.items())
    story.given(p.FillForm, visit="W001", answers=answers)
    story.known.answers[1] = {f"W_{field}": value for field, value in given.items()}
    story.call(5)

    async with counter((80, 24), story=story, number=5, settings={"language": language}) as one:
        one.link.push(story.feed(in_full("CounterView:5")))
        await one.settle()

        assert_as_kept(one.app, KEPT / f"form-80x24-{language}.txt")


async def test_hostile_words_in_a_form_are_words_on_the_screen():
    """As the server hands them on: markup, links, formulas, towers of marks, all of it as text."""
    story = Story(_default_branch(), f"{MONDAY} 09:00")
    story.open(1)
    story.take("A")
    story.call(1)

    async with counter((160, 45), story=story) as one:
        view = one.feed()
        for _, clean in CORPUS.values():
            words = p.Words(zh=clean[:90], en=clean[:90])
            answers = (p.AnswerShown(field="why", label=words, answer=words),)
            one.link.push(replace(view, current=replace(view.current, answers=answers)))
            await one.settle()
            assert not any(map(acts, one.text().replace("\n", ""))), clean[:90]

        one.link.push(view)
        await one.settle()
        assert one.says("counter.key.start")


def sample(code, refusal):
    """Values of a refusal, as long as they come."""
    values = {}
    for field in msgspec.structs.fields(refusal):
        values[field.name] = LONGEST.get(field.name, "teller" if "role" in field.name else 999)
        if field.name in ("who", "role"):
            values[field.name] = "operations_supervisor"
        if field.name == "state":
            values[field.name] = "diverted"
    return values


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_refusal_fits_the_smallest_screen(language):
    story = a_morning()
    async with counter((80, 24), story=story, settings={"language": language}) as one:
        names = {service.id: service.name for service in one.app.view.all_services}
        told = one.app.screen.query_one("#told")
        for code, refusal in {**REFUSALS, **HOUSE_REFUSALS}.items():
            sentence = say(language, f"refusal.{code}", sample(code, refusal), names=names, today=0)
            one.app._tell(sentence, refused=True)
            await one.app._draw()

            height = told.get_content_height(told.container_size, told.container_size, 78)
            assert height <= TOLD_ROWS, (code, sentence)
        assert told.content_size.width == 78


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_every_key_can_be_read_whole(size, language):
    async with counter(size, settings={"language": language}, story=a_morning()) as one:
        for key in one.app.screen.query(Key):
            words = [key.shown.words, f"{key.shown.words} 180"]
            longest = words[key.shown.word in ("recall", "missed", "undo")]
            assert cells(longest) <= key.content_size.width, longest


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_of_the_counter_wants_a_value_that_is_never_given(language):
    keys = {key: s for key, s in catalogue(language).items() if key.startswith("counter.key.")}

    assert keys
    assert not any(PLACEHOLDER.search(sentence) for sentence in keys.values())
