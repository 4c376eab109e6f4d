"""A day played again by its own rule is the same day; by another rule it is a fairer or a harder
one for somebody, but the work is the same."""

from typing import Any

import pytest

from server.domain.configuration import PRESETS
from server.domain.events import TicketCalled
from server.reports.again import FIRST_COME, play
from server.reports.one_day import cut
from server.reports.past import Desk, Job, PastDay, Span, past_day
from shared import protocol as p
from tests.server.reports.busy_days import busy


def day_of(story):
    return past_day(cut(story.history, None, "real"))


@pytest.mark.parametrize("preset", ["balanced", "simple", "strict"])
@pytest.mark.parametrize("seed", [1, 2])
def test_by_its_own_rule_everybody_is_called_when_they_were(seed, preset):
    story = busy(seed, preset=preset)
    calls = [
        (event.visit, stamp.at) for event, stamp in story.history if isinstance(event, TicketCalled)
    ]
    passed = [e.why.passed_over_count for e, _ in story.history if isinstance(e, TicketCalled)]

    again = play(day_of(story), PRESETS[preset])

    midnight = story.moment("00:00")
    assert [(one.job.visit, midnight + round(one.at * 60_000)) for one in again] == calls
    assert len(calls) > 60
    assert sum(passed) > 50, "a day on which the rule decides something"


def test_first_come_nobody_of_a_service_is_overtaken():
    again = play(day_of(busy(3, counters=(1, 2))), FIRST_COME)

    for service in {one.job.service for one in again}:
        came = [one.job.since for one in again if one.job.service == service]
        assert came == sorted(came)


def test_strict_care_waits_least_and_the_others_pay():
    day = day_of(busy(4, per_minute=1.0))

    def mean(preset, lane):
        waits = [one.waited for one in play(day, preset) if one.job.lane == lane]
        return sum(waits) / len(waits)

    strict, first = PRESETS["strict"], FIRST_COME
    assert mean(strict, "care") < mean(first, "care")
    assert mean(strict, "ordinary") > mean(first, "ordinary")


def job(visit, **changes):
    fields: dict[str, Any] = {
        "service": "A",
        "lanes": (),
        "since": 0.0,
        "here": 0.0,
        "work": 10.0,
    }
    return Job(visit=visit, **(fields | changes))


def one_desk(*jobs, spans=((0.0, 100.0),), **changes):
    each = tuple(Span(start, end, ("A",)) for start, end in spans)
    return PastDay("2026-11-16", jobs, (Desk(1, each, **changes),))


def called(day, preset=FIRST_COME):
    return [(one.job.visit, one.at) for one in play(day, preset)]


def test_a_counter_that_is_away_calls_nobody():
    day = one_desk(job(1), job(2), spans=((5.0, 12.0), (40.0, 60.0)))

    assert called(day) == [(1, 5.0), (2, 40.0)]


def test_whoever_leaves_is_not_called():
    day = one_desk(job(1), job(2, leaves=9.0), job(3))

    assert called(day) == [(1, 0.0), (3, 10.0)]


def test_an_idle_counter_calls_whoever_comes():
    day = one_desk(job(1), job(2, since=30.0, here=30.0))

    assert called(day) == [(1, 0.0), (2, 30.0)]


def test_an_early_appointment_is_called_when_nobody_else_is_there():
    booked = job(1, lanes=("appointment",), since=20.0)
    alone, not_alone = one_desk(booked), one_desk(booked, job(2))

    assert called(alone) == [(1, 0.0)]
    assert called(not_alone) == [(2, 0.0), (1, 10.0)]


def test_what_is_served_only_when_idle_comes_after_everything_else():
    other = job(1, service="F", since=-20.0)
    day = one_desk(other, job(2, since=5.0, here=5.0), when_idle=("F",))

    assert called(one_desk(other, job(2), when_idle=("F",))) == [(2, 0.0), (1, 10.0)]
    assert called(day) == [(1, 0.0), (2, 10.0)]


def test_pauses_are_in_the_day(story):
    story.open(1, 2)
    story.take("A")
    story.serve(1)
    story.later(minutes=10)
    story.finish(1)
    story.given(p.PauseCounter, counter=1, reason="meal")
    story.later(minutes=30)
    story.given(p.ResumeCounter, counter=1)
    story.later(minutes=5)
    story.take("A")

    day = day_of(story)

    assert [(span.end - span.start) for span in day.desks[0].spans] == [10, 5]
    assert [one.work for one in day.jobs] == [10]


def test_whoever_left_would_have_needed_as_long_as_others(story):
    story.open(1)
    story.take("A")
    story.take("A")
    story.serve(1)
    story.later(minutes=8)
    story.given(p.LeaveLine, visit=2, by="customer")
    story.finish(1)

    day = day_of(story)

    assert [(one.visit, one.work, one.counts) for one in day.jobs] == [(1, 8, True), (2, 8, False)]
