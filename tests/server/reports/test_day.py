"""Which day is reported, and from which rows of the journal."""

from itertools import takewhile

import msgspec
import pytest

from server.domain.commands import Configure
from server.domain.events import BranchConfigured, DayClosed, DayOpened, RehearsalMarked
from server.domain.state import Stamp
from server.reports.day import figures
from server.reports.one_day import NothingToReport
from server.reports.report import DayReport
from shared.protocol import CloseCounter, CloseDay, LeaveLine
from tests.server.reports.told import report_of, serve

MONDAY, TUESDAY = "2026-11-16", "2026-11-17"


@pytest.fixture
def two_days(story):
    """One ticket was served on Monday; two people left on Tuesday, which is still open."""
    story.open(1)
    story.take("A")
    serve(story, 1, "09:05", "09:06", "09:10")
    story.at(f"{TUESDAY} 09:00")
    for _ in range(2):
        story.given(LeaveLine, visit=story.take("A"))
    return story


def test_the_last_day_is_reported_unless_another_is_asked_for(two_days):
    assert figures(two_days.history).day == TUESDAY
    assert figures(two_days.history, MONDAY).day == MONDAY
    assert figures(two_days.history, MONDAY).tickets.served == 1
    assert figures(two_days.history, TUESDAY).tickets.left == 2


def test_a_report_says_whether_its_day_is_over(two_days):
    monday, tuesday = (figures(two_days.history, day) for day in (MONDAY, TUESDAY))

    assert monday.opened_at == two_days.moment(f"{MONDAY} 08:00")
    assert monday.closed_at == two_days.moment(f"{MONDAY} 20:00")
    assert (monday.late, monday.kind) == (False, "real")
    assert (tuesday.closed_at, tuesday.until) == (None, two_days.moment(f"{TUESDAY} 09:00"))


def test_the_rows_of_the_day_and_the_configuration_in_force_are_enough(two_days):
    configured = two_days.history[0]
    opened = next(
        n
        for n, (event, _) in enumerate(two_days.history)
        if isinstance(event, DayOpened) and event.day == TUESDAY
    )

    report = figures([configured, *two_days.history[opened:]], TUESDAY)

    assert report == figures(two_days.history, TUESDAY)


def test_nothing_is_read_beyond_the_day(two_days):
    def rows():
        yield from takewhile(lambda row: not isinstance(row[0], DayClosed), two_days.history)
        yield next(row for row in two_days.history if isinstance(row[0], DayClosed))
        raise AssertionError("the rest of a long journal")

    assert figures(rows(), MONDAY) == figures(two_days.history, MONDAY)


def test_a_day_that_is_not_there_is_refused_in_a_sentence(two_days):
    with pytest.raises(NothingToReport, match="no business day 2026-11-18"):
        figures(two_days.history, "2026-11-18")
    with pytest.raises(NothingToReport, match="no business day yet"):
        figures(two_days.history[:1])


def test_a_day_without_a_single_ticket_has_a_report(story):
    story.given(CloseDay, by="operations_supervisor")

    report = report_of(story)

    assert report.tickets.issued == report.work.called == report.time.open_ms == 0
    assert report.work.wait.mean_ms is None
    assert [service.service for service in report.services] == ["A", "F", "L", "W", "Q"]
    assert len(report.counters) == 8


def test_a_counter_that_was_taken_away_during_the_day_keeps_its_figures(story):
    story.open(4)
    story.take("A")
    serve(story, 4, "09:05", "09:06", "09:10")
    story.at("12:00")
    story.given(CloseCounter, counter=4, by="operations_supervisor")
    config = story.branch.config
    without = tuple(counter for counter in config.counters if counter.id != 4)
    story.given(Configure, config=msgspec.structs.replace(config, counters=without))
    story.at("13:00")
    story.take("A")

    (gone,) = [one for one in report_of(story).counters if one.counter == 4]

    assert (gone.work.finished, gone.name.en) == (1, "Counter four")


def test_a_report_survives_a_journey_as_json(two_days):
    report = figures(two_days.history, MONDAY)

    assert msgspec.json.decode(msgspec.json.encode(report), type=DayReport) == report


# --- Rehearsals ------------------------------------------------------------------------------


@pytest.fixture
def rehearsed(two_days):
    """The same two days, but played for practice."""
    marked = (RehearsalMarked(), Stamp(two_days.history[0][1].at))
    assert isinstance(two_days.history[0][0], BranchConfigured)
    return [two_days.history[0], marked, *two_days.history[1:]]


def test_a_rehearsal_is_reported_only_to_whoever_asks_for_one(rehearsed):
    with pytest.raises(NothingToReport, match="rehearsal"):
        figures(rehearsed, MONDAY)

    report = figures(rehearsed, MONDAY, kind="rehearsal")

    assert (report.kind, report.tickets.served) == ("rehearsal", 1)


def test_real_days_are_never_reported_as_a_rehearsal(two_days):
    with pytest.raises(NothingToReport, match="real days"):
        figures(two_days.history, MONDAY, kind="rehearsal")
