"""Visits of several transactions, and waits against their targets, worked out by hand."""

import pytest

from shared.protocol import (
    AddTransaction,
    TransferTicket,
)
from tests.server.reports.told import minutes, report_of, serve


def test_the_wait_after_a_transfer_is_measured_apart(story):
    story.open(1, 7)
    story.take("A")
    story.at("09:10")
    story.serve(1)
    story.at("09:14")
    story.given(TransferTicket, counter=1, service="L")

    serve(story, 7, "09:20", "09:22", "09:52")

    report = report_of(story)
    assert minutes(report.work.wait) == [1, 10]
    assert minutes(report.work.transfer_wait) == [1, 6]
    assert minutes(report.work.walk) == [2, 1]  # 0 and 2
    assert minutes(report.work.serve) == [1, 30]  # what was transferred is not finished
    assert (report.work.transferred, report.tickets.transferred) == (1, 1)
    by_service = {one.service: one for one in report.services}
    assert (by_service["A"].tickets.done, by_service["L"].tickets.done) == (1, 0)
    assert (by_service["A"].work.finished, by_service["L"].work.finished) == (0, 1)


def test_a_first_wait_that_ended_in_another_line_led_to_no_service(story):
    story.open(1, 7)
    story.take("A")
    story.at("09:10")
    story.call(1)
    story.given(TransferTicket, counter=1, service="L")

    serve(story, 7, "09:30", "09:31", "09:40")

    work = report_of(story).work
    assert work.wait.n == 0
    assert minutes(work.transfer_wait) == [1, 20]


def test_an_added_service_is_served_without_a_wait(story):
    story.open(1)
    story.take("A")
    story.at("09:05")
    story.serve(1)
    story.given(AddTransaction, counter=1, service="F")
    story.at("09:09")
    story.finish(1)
    story.at("09:16")
    story.finish(1)

    report = report_of(story)

    assert (report.work.wait.n, report.work.transfer_wait.n, report.work.walk.n) == (1, 0, 1)
    assert report.work.serve.total_ms == (4 + 7) * 60_000
    by_service = {one.service: minutes(one.work.serve) for one in report.services}
    assert (by_service["A"], by_service["F"]) == ([1, 4], [1, 7])


def test_sent_there_and_back_the_visit_is_finished_once_at_each(story):
    story.open(1, 7)
    story.take("A")
    story.at("09:05")
    story.serve(1)
    story.at("09:07")
    story.given(TransferTicket, counter=1, service="L", back_to_me=True)
    serve(story, 7, "09:10", "09:10", "09:20")

    serve(story, 1, "09:21", "09:21", "09:25")

    report = report_of(story)
    assert minutes(report.work.transfer_wait) == [2, 2]  # 3 for the wealth room, 1 back
    assert minutes(report.work.serve) == [2, 7]  # 10 and 4
    assert (report.work.transferred, report.tickets.transferred, report.tickets.done) == (1, 1, 1)


# --- On time ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lanes", "called", "on_time"),
    [
        ((), "09:20", 1),  # cash promises 20 minutes
        ((), "09:20:01", 0),
        (("care",), "09:10", 1),  # care promises 10
        (("care",), "09:10:01", 0),
        (("vip",), "09:20", 1),
    ],
)
def test_a_wait_is_on_time_within_the_target_of_its_service_or_lane(story, lanes, called, on_time):
    story.open(3)
    story.take("A", *lanes)

    story.at(called)
    story.serve(3)

    on_time_share = report_of(story).work.on_time
    assert (on_time_share.within, on_time_share.out_of) == (on_time, 1)
    assert on_time_share.share == on_time


def test_the_target_is_that_of_the_configuration_in_force(tell):
    story = tell(services={"A": {"target_minutes": 5}})
    story.open(1)
    story.take("A")
    story.at("09:06")
    story.serve(1)

    assert report_of(story).work.on_time.within == 0
