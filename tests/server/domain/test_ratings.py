"""What customers are asked after a service, who may answer, and how a question ends."""

import pytest
from msgspec.structs import replace

from server.domain.commands import Configure
from server.domain.events import (
    ActionUndone,
    AlertClosed,
    AlertRaised,
    RatingAnswered,
    RatingAsked,
    RatingEnded,
    RatingExplained,
    RatingRepeated,
    RatingShown,
    RatingWithdrawn,
    ServiceFinished,
    ServiceStarted,
    TransactionFinished,
)
from server.domain.known import Known
from server.domain.refusals import (
    AlreadyRated,
    CounterInUse,
    NothingToRepeat,
    OutcomeNeeded,
    QuestionOver,
    QuestionStillOpen,
    ReasonNotAsked,
    RepeatedBefore,
    ServiceRated,
    UnknownQuestion,
)
from server.domain.views_ratings import comments
from shared.protocol import (
    AddTransaction,
    CloseAfterThis,
    CloseAlert,
    CloseDay,
    ConfirmQuestion,
    FinishService,
    GiveRatingReason,
    PanelQuestion,
    QuestionStatus,
    RateService,
    RateVisit,
    RatingFigures,
    RepeatQuestion,
    StartEmergency,
    StartService,
    TransferTicket,
    UndoAction,
)
from tests.server.domain.story import SECOND, a_branch, like

PANEL = {"by": "rating_panel", "station": "counter-1"}
PHONE = {"by": "customer"}


def serve_one(story, counter=1, service="A"):
    """Somebody comes, is called, served and finished with; the number."""
    number = story.take(service)
    assert story.serve(counter) == number
    story.later(minutes=2)
    story.finish(counter)
    return number


def ask(story, counter=1, shown=True):
    """Somebody is served, and the panel asks how it was; the id of the question."""
    serve_one(story, counter)
    question = story.counter(counter).question
    if shown:
        story.given(ConfirmQuestion, counter=counter, question=question, by="rating_panel")
    return question


def rate(story, score, counter=1):
    """Somebody is served and rates it at the panel."""
    question = ask(story, counter)
    story.given(RateService, counter=counter, question=question, score=score, by="rating_panel")
    return question


def panel(story, counter=1):
    """What the rating panel shows."""
    return story.feed(f"PanelView:{counter}").question


def status(story, counter=1):
    """What the teller sees of the question."""
    return story.feed(f"CounterView:{counter}").question


@pytest.fixture
def asked(story):
    """A001 was served at counter 1 by teller1, and the panel has shown the question."""
    story.open(1, 2, 7)
    story.take("A", language="en")
    story.serve(1)
    story.later(minutes=3)
    story.finish(1)
    story.given(ConfirmQuestion, counter=1, question=1, by="rating_panel")
    return story


# --- Asking --------------------------------------------------------------------------------------


def test_a_finished_service_is_asked_about_by_itself(story):
    story.open(1)
    story.take("A")
    story.serve(1)
    assert panel(story) is None

    story.when(FinishService, counter=1).then(
        ServiceFinished(visit=1, counter=1, outcome="done"),
        RatingAsked(question=1, visit=1, counter=1, staff="teller1"),
    )

    until = story.now + 20 * SECOND
    assert panel(story) == PanelQuestion(id=1, number="A001", language="zh", until=until)
    assert status(story) == QuestionStatus(
        id=1, number="A001", state="asked", asked_at=story.now, until=until, can_repeat=True
    )


def test_the_panel_has_its_words_and_nothing_of_the_customer_but_the_number(asked):
    view = asked.feed("PanelView:1")

    assert (view.name.en, view.counter, view.state) == (asked.branch.config.name.en, 1, "open")
    assert view.counter_name == asked.branch.config.counter(1).name
    assert view.seconds == 20
    assert view.question.language == "en"
    assert asked.feed("PanelView:99") is None


