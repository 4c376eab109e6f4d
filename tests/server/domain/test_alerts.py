"""Which conditions want a person: raised once, closed by somebody, or ceased with the cause."""

from msgspec.structs import replace

from server.domain.commands import Configure, NoteTerminal
from server.domain.events import AlertCeased, AlertRaised
from shared.protocol import (
    AskHelp,
    CloseAlert,
    CloseCounter,
    LeaveLine,
    OpenCounter,
    OpenDay,
    ParkTicket,
    ReportPrinter,
    ReportVoice,
    SetMachine,
    SignOffDuty,
    SignOnDuty,
    StepBack,
    TransferTicket,
)
from tests.server.domain.story import a_branch


def raised(story, kind):
    """How many alerts of that kind there have been."""
    return sum(isinstance(e, AlertRaised) and e.kind == kind for e, _ in story.history)


# --- A long line ---------------------------------------------------------------------------------


def test_more_than_twelve_waiting_raise_one_alert(story):
    for _ in range(12):
        story.take("Q")
    story.later(seconds=10)
    assert story.alerts() == []

    story.take("L")  # of whatever service
    story.later(minutes=5)

    assert story.alerts() == ["long_line"]
    assert raised(story, "long_line") == 1


def test_a_long_line_ceases_at_three_quarters_so_that_no_alert_flickers(story):
    for _ in range(13):
        story.take("Q")
    story.later(seconds=10)
    for n in (1, 2, 3):
        story.given(LeaveLine, visit=f"Q00{n}")
    story.later(seconds=10)
    assert story.alerts() == ["long_line"]  # ten are waiting

    story.given(LeaveLine, visit="Q004")
    story.later(seconds=10)

    assert story.alerts() == []
    assert story.history[-1][0] == AlertCeased(alert=1)


def test_a_closed_alert_stays_closed_while_its_cause_lasts(story):
    for _ in range(13):
        story.take("Q")
    story.later(seconds=10)
    story.given(CloseAlert, alert=1, outcome="no_action")
    story.later(minutes=5)
    assert raised(story, "long_line") == 1

    for n in (1, 2, 3, 4):
        story.given(LeaveLine, visit=f"Q00{n}")
    story.later(seconds=10)
    for _ in range(4):
        story.take("Q")
    story.later(seconds=10)

    assert raised(story, "long_line") == 2  # the cause had ceased and came again
    assert story.alerts() == ["long_line"]


# --- A long wait ---------------------------------------------------------------------------------


def test_a_wait_beyond_the_target_of_its_service_raises_one_alert(tell):
    story = tell(services={"L": {"target_minutes": 30}})
    story.take("L")
    story.take("L")

    story.later(minutes=30)
    assert story.alerts() == []
    story.later(seconds=10)

    assert story.alert("long_wait").service == "L"
    story.open(7)
    story.call(7)
    story.later(seconds=10)
    assert story.alerts() == ["long_wait"]  # L002 waits as long
    story.given(LeaveLine, visit="L002")
    story.later(seconds=10)
    assert story.alerts() == []


def test_care_and_booked_customers_are_promised_ten_minutes(story):
    story.take("Q", "appointment")
    story.take("L", "care")
    story.take("A", "vip")

    story.later(minutes=10, seconds=10)

    assert [a.service for a in story.board.alerts] == ["L", "Q"]


def test_a_customer_who_stands_back_does_not_wait_too_long(story):
    story.take("L")
    story.given(StepBack, visit="L001", minutes=40)

    story.later(minutes=39, seconds=50)
    assert story.alerts() == []
    story.later(seconds=10)
    assert story.alerts() == ["long_wait"]


def test_the_wait_after_a_transfer_counts_from_the_transfer(story):
    story.open(1)
    story.take("A")
    story.serve(1)
    story.later(minutes=19)
    story.given(TransferTicket, counter=1, service="L")

    story.later(minutes=20)
    assert "long_wait" not in story.alerts()
    story.later(seconds=10)
    assert "long_wait" in story.alerts()


