"""The lobby: help, machines, messages, duty, alerts by hand, and what is offered today."""

import pytest

from server.domain.commands import Configure
from server.domain.events import (
    AlertClosed,
    AlertRaised,
    DutyHandedOver,
    DutySignedOff,
    DutySignedOn,
    IssuingResumed,
    IssuingStopped,
    MachineChanged,
    MessageCleared,
    MessageSent,
    PresetChosen,
    PrinterReported,
    ServiceClosed,
    ServiceOpened,
    VoiceReported,
)
from server.domain.refusals import (
    AlreadyOnDuty,
    EmptyMessage,
    IssuingNotStopped,
    NotOnDuty,
    ServiceAlreadyClosed,
    ServiceAlreadyOpen,
    UnknownAlert,
    UnknownMachine,
    UnknownMessage,
    UnknownPreset,
    UnknownService,
    UnknownVisit,
)
from shared.protocol import (
    ChoosePreset,
    ClearMessage,
    CloseAlert,
    CloseService,
    HandOverDuty,
    OpenService,
    ReportPrinter,
    ReportVoice,
    RequestHelp,
    ResumeIssuing,
    SendMessage,
    SetMachine,
    SignOffDuty,
    SignOnDuty,
    StopIssuing,
)
from tests.server.domain.story import MINUTE, a_branch

# --- Help ----------------------------------------------------------------------------------------


def test_not_sure_at_the_kiosk_calls_a_person(story):
    story.when(RequestHelp, by="kiosk", station="kiosk-1").then(
        AlertRaised(alert=1, kind="help_wanted", station="kiosk-1")
    )

    assert story.alert("help_wanted").station == "kiosk-1"


def test_a_complaint_from_the_phone_names_the_ticket_and_calls_the_manager(story):
    story.take("A")

    story.when(RequestHelp, wanted="complaint", visit="A001", by="customer").then(
        AlertRaised(alert=1, kind="complaint", visit=1)
    )

    assert story.alert("complaint").number == "A001"


def test_pressing_for_help_again_raises_no_second_alert(story):
    story.given(RequestHelp, by="kiosk", station="kiosk-1")

    story.when(RequestHelp, by="kiosk", station="kiosk-1").then()
    story.when(RequestHelp, by="kiosk", station="kiosk-2").then(
        AlertRaised(alert=2, kind="help_wanted", station="kiosk-2")
    )
    story.when(RequestHelp, wanted="complaint", by="kiosk", station="kiosk-1").then(
        AlertRaised(alert=3, kind="complaint", station="kiosk-1")
    )


def test_help_wanted_again_after_it_came_is_a_new_alert(story):
    story.given(RequestHelp, by="kiosk", station="kiosk-1")
    story.given(CloseAlert, alert=1, outcome="solved")

    story.when(RequestHelp, by="kiosk", station="kiosk-1").then(
        AlertRaised(alert=2, kind="help_wanted", station="kiosk-1")
    )


def test_help_for_a_visit_nobody_knows_is_refused(story):
    story.when(RequestHelp, visit=5).refused(UnknownVisit(5))


# --- Alerts --------------------------------------------------------------------------------------


def test_an_alert_closes_only_with_an_outcome_and_only_once(story):
    story.given(RequestHelp, wanted="complaint", by="kiosk", station="kiosk-1")
    story.later(hours=1)
    assert story.alerts() == ["complaint"]  # nobody but a person ends it

    story.when(CloseAlert, alert=1, outcome="referred_up").then(
        AlertClosed(alert=1, outcome="referred_up")
    )

    assert story.alerts() == []
    story.when(CloseAlert, alert=1, outcome="solved").refused(UnknownAlert(1))
    story.when(CloseAlert, alert=2, outcome="solved").refused(UnknownAlert(2))


# --- Printers ------------------------------------------------------------------------------------


