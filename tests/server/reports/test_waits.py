"""How long people waited, walked and were served, worked out by hand."""

from shared.protocol import (
    AddTransaction,
    CloseDay,
    ParkTicket,
    RecallTicket,
    ReinstateTicket,
    ResumeTicket,
    ReturnTicket,
    StartService,
    TransferTicket,
    UndoAction,
)
from tests.server.reports.told import minutes, report_of, serve


def test_a_ticket_waits_walks_and_is_served(story):
    story.open(1)
    story.take("A")

    serve(story, 1, "09:10", "09:11", "09:17")

    work = report_of(story).work
    assert minutes(work.wait) == [1, 10]
    assert minutes(work.walk) == [1, 1]
    assert minutes(work.serve) == [1, 6]
    assert (work.called, work.finished, work.transfer_wait.n) == (1, 1, 0)


def test_whoever_is_early_waits_from_the_opening_on(tell):
    story = tell("08:45")
    story.open(1)
    story.take("A")

    serve(story, 1, "09:04", "09:05", "09:08")

    assert minutes(report_of(story).work.wait) == [1, 4]  # and not 19


def test_no_wait_is_below_nothing(tell):
    story = tell("08:45")
    story.open(1)
    story.take("A")
    story.take("A")

    serve(story, 1, "08:50", "08:51", "08:52")
    story.call(1)
    story.at("08:54")
    story.given(RecallTicket, counter=1)
    story.given(StartService, counter=1)

    assert minutes(report_of(story).work.wait) == [2, 0]


def test_a_ticket_called_twice_has_waited_until_the_last_call(story):
    story.open(1)
    story.take("A")
    story.at("09:05")
    story.call(1)
    story.at("09:07")
    story.given(RecallTicket, counter=1)
    story.at("09:08")
    story.given(StartService, counter=1)

    work = report_of(story).work

    assert minutes(work.wait) == [1, 7]
    assert minutes(work.walk) == [1, 1]
    assert (work.called, work.recalled) == (1, 1)


def test_a_missed_ticket_has_waited_until_it_was_called_again_and_served(story):
    story.open(1)
    number = story.take("A")
    story.at("09:05")
    story.call(1)
    story.miss(1)
    story.at("09:20")
    story.given(ReinstateTicket, visit=number)

    serve(story, 1, "09:30", "09:31", "09:35")

    report = report_of(story)
    assert minutes(report.work.wait) == [1, 30]
    assert (report.work.called, report.work.recalled, report.work.missed) == (2, 2, 1)
    assert (report.tickets.missed, report.tickets.served) == (1, 1)


def test_a_wrong_call_is_a_call_but_ends_no_wait(story):
    story.open(1)
    story.take("A")
    story.at("09:05")
    story.call(1)
    story.at("09:06")
    story.given(ReturnTicket, counter=1)

    serve(story, 1, "09:12", "09:13", "09:15")

    work = report_of(story).work
    assert minutes(work.wait) == [1, 12]
    assert work.called == 2


def test_nobody_who_did_not_come_and_nobody_left_over_is_in_an_average(story):
    story.open(1, 2)
    story.take("A")
    story.take("A")
    story.take("A")
    story.call(1)
    story.miss(1)
    story.at("09:10")
    story.serve(2)
    story.at("09:30")
    story.given(CloseDay, leftovers=True, by="operations_supervisor")

    report = report_of(story)

    # One was missed, one was being served when the day closed, one was waiting.
    assert (report.tickets.issued, report.tickets.unserved) == (3, 3)
    assert (report.work.finished, report.work.serve.n) == (0, 0)
    assert minutes(report.work.wait) == [1, 10]  # of the second: that call did lead to service


# --- Undo ------------------------------------------------------------------------------------


def test_a_call_taken_back_was_never_made(story):
    story.open(1)
    story.take("A")
    story.at("09:05")
    story.call(1)
    story.later(seconds=30)
    story.given(UndoAction, counter=1)

    serve(story, 1, "09:15", "09:16", "09:20")

    report = report_of(story)
    assert minutes(report.work.wait) == [1, 15]
    assert report.work.called == 1
    assert [(one.name, one.times) for one in report.undone] == [("TicketCalled", 1)]
    assert [(rule.name, rule.times) for rule in report.rules] == [("longest_wait", 1)]


