"""Ratings and requests in the reports: the parts add up, and nobody's single score is told."""

from typing import Any, get_args, get_type_hints

import msgspec
import pytest

from server.domain.state import OwnTally
from server.reports.one_day import NothingToReport
from server.reports.ratings import month
from server.reports.report import DayReport, MonthReport, Ratings
from server.reports.screen import lines
from server.reports.screen_ratings import lines_of_month
from shared import protocol as p
from shared.i18n import LANGUAGES, text
from tests.server.domain.story import Story, a_branch
from tests.server.reports.told import report_of

PANEL = {"by": "rating_panel"}


def serve_one(story, counter=1, score=None, shown=True, by="teller"):
    """One service, and what becomes of its question; its id."""
    story.take("A")
    story.serve(counter)
    story.later(minutes=1)
    story.given(p.FinishService, counter=counter, by=by)
    question = story.counter(counter).question
    asked = {"counter": counter, "question": question, **PANEL}
    if shown:
        story.given(p.ConfirmQuestion, **asked)
    if score:
        story.given(p.RateService, score=score, **asked)
    else:
        story.later(seconds=20)
    return question


@pytest.fixture
def day(story):
    """Nine services at two counters, in all four ways."""
    story.open(1, 2)
    for score in (5, 5, 4, 3, 2):
        serve_one(story, score=score)
    story.given(p.GiveRatingReason, counter=1, question=5, reason="long_wait", **PANEL)
    serve_one(story)
    serve_one(story, counter=2, shown=False)
    late = serve_one(story, counter=2)
    serve_one(story, counter=2, score=1, by="teller:anna")
    visit = story.branch.day.questions[late].visit
    story.given(p.RateVisit, visit=visit, question=late, score=5, by="customer")
    return story


def test_what_became_of_the_questions_adds_up_to_the_services(day):
    ratings = report_of(day).ratings

    assert ratings == Ratings(
        finished=9,
        asked=8,
        answered=6,
        not_rated=2,
        panel_offline=1,
        by_phone=1,
        satisfied=4,
        fair=1,
        dissatisfied=2,
        satisfaction=4 / 7,
        participation=6 / 8,
    )
    assert ratings.finished == report_of(day).work.finished


def test_they_are_told_by_counter_and_by_teller_who_did_it(day):
    report = report_of(day)

    assert [(c.counter, c.ratings.finished) for c in report.ratings_by_counter] == [(1, 6), (2, 3)]
    by_teller = {t.staff: t.ratings for t in report.ratings_by_teller}
    assert {staff: r.finished for staff, r in by_teller.items()} == {
        "teller1": 6,
        "teller2": 2,
        "anna": 1,
    }
    assert [(r.name, r.times) for r in report.rating_reasons] == [("long_wait", 1)]


def test_of_fewer_than_five_scores_nothing_is_told_about_one_person(day):
    by_teller = {t.staff: t.ratings for t in report_of(day).ratings_by_teller}

    assert (by_teller["teller1"].satisfied, by_teller["teller1"].satisfaction) == (3, 3 / 5)
    anna = by_teller["anna"]
    assert (anna.answered, anna.satisfied, anna.fair, anna.dissatisfied) == (1, None, None, None)
    assert anna.satisfaction is None


def test_the_figures_stay_when_the_day_is_closed(day):
    before = report_of(day)
    day.given(p.CloseDay, leftovers=True)

    assert report_of(day).ratings == before.ratings


def test_a_service_taken_back_was_never_asked_about(story):
    story.open(1)
    serve_one(story)
    story.given(p.UndoAction, counter=1)

    assert report_of(story).ratings == Ratings()


def test_practice_is_not_counted(story):
    story.given(p.StartEmergency, kind="drill", by="branch_head")
    story.open(1)
    story.take("A", reason="other", by="lobby_manager")
    story.serve(1)
    story.finish(1)

    assert report_of(story).ratings == Ratings()


# --- Requests ------------------------------------------------------------------------------------


def test_requests_are_reported_until_they_are_closed(story):
    story.given(p.TakeUpRequest, kind="complaint", by="lobby_assistant")
    story.given(p.TakeUpRequest, by="lobby_assistant")
    story.given(p.EscalateRequest, request=2, to="li", by="lobby_assistant")
    story.given(p.CloseRequest, request=1, outcome="solved", by="lobby_assistant")

    report = report_of(story)

    requests = report.requests
    assert (requests.taken_up, requests.escalated, requests.closed, requests.open) == (2, 1, 1, 1)
    assert requests.outcomes == {"solved": 1, "referred_up": 0, "no_action": 0}
    assert [(r.request, r.owner) for r in report.requests_open] == [(2, "li")]


