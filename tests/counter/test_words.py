"""What the desk says: the ticket, the reasons, the lists, the figures, what has changed."""

from itertools import pairwise
from typing import Any, get_args

import pytest
from msgspec.structs import replace

from counter import words
from counter.words import Speaker
from server.domain.known import Known, PersonKnown
from server.domain.refusals import REFUSALS
from server.domain.views import Views, in_full
from shared import protocol as p
from shared.i18n import LANGUAGES, text
from tests.counter.one_counter import view_of
from tests.server.domain.story import MONDAY, Story, _default_branch


@pytest.fixture
def story():
    story = Story(_default_branch(), f"{MONDAY} 09:00")
    story.open(1, 2, 3, 7)
    return story


def local(moment):
    """As the branch's clocks show it, near enough: minutes since nine."""
    return f"+{(moment - NINE) // 60_000}"


NINE = Story(_default_branch(), f"{MONDAY} 09:00").now


def ticket(story, number=1, language="en"):
    view = view_of(story, number)
    return words.ticket(view, Speaker(language, view), story.now, local)


def why_next(story, number=1, language="en"):
    view = view_of(story, number)
    return words.why_next(view, Speaker(language, view))


# --- The ticket ------------------------------------------------------------------------------


def test_the_ticket_in_hand_says_everything_the_teller_needs(story):
    story.take("A", "care", needs=("visual_call", "escort"), language="en")
    story.later(minutes=4)
    story.call(3)
    story.later(seconds=12)
    called = ticket(story, 3)
    story.given(p.StartService, counter=3)
    story.later(minutes=2, seconds=5)

    served = ticket(story, 3)

    assert called.number == "A001"
    assert called.state == text("en", "counter.called", n=1, time="0:12")
    assert called.lines[0] == "Cash and transfers · care · English"
    assert called.lines[1] == text("en", "counter.waited", minutes=4, time="+0")
    assert called.needs == (
        text("en", "counter.need.visual_call"),
        text("en", "counter.need.escort"),
    )
    assert served.state == text("en", "counter.serving", time="2:05")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_need_is_said_in_words(story, language):
    needs = get_args(p.Need)
    story.take("A", needs=tuple(need for need in needs if need != "low_counter"))
    story.call(1)

    said = ticket(story, language=language).needs

    assert len(said) == len(needs) - 1
    assert all(text(language, f"counter.need.{need}") for need in needs)


def test_a_transferred_customer_comes_with_note_and_history(story):
    story.take("A")
    story.serve(1)
    story.later(minutes=3)
    story.given(p.TransferTicket, counter=1, service="L", back_to_me=True)
    story.call(7)

    view = replace(view_of(story, 7))
    noted = replace(view, current=replace(view.current, note="wants a loan"))
    said = words.ticket(noted, Speaker("en", noted), story.now, local).lines

    assert text("en", "counter.note", note="wants a loan") in said
    assert any("Cash and transfers · Counter one · transferred" in line for line in said)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_was_filled_in_while_waiting_comes_before_the_reasons(story, language):
    story.take("A")
    story.call(1)
    view = view_of(story)
    label, answer = p.Words(zh="币种", en="Currency"), p.Words(zh="欧元", en="Euro")
    filled = (p.AnswerShown(field="currency", label=label, answer=answer),)

    view = replace(view, current=replace(view.current, answers=filled))
    said = words.ticket(view, Speaker(language, view), story.now, local).lines

    shown = {"label": getattr(label, language), "answer": getattr(answer, language)}
    assert said[1] == text(language, "counter.answer", **shown)


def test_whose_visit_it_is_is_shown_in_full(story):
    story.take("A")
    story.call(1)
    visit = story.visit("A001").id
    story.branch.day.persons[visit] = "someone"
    person = PersonKnown(
        p.PersonShown(name="Wang Fang", phone="13812345678"), p.PersonShown(name="W*")
    )
    known = Known(persons={"someone": person})
    view: Any = Views(story.branch, story.now, known).build(in_full("CounterView:1"))

    said = words.ticket(view, Speaker("en", view), story.now, local).lines

    assert text("en", "counter.person", person="Wang Fang, 13812345678") in said


def test_nobody_in_hand_says_what_to_do_next(story):
    assert ticket(story).state == text("en", "counter.nobody.open")
    assert ticket(story, 4).state == text("en", "counter.nobody.closed")


