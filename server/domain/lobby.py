"""The decisions of the lobby: help, machines, messages, duty, alerts, what is offered today."""

from __future__ import annotations

from server.domain import alerts, requests
from server.domain.events import (
    AlertClosed,
    AlertRaised,
    DutyHandedOver,
    DutySignedOff,
    DutySignedOn,
    Event,
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
from server.domain.find import day_of, machine_of, service_of, visit_of
from server.domain.pagers import PAGER_ALERTS
from server.domain.refusals import (
    AlreadyOnDuty,
    EmptyMessage,
    IssuingNotStopped,
    NotOnDuty,
    OutcomeNeeded,
    PagerOutcomeNeeded,
    Refused,
    ServiceAlreadyClosed,
    ServiceAlreadyOpen,
    UnknownAlert,
    UnknownMessage,
    UnknownPreset,
)
from server.domain.state import ALL_SERVICES, Branch, Stamp
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

MINUTE_MS = 60_000


def request_help(branch: Branch, command: RequestHelp, stamp: Stamp) -> list[Event]:
    """A person is wanted in the lobby. One alert for each place that asks."""
    day = day_of(branch)
    if command.visit is not None:
        visit_of(branch, command.visit)
    raised = AlertRaised(
        alert=day.last_alert + 1,
        kind="help_wanted" if command.wanted == "help" else "complaint",
        visit=command.visit,
        station=stamp.actor.station or None,
    )
    return [] if alerts.still_open(day, raised) else [raised]


def set_machine(branch: Branch, command: SetMachine, _stamp: Stamp) -> list[Event]:
    """Whether a machine works; a faulty one is an alert until it works again."""
    day = day_of(branch)
    state = machine_of(branch, command.machine)
    if state == command.state:
        return []
    changed = MachineChanged(machine=command.machine, state=command.state)
    if command.state == "working":
        return [changed]
    raised = AlertRaised(alert=day.last_alert + 1, kind="machine_faulty", machine=command.machine)
    return [changed] if alerts.still_open(day, raised) else [changed, raised]


def report_printer(branch: Branch, command: ReportPrinter, stamp: Stamp) -> list[Event]:
    """How a terminal's printer is; one that wants hands is an alert until it does not."""
    day, station = day_of(branch), stamp.actor.station
    if branch.printers.get(station) == command.state:
        return []
    reported = PrinterReported(station=station, state=command.state)
    if command.state not in alerts.PRINTER_WANTS_HANDS:
        return [reported]
    raised = AlertRaised(alert=day.last_alert + 1, kind="printer", station=station)
    return [reported] if alerts.still_open(day, raised) else [reported, raised]


def report_voice(branch: Branch, command: ReportVoice, stamp: Stamp) -> list[Event]:
    """Whether a display can speak; one that cannot is an alert until it can."""
    day, station = day_of(branch), stamp.actor.station
    if branch.voices.get(station) == command.state:
        return []
    reported = VoiceReported(station=station, state=command.state)
    if command.state not in alerts.VOICE_WANTS_HANDS:
        return [reported]
    raised = AlertRaised(alert=day.last_alert + 1, kind="voice", station=station)
    return [reported] if alerts.still_open(day, raised) else [reported, raised]


def send_message(branch: Branch, command: SendMessage, stamp: Stamp) -> list[Event]:
    """Words for all screens; the oldest gives way when there are too many."""
    day = day_of(branch)
    if not command.zh.strip() or not command.en.strip():
        raise Refused(EmptyMessage())
    events: list[Event] = []
    if len(day.messages) >= branch.config.limits.messages_max:
        events.append(MessageCleared(message=day.messages[0].id))
    events.append(
        MessageSent(
            message=day.last_message + 1,
            zh=command.zh.strip(),
            en=command.en.strip(),
            until=stamp.at + command.minutes * MINUTE_MS,
        )
    )
    return events


def clear_message(branch: Branch, command: ClearMessage, _stamp: Stamp) -> list[Event]:
    """Off the screens."""
    if not any(shown.id == command.message for shown in day_of(branch).messages):
        raise Refused(UnknownMessage(command.message))
    return [MessageCleared(message=command.message)]


def sign_on(branch: Branch, command: SignOnDuty, _stamp: Stamp) -> list[Event]:
    """On duty."""
    if command.staff in day_of(branch).duty:
        raise Refused(AlreadyOnDuty(command.staff))
    return [DutySignedOn(staff=command.staff)]


def hand_over(branch: Branch, command: HandOverDuty, _stamp: Stamp) -> list[Event]:
    """From one to the other, without a gap."""
    duty = day_of(branch).duty
    if command.staff not in duty:
        raise Refused(NotOnDuty(command.staff))
    if command.to in duty:
        raise Refused(AlreadyOnDuty(command.to))
    return [DutyHandedOver(staff=command.staff, to=command.to)]


def sign_off(branch: Branch, command: SignOffDuty, _stamp: Stamp) -> list[Event]:
    """Off duty. Leaving the lobby uncovered is possible, and noticed."""
    if command.staff not in day_of(branch).duty:
        raise Refused(NotOnDuty(command.staff))
    return [DutySignedOff(staff=command.staff)]


def close_alert(branch: Branch, command: CloseAlert, _stamp: Stamp) -> list[Event]:
    """Acknowledged, with its outcome."""
    alert = day_of(branch).alerts.get(command.alert)
    if alert is None or alert.outcome is not None:
        raise Refused(UnknownAlert(command.alert))
    if command.outcome == "no_action" and alert.kind == "bad_rating":
        raise Refused(OutcomeNeeded(alert.id))
    if command.outcome == "no_action" and alert.kind in PAGER_ALERTS:
        raise Refused(PagerOutcomeNeeded(alert.id))
    return [
        AlertClosed(alert=alert.id, outcome=command.outcome),
        *requests.closed_with(branch, alert, command.outcome),
    ]


def open_service(branch: Branch, command: OpenService, _stamp: Stamp) -> list[Event]:
    """Tickets again for a service closed by hand."""
    service = service_of(branch, command.service)
    if service.id not in day_of(branch).closed_services:
        raise Refused(ServiceAlreadyOpen(service.id))
    return [ServiceOpened(service=service.id)]


def close_service(branch: Branch, command: CloseService, _stamp: Stamp) -> list[Event]:
    """No more tickets for it today."""
    service = service_of(branch, command.service)
    if service.id in day_of(branch).closed_services:
        raise Refused(ServiceAlreadyClosed(service.id))
    return [ServiceClosed(service=service.id, reason=command.reason)]


def stop_issuing(branch: Branch, command: StopIssuing, _stamp: Stamp) -> list[Event]:
    """No more tickets, of one service or of all. Stopping twice changes nothing."""
    day = day_of(branch)
    service = _issuing_key(branch, command.service)
    if service in day.stopped:
        return []
    return [IssuingStopped(service=service, reason=command.reason)]


def resume_issuing(branch: Branch, command: ResumeIssuing, _stamp: Stamp) -> list[Event]:
    """Tickets again."""
    service = _issuing_key(branch, command.service)
    if service not in day_of(branch).stopped:
        raise Refused(IssuingNotStopped())
    return [IssuingResumed(service=service)]


def _issuing_key(branch: Branch, service: str | None) -> str:
    return ALL_SERVICES if service is None else service_of(branch, service).id


def choose_preset(branch: Branch, command: ChoosePreset, _stamp: Stamp) -> list[Event]:
    """The calling preset until the end of the day."""
    day_of(branch)
    if command.preset not in branch.config.calling.presets:
        raise Refused(UnknownPreset(command.preset))
    return [PresetChosen(preset=command.preset)]