def test_services_added_on_the_way_are_asked_about_once_with_the_last(story):
    story.open(1)
    story.take("A")
    story.serve(1)
    story.given(AddTransaction, counter=1, service="F")

    story.when(FinishService, counter=1).then(like(TransactionFinished))
    story.when(FinishService, counter=1).then(like(ServiceFinished), like(RatingAsked, question=1))


def test_a_transfer_after_a_service_is_asked_about_and_one_of_a_called_ticket_is_not(story):
    story.open(1, 2)
    story.take("A")
    story.take("A")
    story.serve(1)
    story.call(2)

    assert like(RatingAsked, staff="teller1") in story.given(TransferTicket, counter=1, service="L")
    assert len(story.given(TransferTicket, counter=2, service="L")) == 1


def test_who_comes_back_is_asked_when_it_is_over_once_for_each_teller(story):
    story.open(1, 7)
    story.take("A")
    story.serve(1)
    story.given(TransferTicket, counter=1, service="L", back_to_me=True)
    assert panel(story) is None  # it is not over here
    story.serve(7)
    story.finish(7)
    story.serve(1)
    story.finish(1)

    told = [event for event, _ in story.history if isinstance(event, RatingAsked)]
    assert [(t.counter, t.staff) for t in told] == [(7, "teller7"), (1, "teller1")]


def test_the_same_teller_is_not_asked_about_twice_in_a_visit(story):
    story.open(1)
    story.take("A")
    story.serve(1)
    story.given(TransferTicket, counter=1, service="F")
    assert story.serve(1) == "A001"

    story.when(FinishService, counter=1).then(like(ServiceFinished))


def test_another_teller_at_the_same_counter_is_asked_about_apart(story):
    story.open(1)
    story.take("A")
    story.serve(1)
    story.given(TransferTicket, counter=1, service="F")
    story.serve(1)

    events = story.given(FinishService, counter=1, by="teller:anna")

    assert events[-1] == like(RatingAsked, staff="anna")


# --- Answering -----------------------------------------------------------------------------------


def test_an_answer_is_written_down_as_it_was_given(asked):
    asked.when(RateService, counter=1, question=1, score=5, **PANEL).then(
        RatingAnswered(question=1, score=5)
    )

    assert panel(asked) is None
    assert (status(asked).state, status(asked).until) == ("answered", None)
    assert not status(asked).can_repeat
    assert asked.board.ratings == RatingFigures(answered=1, satisfied=1)


def test_the_customer_has_twenty_seconds_from_when_the_panel_shows_it(story):
    story.open(1)
    serve_one(story)
    story.later(seconds=12)

    story.when(ConfirmQuestion, counter=1, question=1, **PANEL).then(RatingShown(question=1))
    story.when(ConfirmQuestion, counter=1, question=1, **PANEL).then()

    story.later(seconds=19)
    assert panel(story).until == story.now + SECOND
    assert status(story).state == "shown"
    story.later(seconds=1)
    assert story.history[-1][0] == RatingEnded(question=1, result="not_rated")
    assert panel(story) is None
    assert status(story).state == "not_rated"


def test_how_long_is_configured_and_never_under_fifteen_seconds(tell):
    story = tell(limits={"rating_seconds": 45})
    story.open(1)
    ask(story)

    story.later(seconds=44)
    assert panel(story) is not None
    story.later(seconds=1)
    assert panel(story) is None


def test_nobody_answers_twice_nor_after_the_end(asked):
    asked.given(RateService, counter=1, question=1, score=5, **PANEL)
    asked.when(RateService, counter=1, question=1, score=1, **PANEL).refused(AlreadyRated("A001"))
    asked.when(ConfirmQuestion, counter=1, question=1, **PANEL).refused(AlreadyRated("A001"))

    second = ask(asked)
    asked.later(seconds=20)
    late = {"counter": 1, "question": second, "score": 5}
    asked.when(RateService, **late, **PANEL).refused(QuestionOver("A002"))


