"""What is to be told to customers about their appointments, and when.

It follows from the appointments alone: of one that is moved or cancelled there are no reminders any
more, and nothing that was booked can be forgotten. What was told already, and how it is told, is
left to those who send.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Literal, TypeAlias

from msgspec import Struct

from server.domain import hours
from server.domain.configuration import BranchConfig
from server.domain.state import Appointment, Branch

NoticeKind: TypeAlias = Literal["booked", "moved", "cancelled", "day_before", "soon"]
Unsent: TypeAlias = Literal["quiet", "too_late"]

MINUTE_MS = 60_000
TOLD_MS = 24 * 60 * MINUTE_MS
"""What was booked, moved or cancelled is news for a day; so long a cancelled appointment's
telephone number is kept at the most."""

FORGOTTEN_MS = 24 * 60 * MINUTE_MS
"""Nobody need write down what nobody was told, when it is over for so long."""


class Notice(Struct, frozen=True):
    """Something to be told about one appointment: not before `due`, and at `until` no more."""

    appointment: int
    kind: NoticeKind
    person: str
    slot: int
    sequence: int
    due: int
    until: int

    @property
    def name(self) -> str:
        """What tells it from all others of the branch; says nothing of anybody."""
        return f"{self.appointment}.{self.sequence}.{self.kind}"


def notices(branch: Branch, now: int) -> list[Notice]:
    """All there are, also those that may have been sent; but for what is long over."""
    every = branch.appointments.values()
    found = [notice for one in every if one.person for notice in _of(branch.config, one)]
    return [notice for notice in found if notice.until > now - FORGOTTEN_MS]


def send_at(config: BranchConfig, notice: Notice, now: int) -> int | Unsent:
    """When to send it, `now` at the earliest, and never in the quiet hours; or why not at all."""
    at = max(notice.due, now)
    if at >= notice.until:
        return "too_late"
    at = awake(config, at)
    return at if at < notice.until else "quiet"


def awake(config: BranchConfig, at: int) -> int:
    """This instant, or the end of the quiet hours it is in."""
    quiet = config.appointments.quiet
    day, time = hours.local_date(config, at), hours.local_time(config, at)
    if quiet.begins <= quiet.ends:
        is_quiet = quiet.begins <= time < quiet.ends
    else:
        is_quiet = time >= quiet.begins or time < quiet.ends
        if time >= quiet.begins:
            day = _later(day, 1)
    # Where the clock is put back within them, they may seem to have ended before.
    return max(at, hours.instant(config, day, quiet.ends)) if is_quiet else at


def _of(config: BranchConfig, one: Appointment) -> Iterator[Notice]:
    told_until = min(one.slot, one.changed_at + TOLD_MS)
    tells = config.appointments.notices
    if one.state == "cancelled" and tells and one.changed_at < one.slot:
        yield _notice(one, "cancelled", one.changed_at, told_until)
    if one.state != "booked":
        return
    if tells:
        yield _notice(one, "moved" if one.sequence else "booked", one.changed_at, told_until)
    # What was due before it was booked has been told with the booking.
    yield from (notice for notice in _reminders(config, one) if notice.due > one.changed_at)


def _reminders(config: BranchConfig, one: Appointment) -> Iterator[Notice]:
    rules = config.appointments
    soon = one.slot - rules.remind_minutes * MINUTE_MS
    if rules.remind_days:
        day = _later(hours.local_date(config, one.slot), -rules.remind_days)
        # At the same time of the day, whatever the clocks did in between.
        due = hours.instant(config, day, hours.local_time(config, one.slot))
        if due < soon:
            yield _notice(one, "day_before", due, soon)
    if rules.remind_minutes:
        yield _notice(one, "soon", soon, one.slot)


def _notice(one: Appointment, kind: NoticeKind, due: int, until: int) -> Notice:
    return Notice(one.id, kind, one.person, one.slot, one.sequence, due, until)


def _later(day: str, days: int) -> str:
    return (date.fromisoformat(day) + timedelta(days=days)).isoformat()
