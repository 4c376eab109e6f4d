"""What became of tickets, and under whom they are counted."""

from server.domain.configuration import Remote
from server.reports.screen import lines
from shared.i18n import text
from shared.protocol import (
    ChangeLanes,
    CheckIn,
    EndEmergency,
    EnterHandwritten,
    GiveUpTicket,
    LeaveLine,
    StartEmergency,
    TakeRemoteTicket,
)
from tests.server.reports.told import minutes, report_of, serve


def test_a_number_written_by_hand_counts_with_the_times_on_it(story):
    story.open(1)
    story.at("10:00")
    story.given(StartEmergency, kind="emergency")
    story.at("10:50")
    served = {"counter": 1, "started_at": story.moment("10:20")}
    served["finished_at"] = story.moment("10:26")
    story.given(
        EnterHandwritten, number="H1", service="A", taken_at=story.moment("10:05"), **served
    )
    story.given(EnterHandwritten, number="H2", service="A", taken_at=story.moment("10:35"))
    story.given(EndEmergency)

    serve(story, 1, "11:00", "11:01", "11:04")

    report = report_of(story)
    # On paper 15 and 6 minutes; the other was called after 25 and served for 3.
    assert minutes(report.work.wait) == [2, 20]
    assert minutes(report.work.serve) == [2, 4.5]
    assert minutes(report.work.walk) == [1, 1]  # nobody wrote down when the first was called
    assert report.work.called == 1
    assert (report.tickets.handwritten, report.tickets.served) == (2, 2)
    assert {one.staff: one.work.finished for one in report.tellers} == {"": 1, "teller1": 1}


def test_who_took_a_number_before_coming_and_did_not_come_is_counted_apart(tell):
    story = tell(services={"A": {"remote": True}}, remote=Remote(share=1.0))
    story.open(1)
    for _ in range(3):
        story.given(TakeRemoteTicket, service="A", by="visitor")
    story.given(CheckIn, visit="A001", by="kiosk")
    story.given(LeaveLine, visit="A002")
    serve(story, 1, "09:10", "09:11", "09:14")
    story.at("11:00")
    given_up = story.take("A")
    story.given(GiveUpTicket, visit=given_up, reason="mistake")

    report = report_of(story)

    assert (report.tickets.remote, report.tickets.not_come) == (3, 1)
    assert (report.tickets.left, report.tickets.given_up, report.tickets.done) == (1, 2, 1)
    assert text("en", "report.remote", n=3, not_come=1) in lines(report, "en", text)


def test_on_a_day_without_such_numbers_nothing_is_said_of_them(story):
    story.take("A")

    report = report_of(story)

    assert report.tickets.remote == 0
    assert text("en", "report.remote", n=0, not_come=0) not in lines(report, "en", text)


def test_a_ticket_of_several_lanes_is_counted_once(story):
    for lanes in ((), ("vip",), ("care", "vip"), ("care", "appointment"), ("vip", "appointment")):
        story.take("A", *lanes)
    quietly = story.take("A")
    story.given(ChangeLanes, visit=quietly, lanes=("care",), reason="agreed_with_customer")

    report = report_of(story)

    issued = {one.lane: one.tickets.issued for one in report.lanes}
    assert issued == {"ordinary": 1, "care": 3, "vip": 1, "appointment": 1}


def test_a_ticket_of_yesterday_is_not_of_today(story):
    story.open(1)
    story.take("A")
    story.serve(1)
    story.finish(1)
    story.at("2026-11-17 09:00")
    story.open(1)
    story.given(LeaveLine, visit=story.take("A"))

    report = report_of(story)

    assert (report.day, report.tickets.issued, report.tickets.left) == ("2026-11-17", 1, 1)
    assert report.work.finished == 0