def test_a_panel_answers_what_its_own_counter_asks_and_nothing_else(asked):
    asked.when(RateService, counter=2, question=1, score=5, **PANEL).refused(UnknownQuestion(1))
    asked.when(RateService, counter=1, question=9, score=5, **PANEL).refused(UnknownQuestion(9))


# --- The next customer ---------------------------------------------------------------------------


def test_the_next_customer_never_rates_the_service_before(asked):
    asked.take("A")
    asked.call(1)  # on the way: who was served still stands there
    assert panel(asked).number == "A001"

    asked.when(StartService, counter=1).then(
        RatingEnded(question=1, result="cut_short"), like(ServiceStarted, visit=2)
    )

    assert panel(asked) is None
    assert status(asked) is None
    asked.when(RateService, counter=1, question=1, score=1, **PANEL).refused(QuestionOver("A001"))
    assert asked.board.ratings == RatingFigures(cut_short=1)


def test_an_answered_question_is_not_cut_short(asked):
    asked.given(RateService, counter=1, question=1, score=4, **PANEL)
    asked.take("A")
    asked.call(1)

    asked.when(StartService, counter=1).then(like(ServiceStarted, visit=2))


def test_the_next_customer_gives_no_reason_for_the_one_before(asked):
    asked.given(RateService, counter=1, question=1, score=1, **PANEL)
    asked.take("A")
    asked.serve(1)

    assert panel(asked) is None
    asked.when(GiveRatingReason, counter=1, question=1, reason="attitude", **PANEL).refused(
        QuestionOver("A001")
    )


# --- Once more -----------------------------------------------------------------------------------


def test_the_teller_may_have_the_question_repeated_once(asked):
    asked.later(seconds=15)

    asked.when(RepeatQuestion, counter=1).then(RatingRepeated(question=1))

    assert panel(asked).again
    assert panel(asked).until == asked.now + 20 * SECOND
    assert not status(asked).can_repeat
    asked.when(RepeatQuestion, counter=1).refused(RepeatedBefore("A001"))


def test_a_question_in_vain_is_open_again_when_it_is_repeated(asked):
    asked.later(minutes=1)
    assert asked.board.ratings == RatingFigures(not_rated=1)

    asked.given(RepeatQuestion, counter=1)
    assert asked.board.ratings == RatingFigures()
    asked.given(RateService, counter=1, question=1, score=4, **PANEL)

    assert asked.board.ratings == RatingFigures(answered=1, satisfied=1)


def test_what_no_panel_had_shown_waits_for_it_again(story):
    story.open(1)
    ask(story, shown=False)
    story.later(seconds=20)
    assert story.board.ratings == RatingFigures(panel_offline=1)

    story.given(RepeatQuestion, counter=1)
    assert status(story).state == "asked"
    story.later(seconds=20)

    assert story.board.ratings == RatingFigures(panel_offline=1)


def test_there_is_nothing_to_repeat_before_a_service_nor_after_the_answer(asked):
    asked.when(RepeatQuestion, counter=2).refused(NothingToRepeat(2))
    asked.given(RateService, counter=1, question=1, score=3, **PANEL)
    asked.when(RepeatQuestion, counter=1).refused(AlreadyRated("A001"))
    asked.take("A")
    asked.serve(1)
    asked.when(RepeatQuestion, counter=1).refused(NothingToRepeat(1))


# --- A bad rating --------------------------------------------------------------------------------


def test_a_bad_rating_is_the_lobby_managers_at_once(asked):
    asked.when(RateService, counter=1, question=1, score=2, **PANEL).then(
        RatingAnswered(question=1, score=2),
        AlertRaised(alert=1, kind="bad_rating", visit=1, counter=1, question=1),
    )

    alert = asked.alert("bad_rating")
    assert (alert.number, alert.counter, alert.score) == ("A001", 1, 2)
    assert alert.rating_reason is None
    assert asked.board.ratings == RatingFigures(answered=1, dissatisfied=1)