# --- An idle counter -----------------------------------------------------------------------------


def test_a_counter_idle_for_three_minutes_with_people_waiting_is_noticed(story):
    story.open(1)
    story.take("A")

    story.later(minutes=2, seconds=50)
    assert story.alerts() == []
    story.later(seconds=10)
    assert story.alert("counter_idle").counter == 1

    story.call(1)
    story.later(seconds=10)
    assert story.alerts() == []


def test_a_counter_with_nothing_to_do_is_not_idle(story):
    story.open(1)
    story.later(minutes=30)
    story.take("A")  # just come in

    story.later(minutes=2, seconds=50)
    assert story.alerts() == []
    story.later(seconds=10)
    assert story.alerts() == ["counter_idle"]


def test_a_counter_is_idle_only_for_what_it_serves(story):
    story.open(6)
    story.take("A")

    story.later(minutes=10)

    assert story.alerts() == []


def test_an_idle_counter_whose_customer_leaves_has_nothing_to_do(story):
    story.open(1)
    story.take("A")
    story.later(minutes=3)

    story.given(LeaveLine, visit="A001")
    story.later(seconds=10)

    assert story.alerts() == []


def test_nobody_is_idle_while_the_server_is_away(story):
    story.open(1)
    story.take("A")

    story.away_until("2026-11-16 09:15")
    assert "counter_idle" not in story.alerts()
    story.later(minutes=3)
    assert "counter_idle" in story.alerts()


# --- The elastic window --------------------------------------------------------------------------


def test_the_elastic_window_is_suggested_when_more_than_twelve_wait_for_it(story):
    for n in range(13):
        story.take("AF"[n % 2])
    story.later(seconds=10)

    assert story.alert("elastic_suggested").counter == 4

    story.given(OpenCounter, counter=4)
    story.later(seconds=10)
    assert "elastic_suggested" not in story.alerts()


def test_the_elastic_window_is_suggested_when_somebody_waits_more_than_twenty_minutes(story):
    story.take("F")

    story.later(minutes=20)
    assert "elastic_suggested" not in story.alerts()
    story.later(seconds=10)
    assert "elastic_suggested" in story.alerts()


def test_who_chose_to_stand_back_suggests_no_elastic_window(story):
    story.take("A")
    story.given(StepBack, visit="A001", minutes=40)

    story.later(minutes=39)

    assert story.alerts() == []


def test_the_elastic_window_does_not_help_other_services(story):
    for _ in range(13):
        story.take("Q")

    story.later(minutes=30)

    assert "elastic_suggested" not in story.alerts()


def test_an_open_counter_without_its_terminal_is_an_alert_until_it_is_back_or_closed(story):
    story.given(NoteTerminal, counter=1, silent=True)
    story.given(NoteTerminal, counter=2, silent=True)
    story.later(seconds=10)
    assert story.alerts() == []

    story.open(1, 2)
    story.later(seconds=10)
    assert story.alerts() == ["counter_silent", "counter_silent"]

    story.given(NoteTerminal, counter=1, silent=False)
    story.later(seconds=10)
    assert story.alert("counter_silent").counter == 2

    story.given(CloseCounter, counter=2, by="operations_supervisor")
    story.later(seconds=10)
    assert story.alerts() == []


# --- Duty ----------------------------------------------------------------------------------------


def test_an_uncovered_minute_is_an_alert_until_somebody_is_there(story):
    story.given(SignOffDuty, staff="li")

    story.later(seconds=50)
    assert story.alerts() == []
    story.later(seconds=10)
    assert story.alerts() == ["duty_uncovered"]

    story.given(SignOnDuty, staff="wang")
    story.later(seconds=10)
    assert story.alerts() == []


def test_the_lobby_is_uncovered_only_from_the_first_ticket_on(tell):
    story = tell("2026-11-16 08:00")

    story.at("08:45:50")
    assert story.alerts() == []
    story.at("08:46")
    assert story.alerts() == ["duty_uncovered"]


