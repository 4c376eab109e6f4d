"""What counters did all day, worked out by hand."""

from shared.protocol import (
    AskHelp,
    CallNext,
    CloseAfterThis,
    CloseCounter,
    EndHelp,
    FinishService,
    OpenCounter,
    RecallTicket,
    SetNeeds,
    StartService,
    StepBack,
    UndoAction,
)
from tests.server.domain.story import MINUTE
from tests.server.reports.told import report_of, serve, spent, time_at, until


def test_every_moment_of_an_open_counter_is_one_thing(story):
    story.open(1)
    story.at("09:04")
    story.take("A")
    serve(story, 1, "09:05", "09:07", "09:15")
    until(story, "09:20")

    assert spent(time_at(story, 1)) == {
        "idle_alone": 4 + 5,  # before the customer came, and after
        "idle_waiting": 1,
        "calling": 2,
        "serving": 8,
    }


def test_those_waiting_for_other_counters_are_not_waiting_for_this_one(tell):
    story = tell(services={"Q": {"target_minutes": 60}})
    story.open(1, 6)
    story.take("Q")
    story.at("09:02")
    story.take("A")
    until(story, "09:05")

    assert spent(time_at(story, 1)) == {"idle_alone": 2, "idle_waiting": 3}
    assert spent(time_at(story, 6)) == {"idle_waiting": 5}


def test_whoever_needs_a_low_counter_or_asked_for_a_time_does_not_wait_for_this_one(story):
    story.open(1)
    low = story.take("A")
    story.given(SetNeeds, visit=low, needs=("low_counter",))
    later = story.take("A")
    story.given(StepBack, visit=later, minutes=10)
    until(story, "09:25")

    # Nobody until 09:10; then the one who had named that time.
    assert spent(time_at(story, 1)) == {"idle_alone": 10, "idle_waiting": 15}


def test_before_the_opening_nobody_waits(tell):
    story = tell("08:45")
    story.open(1)
    story.take("A")
    story.at("09:03")
    story.call(1)

    assert spent(time_at(story, 1)) == {"idle_alone": 15, "idle_waiting": 3}


def test_calling_in_vain_is_calling(story):
    story.open(1)
    story.take("A")
    story.call(1)
    story.at("09:02")
    story.given(RecallTicket, counter=1)
    story.at("09:04")
    until(story, "09:04:30")

    assert spent(time_at(story, 1)) == {"calling": 4.5}


def test_what_was_taken_back_spent_no_time(story):
    story.open(1)
    story.take("A")
    story.at("09:01")
    story.call(1)
    story.later(seconds=30)
    story.given(UndoAction, counter=1)
    serve(story, 1, "09:02", "09:02", "09:05")
    story.later(seconds=30)
    story.given(UndoAction, counter=1)
    until(story, "09:06")

    assert spent(time_at(story, 1)) == {"idle_waiting": 2, "serving": 4}


def test_help_is_measured_beside_the_service(story):
    story.open(1)
    story.take("A")
    story.serve(1)
    story.at("09:02")
    story.given(AskHelp, counter=1, kind="authorise")
    story.at("09:05")
    story.given(EndHelp, counter=1)
    story.at("09:06")
    story.finish(1)

    time = time_at(story, 1)

    assert spent(time) == {"serving": 6}
    assert (time.help["authorise"].times, time.help["authorise"].ms) == (1, 3 * MINUTE)
    assert time.help["assist"].times == 0


def test_closed_time_counts_from_the_opening_of_the_day(story):
    story.open(1)
    story.take("A")
    story.serve(1)
    story.at("09:05")
    story.given(CloseAfterThis, counter=1, by="operations_supervisor")
    story.at("09:10")
    story.finish(1)
    until(story, "09:30")

    counter = report_of(story).counters[0]

    assert counter.closed_ms == (60 + 20) * MINUTE  # the day opens at 08:00
    assert spent(counter.time) == {"serving": 10}
    assert counter.work.wrap_up.n == 0


def test_a_teller_takes_the_figures_along_to_another_counter(story):
    story.given(OpenCounter, counter=1)
    story.take("A")
    serve(story, 1, "09:02", "09:03", "09:05")
    story.given(CloseCounter, counter=1, by="operations_supervisor")
    story.given(OpenCounter, counter=2, by="teller:teller1")
    story.open(3)
    until(story, "09:15")
    story.given(StepBack, visit=story.take("A"), places=1)

    tellers = {one.staff: one for one in report_of(story).tellers}

    assert set(tellers) == {"teller1", "teller3"}
    assert spent(tellers["teller1"].time) == {
        "idle_waiting": 2,
        "calling": 1,
        "serving": 2,
        "idle_alone": 10,
    }
    assert tellers["teller1"].work.finished == 1


def test_a_counter_opened_from_a_board_is_nobodys_until_its_teller_calls(story):
    story.given(OpenCounter, counter=1, by="operations_supervisor")
    story.at("09:04")
    story.take("A")
    serve(story, 1, "09:05", "09:06", "09:10")

    nobody, teller = report_of(story).tellers

    assert (nobody.staff, nobody.work.called, nobody.work.wait.n) == ("", 0, 0)
    assert spent(nobody.time) == {"idle_alone": 4, "idle_waiting": 1}
    assert (teller.staff, teller.work.called, teller.work.finished) == ("teller1", 1, 1)
    assert spent(teller.time) == {"calling": 1, "serving": 4}


def test_a_counter_that_changes_hands_is_shared_between_both(story):
    story.open(1)
    story.take("A")
    story.given(CallNext, counter=1)
    story.at("09:01")
    story.given(StartService, counter=1)
    story.at("09:03")
    story.given(AskHelp, counter=1, kind="assist", by="teller:anna")
    story.at("09:06")
    story.given(FinishService, counter=1, by="teller:anna")

    anna, first = report_of(story).tellers

    assert (anna.staff, spent(anna.time), anna.work.finished) == ("anna", {"serving": 3}, 1)
    assert (first.staff, first.work.called, first.work.finished) == ("teller1", 1, 0)
    assert spent(first.time) == {"calling": 1, "serving": 2}


def test_a_server_that_was_away_overnight_worked_no_night_shift(story):
    story.open(1)
    story.take("A")
    story.serve(1)

    story.away_until("2026-11-17 07:00")

    report = report_of(story)
    assert (report.day, report.late) == ("2026-11-16", True)
    assert report.tickets.unserved == 1
    assert spent(report.counters[0].time) == {"serving": 11 * 60}  # until the day ends at 20:00
    assert report.counters[1].closed_ms == 12 * 60 * MINUTE
