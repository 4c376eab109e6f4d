"""The day by quarters of an hour."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from server.reports.quarters import quarter_of
from shared.protocol import (
    LeaveLine,
    RequestHelp,
)
from tests.server.domain.story import MINUTE
from tests.server.reports.told import report_of, serve


def test_the_day_by_quarter_hours(tell):
    story = tell("08:50")
    story.open(1)
    for _ in range(3):
        story.take("A")
    serve(story, 1, "09:00", "09:01", "09:10")  # has waited 0 minutes
    serve(story, 1, "09:12", "09:13", "09:16")  # 12
    serve(story, 1, "09:30", "09:31", "09:32")  # 30
    story.at("09:45")
    story.take("A")

    quarters = report_of(story).quarters

    shown = [(q.start, q.arrivals, q.calls, q.line) for q in quarters]
    assert shown == [
        ("08:45", 3, 0, 0),
        ("09:00", 0, 2, 3),  # the line before anybody was called
        ("09:15", 0, 0, 1),
        ("09:30", 0, 1, 1),
        ("09:45", 1, 0, 0),
    ]
    assert [q.mean_wait_ms for q in quarters] == [None, 6 * MINUTE, None, 30 * MINUTE, None]


def test_the_plots_of_the_board_count_what_the_report_counts(tell):
    story = tell("08:50")
    story.open(1)
    for _ in range(3):
        story.take("A")
    serve(story, 1, "09:00", "09:01", "09:10")
    serve(story, 1, "09:12", "09:13", "09:16")
    serve(story, 1, "09:30", "09:31", "09:32")

    plots, quarters = story.board.plots, report_of(story).quarters

    assert plots.first == quarters[0].at
    assert plots.arrivals == tuple(q.arrivals for q in quarters)
    assert plots.calls == tuple(q.calls for q in quarters)
    assert plots.waits_ms == (None, 6 * MINUTE, None, 30 * MINUTE)


def test_a_line_that_is_not_called_is_seen_until_it_is_gone(story):
    number = story.take("A")
    story.at("10:20")
    story.given(LeaveLine, visit=number)
    story.at("12:00")
    story.given(RequestHelp)

    quarters = report_of(story).quarters

    starts = [quarter.start for quarter in quarters]
    assert starts == ["09:00", "09:15", "09:30", "09:45", "10:00", "10:15"]
    assert [quarter.line for quarter in quarters] == [0, 1, 1, 1, 1, 1]


def test_a_day_on_which_nobody_came_has_no_quarters(story):
    assert report_of(story).quarters == ()


def test_quarters_are_those_of_the_clock_on_the_wall(tell):
    story = tell("09:20", time_zone="Asia/Kathmandu")  # 5 h 45 min ahead
    story.take("A")

    assert [quarter.start for quarter in report_of(story).quarters] == ["09:15"]


def test_the_hour_that_comes_twice_has_eight_quarters():
    berlin = ZoneInfo("Europe/Berlin")
    midnight = datetime(2026, 10, 25, tzinfo=UTC)  # 02:00 in Berlin, and an hour later again
    moments = [round(midnight.timestamp() * 1000) + n * MINUTE for n in range(120)]

    begun = sorted({quarter_of(at, berlin) for at in moments})

    assert begun == moments[::15]