def test_a_bad_rating_asks_for_a_reason_by_one_touch(asked):
    asked.given(RateService, counter=1, question=1, score=2, **PANEL)
    assert panel(asked).rated
    assert panel(asked).until == asked.now + 20 * SECOND

    asked.when(GiveRatingReason, counter=1, question=1, reason="long_wait", **PANEL).then(
        RatingExplained(question=1, reason="long_wait")
    )

    assert panel(asked) is None
    assert asked.alert("bad_rating").rating_reason == "long_wait"
    asked.when(GiveRatingReason, counter=1, question=1, reason="other", **PANEL).refused(
        ReasonNotAsked("A001")
    )


def test_the_reason_may_be_left_out(asked):
    asked.given(RateService, counter=1, question=1, score=1, **PANEL)

    asked.later(seconds=20)

    assert panel(asked) is None
    asked.when(GiveRatingReason, counter=1, question=1, reason="skill", **PANEL).refused(
        QuestionOver("A001")
    )


@pytest.mark.parametrize("score", [3, 4, 5])
def test_nobody_is_asked_why_it_was_not_bad(asked, score):
    asked.given(RateService, counter=1, question=1, score=score, **PANEL)

    assert panel(asked) is None
    assert "bad_rating" not in asked.alerts()
    asked.when(GiveRatingReason, counter=1, question=1, reason="other", **PANEL).refused(
        ReasonNotAsked("A001")
    )


def test_a_bad_ratings_alert_closes_with_what_came_of_it_and_not_by_itself(asked):
    asked.given(RateService, counter=1, question=1, score=1, **PANEL)
    asked.later(minutes=30)
    assert "bad_rating" in asked.alerts()

    alert = asked.alert("bad_rating").id
    asked.when(CloseAlert, alert=alert, outcome="no_action").refused(OutcomeNeeded(alert))
    asked.when(CloseAlert, alert=alert, outcome="solved").then(
        AlertClosed(alert=alert, outcome="solved")
    )
    assert "bad_rating" not in asked.alerts()


# --- A silent panel ------------------------------------------------------------------------------


def test_what_no_panel_has_shown_counts_as_panel_offline(story):
    story.open(1)
    ask(story, shown=False)

    story.later(seconds=20)

    assert story.history[-1][0] == RatingEnded(question=1, result="panel_offline")
    assert story.board.ratings == RatingFigures(panel_offline=1)


def test_it_is_offline_too_when_the_next_customer_is_there_sooner(story):
    story.open(1)
    ask(story, shown=False)
    story.take("A")
    story.call(1)

    story.when(StartService, counter=1).then(
        RatingEnded(question=1, result="panel_offline"), like(ServiceStarted)
    )


def test_a_panel_that_stays_silent_three_times_wants_a_person(story):
    story.open(1)
    for _ in range(2):
        ask(story, shown=False)
        story.later(seconds=30)
    assert "panel_silent" not in story.alerts()

    ask(story, shown=False)
    story.later(seconds=30)
    assert story.alert("panel_silent").counter == 1

    ask(story)
    story.later(seconds=10)
    assert "panel_silent" not in story.alerts()


def test_nobody_looks_for_the_panel_of_a_counter_that_has_none_or_is_closed(tell):
    story = tell(counters={1: {"rating_panel": False}})
    story.open(1, 2)
    for counter in (1, 2):
        for _ in range(3):
            ask(story, counter, shown=False)
            story.later(seconds=30)
    assert [a.counter for a in story.board.alerts if a.kind == "panel_silent"] == [2]

    story.given(CloseDay, leftovers=True)

    assert story.alerts() == []


def test_an_answer_shows_that_the_panel_is_there(story):
    story.open(1)
    for _ in range(3):
        question = ask(story, shown=False)
    story.given(RateService, counter=1, question=question, score=5, **PANEL)
    story.later(seconds=30)

    assert "panel_silent" not in story.alerts()
    assert story.board.ratings == RatingFigures(panel_offline=2, answered=1, satisfied=1)


