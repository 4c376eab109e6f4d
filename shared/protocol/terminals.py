"""What terminals report of themselves, of their printers, voices and pagers."""

from __future__ import annotations

from shared.protocol.line import BranchCommand
from shared.protocol.words import CallId, PagerNumber, PagerReport, PrinterState, VoiceState


class ReportPrinter(BranchCommand, frozen=True, kw_only=True):
    """A terminal says how its printer is: when that has changed, and when a day has opened."""

    state: PrinterState


class ReportVoice(BranchCommand, frozen=True, kw_only=True):
    """A display says whether it can speak: when that has changed, and when a day has opened."""

    state: VoiceState


class ReportPager(BranchCommand, frozen=True, kw_only=True):
    """How a pager is that somebody has: its base says so, or whoever sees it.

    One that does not answer, or is lost, alerts whoever is on duty. A lost one is not bound to
    anything any more, and stays lost until it is released.
    """

    pager: PagerNumber
    state: PagerReport


class ConfirmPagerCall(BranchCommand, frozen=True, kw_only=True):
    """The pager vibrates for this call. One that nobody confirms in time is an alert."""

    pager: PagerNumber
    call: CallId
