"""What is said of a played day: whether it is right, and where it is not."""

import json
from typing import Any

import msgspec
import pytest

from play import summary
from play.checks import Findings
from play.compare import Comparison, Line, Times, tolerance_seconds
from play.summary import Result


def line(planned=3, played=3, ending="done", lanes="care"):
    return Line(service="A", lanes=lanes, ending=ending, planned=planned, played=played)


def result(lines=(line(),), findings=Findings(events=20, tickets=3), verified=True, **times):  # noqa: B008 - never changed
    usual: dict[str, Any] = {"services": 100, "planned_seconds": 9_000, "played_seconds": 9_001}
    usual |= {"tolerance_seconds": 3, "off_seconds_max": 1.5, "off_seconds_p99": 1.0}
    return Result(
        title="a day",
        rate=60,
        moved_hours=-2,
        comparison=Comparison(
            customers=3,
            tickets=3,
            turned_away={"TicketsStopped": 1},
            lines=list(lines),
            times=Times(**(usual | times)),
        ),
        findings=findings,
        verified=verified,
    )


def test_a_day_that_agrees_is_right_and_says_what_was_counted():
    told = summary.lines(result(), "en")

    assert result().right
    assert told[0] == "Played: a day, at 60 times the speed of life."
    assert "moved by 2 hours" in told[1]
    assert any(row.split() == ["A", "care", "3"] for row in told)
    assert "Turned away: 1 (no more tickets: not enough time left)." in told
    assert told[-1] == "The journal agrees with the day."


@pytest.mark.parametrize(
    "wrong",
    [
        result(lines=[line(planned=3, played=2), line(planned=0, played=1, ending="left")]),
        result(findings=Findings(events=20, tickets=3, wrong=["A001 was given twice"])),
        result(verified=False),
        result(played_seconds=9_000 * 1.011),
        result(beyond=2),
    ],
    ids=["counts", "journal", "damage", "total", "beyond"],
)
def test_whatever_differs_is_said_and_makes_the_day_wrong(wrong):
    assert not wrong.right
    assert summary.lines(wrong, "en")[-1].startswith("The journal does not agree")
    assert summary.lines(wrong, "zh")[-1].startswith("流水与这一天不一致")


def test_a_count_that_differs_shows_both_numbers():
    told = summary.lines(result(lines=[line(planned=3, played=2)]), "en")

    assert any(row.split() == ["A", "care", "3→2"] for row in told)


def test_a_machine_that_does_not_keep_up_is_told_so():
    told = summary.lines(result(beyond=2), "en")

    assert any("Play slower, with --rate" in row for row in told)


def test_a_service_may_be_off_by_what_a_stall_of_the_machine_is_in_the_branch_up_to_a_limit():
    assert [tolerance_seconds(rate) for rate in (1, 60, 100, 600)] == [0.1, 6, 10, 10]

    within = Times(services=1, planned_seconds=60, played_seconds=66, tolerance_seconds=6)

    assert within.kept
    assert not msgspec.structs.replace(within, played_seconds=66.1).kept


def test_without_a_journal_it_is_said_that_none_was_looked_at():
    told = summary.lines(result(findings=None, verified=None), "en")

    assert any("The journal was not looked at" in row for row in told)


def test_programs_get_the_same_as_one_object():
    told = json.loads(summary.as_json(result()))

    assert told["right"] is True
    assert told["comparison"]["lines"][0]["played"] == 3
    assert told["comparison"]["times"]["off_seconds_max"] == 1.5
