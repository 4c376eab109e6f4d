"""Who is overtaken, how often, and never from outside the window of the rule."""

import pytest
from hypothesis import given, settings

from server.domain import order
from server.domain.events import TicketCalled
from server.reports.fairness import fairness, outside_window
from server.reports.one_day import NothingToReport, cut
from server.reports.report import FairnessReport
from server.reports.screen_fairness import lines_of_fairness
from shared import protocol as p
from shared.columns import cells
from shared.i18n import LANGUAGES, text
from tests.random_days.random_day import days
from tests.server.reports.busy_days import busy
from tests.server.reports.lived import EXAMPLES, dates, lived, some

MONTH = "2026-11"


def report_of(story) -> FairnessReport:
    return fairness([cut(story.history, None, "real")], MONTH)


def lane(report, name):
    return next(one for one in report.lanes if one.lane == name)


@pytest.fixture(scope="module")
def month():
    return report_of(busy(5))


def test_waits_and_shares_are_told_by_lane(month):
    ordinary, care = lane(month, "ordinary"), lane(month, "care")

    assert min(ordinary.wait.n, care.wait.n) > 20
    assert care.wait.mean_ms < ordinary.wait.mean_ms
    assert 0 < ordinary.on_time.share <= 1
    assert ordinary.on_time.out_of == ordinary.wait.n


def test_the_day_played_by_its_own_rule_waits_as_it_did(month):
    for one in month.lanes:
        if one.wait.n:
            assert one.by_rule.mean_ms == pytest.approx(one.wait.mean_ms, rel=0.05, abs=30_000)


def test_overtakes_are_counted_for_each_ordinary_ticket(story):
    story.open(1)
    story.take("A")
    story.take("A")
    story.serve(1)
    for _ in range(2):
        story.take("A", "care")
    story.later(minutes=5)
    for _ in range(3):
        story.finish(1)
        story.serve(1)

    overtaken = report_of(story).overtaken

    assert (overtaken.tickets, overtaken.never, overtaken.most) == (2, 1, 2)
    assert overtaken.mean == 1.0
    assert [(one.name, one.times) for one in overtaken.by_rule] == [("lane_advantage", 2)]


def test_more_than_the_reason_names_are_counted_all(story):
    story.open(1)
    for _ in range(order.PASSED_OVER_MAX + 5):
        story.take("A")
    story.take("A", "care")
    story.later(minutes=1)
    story.call(1)

    report = fairness([cut(story.history, None, "real")], MONTH)

    assert sum(one.times for one in report.overtaken.by_rule) == order.PASSED_OVER_MAX + 5


@settings(some, max_examples=max(1, EXAMPLES // 3))
@given(days())
def test_on_no_day_anybody_overtakes_from_outside_the_window(drawn):
    history, kind = lived(drawn)

    for day in dates(history):
        assert fairness([cut(history, day, kind)], MONTH).outside == ()


@pytest.mark.parametrize("preset", ["balanced", "care", "simple", "strict"])
def test_on_no_busy_day_either(preset):
    assert report_of(busy(6, preset=preset)).outside_count == 0


def test_a_call_that_the_rule_does_not_allow_is_found(story):
    story.open(1)
    story.take("A")
    story.later(minutes=60)
    story.take("A", "care")
    late = story.branch.visits[2]
    why = p.WhyCalled(rule="lane_advantage", lane="care", passed_over=(1,), passed_over_count=1)
    event = TicketCalled(visit=late.id, number=late.number, counter=1, why=why)

    found = outside_window(story.branch, event, story.now)

    assert [(one.by, one.minutes_later) for one in found] == [(late.number, 60.0)]
    assert found[0].window_minutes == 25.0


def test_work_is_conserved_where_every_counter_does_everything():
    # One service of one length, so that nothing but the order differs.
    report = report_of(busy(7, counters=(1, 2)))

    assert report.conservation.ratio == pytest.approx(1.0, abs=0.2)


def test_without_a_day_there_is_nothing_to_report():
    with pytest.raises(NothingToReport, match=MONTH):
        fairness([], MONTH)


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_fits_a_terminal(month, language):
    shown = lines_of_fairness(month, language, text)

    assert max(map(cells, shown)) <= 80
    said = text(language, "report.fairness.inside")
    assert said[:20] in "\n".join(shown)
    assert not any(line.endswith("~") for line in shown)
