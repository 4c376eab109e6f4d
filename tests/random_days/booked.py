"""Audits the appointments of a day from its events alone: never more in a time than fit into it,
one ticket for each, and none lost on the way."""

from __future__ import annotations

from collections import Counter

from server.domain import events as e
from server.domain import hours
from server.domain.slots import slots
from server.domain.state import Branch

ENDED = ("AppointmentReleased", "AppointmentCancelled", "AppointmentMissed", "AppointmentWalkedIn")


class Bookings:
    """Every appointment there was."""

    def __init__(self) -> None:
        self._there: dict[int, tuple[str, int]] = {}
        self._visits: dict[int, int] = {}
        self._last = 0

    def happened(self, happened: e.Event, before: Branch) -> None:
        """One event, and the state it found."""
        match happened:
            case e.AppointmentHeld():
                assert happened.appointment == self._last + 1, "an id is given once"
                self._last = happened.appointment
                self._take(before, happened.appointment, happened.service, happened.slot)
            case e.AppointmentMoved():
                service, _ = self._there.pop(happened.appointment)
                self._take(before, happened.appointment, service, happened.slot)
            case e.AppointmentCheckedIn() | e.AppointmentWalkedIn():
                assert happened.appointment not in self._visits, "two tickets for one"
                assert happened.visit not in self._visits.values(), "one ticket for two"
                self._visits[happened.appointment] = happened.visit
            case _:
                pass
        if type(happened).__name__ in ENDED:
            self._there.pop(getattr(happened, "appointment"), None)  # noqa: B009 - of all of them

    def _take(self, branch: Branch, appointment: int, service_id: str, slot: int) -> None:
        service = branch.config.service(service_id)
        assert service is not None
        day = hours.local_date(branch.config, slot)
        room = {one.at: one.room for one in slots(branch.config, service, day)}[slot]
        self._there[appointment] = (service_id, slot)
        there = Counter(self._there.values())[service_id, slot]
        assert there <= room + branch.config.appointments.overbooking, "one too many"
