"""The decisions about vibrating pagers: who has one, and what is the matter with it.

For whoever neither hears a call nor sees it. A pager is bound to a visit, not to a call: it goes
with the ticket wherever that is transferred to. It stays out until somebody says that it was given
back, also when the visit and the day are over: then it is a thing that somebody still has. Which
of them must vibrate now is told by `views_pagers`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from msgspec.structs import replace

from server.domain.events import (
    AlertClosed,
    AlertRaised,
    Event,
    PagerBound,
    PagerCallConfirmed,
    PagerReleased,
    PagerReported,
)
from server.domain.find import day_of, live_visit_of
from server.domain.refusals import (
    PagerCallOver,
    PagerLost,
    PagerNotOut,
    PagerOut,
    Refused,
    TicketHasPager,
    TooManyPagers,
)
from server.domain.state import Branch, Pager, Stamp, Visit
from shared.protocol import AlertKind, BindPager, ConfirmPagerCall, ReleasePager, ReportPager

SECOND_MS: Final = 1_000

PAGERS_MAX: Final = 50
"""Far more than a branch has: what is never given back must not grow for ever, nor the views."""

PAGER_ALERTS: Final = frozenset({"pager_unreachable", "pager_kept", "pager_lost"})
"""Somebody may be waiting for a call that does not come: these never close for nothing."""


def bind(branch: Branch, command: BindPager, _stamp: Stamp) -> list[Event]:
    """Hand a pager out, to whoever has this ticket."""
    visit = live_visit_of(branch, command.visit)
    out = branch.pagers.get(command.pager)
    if out is not None and out.state == "lost":
        raise Refused(PagerLost(out.id))
    if out is not None and out.visit == visit.id:
        return []
    if out is not None:
        raise Refused(PagerOut(out.id, out.number))
    held = by_visit(branch).get(visit.id)
    if held is not None:
        raise Refused(TicketHasPager(visit.number, held.id))
    if len(branch.pagers) >= PAGERS_MAX:
        raise Refused(TooManyPagers(len(branch.pagers)))
    return [PagerBound(pager=command.pager, visit=visit.id, number=visit.number)]


def release(branch: Branch, command: ReleasePager, _stamp: Stamp) -> list[Event]:
    """It is back: whatever was the matter with it is solved."""
    out = _out(branch, command.pager)
    wanted = (a for a in day_of(branch).alerts.values() if a.pager == out.id)
    return [
        PagerReleased(pager=out.id),
        *(AlertClosed(alert=a.id, outcome="solved") for a in wanted if a.outcome is None),
    ]


def report(branch: Branch, command: ReportPager, stamp: Stamp) -> list[Event]:
    """How it is; whoever is on duty is told at once of what wants a person."""
    out = _out(branch, command.pager)
    if out.state == command.state:
        return []
    if out.state == "lost":
        # A signal from somewhere is not a pager in somebody's hand.
        raise Refused(PagerLost(out.id))
    reported = PagerReported(pager=out.id, state=command.state)
    kind = _trouble(branch, replace(out, state=command.state), stamp.at)
    day = day_of(branch)
    told = (a for a in day.alerts.values() if (a.pager, a.kind) == (out.id, kind))
    if kind is None or any(alert.outcome is None for alert in told):
        return [reported]
    raised = AlertRaised(
        alert=day.last_alert + 1, kind=kind, visit=visit_of_today(branch, out), pager=out.id
    )
    return [reported, raised]


def confirm(branch: Branch, command: ConfirmPagerCall, _stamp: Stamp) -> list[Event]:
    """It vibrates for the call that the ticket has now, not for an older one."""
    out = _out(branch, command.pager)
    if called(branch, out) is None or command.call != branch.visits[out.visit].call:
        raise Refused(PagerCallOver(out.id))
    if out.confirmed == command.call:
        return []
    return [PagerCallConfirmed(pager=out.id, call=command.call)]


def _out(branch: Branch, pager: int) -> Pager:
    found = branch.pagers.get(pager)
    if found is None:
        raise Refused(PagerNotOut(pager))
    return found


# --- What there is ---------------------------------------------------------------------------


def by_visit(branch: Branch) -> dict[int, Pager]:
    """The pagers by the visits that have them; a lost one is nobody's."""
    return {out.visit: out for out in branch.pagers.values() if out.state != "lost"}


def called(branch: Branch, out: Pager) -> Visit | None:
    """The visit a pager is bound to, while that is called."""
    visit = branch.visits.get(out.visit)
    if visit is None or visit.state != "called" or out.state == "lost":
        return None
    return visit


def visit_of_today(branch: Branch, out: Pager) -> int | None:
    """The visit a pager was bound to, unless that was on another day."""
    return out.visit if out.visit in branch.visits else None


# --- What wants a person -----------------------------------------------------------------------


def troubles(branch: Branch, now: int) -> Iterator[tuple[Pager, AlertKind]]:
    """The pagers that want a person, and why."""
    for out in branch.pagers.values():
        kind = _trouble(branch, out, now)
        if kind is not None:
            yield out, kind


def deadlines(branch: Branch, now: int) -> Iterator[int]:
    """When the time is over to confirm a pager or its call, or to give it back."""
    for out in branch.pagers.values():
        due = _due(branch, out)
        if due is not None and due > now:
            yield due


def _trouble(branch: Branch, out: Pager, now: int) -> AlertKind | None:
    if out.state == "lost":
        return "pager_lost"
    due = _due(branch, out)
    late = due is not None and due <= now
    if out.over_since is not None:
        return "pager_kept" if late else None
    return "pager_unreachable" if late or out.state == "unreachable" else None


def _due(branch: Branch, out: Pager) -> int | None:
    limits, visit = branch.config.limits, called(branch, out)
    if out.over_since is not None:
        return out.over_since + limits.pager_return_seconds * SECOND_MS
    to_tell = visit is not None and visit.call != out.confirmed
    if not to_tell and out.state != "unconfirmed":
        return None
    # Of a call before it was handed out, or while the server was away, it is told only now. One
    # that no base has reached is noticed while its customer is still at hand: it may be mistyped.
    resumed_at = branch.day.resumed_at if branch.day else 0
    called_at = visit.last_call_at if visit and to_tell else None
    return max(called_at or 0, out.since, resumed_at) + limits.pager_confirm_seconds * SECOND_MS