def test_a_counter_that_closes_after_this_one_says_so_all_the_time(story):
    story.take("A")
    story.serve(1)
    story.given(p.CloseAfterThis, counter=1)

    assert text("en", "counter.closing") in ticket(story).lines


# --- Why -------------------------------------------------------------------------------------


def test_the_longest_wait_is_said_as_such(story):
    story.take("A")
    story.take("A")
    story.later(minutes=7)

    assert why_next(story) == text("en", "counter.why.longest_wait", number="A001", minutes=7)


def test_whoever_goes_first_is_said_to_be_before_whom(story):
    for _ in range(5):
        story.take("A")
    story.later(minutes=1)
    story.take("A", "care")
    story.later(minutes=2)

    assert "care" in why_next(story)
    assert "A001, A002, A003" in why_next(story)
    assert "5" in why_next(story)


def test_one_who_was_put_first_is_said_to_be(story):
    story.take("A")
    story.take("A")
    story.given(p.PromoteTicket, visit="A002", reason="manager_decision")

    said = text("en", "counter.why.promoted", number="A002")

    assert why_next(story) == said + text("en", "counter.before", numbers="A001")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("rule", get_args(p.CallRule))
def test_every_rule_has_a_sentence(story, rule, language):
    story.take("A")
    view = view_of(story)
    reason = p.WhyCalled(rule=rule, lane="care", waited_ms=180_000, reason="mistake")

    said = words.why("A001", reason, Speaker(language, view), {})

    assert "A001" in said
    assert "{" not in said


def test_whoever_is_not_on_the_screen_is_counted(story):
    reason = p.WhyCalled(rule="lane_advantage", passed_over=(99,), passed_over_count=1)

    said = words.why("A001", reason, Speaker("en"), {})

    assert said.endswith(text("en", "counter.before_others", n=1))


# --- Lists, figures, messages ----------------------------------------------------------------


def test_the_rows_of_the_lists_say_what_is_special(story):
    story.take("A", "care", needs=("escort",))
    story.serve(3)
    story.given(p.ParkTicket, counter=3, reason="form", until=story.now + 600_000)
    story.take("A")
    story.call(1)
    story.miss(1)
    view = view_of(story)
    say = Speaker("en", view)

    (parked,) = (words.row(one, "parked", say, story.now, local) for one in view.parked)
    (missed,) = (words.row(one, "missed", say, story.now, local) for one in view.missed)

    assert parked == ("A001", "Cash and transfers", "0 min", parked[3])
    assert parked[3] == "care, escort, filling in a form, back at +10"
    assert missed[:3] == ("A002", "Cash and transfers", "+0")


