"""A drill in the middle of a real day leaves its figures untouched."""

import msgspec
import pytest

from server.reports.report import Spread
from shared.protocol import (
    AskHelp,
    CallNumber,
    DivertToMachine,
    EndEmergency,
    EndHelp,
    EnterHandwritten,
    FinishAtMachine,
    ParkTicket,
    PauseCounter,
    RequestHelp,
    ResumeCounter,
    ReturnFromMachine,
    StartEmergency,
    StartService,
    TakeTicket,
    UndoAction,
)
from tests.server.domain.story import MINUTE
from tests.server.reports.told import minutes, report_of, serve, spent, time_at, until


def drill(story, kind="drill"):
    """Half an hour from ten on, in which counter 1 serves two practice tickets."""
    story.at("10:00")
    story.given(StartEmergency, kind=kind)
    story.at("10:05")
    for n in (1, 2):
        story.given(
            EnterHandwritten, number=f"H{n}", service="A", taken_at=story.moment(f"10:0{n}")
        )
    story.given(TakeTicket, service="A", reason="other")
    story.given(RequestHelp, visit=story.visit("H1").id)
    story.serve(1)
    story.given(AskHelp, counter=1, kind="assist")
    story.at("10:10")
    story.given(EndHelp, counter=1)
    story.finish(1)
    story.at("10:11")
    story.call(1)
    story.later(seconds=10)
    story.given(UndoAction, counter=1)
    story.given(CallNumber, counter=1, number="H2", reason="other")
    story.given(StartService, counter=1)
    story.at("10:20")
    story.given(ParkTicket, counter=1, reason="form")
    story.at("10:30")
    story.given(EndEmergency)


@pytest.mark.parametrize("kind", ["drill", "training"])
def test_of_a_drill_only_the_number_of_its_visits_is_told(story, kind):
    story.open(1)
    story.take("A")
    serve(story, 1, "09:10", "09:11", "09:20")
    before = report_of(story)
    drill(story, kind)

    after = report_of(story)

    assert (before.practice, after.practice) == (0, 3)
    assert (after.tickets, after.work) == (before.tickets, before.work)
    assert (after.rules, after.interventions) == (before.rules, before.interventions)
    assert after.undone == ()
    assert [q for q in after.quarters if q.arrivals or q.calls] == list(before.quarters[:1])
    assert "help_wanted" not in [one.kind for one in after.alert_kinds]
    assert "counter_help" not in [one.kind for one in after.alert_kinds]


def test_the_time_of_a_drill_is_no_work_and_no_idleness(story):
    story.open(1)
    drill(story)
    until(story, "10:40")

    time = time_at(story, 1)

    # From 09:00 to 10:05, a minute between the two, and from 10:20 on; ten seconds of a call that
    # was taken back are idle too.
    assert spent(time) == {"idle_alone": pytest.approx(65 + 1 + 10 / 60 + 20)}
    assert time.help["assist"].times == time.help["assist"].ms == 0


def test_after_practice_there_is_nothing_to_wrap_up(story):
    story.open(1)
    story.at("10:00")
    story.given(StartEmergency, kind="drill")
    story.given(EnterHandwritten, number="H1", service="A", taken_at=story.moment("10:00"))
    story.given(EndEmergency)
    story.serve(1)
    story.take("A")
    story.at("10:10")
    story.finish(1)
    story.at("10:12")
    story.call(1)

    assert spent(time_at(story, 1)) == {"idle_alone": 60, "idle_waiting": 2}


def test_whoever_waits_for_practice_keeps_no_counter_from_being_idle(story):
    story.open(1)
    story.at("10:00")
    story.given(StartEmergency, kind="drill")
    story.given(EnterHandwritten, number="H1", service="A", taken_at=story.moment("10:00"))
    until(story, "10:20")

    assert spent(time_at(story, 1)) == {"idle_alone": 80}
    assert report_of(story).quarters == ()


def test_paper_numbers_of_a_real_emergency_count(story):
    story.open(1)
    story.at("10:00")
    story.given(StartEmergency, kind="emergency")
    story.given(EnterHandwritten, number="H1", service="A", taken_at=story.moment("10:00"))

    serve(story, 1, "10:10", "10:11", "10:12")

    report = report_of(story)
    assert (report.practice, report.tickets.handwritten) == (0, 1)
    assert minutes(report.work.wait) == [1, 10]


def test_a_pause_during_a_drill_is_a_pause(story):
    story.open(1)
    story.at("10:00")
    story.given(StartEmergency, kind="drill")
    story.given(PauseCounter, counter=1, reason="meeting", by="operations_supervisor")
    story.at("10:30")
    story.given(ResumeCounter, counter=1)
    until(story, "10:31")

    assert time_at(story, 1).pauses["meeting"].ms == 30 * MINUTE


# --- Machines --------------------------------------------------------------------------------


def names_in(value, path=()):
    """Every name in a report, with the names above it."""
    fields = msgspec.structs.asdict(value) if isinstance(value, msgspec.Struct) else value
    for name, below in fields.items():
        yield (*path, name)
        for one in below if isinstance(below, tuple) else (below,):
            if isinstance(one, msgspec.Struct | dict):
                yield from names_in(one, (*path, name))


def test_nothing_counts_or_ranks_who_is_sent_to_machines(story):
    story.open(1)
    elderly = story.take("A", "care")
    story.given(DivertToMachine, visit=elderly, machine="M1", by="lobby_assistant")
    story.at("09:10")
    story.given(FinishAtMachine, visit=elderly, by="lobby_assistant")

    report = report_of(story)

    # One ending among the others, of the day as a whole: of no lane, no person and no counter.
    named = {path for path in names_in(report) if "machine" in path[-1] or "divert" in path[-1]}
    assert named == {
        ("tickets", "at_machine"),
        *(path for path in named if path[-1] == "machine_cash"),  # a pause to fill it
    }
    assert (report.tickets.done, report.tickets.at_machine, report.tickets.served) == (1, 1, 0)
    assert report.interventions == ()
    assert report.work.wait == Spread()
    assert [(t.staff, t.work.finished) for t in report.tellers] == [("teller1", 0)]


def test_whoever_comes_back_from_a_machine_is_served_at_a_counter(story):
    story.open(1)
    number = story.take("A")
    story.given(DivertToMachine, visit=number, machine="M1")
    story.at("09:05")
    story.given(ReturnFromMachine, visit=number)

    serve(story, 1, "09:08", "09:09", "09:12")

    report = report_of(story)
    assert (report.tickets.at_machine, report.tickets.served) == (0, 1)
    assert minutes(report.work.wait) == [1, 8]  # the arrival is kept
