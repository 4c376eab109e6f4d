"""The decisions about what customers have asked for: whoever takes a request up first owns it.

首问负责: the owner stays the owner, wherever the customer goes, until the request is closed with an
outcome or somebody further up is named in the owner's place. A request outlives its visit and the
day; what it is about is in nobody's words here.
"""

from __future__ import annotations

from server.domain.events import (
    AlertClosed,
    Event,
    RequestClosed,
    RequestEscalated,
    RequestTakenUp,
)
from server.domain.find import day_of, service_of, visit_of
from server.domain.refusals import (
    NotItsOwner,
    OwnerAlready,
    Refused,
    RequestHasOwner,
    TooManyRequests,
    UnknownAlert,
    UnknownRequest,
)
from server.domain.state import Alert, Branch, Request, Stamp
from shared.protocol import AlertOutcome, CloseRequest, EscalateRequest, RequestKind, TakeUpRequest

STEERING = frozenset({"lobby_manager", "operations_supervisor", "branch_head"})
"""Who may close or pass on what somebody else owns."""

ASKED_FOR: dict[str, RequestKind] = {"help_wanted": "help_wanted", "complaint": "complaint"}
"""The alerts that are a customer's request."""


def take_up(branch: Branch, command: TakeUpRequest, stamp: Stamp) -> list[Event]:
    """Own what a customer has asked for: in an alert, or of whoever stands before me."""
    if command.alert is None:
        kind, visit_id = command.kind, command.visit
    else:
        alert = _alert(branch, command.alert)
        kind, visit_id = ASKED_FOR[alert.kind], alert.visit
        _refuse_owned(branch, alert.id)
    if len(branch.requests) >= branch.config.limits.requests_max:
        raise Refused(TooManyRequests(len(branch.requests)))
    visit = None if visit_id is None else visit_of(branch, visit_id)
    return [
        RequestTakenUp(
            request=branch.last_request + 1,
            kind=kind,
            owner=stamp.actor.staff,
            alert=command.alert,
            visit=visit_id,
            number=visit.number if visit else "",
            service=service_of(branch, command.service).id if command.service else None,
        )
    ]


def escalate(branch: Branch, command: EscalateRequest, stamp: Stamp) -> list[Event]:
    """To the next owner, by name: never to nobody."""
    request = _own(branch, command.request, stamp)
    if request.owner == command.to:
        raise Refused(OwnerAlready(command.to))
    return [RequestEscalated(request=request.id, owner=request.owner, to=command.to)]


def close(branch: Branch, command: CloseRequest, stamp: Stamp) -> list[Event]:
    """With its outcome; the alert it came from is closed with it."""
    request = _own(branch, command.request, stamp)
    closed = RequestClosed(request=request.id, owner=request.owner, outcome=command.outcome)
    alert = day_of(branch).alerts.get(request.alert or 0)
    if not _came_from(branch, request, alert) or alert is None or alert.outcome is not None:
        return [closed]
    return [closed, AlertClosed(alert=alert.id, outcome=command.outcome)]


def closed_with(branch: Branch, alert: Alert, outcome: AlertOutcome) -> list[Event]:
    """What follows when an alert is closed by itself: so is the request that was taken up."""
    return [
        RequestClosed(request=one.id, owner=one.owner, outcome=outcome)
        for one in branch.requests.values()
        if _came_from(branch, one, alert)
    ]


def _own(branch: Branch, request_id: int, stamp: Stamp) -> Request:
    request = branch.requests.get(request_id)
    if request is None:
        raise Refused(UnknownRequest(request_id))
    if stamp.actor.staff != request.owner and stamp.actor.role not in STEERING:
        raise Refused(NotItsOwner(request.owner))
    return request


def _alert(branch: Branch, alert_id: int) -> Alert:
    alert = day_of(branch).alerts.get(alert_id)
    if alert is None or alert.outcome is not None or alert.kind not in ASKED_FOR:
        raise Refused(UnknownAlert(alert_id))
    return alert


def _refuse_owned(branch: Branch, alert_id: int) -> None:
    for request in branch.requests.values():
        if request.alert == alert_id and request.day == day_of(branch).date:
            raise Refused(RequestHasOwner(request.owner))


def _came_from(branch: Branch, request: Request, alert: Alert | None) -> bool:
    """Alerts are counted anew every day, and a request may be older."""
    return alert is not None and (request.alert, request.day) == (alert.id, day_of(branch).date)
