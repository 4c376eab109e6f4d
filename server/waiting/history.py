"""What happened in a branch, told by its events, as what a model learns from.

A fold over the journal: fed in order, at start from what is kept and then as it goes on, so that
a model never needs anything that is not in the journal. What was taken back teaches nothing, and
neither do days of a rehearsal, numbers written by hand or who waits for a second service.
"""

from __future__ import annotations

from datetime import date

from msgspec import Struct

from server.domain import hours
from server.domain.configuration import BranchConfig
from server.domain.events import (
    ActionUndone,
    AppointmentCheckedIn,
    AppointmentHeld,
    AppointmentMissed,
    AppointmentMoved,
    BranchConfigured,
    DayOpened,
    Event,
    ServiceFinished,
    ServiceStarted,
    TicketCalled,
    TicketLeft,
    TicketMissed,
    TicketTaken,
    TicketTransferred,
    TransactionAdded,
    TransactionFinished,
)
from server.waiting.arrivals import SLOT_MINUTES
from server.waiting.seen import Days, Seen
from shared.protocol import Lane

MINUTE_MS = 60_000
DAYS_KEPT = 60
"""Days that a model learns from."""


class _Open(Struct):
    """A transaction that is not over."""

    service: str
    lanes: tuple[Lane, ...]
    came: float
    counter: int | None = None
    called: float | None = None
    started: float | None = None
    booked: float | None = None
    late: float | None = None


class History:
    """The transactions of the last days. Feed it every event of the branch, in order."""

    def __init__(self) -> None:
        self.config: BranchConfig | None = None
        self._midnight = 0
        self._day = 0
        self._begins = 540.0
        self._slots = 36
        self._weekdays: dict[int, int] = {}
        self._names: dict[int, tuple[str, ...]] = {}
        self._open: dict[int, _Open] = {}
        self._appointments: dict[int, tuple[str, int]] = {}
        self._seen: dict[int, list[Seen]] = {}

    @property
    def days(self) -> Days:
        """The days there were; the last one is today."""
        return Days(
            weekdays=dict(self._weekdays),
            names=dict(self._names),
            begins=self._begins,
            slots=self._slots,
            today=self._day or None,
        )

    @property
    def seen(self) -> list[Seen]:
        """Everything that was observed on them."""
        return [one for day in self._seen.values() for one in day]

    def happened(self, event: Event, at: int) -> None:
        """Take in the next event."""
        minute = (at - self._midnight) / MINUTE_MS
        match event:
            case BranchConfigured():
                self.config = event.config
            case DayOpened():
                self._day_opened(event)
            case TicketTaken():
                lanes = tuple(lane for lane in event.lanes if lane != "ordinary")
                since = (event.waiting_since - self._midnight) / MINUTE_MS
                self._open[event.visit] = _Open(event.service, lanes, max(minute, since))
            case AppointmentHeld() | AppointmentMoved():
                self._booked(event)
            case AppointmentCheckedIn() | AppointmentMissed():
                self._due(event, at)
            case ActionUndone():
                self._open.pop(event.restored.id, None)
            case TicketLeft():
                self._left(event.visit, minute)
            case TicketCalled() | ServiceStarted() | TicketMissed() | TransactionAdded():
                self._at_counter(event, minute)
            case ServiceFinished() | TransactionFinished() | TicketTransferred():
                self._ended(event.visit, event.counter, minute)
            case _:
                pass

    def _day_opened(self, event: DayOpened) -> None:
        if self.config is None:
            return
        self._midnight = hours.instant(self.config, event.day, "00:00")
        self._day = date.fromisoformat(event.day).toordinal()
        like = hours.weekday_of(self.config, event.day)
        own = date.fromisoformat(event.day).weekday()
        self._weekdays[self._day] = own if like is None else hours.WEEKDAYS.index(like)
        self._names[self._day] = self.config.waits.names_of(event.day)
        spans = event.hours.values()
        if spans:
            begins = min(span.tickets_from for span in spans)
            ends = max(span.tickets_until for span in spans)
            self._begins = (begins - self._midnight) / MINUTE_MS
            self._slots = max(self._slots, int((ends - begins) / MINUTE_MS / SLOT_MINUTES) + 1)
        self._open.clear()
        over = [n for n, (_, slot) in self._appointments.items() if slot < self._midnight]
        for n in over:
            del self._appointments[n]
        self._seen[self._day] = []
        for day in sorted(self._weekdays)[:-DAYS_KEPT]:
            del self._weekdays[day], self._names[day]
            self._seen.pop(day, None)

    def _booked(self, event: AppointmentHeld | AppointmentMoved) -> None:
        if isinstance(event, AppointmentHeld):
            self._appointments[event.appointment] = event.service, event.slot
        elif event.appointment in self._appointments:
            service, _ = self._appointments[event.appointment]
            self._appointments[event.appointment] = service, event.slot

    def _due(self, event: AppointmentCheckedIn | AppointmentMissed, at: int) -> None:
        """Somebody who had booked has come, or has not."""
        service, slot = self._appointments.pop(event.appointment, ("", 0))
        if not service:
            return
        minute = (slot - self._midnight) / MINUTE_MS
        if isinstance(event, AppointmentMissed):
            if self._day in self._seen:
                missed = Seen(
                    day=self._day, service=service, came=minute, booked=minute, missed=True
                )
                self._seen[self._day].append(missed)
        elif (one := self._open.get(event.visit)) is not None:
            one.booked, one.late = minute, (at - slot) / MINUTE_MS

    def _at_counter(
        self, event: TicketCalled | ServiceStarted | TicketMissed | TransactionAdded, minute: float
    ) -> None:
        one = self._open.get(event.visit)
        if one is None:
            return
        match event:
            case TicketCalled():
                one.counter, one.called = event.counter, minute
            case ServiceStarted():
                one.started = minute
            case TicketMissed():
                self._note(event.visit, one, None)
            case TransactionAdded():
                # What is added is no arrival, and its times run together with the first one's.
                self._open.pop(event.visit, None)

    def _ended(self, visit: int, counter: int, minute: float) -> None:
        one = self._open.get(visit)
        if one is not None and one.counter == counter:
            self._note(visit, one, minute)

    def _left(self, visit: int, minute: float) -> None:
        one = self._open.pop(visit, None)
        if one is not None and one.called is None and self._day in self._seen:
            self._seen[self._day].append(self._told(one, ended=None, left=minute))

    def _note(self, visit: int, one: _Open, ended: float | None) -> None:
        self._open.pop(visit, None)
        if self._day in self._seen:
            self._seen[self._day].append(self._told(one, ended=ended, left=None))

    def _told(self, one: _Open, *, ended: float | None, left: float | None) -> Seen:
        return Seen(
            day=self._day,
            service=one.service,
            lanes=one.lanes,
            came=one.came,
            counter=one.counter,
            called=one.called,
            started=one.started,
            ended=ended,
            left=left,
            booked=one.came if one.booked is None and "appointment" in one.lanes else one.booked,
            late=one.late,
        )