def test_the_lobby_is_covered_until_the_last_customer_has_gone(story):
    story.open(1)
    story.take("A")
    story.at("16:55")
    story.given(SignOffDuty, staff="li")
    story.at("17:30")
    assert "duty_uncovered" in story.alerts()

    story.given(LeaveLine, visit="A001")
    story.later(seconds=10)

    assert story.alerts() == []


def test_a_branch_without_duty_is_never_uncovered(tell):
    story = tell(duty_required=False)
    story.given(SignOffDuty, staff="li")

    story.later(hours=1)

    assert story.alerts() == []


def test_a_day_without_hours_needs_no_duty(tell):
    story = tell("2026-11-16 07:00", hours={"rules": ()})
    story.given(OpenDay)
    story.later(hours=1)

    assert story.alerts() == []


def test_the_board_adds_up_how_long_the_lobby_was_uncovered(story):
    story.given(SignOffDuty, staff="li")
    story.later(minutes=3)
    uncovered = story.board
    story.given(SignOnDuty, staff="wang")
    story.later(minutes=5)
    story.given(SignOnDuty, staff="zhao")

    assert uncovered.uncovered_since == story.moment("09:00")
    assert uncovered.uncovered_ms == 0
    assert story.board.uncovered_since is None
    assert story.board.uncovered_ms == 3 * 60_000


# --- The promised wait ---------------------------------------------------------------------------


def test_a_ticket_says_when_the_wait_promised_to_it_is_over(story):
    story.take("A")
    story.take("A", "care")
    story.take("F", "appointment")

    due = {ticket.number: ticket.due_at for ticket in story.board.line}

    assert due["A001"] == story.moment("09:20")
    assert due["A002"] == story.moment("09:10")
    assert due["F001" if "F001" in due else "Y001"] == story.moment("09:10")


def test_whoever_stands_back_or_is_called_waits_for_nothing(story):
    story.open(1)
    story.take("A")
    story.take("A")
    story.given(StepBack, visit="A001", places=2)
    story.call(1)

    assert story.board.line[0].due_at is None
    assert story.board.counters[0].current.due_at is None


# --- Causes that go by themselves ----------------------------------------------------------------


def test_a_machine_that_is_still_faulty_in_the_morning_is_an_alert_of_that_day_too(story):
    story.given(SetMachine, machine="M1", state="faulty")

    story.at("2026-11-17 08:01")

    assert story.alert("machine_faulty").machine == "M1"


def test_a_printer_without_paper_in_the_evening_is_an_alert_in_the_morning(story):
    story.given(ReportPrinter, state="paper_out", by="kiosk", station="kiosk-1")

    story.at("2026-11-17 08:01")

    assert story.alert("printer").station == "kiosk-1"


def test_a_display_that_was_silent_in_the_evening_is_an_alert_in_the_morning(story):
    story.given(ReportVoice, state="no_sound", by="display", station="display-1")

    story.at("2026-11-17 08:01")

    assert story.alert("voice").station == "display-1"


def test_an_alert_about_a_counter_that_is_no_more_ceases(story):
    story.open(1, 2)
    story.given(AskHelp, counter=2, kind="assist")
    story.given(CloseCounter, counter=2)
    config = a_branch()
    fewer = tuple(c for c in config.counters if c.id != 2)
    story.given(Configure, config=replace(config, counters=fewer))

    story.later(seconds=10)

    assert story.alerts() == []


def test_an_alert_about_a_machine_that_is_no_more_ceases(story):
    story.given(SetMachine, machine="M1", state="faulty")
    story.given(Configure, config=a_branch(machines=()))

    story.later(seconds=10)

    assert story.alerts() == []


def test_who_is_parked_does_not_wait(story):
    story.open(7)
    story.take("L")
    story.call(7)
    story.given(ParkTicket, counter=7, reason="papers")

    story.later(hours=1)

    assert story.alerts() == []
