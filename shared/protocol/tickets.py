"""What staff do with a ticket that is not at a counter."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from shared.protocol.line import BranchCommand, VisitCommand
from shared.protocol.words import (
    Confidential,
    CounterId,
    Lane,
    MachineId,
    Moment,
    Need,
    PagerNumber,
    PersonName,
    Phone,
    Reason,
    ServiceId,
    TicketNumber,
)


class ReprintTicket(VisitCommand, frozen=True, kw_only=True):
    """补打 — print the same ticket again."""


class ChangeLanes(VisitCommand, frozen=True, kw_only=True):
    """Set the visit's lanes."""

    lanes: Annotated[tuple[Lane, ...], Meta(max_length=4)]
    reason: Reason


class SetNeeds(VisitCommand, frozen=True, kw_only=True):
    """Set what the visit needs: a low counter, a visual call, an escort, an aid."""

    needs: Annotated[tuple[Need, ...], Meta(max_length=7)]


class BindPager(VisitCommand, frozen=True, kw_only=True):
    """发呼叫器 — this pager vibrates when the ticket is called, until it is given back.

    One ticket has one pager, and keeps it wherever it is transferred to.
    """

    pager: PagerNumber


class ReleasePager(BranchCommand, frozen=True, kw_only=True):
    """收回呼叫器 — it was given back, or found again: nobody has it any more."""

    pager: PagerNumber


class DivertToMachine(VisitCommand, frozen=True, kw_only=True):
    """分流到自助机 — try a self-service machine; the place in the line is kept."""

    machine: MachineId


class ReturnFromMachine(VisitCommand, frozen=True, kw_only=True):
    """The machine did not do it: back to the same place in the line."""


class FinishAtMachine(VisitCommand, frozen=True, kw_only=True):
    """The machine did it."""


class RecordPerson(VisitCommand, Confidential, frozen=True, kw_only=True):
    """登记 — a name, a telephone number, or both, for this visit; deleted seven days later.

    What is left out stays as it was recorded before. The customer has been told what for
    (`screen.privacy_visit`). A teller may do it for the ticket in hand only.
    """

    private = ("name", "phone")

    name: PersonName = ""
    phone: Phone = ""


class ForgetPerson(VisitCommand, frozen=True, kw_only=True):
    """Delete what is recorded of this visit's person, at once; also after the visit."""


class PromoteTicket(VisitCommand, frozen=True, kw_only=True):
    """提前 — call this ticket before all scores."""

    reason: Reason


class ReinstateTicket(VisitCommand, frozen=True, kw_only=True):
    """顺延 — back from the missed list, some places behind the head."""


class ReassignTicket(VisitCommand, frozen=True, kw_only=True):
    """改派 — move a waiting ticket to another service or counter, keeping its arrival."""

    reason: Reason
    service: ServiceId | None = None
    counter: CounterId | None = None


class GiveUpTicket(VisitCommand, frozen=True, kw_only=True):
    """弃号 — final; by the manager."""

    reason: Reason


class EnterHandwritten(BranchCommand, frozen=True, kw_only=True):
    """补录 — enter a hand-written number with its times, during or after an emergency.

    Without `finished_at` the customer joins the line with the arrival that was written down.
    """

    number: TicketNumber
    service: ServiceId
    taken_at: Moment
    lanes: Annotated[tuple[Lane, ...], Meta(max_length=4)] = ()
    counter: CounterId | None = None
    started_at: Moment | None = None
    finished_at: Moment | None = None
