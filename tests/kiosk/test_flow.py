"""What a touch does, and what an answer does: the whole kiosk without a screen."""

import pytest
from msgspec.structs import replace

from kiosk.flow import answered, called, is_asking, touched
from kiosk.page import Equipment
from kiosk.pages import page_of, sentences
from kiosk.state import Call, Print, Take, fresh
from shared.i18n import text
from shared.protocol import Accepted, Refused, WaitShown
from tests.server.domain.story import MONDAY, Story, _default_branch

AT = 1_794_790_800_000


@pytest.fixture
def story():
    return Story(_default_branch(), f"{MONDAY} 09:00")


@pytest.fixture
def view(story):
    return story.kiosk


def after(view, *touches, language="zh"):
    """The state and the last effects after these touches."""
    kiosk, effects = touched(fresh(language), "nothing", view)
    for touch in touches:
        kiosk, effects = touched(kiosk, touch, view)
    return kiosk, effects


def accepted(number="A001", **fields):
    return Accepted(id="x", seq=1, visit=1, number=number, **fields)


def test_two_touches_ask_for_a_number(view):
    kiosk, effects = after(view, "start", "service:A")

    assert kiosk.step == "asking"
    assert effects == (Take(service="A", lanes=(), needs=(), language="zh"),)


def test_the_care_lane_takes_no_more_touches_and_asks_for_no_proof(view):
    _, effects = after(view, "care", "service:A")

    assert effects == (Take(service="A", lanes=("care",), needs=(), language="zh"),)


def test_assistance_may_be_chosen_and_unchosen_and_goes_with_the_number(view):
    touches = ("start", "needs", "need:escort", "need:visual_call", "need:escort", "back")

    _, effects = after(view, *touches, "service:A")

    assert effects == (Take(service="A", lanes=(), needs=("visual_call",), language="zh"),)


def test_whoever_goes_back_and_starts_without_care_is_ordinary(view):
    _, effects = after(view, "care", "back", "start", "service:A")

    assert effects[0].lanes == ()


def test_a_long_line_is_confirmed_first(story):
    for _ in range(10):
        story.take("A")

    kiosk, effects = after(story.kiosk, "start", "service:A")
    confirmed, asked = touched(kiosk, "yes", story.kiosk)
    back, _ = touched(kiosk, "back", story.kiosk)

    assert (kiosk.step, effects) == ("confirm", ())
    assert confirmed.step == "asking"
    assert asked == (Take(service="A", lanes=(), needs=(), language="zh"),)
    assert back.step == "services"


def test_a_service_that_gives_no_numbers_says_so_and_asks_nothing(story):
    story.at("16:35")

    kiosk, effects = after(story.kiosk, "start", "service:W")
    again, _ = touched(kiosk, "back", story.kiosk)

    assert (kiosk.step, kiosk.told, effects) == ("told", "kiosk.closed.over", ())
    assert again.step == "services"


def test_the_number_is_shown_and_printed_when_the_answer_comes_and_not_before(view):
    asking, _ = after(view, "start", "service:A")

    kiosk, effects = answered(asking, "A", accepted(people_ahead=3, link="https://x/t/y"), AT)

    assert kiosk.step == "ticket"
    assert kiosk.ticket is not None
    assert (kiosk.ticket.number, kiosk.ticket.ahead, kiosk.ticket.link) == (
        "A001",
        3,
        "https://x/t/y",
    )
    assert effects == (Print(kiosk.ticket, kiosk.choices),)


def test_a_refusal_is_read_and_put_away_and_nothing_is_printed(view):
    asking, _ = after(view, "start", "service:A")

    kiosk, effects = answered(asking, "A", Refused(id="x", code="Stopped", text="满了。"), AT)
    back, _ = touched(kiosk, "back", view)

    assert (kiosk.step, dict(kiosk.told_values), effects) == ("told", {"text": "满了。"}, ())
    assert back.step == "services"


def test_an_unknown_outcome_sends_the_customer_to_a_person(view):
    asking, _ = after(view, "start", "service:A")

    kiosk, effects = answered(asking, "A", None, AT)

    assert (kiosk.told, effects) == ("link.unknown_outcome", ())


def test_while_the_server_is_asked_no_second_number_can_be_asked_for(view):
    asking, _ = after(view, "start", "service:A")

    for touch in ("service:A", "service:F", "yes", "back", "start", "done"):
        kiosk, effects = touched(asking, touch, view)
        assert (kiosk, effects) == (asking, ())