def test_a_ticket_that_stands_back_or_belongs_to_one_counter_says_so(story):
    story.take("A")
    story.given(p.StepBack, visit="A001", minutes=10)
    story.take("A")
    story.serve(2)
    story.given(p.TransferTicket, counter=2, to_counter=1)
    view = view_of(story)
    say = Speaker("en", view)

    remarks = {one.number: words.row(one, "line", say, story.now, local)[3] for one in view.line}

    assert remarks["A002"] == text("en", "counter.only", counter="Counter one")
    assert "A001" not in remarks or "stands back" in remarks["A001"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_counter_says_what_opening_it_would_save_and_closing_it_cost(story, language):
    story.given(p.PauseCounter, counter=2, reason="meal")
    say = Speaker(language)

    def said(number, saves):
        view = replace(view_of(story, number), would_save=saves)
        of_day = words.figures(view, say).split(text(language, "counter.dot"))
        return words.ticket(view, say, story.now, local).lines, of_day

    nothing = ((), said(1, None)[1])
    assert said(2, 6.6)[0] == (text(language, "counter.would_save", n=7),)
    assert said(1, 6.6) == ((), [*nothing[1], text(language, "counter.would_cost", n=7)])
    assert said(2, 0.4)[0] == said(2, None)[0] == ()
    assert said(1, 0.4) == nothing


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_ticket_of_the_line_says_how_long_it_will_still_wait(story, language):
    story.take("A")
    view = view_of(story)
    line = [replace(one, wait=p.WaitShown(low=15, high=25)) for one in view.line]
    say = Speaker(language, view)

    remarks = [words.row(one, "line", say, story.now, local)[3] for one in line]

    assert remarks
    assert all("25" in said for said in remarks)


def test_the_counters_own_day_is_added_up(story):
    story.take("A")
    story.serve(1)
    story.later(minutes=3, seconds=30)
    story.finish(1)
    view = view_of(story)

    said = text("en", "counter.figures", called=1, finished=1, missed=0, mean="3:30")
    assert words.figures(view, Speaker("en")).startswith(said)


def test_what_became_of_the_question_is_said_and_never_a_score(story):
    story.take("A")
    story.serve(1)
    story.finish(1)
    view = view_of(story)
    asked = text("en", "counter.question", number="A001", state=text("en", "question_state.asked"))

    assert words.figures(view, Speaker("en")).endswith(asked)


def test_own_ratings_are_totals(story):
    own = p.RatingFigures(answered=8, not_rated=2, by_phone=2, satisfied=9, panel_offline=3)
    view = replace(view_of(story), own_ratings=own)
    said = text("en", "counter.ratings", satisfied="90%", took_part="80%", n=10)

    assert words.figures(view, Speaker("en")).endswith(said)


def test_messages_and_emergency_stand_in_the_message_line(story):
    story.given(p.SendMessage, zh="Z", en="The power goes at four.")
    story.given(p.StartEmergency, kind="drill")
    view = view_of(story)

    said = words.messages(view, Speaker("en"))

    assert said == f"{text('en', 'counter.emergency')}; The power goes at four."


def test_help_is_counted_from_when_it_was_asked_for(story):
    story.given(p.AskHelp, counter=1, kind="authorise")
    story.later(minutes=1, seconds=23)
    view = view_of(story)

    assert words.help_line(view, Speaker("en"), story.now) == "authorisation 1:23"
    assert "authorisation 1:23" in words.head(view, Speaker("en"), story.now, local)


@pytest.mark.parametrize(
    ("ms", "shown"), [(0, "0:00"), (61_000, "1:01"), (3_661_000, "1:01:01"), (-5, "0:00")]
)
def test_durations_are_read_at_a_glance(ms, shown):
    assert words.clock(ms) == shown


# --- What has changed ------------------------------------------------------------------------


def test_what_changes_is_said_in_words(story):
    say = Speaker("en")
    views: list[Any] = [view_of(story)]
    story.take("A")
    views.append(view_of(story))
    story.call(1)
    views.append(view_of(story))
    story.given(p.StartService, counter=1)
    views.append(view_of(story))
    story.given(p.SendMessage, zh="Z", en="Come home.")
    views.append(view_of(story))
    story.finish(1)
    story.given(p.CloseCounter, counter=1)
    views.append(view_of(story))

    told = [words.news(before, view, say) for before, view in pairwise([None, *views])]

    assert told == [
        "",
        text("en", "counter.news.line", n=1),
        f"{text('en', 'counter.news.called', number='A001')}, "
        + text("en", "counter.news.line", n=0),
        text("en", "counter.news.serving", number="A001"),
        "Come home.",
        f"{text('en', 'counter.news.gone', number='A001')}, "
        + text("en", "counter.news.state", state="closed"),
    ]


def test_help_that_came_is_said(story):
    story.given(p.AskHelp, counter=1, kind="assist")
    before = view_of(story)
    story.given(p.EndHelp, counter=1)

    assert words.news(before, view_of(story), Speaker("en")) == text("en", "counter.news.helped")


# --- Refusals --------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_refusal_is_said_in_the_language_of_the_screen(story, language):
    refused = p.Refused(id="x", code="LastCounter", text="?", values={"service": "A"})
    view = view_of(story)
    say = Speaker(language, view)

    said = say.refusal(refused, "Asia/Shanghai", story.now)

    assert said == text(language, "refusal.LastCounter", service=say.service("A"))


def test_a_refusal_of_a_newer_server_is_said_in_its_own_words():
    refused = p.Refused(id="x", code="SomethingNew", text="Please wait.")

    assert "SomethingNew" not in REFUSALS
    assert Speaker("en").refusal(refused, "UTC", 0) == "Please wait."


# --- The whole desk in words -----------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_whole_desk_is_there_line_by_line_without_a_drawing(story, language):
    story.take("A", needs=("escort",))
    story.call(1)
    story.take("A")
    story.take("F")
    view = view_of(story)
    say = Speaker(language, view)

    lines = list(words.desk(view, say, story.now, local))

    assert text(language, "counter.in_hand", number="A001") in lines
    assert text(language, "counter.need.escort") in lines
    assert any(line.startswith("A002") for line in lines)
    assert not any(set(line) & set("│─╭╮╰╯█▄▀▸▶") for line in lines)
