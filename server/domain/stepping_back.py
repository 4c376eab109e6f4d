"""Stepping back: a customer lets some others go first, or comes back in some minutes.

Where in the line that is, is said in `order`; here whether it is possible, how often, and how it
ends before its time.
"""

from __future__ import annotations

from server.domain import order
from server.domain.events import Event, StepBackEnded, TicketSteppedBack
from server.domain.find import waiting_visit_of
from server.domain.refusals import (
    NotSteppedBack,
    PlacesOrMinutes,
    Refused,
    StepBackTooFar,
    StepBackTooOften,
)
from server.domain.state import Branch, Stamp, Visit
from shared.protocol import EndStepBack, StepBack, StepBackShown

MINUTE_MS = 60_000
SECOND_MS = 1_000


def step_back(branch: Branch, command: StepBack, stamp: Stamp) -> list[Event]:
    """Let some others go first, or come back in some minutes."""
    limits = branch.config.limits
    visit = waiting_visit_of(branch, command.visit)
    if (command.places is None) == (command.minutes is None):
        raise Refused(PlacesOrMinutes())
    if visit.step_backs >= limits.step_backs_max:
        raise Refused(StepBackTooOften(limits.step_backs_max))
    places, minutes = command.places or 0, command.minutes or 0
    if places > limits.step_back_places_max or minutes > limits.step_back_minutes_max:
        too_far = StepBackTooFar(limits.step_back_places_max, limits.step_back_minutes_max)
        raise Refused(too_far)
    until = stamp.at + (minutes or limits.hold_minutes) * MINUTE_MS
    return [
        TicketSteppedBack(visit=visit.id, places=places, until=until, strict=minutes > 0),
    ]


def end(branch: Branch, command: EndStepBack, stamp: Stamp) -> list[Event]:
    """Ready again: to the place that its score gives it, as if it had not stepped back."""
    visit = waiting_visit_of(branch, command.visit)
    if not stands_back(visit, stamp.at):
        raise Refused(NotSteppedBack(visit.number))
    assert visit.hold is not None and visit.hold.asked_at is not None, "it has stepped back"
    undo_ms = branch.config.limits.undo_seconds * SECOND_MS
    return [StepBackEnded(visit=visit.id, slip=stamp.at - visit.hold.asked_at <= undo_ms)]


def stands_back(visit: Visit, now: int) -> bool:
    """Whether it stands back now because its customer asked for it: whoever was put back into
    the line behind others, after a miss, cannot end that."""
    return order.held(visit, now) and visit.hold is not None and visit.hold.asked_at is not None


def shown(branch: Branch, visit: Visit, now: int) -> StepBackShown:
    """What the customer's page offers."""
    limits = branch.config.limits
    return StepBackShown(
        left=max(0, limits.step_backs_max - visit.step_backs),
        places_max=limits.step_back_places_max,
        minutes_max=limits.step_back_minutes_max,
        can_end=stands_back(visit, now),
    )
