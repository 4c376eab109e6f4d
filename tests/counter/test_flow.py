"""What a key asks, and what an answer does."""

from typing import Any

import pytest

from counter import questions
from counter.flow import chosen, pressed
from counter.state import Change, Desk, Give, SignOut, put_away
from counter.words import Speaker
from shared import protocol as p
from shared.i18n import text
from tests.counter.one_counter import view_of
from tests.server.domain.story import MONDAY, Story, _default_branch


@pytest.fixture
def story():
    story = Story(_default_branch(), f"{MONDAY} 09:00")
    story.open(1, 2, 7)
    return story


class Teller:
    """Presses and answers; keeps what came of it."""

    def __init__(self, story, number=1):
        self.story, self.number = story, number
        self.desk: Any = Desk()
        self.effects: list[Any] = []

    @property
    def view(self):
        return view_of(self.story, self.number)

    def press(self, word):
        say = Speaker("en", self.view)
        self.desk, effects = pressed(self.desk, word, self.view, say, self.story.now)
        self.effects += effects
        return effects

    def answer(self, *words, note=""):
        say = Speaker("en", self.view)
        self.desk, effects = chosen(self.desk, words, note, self.view, say, self.story.now)
        self.effects += effects
        return effects

    def options(self):
        return [option.word for option in self.desk.question.options]


@pytest.fixture
def teller(story):
    return Teller(story)


def serving(story):
    story.take("A")
    return story.serve(1)


# --- Keys that ask nothing -------------------------------------------------------------------


def test_the_commonest_keys_are_a_command_each(story, teller):
    story.take("A")
    story.take("A")
    assert teller.press("next") == (Give(p.CallNext),)
    story.call(1)
    assert teller.press("start") == (Give(p.StartService),)
    story.given(p.StartService, counter=1)
    assert teller.press("finish") == (Give(p.FinishService),)
    assert teller.press("finish_next") == (Give(p.FinishService, then=Give(p.CallNext)),)
    assert teller.press("undo") == (Give(p.UndoAction),)


def test_one_key_opens_resumes_and_calls(story):
    other = Teller(story, 5)
    assert other.press("next") == (Give(p.OpenCounter),)
    story.open(5)
    story.given(p.PauseCounter, counter=5, reason="meal")
    assert other.press("next") == other.press("pause") == (Give(p.ResumeCounter),)


def test_closing_after_this_one_is_taken_back_by_the_same_key(story, teller):
    serving(story)
    assert teller.press("closing") == (Give(p.CloseAfterThis),)
    story.given(p.CloseAfterThis, counter=1)
    assert teller.press("closing") == (Give(p.OpenCounter),)


def test_one_key_asks_for_authorisation_and_the_same_key_ends_it(story, teller):
    assert teller.press("authorise") == (Give(p.AskHelp, {"kind": "authorise"}),)
    assert teller.press("assist") == (Give(p.AskHelp, {"kind": "assist"}),)
    story.given(p.AskHelp, counter=1, kind="authorise")
    assert teller.press("authorise") == (Give(p.EndHelp),)


def test_a_key_that_cannot_work_says_why_and_does_nothing(story, teller):
    assert teller.press("start") == ()
    assert teller.desk.refused
    assert teller.desk.told == text("en", "refusal.NoTicketInHand", counter=1)


def test_language_and_colours_need_neither_day_nor_counter(story):
    other = Teller(story, 3)

    assert other.press("language") == (Change("language"),)
    assert other.press("theme") == (Change("theme"),)


# --- Keys that ask first ---------------------------------------------------------------------


def test_a_number_is_chosen_or_typed_and_needs_a_reason(story, teller):
    story.take("A")
    story.take("A")
    teller.press("number")
    offered = teller.options()
    teller.answer(note=" a002 ")
    teller.answer("customer_returned")

    assert offered == ["A001", "A002"]
    assert teller.effects == [Give(p.CallNumber, {"number": "A002", "reason": "customer_returned"})]
    assert teller.desk.question is None


def test_parking_asks_why_and_who_resumes(story, teller):
    serving(story)
    teller.press("park")
    teller.answer("form")
    teller.answer("any")

    assert teller.effects == [Give(p.ParkTicket, {"reason": "form", "owner": "any"})]


def test_parked_and_missed_are_called_back_from_one_list(story, teller):
    serving(story)
    story.given(p.ParkTicket, counter=1, reason="form")
    story.take("A")
    story.call(1)
    story.miss(1)
    teller.press("list")
    offered = teller.options()
    teller.answer(offered[0])
    teller.press("list")
    teller.answer(offered[1])

    assert teller.effects == [
        Give(p.ResumeTicket, {"visit": story.visit("A001").id}),
        Give(p.CallNumber, {"number": "A002", "reason": "customer_returned"}),
    ]