def test_a_printer_without_paper_is_an_alert_until_it_prints_again(story):
    kiosk = {"by": "kiosk", "station": "kiosk-1"}
    story.when(ReportPrinter, state="paper_out", **kiosk).then(
        PrinterReported(station="kiosk-1", state="paper_out"),
        AlertRaised(alert=1, kind="printer", station="kiosk-1"),
    )
    story.when(ReportPrinter, state="paper_out", **kiosk).then()
    story.when(ReportPrinter, state="cover_open", **kiosk).then(
        PrinterReported(station="kiosk-1", state="cover_open")
    )
    assert [(p.station, p.state) for p in story.board.printers] == [("kiosk-1", "cover_open")]

    story.when(ReportPrinter, state="ready", **kiosk).then(
        PrinterReported(station="kiosk-1", state="ready")
    )
    story.later(seconds=10)
    assert story.alerts() == []


def test_a_printer_that_says_nothing_of_itself_alerts_nobody(story):
    story.when(ReportPrinter, state="unknown", by="kiosk", station="kiosk-1").then(
        PrinterReported(station="kiosk-1", state="unknown")
    )
    story.later(seconds=10)
    assert story.alerts() == []


# --- Voices --------------------------------------------------------------------------------------


def test_a_display_without_sound_is_an_alert_until_it_speaks_again(story):
    display = {"by": "display", "station": "display-1"}
    story.when(ReportVoice, state="no_sound", **display).then(
        VoiceReported(station="display-1", state="no_sound"),
        AlertRaised(alert=1, kind="voice", station="display-1"),
    )
    story.when(ReportVoice, state="no_sound", **display).then()
    story.when(ReportVoice, state="no_clips", **display).then(
        VoiceReported(station="display-1", state="no_clips")
    )
    for view in (story.board, story.feed("CounterView:1")):
        assert [(v.station, v.state) for v in view.voices] == [("display-1", "no_clips")]

    story.when(ReportVoice, state="speaking", **display).then(
        VoiceReported(station="display-1", state="speaking")
    )
    story.later(seconds=10)
    assert story.alerts() == []


# --- Machines ------------------------------------------------------------------------------------


def test_a_faulty_machine_is_an_alert_until_it_works_again(story):
    story.when(SetMachine, machine="M1", state="faulty").then(
        MachineChanged(machine="M1", state="faulty"),
        AlertRaised(alert=1, kind="machine_faulty", machine="M1"),
    )
    story.when(SetMachine, machine="M1", state="faulty").then()
    assert [m.state for m in story.kiosk.machines] == ["faulty", "working"]

    story.when(SetMachine, machine="M1", state="working").then(
        MachineChanged(machine="M1", state="working")
    )
    story.later(seconds=10)
    assert story.alerts() == []


def test_a_machine_that_fails_again_at_once_is_one_alert(story):
    story.given(SetMachine, machine="M1", state="faulty")
    story.given(SetMachine, machine="M1", state="working")

    story.when(SetMachine, machine="M1", state="faulty").then(
        MachineChanged(machine="M1", state="faulty")
    )
    story.later(seconds=10)
    assert story.alerts() == ["machine_faulty"]


def test_a_machine_nobody_knows_is_refused(story):
    story.when(SetMachine, machine="M9", state="faulty").refused(UnknownMachine("M9"))


# --- Messages ------------------------------------------------------------------------------------


def test_a_message_is_on_all_screens_for_some_minutes(story):
    story.open(1)
    story.take("A")
    story.when(SendMessage, zh=" 系统维护 ", en="Maintenance", minutes=30).then(
        MessageSent(message=1, zh="系统维护", en="Maintenance", until=story.now + 30 * MINUTE)
    )

    for feed in ("KioskView", "DisplayView", "CounterView:1", "BoardView", "TicketView:1"):
        assert [m.zh for m in story.feed(feed).messages] == ["系统维护"]
    story.later(minutes=29, seconds=59)
    assert story.display.messages
    story.later(seconds=1)
    assert story.display.messages == ()


def test_the_oldest_message_gives_way_when_there_are_too_many(tell):
    story = tell(limits={"messages_max": 2})
    for n in "12":
        story.given(SendMessage, zh=n, en=n)

    story.when(SendMessage, zh="3", en="3").then(
        MessageCleared(message=1),
        MessageSent(message=3, zh="3", en="3", until=story.now + 30 * MINUTE),
    )

    assert [m.zh for m in story.display.messages] == ["2", "3"]


