"""Commands that steer the branch: messages, duty, alerts, requests, services, the day."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from shared.protocol.counter import CounterCommand
from shared.protocol.line import BranchCommand
from shared.protocol.words import (
    AlertOutcome,
    EmergencyKind,
    MachineId,
    MachineState,
    PresetName,
    Reason,
    RequestId,
    RequestKind,
    Sentence,
    ServiceId,
    StaffId,
    VisitId,
)


class SetMachine(BranchCommand, frozen=True, kw_only=True):
    """Say whether a self-service machine works."""

    machine: MachineId
    state: MachineState


class SendMessage(BranchCommand, frozen=True, kw_only=True):
    """Show a message on all screens for some minutes."""

    zh: Sentence
    en: Sentence
    minutes: Annotated[int, Meta(ge=1, le=720)] = 30


class ClearMessage(BranchCommand, frozen=True, kw_only=True):
    """Take one message off the screens."""

    message: Annotated[int, Meta(ge=1, le=2**53 - 1)]


class SignOnDuty(BranchCommand, frozen=True, kw_only=True):
    """值班 — take the duty of the lobby."""

    staff: StaffId


class HandOverDuty(BranchCommand, frozen=True, kw_only=True):
    """交接 — hand the duty over, without a gap."""

    staff: StaffId
    to: StaffId


class SignOffDuty(BranchCommand, frozen=True, kw_only=True):
    """下值 — end the own duty."""

    staff: StaffId


class CloseAlert(BranchCommand, frozen=True, kw_only=True):
    """Acknowledge an alert with its outcome."""

    alert: Annotated[int, Meta(ge=1, le=2**53 - 1)]
    outcome: AlertOutcome


class TakeUpRequest(BranchCommand, frozen=True, kw_only=True):
    """首问负责 — take up what a customer asks for, and own it until it is closed.

    Either an open `alert` by which a customer has asked (for help, or to complain), or something
    asked in person: its `kind`, with the `visit` where there is one, and the `service` it is about.
    """

    alert: Annotated[int, Meta(ge=1, le=2**53 - 1)] | None = None
    kind: RequestKind = "question"
    visit: VisitId | None = None
    service: ServiceId | None = None


class EscalateRequest(BranchCommand, frozen=True, kw_only=True):
    """上报 — name the next owner. By the owner, or whoever steers the lobby."""

    request: RequestId
    to: StaffId


class CloseRequest(BranchCommand, frozen=True, kw_only=True):
    """Close a request with its outcome. By the owner, or whoever steers the lobby."""

    request: RequestId
    outcome: AlertOutcome


class OpenService(BranchCommand, frozen=True, kw_only=True):
    """Open a service again that was closed by hand today."""

    service: ServiceId


class CloseService(BranchCommand, frozen=True, kw_only=True):
    """Issue no more tickets of a service today; those waiting are still served.

    The service is shown as `closed`: it is not offered. Where tickets have only run out or are
    to be had again soon, stop issuing instead.
    """

    service: ServiceId
    reason: Reason


class SetCounterServices(CounterCommand, frozen=True, kw_only=True):
    """Change what a counter serves until the end of the day."""

    services: Annotated[tuple[ServiceId, ...], Meta(min_length=1, max_length=20)]
    reason: Reason


class StopIssuing(BranchCommand, frozen=True, kw_only=True):
    """停止取号 — of one service, or of all, until it is resumed or the day ends.

    The services are shown as `stopped`.
    """

    reason: Reason
    service: ServiceId | None = None


class ResumeIssuing(BranchCommand, frozen=True, kw_only=True):
    """恢复取号 — of one service, or of all."""

    service: ServiceId | None = None


class OpenDay(BranchCommand, frozen=True, kw_only=True):
    """开机 — open the business day named by `day`."""


class CloseDay(BranchCommand, frozen=True, kw_only=True):
    """关机 — close the business day; `leftovers` confirms that people still here go unserved."""

    leftovers: bool = False


class ChoosePreset(BranchCommand, frozen=True, kw_only=True):
    """Choose the calling preset until the end of the day."""

    preset: PresetName


class StartEmergency(BranchCommand, frozen=True, kw_only=True):
    """应急 — paper numbers from now on; a drill or training is marked and never counted."""

    kind: EmergencyKind


class EndEmergency(BranchCommand, frozen=True, kw_only=True):
    """The system gives numbers again."""