def test_a_finish_taken_back_goes_on_being_served(story):
    story.open(1)
    story.take("A")
    serve(story, 1, "09:05", "09:06", "09:10")
    story.later(seconds=30)
    story.given(UndoAction, counter=1)
    assert report_of(story).work.finished == 0

    story.at("09:14")
    story.finish(1)

    report = report_of(story)
    assert minutes(report.work.serve) == [1, 8]  # 09:06 to 09:14
    assert report.work.wrap_up.n == 0
    assert report.tickets.served == 1


def test_a_miss_taken_back_was_no_miss(story):
    story.open(1)
    story.take("A")
    story.call(1)
    story.miss(1)
    story.given(UndoAction, counter=1)
    story.given(StartService, counter=1)

    report = report_of(story)

    assert (report.tickets.missed, report.work.missed, report.work.recalled) == (0, 0, 2)


# --- Park ------------------------------------------------------------------------------------


def test_time_in_park_is_no_service(story):
    story.open(1)
    number = story.take("A")
    story.at("09:05")
    story.serve(1)
    story.at("09:08")
    story.given(ParkTicket, counter=1, reason="form")
    story.at("09:28")
    story.given(ResumeTicket, counter=1, visit=story.visit(number).id)
    story.at("09:29")
    story.given(StartService, counter=1)
    story.at("09:34")
    story.finish(1)

    work = report_of(story).work

    assert minutes(work.serve) == [1, 8]  # 3 and 5
    assert minutes(work.wait) == [1, 5]  # once, until the call that began the service
    assert minutes(work.walk) == [1, 0]


def test_time_in_park_is_no_wait_either(story):
    story.open(1)
    number = story.take("A")
    story.at("09:05")
    story.call(1)
    story.at("09:06")
    story.given(ParkTicket, counter=1, reason="papers", owner="any")
    story.at("09:26")
    story.given(ResumeTicket, counter=1, visit=story.visit(number).id)
    story.at("09:27")
    story.given(StartService, counter=1)

    work = report_of(story).work

    assert minutes(work.wait) == [1, 6]  # until 09:26, without the 20 in park
    assert minutes(work.walk) == [1, 1]


def test_a_park_that_ends_by_itself_waits_again(story):
    story.open(1)
    story.take("A")
    story.at("09:05")
    story.call(1)
    story.given(ParkTicket, counter=1, reason="papers", until=story.moment("09:15"))

    serve(story, 1, "09:18", "09:19", "09:20")

    assert minutes(report_of(story).work.wait) == [1, 8]  # 5 before the park and 3 after it


def test_of_a_park_before_the_opening_only_what_lies_after_it_is_taken_off(tell):
    story = tell("08:50")
    story.open(1)
    story.take("A")
    story.at("08:52")
    story.call(1)
    story.given(ParkTicket, counter=1, reason="form", until=story.moment("09:10"))

    serve(story, 1, "09:20", "09:21", "09:25")

    assert minutes(report_of(story).work.wait) == [1, 10]  # from 09:00, without ten in park


def test_a_park_is_taken_off_the_wait_it_was_in_and_no_other(story):
    story.open(1, 7)
    for number in ("A001", "A002"):
        story.take("A")
        story.call(1)
        if number == "A002":
            # This one is parked after the service began, and has another to come.
            story.given(StartService, counter=1)
            story.given(AddTransaction, counter=1, service="L")
        story.given(ParkTicket, counter=1, reason="papers")
        story.later(minutes=10)
        story.given(ResumeTicket, counter=1, visit=story.visit(number).id)
        if number == "A001":
            story.given(TransferTicket, counter=1, service="L")
        else:
            story.given(StartService, counter=1)
            story.finish(1)
        story.later(minutes=8)
        story.serve(7)
        story.finish(7)

    assert minutes(report_of(story).work.transfer_wait) == [2, 8]