# --- By phone ------------------------------------------------------------------------------------


def page(story, number):
    """The questions on the customer's own page."""
    return [(q.id, q.counter, q.rated) for q in story.feed(f"TicketView:{number}").questions]


def test_the_phone_answers_what_the_panel_has_asked_in_vain(asked):
    assert page(asked, 1) == []
    rating = {"visit": "A001", "question": 1, "score": 4}
    asked.when(RateVisit, **rating, **PHONE).refused(QuestionStillOpen(1))
    asked.later(hours=2)
    assert page(asked, 1) == [(1, 1, False)]

    asked.when(RateVisit, **rating, **PHONE).then(
        RatingAnswered(question=1, score=4, source="phone")
    )

    assert page(asked, 1) == [(1, 1, True)]
    assert asked.board.ratings == RatingFigures(not_rated=1, by_phone=1, satisfied=1)
    asked.when(RateVisit, **rating, **PHONE).refused(AlreadyRated("A001"))
    asked.when(RepeatQuestion, counter=1).refused(AlreadyRated("A001"))


def test_what_was_answered_at_the_panel_is_not_asked_by_phone(asked):
    asked.given(RateService, counter=1, question=1, score=4, **PANEL)

    assert page(asked, 1) == []
    asked.when(RateVisit, visit="A001", question=1, score=1, **PHONE).refused(AlreadyRated("A001"))


def test_a_bad_rating_by_phone_has_its_reason_with_it(asked):
    asked.later(minutes=5)

    asked.when(RateVisit, visit="A001", question=1, score=1, reason="premises", **PHONE).then(
        RatingAnswered(question=1, score=1, source="phone"),
        like(AlertRaised, kind="bad_rating", question=1),
        RatingExplained(question=1, reason="premises"),
    )
    assert panel(asked) is None


def test_a_bad_rating_by_phone_is_not_explained_at_the_panel(asked):
    asked.later(seconds=20)
    asked.given(RateVisit, visit="A001", question=1, score=2, **PHONE)

    assert panel(asked) is None


def test_what_was_said_by_phone_is_read_by_those_who_steer_the_newest_first(asked):
    asked.later(minutes=5)
    asked.given(RateVisit, visit="A001", question=1, score=4, **PHONE)
    ask(asked)
    asked.later(minutes=5)
    asked.given(RateVisit, visit="A002", question=2, score=1, **PHONE)
    said = Known(comments={1: {1: "quick"}, 2: {2: "rude"}})

    shown = comments(asked.branch, said)

    assert [(one.number, one.score, one.comment) for one in shown] == [
        ("A002", 1, "rude"),
        ("A001", 4, "quick"),
    ]
    assert comments(asked.branch, Known()) == ()
    asked.given(CloseDay, leftovers=True)
    assert comments(asked.branch, said) == ()


def test_a_good_rating_by_phone_has_no_reason(asked):
    asked.later(minutes=5)

    asked.when(RateVisit, visit="A001", question=1, score=5, reason="skill", **PHONE).refused(
        ReasonNotAsked("A001")
    )


def test_a_customer_rates_the_own_visit_only(asked):
    asked.take("A")
    asked.later(minutes=5)

    asked.when(RateVisit, visit="A002", question=1, score=1, **PHONE).refused(UnknownQuestion(1))


# --- Undo ----------------------------------------------------------------------------------------


def test_a_service_taken_back_is_asked_about_when_it_is_really_over(asked):
    asked.when(UndoAction, counter=1).then(like(ActionUndone), RatingWithdrawn(question=1))
    assert panel(asked) is None
    asked.when(RateService, counter=1, question=1, score=1, **PANEL).refused(UnknownQuestion(1))

    asked.when(FinishService, counter=1).then(
        like(ServiceFinished), like(RatingAsked, question=2, visit=1)
    )
    assert asked.board.ratings == RatingFigures()


