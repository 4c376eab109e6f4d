"""Lives a day again and lets the subjects of the report look on.

The state is that of `server.domain.apply`, the only code that says what an event does. A subject
is told of every stretch of time before it has passed and of every event before it is applied:
the state it sees is the one that held until then. A new subject is one class here and one field
of the report.
"""

from __future__ import annotations

from collections.abc import Sequence

from server.domain.apply import apply
from server.domain.apply_appointments import OF_APPOINTMENT
from server.domain.apply_pagers import OF_PAGER
from server.domain.events import (
    AppointmentBooked,
    AppointmentCheckedIn,
    AppointmentHeld,
    AppointmentReleased,
    AppointmentWalkedIn,
    Event,
    HandwrittenEntered,
    TicketTaken,
)
from server.domain.state import Appointment, Branch, Pager, Stamp, new_branch
from server.reports.one_day import OneDay


class Subject:
    """Something a report tells about a day. Each overrides what it wants to see."""

    def passes(self, branch: Branch, since: int, until: int) -> None:
        """Nothing happened in the branch from `since` to `until`."""

    def sees(self, branch: Branch, event: Event, stamp: Stamp) -> None:
        """This happens now."""


def live(day: OneDay, subjects: Sequence[Subject]) -> Branch:
    """Live the day before the eyes of the subjects; the branch as it is in the end."""
    branch = new_branch(day.config)
    branch.at = day.events[0][1].at
    # Few of them watch time pass, and it passes between any two events.
    watching = [one for one in subjects if type(one).passes is not Subject.passes]
    numbered = False
    for event, stamp in day.events:
        # A server that was away closes the day late: nobody worked through the night.
        until = min(stamp.at, day.opened.ends_at)
        if until > branch.at:
            for subject in watching:
                subject.passes(branch, branch.at, until)
        if not numbered and isinstance(event, TicketTaken | HandwrittenEntered):
            # Visits are numbered through a branch's whole life, and this one begins today.
            branch.last_visit, numbered = event.visit - 1, True
        introduce(branch, event)
        for subject in subjects:
            subject.sees(branch, event, stamp)
        apply(branch, event, stamp)
    return branch


def introduce(branch: Branch, event: Event) -> None:
    """What a day that is lived alone has to know of other days before this event."""
    if isinstance(event, OF_APPOINTMENT):
        _introduce_appointment(branch, event)
    elif isinstance(event, OF_PAGER):
        # A pager that nobody gave back went out on another day.
        branch.pagers.setdefault(event.pager, Pager(event.pager, 0, "", since=branch.at))


def _introduce_appointment(branch: Branch, event: OF_APPOINTMENT) -> None:
    """Whoever is early waits from the booked time on; of whoever is late it does not matter."""
    if isinstance(event, AppointmentHeld):
        branch.last_appointment = event.appointment - 1
        return
    if event.appointment in branch.appointments:
        return
    held = isinstance(event, AppointmentBooked | AppointmentReleased)
    one = Appointment(event.appointment, service="", slot=0, state="held" if held else "booked")
    if isinstance(event, AppointmentCheckedIn | AppointmentWalkedIn):
        visit = branch.visits[event.visit]
        one.service, one.slot = visit.service, visit.waiting_since
    branch.appointments[one.id] = one