# --- The month -----------------------------------------------------------------------------------


def month_of(story):
    return month(story.history, "2026-11")


def test_a_month_adds_up_its_days_and_no_others(day):
    day.given(p.CloseDay, leftovers=True)
    day.at("2026-11-17 09:00")
    day.open(1)
    serve_one(day, score=4)

    report = month_of(day)

    assert (report.days, report.ratings.finished, report.ratings.by_phone) == (2, 10, 1)
    assert [t.staff for t in report.ratings_by_teller] == ["anna", "teller1", "teller2"]
    with pytest.raises(NothingToReport, match="2026-12"):
        month(day.history, "2026-12")


def test_a_rehearsal_is_no_real_month(day):
    with pytest.raises(NothingToReport, match="real days"):
        month(day.history, "2026-11", "rehearsal")


def test_whoever_has_too_few_answer_is_named_once_enough_were_asked(story):
    story.open(1, 2)
    for _ in range(19):
        serve_one(story, counter=1)
    for _ in range(20):
        serve_one(story, counter=2, score=5)
    assert month_of(story).low_use[0].staff == ""
    assert [low.staff for low in month_of(story).low_use] == [""]

    serve_one(story, counter=1)

    low = {one.staff: (one.asked, one.participation) for one in month_of(story).low_use}
    assert low == {"": (40, 0.5), "teller1": (20, 0.0)}


def test_the_threshold_is_configured():
    story = Story(a_branch(limits={"rating_use_percent": 40}), "2026-11-16 08:59")
    story.at("09:00")
    story.open(1)
    for n in range(20):
        serve_one(story, score=5 if n < 8 else None)

    assert month_of(story).low_use == ()
    assert month_of(story).use_percent_min == 40


# --- What is read --------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_both_reports_are_read_in_both_languages(day, language):
    day.given(p.TakeUpRequest, kind="complaint", by="lobby_assistant")

    told = "\n".join(lines(report_of(day), language, text))
    monthly = "\n".join(lines_of_month(month_of(day), language, text))

    for page in (told, monthly):
        assert text(language, "report.rating.title") in page
        assert "57.1%" in page  # 满意率
        assert "75%" in page  # 参评率
        assert all(len(line) <= 80 for line in page.splitlines())
    assert text(language, "report.request.owner") in told
    assert text(language, "report.rating.fine", percent=60) in monthly


def test_a_month_names_who_has_too_few_answer():
    story = Story(a_branch(), "2026-11-16 08:59")
    story.at("09:00")
    story.open(1)
    for _ in range(20):
        serve_one(story)

    monthly = "\n".join(lines_of_month(month_of(story), "en", text))

    assert "teller1: 0% of 20 asked" in monthly
    assert "the whole branch: 0% of 20 asked" in monthly


def test_a_month_without_a_service_says_so(story):
    assert text("en", "report.rating.nobody") in lines_of_month(month_of(story), "en", text)


# --- AX-32 ---------------------------------------------------------------------------------------


def fields_below(kind, path=""):
    """Every field of a struct and of what is in it, by its path."""
    for name, hint in get_type_hints(kind).items():
        yield f"{path}.{name}"
        for part in (hint, *get_args(hint)):
            if isinstance(part, type) and issubclass(part, msgspec.Struct):
                yield from fields_below(part, f"{path}.{name}")


def test_ax_32_no_figure_says_who_sent_how_many_customers_to_a_machine():
    """Neither a person nor a counter nor a lane of the elderly has such a figure, to be ranked by
    or to aim at; at the most, how many tickets a machine has finished is one ending of the day."""
    kind: Any
    for kind in (DayReport, MonthReport):
        told = {path for path in fields_below(kind) if "divert" in path or "machine" in path}
        assert told <= {".tickets.at_machine", ".services.tickets.at_machine"}
    figures = (".figures", ".ratings", ".own_ratings", ".counters.figures", ".counters.ratings")
    for kind in (p.BoardView, p.CounterView):
        told = {path for path in fields_below(kind) if "divert" in path or "machine" in path}
        # How many are at a machine just now is the state of the branch, and of nobody in it.
        assert {path for path in told if path.startswith(figures)} <= {".figures.diverted"}
    for kind in (p.OwnFigures, p.RatingFigures, Ratings, OwnTally):
        assert not [path for path in fields_below(kind) if "divert" in path or "machine" in path]