@pytest.mark.parametrize(
    "reply",
    [Accepted(id="x", seq=1), Refused(id="x", code="DayNotOpen", text="No."), None],
    ids=["called", "refused", "unknown"],
)
def test_a_complaint_has_a_telephone_number_too_whether_somebody_comes_or_not(story, reply):
    view = replace(story.kiosk, complaint_phone="400 123 4567")

    def shown(wanted, view):
        kiosk = called(fresh("en"), wanted, reply)
        return page_of(kiosk, view, str, Equipment())

    complained, helped = shown("complaint", view), shown("help", view)
    unknown = shown("complaint", story.kiosk)

    said = text("en", "kiosk.complaint_phone", phone="400 123 4567")
    assert (complained.also, helped.also, unknown.also) == (said, "", "")
    assert said in list(sentences(complained))


@pytest.mark.parametrize("touches", [(), ("start",), ("start", "needs"), ("start", "service:A")])
@pytest.mark.parametrize("wanted", ["help", "complaint"])
def test_a_person_can_be_called_from_everywhere(view, touches, wanted):
    kiosk, _ = after(view, *touches)

    same, effects = touched(kiosk, wanted, view)
    told = called(same, wanted, Accepted(id="x", seq=2))

    assert (same, effects) == (kiosk, (Call(wanted),))
    assert told.told == f"kiosk.called.{wanted}"


def test_whoever_called_a_person_goes_on_where_they_were(view):
    kiosk, _ = after(view, "start")

    told = called(kiosk, "help", Accepted(id="x", seq=2))
    back, _ = touched(told, "back", view)

    assert back == kiosk


def test_a_person_who_cannot_be_called_is_to_be_looked_for(view):
    kiosk, _ = after(view, "start")

    assert called(kiosk, "help", None).told == "screen.offline"
    assert called(kiosk, "help", Refused(id="x", code="Busy", text="忙")).told == "kiosk.refused"


def test_language_size_and_speech_last_until_the_customer_is_done(view):
    kiosk, _ = after(view, "language", "large", "speech", "start")
    ticket, _ = answered(kiosk, "A", accepted(), AT)
    done, _ = touched(ticket, "done", view)

    assert (kiosk.choices.language, kiosk.choices.large, kiosk.choices.speech) == ("en", True, "on")
    assert done == fresh("zh")


def test_a_ticket_can_be_printed_again_while_it_is_shown(view):
    ticket, _ = answered(fresh("zh"), "A", accepted(), AT)

    same, effects = touched(ticket, "print", view)

    assert ticket.ticket is not None
    assert (same, effects) == (ticket, (Print(ticket.ticket, ticket.choices),))


def test_whoever_presses_the_middle_key_once_more_is_done_and_gets_no_second_paper(view):
    asking, _ = after(view, "start", "service:A")
    kiosk, _ = answered(asking, "A", accepted(), AT)

    keys = page_of(kiosk, view, lambda _: "", Equipment(printer=True)).keys

    assert [tile.touch for tile in keys] == ["done", "print"], "the first one is marked"


def test_touches_that_make_no_sense_do_nothing(view):
    for touch in ("service:nothing", "need:gold", "yes", "print", "", "unknown", "service"):
        assert touched(fresh("zh"), touch, view) == (fresh("zh"), ())


def test_without_a_view_no_service_can_be_chosen():
    kiosk, _ = after(None, "start")

    assert touched(kiosk, "service:A", None) == (kiosk, ())


def test_whoever_calls_a_person_while_the_server_is_asked_cannot_ask_for_a_second_number(view):
    asking, _ = after(view, "start", "service:A")

    told = called(asking, "help", Accepted(id="x", seq=2))
    twice = called(told, "help", Accepted(id="y", seq=3))
    back, _ = touched(twice, "back", view)
    number, _ = answered(told, "A", accepted(), AT)

    assert is_asking(told)
    assert back == asking
    assert number.step == "ticket"


def test_the_wait_that_was_told_is_on_the_ticket(view):
    asking = replace(fresh("en"), step="asking")
    wait = WaitShown(low=15, high=25, until=AT + 30 * 60_000)

    kiosk, _ = answered(asking, "A", accepted(people_ahead=3, wait=wait), AT)

    assert kiosk.ticket is not None
    assert kiosk.ticket.wait == wait
    page = page_of(kiosk, view, lambda _: "09:30", Equipment())
    assert text("en", "wait.range", low=15, high=25) in page.lines[1]
    assert text("en", "wait.until", time="09:30") in page.lines[1]


def test_a_service_says_how_long_its_lane_waits(view):
    services = tuple(
        replace(one, wait=WaitShown(low=20, high=30), care_wait=WaitShown(low=0, high=10))
        for one in view.services
    )
    known = replace(view, services=services)

    for care, told in ((False, "wait.range"), (True, "wait.within")):
        choices = replace(fresh("en").choices, care=care)
        kiosk = replace(fresh("en"), step="services", choices=choices)
        tile = page_of(kiosk, known, lambda _: "", Equipment()).tiles[0]
        assert text("en", told, low=20, high=30, minutes=10) in tile.lines[0]
