"""From the end of a service to the next call, worked out by hand."""

from shared.protocol import (
    ParkTicket,
    PauseCounter,
    ResumeCounter,
    ResumeTicket,
    TransferTicket,
)
from tests.server.domain.story import MINUTE
from tests.server.reports.told import minutes, report_of, serve, spent, time_at, until


def test_from_the_finish_to_the_next_call_is_wrap_up_when_people_are_waiting(story):
    story.open(1)
    story.take("A")
    story.take("A")
    serve(story, 1, "09:00", "09:00", "09:10")

    story.at("09:12")
    story.call(1)

    assert spent(time_at(story, 1)) == {"serving": 10, "wrap_up": 2}
    assert minutes(report_of(story).work.wrap_up) == [1, 2]


def test_a_call_at_the_very_moment_of_the_finish_is_a_wrap_up_of_no_time(story):
    story.open(1)
    story.take("A")
    story.take("A")
    serve(story, 1, "09:00", "09:00", "09:10")

    story.call(1)

    assert minutes(report_of(story).work.wrap_up) == [1, 0]


def test_with_nobody_waiting_there_is_no_wrap_up(story):
    story.open(1)
    story.take("A")
    serve(story, 1, "09:00", "09:00", "09:10")
    story.at("09:13")
    story.take("A")

    story.at("09:14")
    story.call(1)

    assert spent(time_at(story, 1)) == {"serving": 10, "idle_alone": 3, "idle_waiting": 1}
    assert report_of(story).work.wrap_up.n == 0


def test_a_wrap_up_ends_when_the_line_is_called_by_others(story):
    story.open(1, 2)
    story.take("A")
    story.take("A")
    serve(story, 1, "09:00", "09:00", "09:10")
    story.at("09:13")
    story.call(2)
    until(story, "09:15")

    assert spent(time_at(story, 1)) == {"serving": 10, "wrap_up": 3, "idle_alone": 2}
    assert minutes(report_of(story).work.wrap_up) == [1, 3]


def test_whoever_goes_away_while_people_wait_has_not_wrapped_up(story):
    story.open(1, 2)
    story.take("A")
    story.take("A")
    serve(story, 1, "09:00", "09:00", "09:10")
    story.at("09:13")
    story.given(PauseCounter, counter=1, reason="meal")
    story.at("09:43")
    story.given(ResumeCounter, counter=1)
    until(story, "09:44")

    time = time_at(story, 1)
    assert spent(time) == {"serving": 10, "idle_waiting": 3 + 1}
    assert report_of(story).work.wrap_up.n == 0
    assert (time.pauses["meal"].times, time.pauses["meal"].ms) == (1, 30 * MINUTE)
    assert time.paused_ms == 30 * MINUTE


def test_a_transfer_and_a_park_end_a_service_too(story):
    story.open(1)
    for _ in range(3):
        story.take("A")
    story.at("09:01")
    story.serve(1)
    story.at("09:03")
    story.given(TransferTicket, counter=1, service="L")
    story.at("09:04")
    story.serve(1)
    story.at("09:06")
    story.given(ParkTicket, counter=1, reason="form")
    story.at("09:08")
    story.call(1)

    assert spent(time_at(story, 1)) == {"idle_waiting": 1, "serving": 4, "wrap_up": 3}
    assert minutes(report_of(story).work.wrap_up) == [2, 1.5]


def test_whoever_was_only_called_leaves_nothing_to_wrap_up(story):
    story.open(1)
    for _ in range(2):
        story.take("A")
    story.call(1)
    story.at("09:04")
    story.given(TransferTicket, counter=1, service="L")
    story.at("09:06")
    story.call(1)

    assert spent(time_at(story, 1)) == {"calling": 4, "idle_waiting": 2}


def test_a_call_out_of_the_park_does_not_make_a_line(story):
    story.open(1)
    parked = story.take("A")
    story.call(1)
    story.given(ParkTicket, counter=1, reason="form")
    story.take("A")
    serve(story, 1, "09:00", "09:00", "09:10")

    story.given(ResumeTicket, counter=1, visit=story.visit(parked).id)

    assert report_of(story).work.wrap_up.n == 0


def test_a_server_that_was_away_overnight_left_nobody_idle_until_the_morning(story):
    story.open(1)
    story.at("19:30")
    for _ in range(2):
        story.take("A", reason="agreed_with_customer")
    serve(story, 1, "19:30", "19:30", "19:50")

    story.away_until("2026-11-17 07:00")

    time = time_at(story, 1)
    assert spent(time) == {"idle_alone": 10.5 * 60, "serving": 20, "idle_waiting": 10}
