"""Why tickets were called, and where staff stepped in."""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Iterable
from collections.abc import Set as AbstractSet

from msgspec import Struct

from server.domain.events import (
    CounterServicesChanged,
    Event,
    IssuingResumed,
    IssuingStopped,
    LanesChanged,
    PresetChosen,
    ServiceClosed,
    ServiceOpened,
    TicketCalled,
    TicketGivenUp,
    TicketHappening,
    TicketMissed,
    TicketPromoted,
    TicketReassigned,
    TicketReinstated,
    TicketTaken,
)
from server.domain.state import Branch, Stamp
from server.reports.replay import Subject
from server.reports.report import Times
from shared.protocol import VisitId


class Step(Struct, frozen=True):
    """Somebody stepped in; `visit` is None where it was about the day and not about a ticket."""

    command: str
    reason: str
    visit: VisitId | None = None


class Reasons(Subject):
    """Collects the rules of calls, and every step of the staff outside of them."""

    def __init__(self) -> None:
        self.rules: list[Step] = []
        self.interventions: list[Step] = []
        self.overrides: list[Step] = []
        self._before: tuple[Event, Stamp] | None = None

    def sees(self, branch: Branch, event: Event, stamp: Stamp) -> None:  # noqa: ARG002 - a subject is shown the whole
        if isinstance(event, TicketCalled):
            self.rules.append(Step(event.why.rule, "", event.visit))
        if isinstance(event, TicketHappening):
            command = self._intervention(event, stamp)
            if command is not None:
                self.interventions.append(Step(*command, event.visit))
        else:
            override = _override(event)
            if override is not None:
                self.overrides.append(Step(*override))
        self._before = event, stamp

    def _intervention(self, event: TicketHappening, stamp: Stamp) -> tuple[str, str] | None:
        """The command and the reason; None where it was not by hand."""
        match event:
            case TicketTaken(reason=str(reason)):
                return "TakeTicket", reason
            case TicketCalled() if event.why.rule == "by_number":
                return "CallNumber", event.why.reason or ""
            case LanesChanged():
                return "ChangeLanes", event.reason
            case TicketPromoted():
                return "PromoteTicket", event.reason
            case TicketReassigned():
                return "ReassignTicket", event.reason
            case TicketGivenUp(reason=str(reason)):
                return "GiveUpTicket", reason
            case TicketReinstated() if not self._follows_a_miss(event, stamp):
                return "ReinstateTicket", ""
            case _:
                return None

    def _follows_a_miss(self, event: TicketReinstated, stamp: Stamp) -> bool:
        """Someone a call may not have reached is put back by the rules, in the same breath."""
        before = self._before
        if before is None or not isinstance(before[0], TicketMissed):
            return False
        return (before[0].visit, before[1]) == (event.visit, stamp)


def _override(event: Event) -> tuple[str, str] | None:
    """The command and the reason, where the event changes the day itself."""
    match event:
        case CounterServicesChanged():
            return "SetCounterServices", event.reason
        case ServiceClosed():
            return "CloseService", event.reason
        case ServiceOpened():
            return "OpenService", ""
        case IssuingStopped():
            return "StopIssuing", event.reason
        case IssuingResumed():
            return "ResumeIssuing", ""
        case PresetChosen():
            return "ChoosePreset", ""
        case _:
            return None


def times(steps: Iterable[Step], practice: AbstractSet[VisitId]) -> tuple[Times, ...]:
    """How often each of them, most often first; practice left out."""
    counted = Tally((s.command, s.reason) for s in steps if s.visit not in practice)
    ordered = sorted(counted.items(), key=lambda one: (-one[1], one[0]))
    return tuple(Times(name=name, reason=reason, times=n) for (name, reason), n in ordered)