def test_a_question_that_ended_in_vain_goes_with_its_service(asked):
    asked.later(seconds=30)
    asked.given(UndoAction, counter=1)

    assert asked.board.ratings == RatingFigures()


def test_a_service_that_was_rated_stays_finished(asked):
    asked.given(RateService, counter=1, question=1, score=5, **PANEL)

    assert not asked.feed("CounterView:1").can_undo
    asked.when(UndoAction, counter=1).refused(ServiceRated("A001"))


def test_a_call_taken_back_leaves_the_question_before_it(asked):
    asked.take("A")
    asked.call(1)

    asked.when(UndoAction, counter=1).then(like(ActionUndone, undone="TicketCalled"))
    assert panel(asked).number == "A001"


# --- Figures -------------------------------------------------------------------------------------


def test_a_teller_sees_own_totals_of_five_and_never_what_the_newest_was(story):
    story.open(1)
    for score in (5, 5, 4, 3):
        rate(story, score)
    assert story.feed("CounterView:1").own_ratings is None

    rate(story, 1)
    five = RatingFigures(answered=5, satisfied=3, dissatisfied=1)
    assert story.feed("CounterView:1").own_ratings == five

    rate(story, 1)
    assert story.feed("CounterView:1").own_ratings == five
    for _ in range(4):
        rate(story, 5)
    ten = RatingFigures(answered=10, satisfied=7, dissatisfied=2)
    assert story.feed("CounterView:1").own_ratings == ten


def test_own_totals_are_the_tellers_wherever_they_were_earned(story):
    story.open(1, 2)
    for counter in (1, 1, 1, 2, 2):
        story.take("A")
        story.serve(counter)
        story.given(FinishService, counter=counter, by="teller:anna")
        question = story.counter(counter).question
        story.given(RateService, counter=counter, question=question, score=4, by="rating_panel")

    five = RatingFigures(answered=5, satisfied=5)
    assert story.feed("CounterView:2").own_ratings == five
    by_counter = {c.id: c.ratings.answered for c in story.board.counters if c.ratings.answered}
    assert by_counter == {1: 3, 2: 2}
    assert story.board.ratings == five


def test_what_is_practised_is_asked_and_not_counted(story):
    story.given(StartEmergency, kind="drill", by="branch_head")
    story.open(1)
    story.take("A", reason="other", by="lobby_manager")
    story.serve(1)
    story.finish(1)
    assert panel(story) is not None

    story.given(RateService, counter=1, question=1, score=1, **PANEL)

    assert story.board.ratings == RatingFigures()


# --- The end of the day, and before it -----------------------------------------------------------


def test_the_end_of_the_day_ends_every_question(asked):
    serve_one(asked, counter=2)

    asked.given(CloseDay, leftovers=True)

    ended = [event for event, _ in asked.history if isinstance(event, RatingEnded)]
    assert ended[-1] == RatingEnded(question=2, result="panel_offline")
    assert {e.question: e.result for e in ended}[1] == "not_rated"
    assert panel(asked) is None
    assert status(asked) is None
    assert page(asked, 1) == []
    assert asked.board.ratings == RatingFigures()


def test_no_answer_is_lost_while_the_server_is_away(asked):
    asked.away_until("2026-11-16 09:30")

    assert panel(asked).until == asked.now + 20 * SECOND
    asked.given(RateService, counter=1, question=1, score=5, **PANEL)
    assert asked.board.ratings.answered == 1


def test_a_counter_is_not_taken_away_while_its_panel_asks(story):
    story.open(1, 4)
    story.take("A")
    story.serve(4)
    story.given(CloseAfterThis, counter=4)
    story.finish(4)
    config = a_branch()
    without = replace(config, counters=tuple(c for c in config.counters if c.id != 4))

    story.when(Configure, config=without).refused(CounterInUse(4))
    story.later(seconds=20)
    story.given(Configure, config=without)

    assert story.board.ratings == RatingFigures(panel_offline=1)