def test_a_message_needs_words_in_both_languages(story):
    story.when(SendMessage, zh="系统维护", en=" ").refused(EmptyMessage())
    story.when(SendMessage, zh="", en="Maintenance").refused(EmptyMessage())


def test_a_message_is_taken_off_once(story):
    story.given(SendMessage, zh="好", en="Good")

    story.when(ClearMessage, message=1).then(MessageCleared(message=1))
    story.when(ClearMessage, message=1).refused(UnknownMessage(1))


# --- Duty ----------------------------------------------------------------------------------------


def test_the_duty_is_handed_over_without_a_gap(story):
    story.when(HandOverDuty, staff="li", to="wang").then(DutyHandedOver(staff="li", to="wang"))

    assert [(d.staff, d.since) for d in story.board.duty] == [("wang", story.now)]
    story.later(minutes=5)
    assert story.alerts() == []


def test_two_may_be_on_duty_and_each_signs_off_for_himself(story):
    story.when(SignOnDuty, staff="wang").then(DutySignedOn(staff="wang"))
    story.when(SignOnDuty, staff="wang").refused(AlreadyOnDuty("wang"))
    story.when(HandOverDuty, staff="li", to="wang").refused(AlreadyOnDuty("wang"))

    story.when(SignOffDuty, staff="li").then(DutySignedOff(staff="li"))

    story.when(SignOffDuty, staff="li").refused(NotOnDuty("li"))
    story.when(HandOverDuty, staff="li", to="zhao").refused(NotOnDuty("li"))
    story.later(minutes=5)
    assert story.alerts() == []  # wang is there


# --- What is offered -----------------------------------------------------------------------------


def test_a_service_is_closed_by_hand_and_opened_again(story):
    story.when(CloseService, service="L", reason="staffing").then(
        ServiceClosed(service="L", reason="staffing")
    )
    assert story.service("L").status == "closed"
    story.when(CloseService, service="L", reason="staffing").refused(ServiceAlreadyClosed("L"))

    story.when(OpenService, service="L").then(ServiceOpened(service="L"))
    assert story.service("L").status == "open"
    story.when(OpenService, service="L").refused(ServiceAlreadyOpen("L"))


def test_issuing_is_stopped_and_resumed_for_one_service_or_for_all(story):
    story.when(ResumeIssuing).refused(IssuingNotStopped())
    story.when(StopIssuing, reason="peak").then(IssuingStopped(service="*", reason="peak"))
    story.when(StopIssuing, service="A", reason="peak").then(
        IssuingStopped(service="A", reason="peak")
    )
    story.when(StopIssuing, service="A", reason="staffing").then()  # stopped already
    assert {shown.status for shown in story.kiosk.services} == {"stopped"}

    story.when(ResumeIssuing).then(IssuingResumed(service="*"))
    assert (story.service("A").status, story.service("F").status) == ("stopped", "open")
    story.when(ResumeIssuing, service="A").then(IssuingResumed(service="A"))
    story.when(ResumeIssuing, service="A").refused(IssuingNotStopped())


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        (CloseService, {"reason": "other"}),
        (OpenService, {}),
        (StopIssuing, {"reason": "other"}),
        (ResumeIssuing, {}),
    ],
)
def test_a_service_nobody_knows_is_refused(story, kind, fields):
    story.when(kind, service="X", **fields).refused(UnknownService("X"))


def test_the_calling_preset_is_chosen_for_the_rest_of_the_day(story):
    story.when(ChoosePreset, preset="simple").then(PresetChosen(preset="simple"))
    assert story.board.preset == "simple"
    story.when(ChoosePreset, preset="fair").refused(UnknownPreset("fair"))

    story.at("2026-11-17 09:00")
    assert story.board.preset == "balanced"


def test_a_chosen_preset_that_a_configuration_drops_is_no_longer_in_force(story):
    story.given(ChoosePreset, preset="simple")
    presets = {"balanced": a_branch().calling.presets["balanced"]}

    story.given(Configure, config=a_branch(calling={"presets": presets}))

    assert story.board.preset == "balanced"