def test_a_transfer_asks_where_and_how_and_takes_a_note(story, teller):
    serving(story)
    teller.press("transfer")
    offered = teller.options()
    teller.answer("service:L")
    teller.answer("back_to_me", note="signed already")

    assert offered == [
        "service:F",
        "service:L",
        "service:W",
        "service:Q",
        "counter:2",
        "counter:7",
    ]
    assert teller.effects == [
        Give(
            p.TransferTicket,
            {
                "service": "L",
                "position": "arrival",
                "back_to_me": True,
                "note": "signed already",
            },
        )
    ]


def test_a_transfer_to_a_counter_may_go_to_the_front(story, teller):
    serving(story)
    teller.press("transfer")
    teller.answer("counter:7")
    (give,) = teller.answer("front")

    assert give.fields == {
        "to_counter": 7,
        "position": "front",
        "back_to_me": False,
        "note": "",
    }


def test_missing_papers_are_those_of_the_service_and_whatever_else_in_the_customers_words(story):
    story.take("A", language="en")
    story.serve(1)
    teller = Teller(story)
    teller.press("outcome")
    teller.answer("papers_missing")
    question = teller.desk.question
    (give,) = teller.answer("0", "1", "power of attorney")

    papers = ("Identity card", "Bank card or passbook", "power of attorney")
    assert (question.several, question.least, question.line) == (True, 1, "more")
    assert give.fields == {"outcome": "papers_missing", "papers": papers}
    assert (give.papers, give.customer) == (papers, "en")


def test_papers_that_are_printed_later_say_themselves_in_which_language():
    zh = text("zh", "paper.missing")

    assert questions.papers_language(["Identity card", "visa"]) == "en"
    assert questions.papers_language([zh, "visa"]) == "zh"


@pytest.mark.parametrize("outcome", ["done", "referred", "not_possible"])
def test_the_other_outcomes_finish_at_once(story, teller, outcome):
    serving(story)
    teller.press("outcome")

    assert teller.answer(outcome) == (Give(p.FinishService, {"outcome": outcome}),)


def test_one_more_service_and_a_pause_are_one_answer_each(story, teller):
    teller.press("pause")
    teller.answer("meal")
    serving(story)
    teller.press("add")
    teller.answer("F")

    assert teller.effects == [
        Give(p.PauseCounter, {"reason": "meal"}),
        Give(p.AddTransaction, {"service": "F"}),
    ]


def test_every_key_behind_more_does_what_it_does_by_itself(story, teller):
    serving(story)
    teller.press("more")
    offered = teller.options()
    teller.answer("add")

    assert {"undo", "outcome", "sign_out", "theme"} <= set(offered)
    assert teller.desk.question.name == "add"


def test_a_question_about_a_ticket_that_has_gone_does_nothing(story, teller):
    serving(story)
    teller.press("park")
    story.finish(1)
    serving(story)

    assert teller.answer("form") == ()
    assert teller.desk.told == text("en", "counter.changed")
    assert teller.desk.question is None


# --- Going home ------------------------------------------------------------------------------


def test_signing_out_of_a_closed_counter_asks_nothing(story):
    assert Teller(story, 3).press("sign_out") == (SignOut(),)


def test_signing_out_of_an_open_counter_closes_it_first_if_wanted(story, teller):
    teller.press("sign_out")
    closing = teller.answer("close")
    teller.press("sign_out")
    only = teller.answer("only")
    teller.press("sign_out")

    assert closing == (Give(p.CloseCounter), SignOut())
    assert only == (SignOut(),)
    assert teller.answer("stay") == ()


def test_with_somebody_in_hand_it_is_said_that_they_stay(story, teller):
    serving(story)
    teller.press("sign_out")

    assert teller.options() == ["only", "stay"]
    assert text("en", "counter.ask.stays", number="A001") in teller.desk.question.lines


# --- Looking ---------------------------------------------------------------------------------


def test_lists_and_pages_are_turned_without_asking_anybody(story, teller):
    seen = []
    for _ in range(4):
        seen.append(teller.desk.list_shown)
        teller.press("list_shown:1")
    teller.press("page:1")
    turned = teller.desk.page
    teller.press("page:-1")
    teller.press("page:-1")

    assert seen == ["line", "missed", "parked", "line"]
    assert (turned, teller.desk.page) == (1, 0)


def test_the_desk_in_words_is_put_away_by_the_same_key(teller):
    teller.press("words")
    reading = teller.desk.reading
    teller.press("words")

    assert (reading, teller.desk.reading) == (True, False)


def test_put_away_forgets_what_was_answered():
    assert put_away(Desk(so_far=("a",), about=3)) == Desk()
