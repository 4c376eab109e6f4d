"""Transactions one by one: what a report counts, told singly."""

import pytest

from server.reports.one_day import NothingToReport, cut
from server.reports.report import DayReport
from server.reports.transactions import finished
from shared.protocol import (
    AddTransaction,
    DivertToMachine,
    EnterHandwritten,
    FinishAtMachine,
    FinishService,
    LeaveLine,
    StartEmergency,
    StartService,
    TransferTicket,
    UndoAction,
)
from tests.server.domain.story import MINUTE
from tests.server.reports.told import report_of, serve


def told(story):
    return finished(cut(story.history, None, "real"))


def test_one_row_says_when_where_by_whom_and_how_it_ended(story):
    story.open(1)
    story.take("A", "care")
    serve(story, 1, "09:10", "09:11", "09:20")

    [row] = told(story)

    at = story.moment
    assert (row.day, row.visit, row.transaction, row.number) == ("2026-11-16", 1, 1, "A001")
    assert (row.service, row.lanes, row.counter) == ("A", "care", 1)
    assert row.staff == report_of(story).tellers[0].staff != ""
    assert (row.taken_at, row.queued_at, row.called_at) == (at("09:00"), at("09:00"), at("09:10"))
    assert (row.started_at, row.ended_at) == (at("09:11"), at("09:20"))
    assert (row.served_ms, row.outcome) == (9 * MINUTE, "done")


def test_what_is_added_at_the_counter_is_a_row_of_its_own(story):
    story.open(1)
    story.take("A")
    story.serve(1)
    story.given(AddTransaction, counter=1, service="F")
    story.at("09:05")
    story.finish(1)
    story.at("09:12")
    story.finish(1)

    first, second = told(story)

    assert (first.transaction, second.transaction) == (1, 2)
    assert (first.service, second.service) == ("A", "F")
    assert first.visit == second.visit
    assert first.staff == second.staff != ""
    assert second.started_at == first.ended_at


def test_a_transfer_makes_two_rows_with_their_own_counters(story):
    story.open(1, 7)
    story.take("A")
    story.serve(1)
    story.at("09:05")
    story.given(TransferTicket, counter=1, service="L")
    serve(story, 7, "09:10", "09:11", "09:30")

    rows = told(story)

    assert [(row.counter, row.service, row.outcome) for row in rows] == [
        (1, "A", "transferred"),
        (7, "L", "done"),
    ]
    assert rows[1].queued_at == story.moment("09:05")


def test_what_was_undone_has_not_happened(story):
    story.open(1)
    story.take("A")
    story.serve(1)
    story.at("09:05")
    story.finish(1)
    story.given(UndoAction, counter=1)
    story.at("09:09")
    story.given(FinishService, counter=1, outcome="referred")

    [row] = told(story)

    assert (row.ended_at, row.outcome) == (story.moment("09:09"), "referred")


def test_who_left_has_finished_nothing_and_a_machine_has_no_teller(story):
    elderly = story.take("A")
    story.given(DivertToMachine, visit=elderly, machine="M1", by="lobby_assistant")
    story.given(FinishAtMachine, visit=elderly, by="lobby_assistant")
    story.take("A")
    story.given(LeaveLine, visit="A002")

    [row] = told(story)

    assert (row.number, row.counter, row.staff) == ("A001", None, "")


def test_numbers_on_paper_and_practice_are_marked(story):
    story.at("10:00")
    story.given(StartEmergency, kind="drill")
    times = {"started_at": story.moment("09:59"), "finished_at": story.moment("10:00")}
    story.given(
        EnterHandwritten,
        number="H1",
        service="A",
        taken_at=story.moment("09:58"),
        counter=1,
        **times,
    )

    [row] = told(story)

    assert (row.handwritten, row.practice, row.staff) == (True, True, "")


def test_the_rows_add_up_to_the_report(story):
    story.open(1, 2)
    for _ in range(4):
        story.take("A")
    serve(story, 1, "09:10", "09:11", "09:20")
    serve(story, 2, "09:21", "09:22", "09:31")
    story.call(1)
    story.given(StartService, counter=1)
    story.at("09:40")
    story.finish(1, outcome="papers_missing", papers=("\u8eab\u4efd\u8bc1", "\u94f6\u884c\u5361"))

    rows, report = told(story), report_of(story)

    assert isinstance(report, DayReport)
    assert len(rows) == report.work.serve.n == 3
    assert sum(row.served_ms for row in rows) == report.work.serve.total_ms
    assert rows[-1].papers_missing == "\u8eab\u4efd\u8bc1; \u94f6\u884c\u5361"


def test_a_rehearsal_is_not_told_as_real_days(story):
    with pytest.raises(NothingToReport):
        cut(story.history, None, "rehearsal")
