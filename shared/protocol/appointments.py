"""Appointments: finding a time, keeping and booking it, coming; and what is answered."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from shared.protocol.line import BranchCommand
from shared.protocol.words import (
    Amount,
    AppointmentId,
    AppointmentState,
    CommandId,
    Confidential,
    DayName,
    Lane,
    Language,
    MailAddress,
    Moment,
    Need,
    Note,
    PersonName,
    Phone,
    PhoneEnd,
    Secret,
    ServiceId,
    ShortCode,
    Value,
    VisitId,
    Wire,
)


class AppointmentCommand(BranchCommand, frozen=True, kw_only=True):
    """A command about an appointment. It is taken between business days, too: `day` is then the
    date, and is not compared with anything."""


class OwnAppointment(BranchCommand, Confidential, frozen=True, kw_only=True):
    """A command about an appointment that is there. Staff name it by its id; a kiosk brings the
    `link` of its QR code, or its `code` and the last four `digits` of the telephone number that
    was left, if one was; whoever holds the link means the own one."""

    appointment: AppointmentId | None = None
    link: Secret = ""
    code: ShortCode = ""
    digits: PhoneEnd = ""


class HoldSlot(AppointmentCommand, frozen=True, kw_only=True):
    """预占 — keep a free time for some minutes, until it is booked; one for each terminal.

    `SlotTaken` names the nearest free ones. `speaks` wants a counter with that language.
    """

    service: ServiceId
    slot: Moment
    needs: Annotated[tuple[Need, ...], Meta(max_length=7)] = ()
    language: Language = "zh"
    speaks: Language | None = None


class ReleaseSlot(AppointmentCommand, frozen=True, kw_only=True):
    """Give a time back that is kept and was not booked."""

    appointment: AppointmentId


class BookAppointment(AppointmentCommand, Confidential, frozen=True, kw_only=True):
    """预约 — book the time that is kept.

    Nobody need leave a name or a telephone number; whoever does was told what for before
    (`screen.privacy`). `note` and `amount` are seen by the teller who serves, and by
    nobody else. `visit` is the ticket of a walk-in who comes back then instead of waiting now.
    """

    private = ("name", "phone", "mail", "note", "amount")

    appointment: AppointmentId
    name: PersonName = ""
    phone: Phone = ""
    mail: MailAddress = ""
    note: Note = ""
    amount: Amount = ""
    visit: VisitId | None = None


class MoveAppointment(OwnAppointment, AppointmentCommand, frozen=True, kw_only=True):
    """改约 — to another free time of the same service."""

    slot: Moment


class ConfirmAppointment(OwnAppointment, AppointmentCommand, frozen=True, kw_only=True):
    """确认预约 — the customer says: I will come. Of another time it has to be said anew."""


class CancelAppointment(OwnAppointment, AppointmentCommand, frozen=True, kw_only=True):
    """取消预约 — the time is free again, and what was left of the person is deleted."""


class CheckIn(OwnAppointment, frozen=True, kw_only=True):
    """签到 — the customer is there and gets a ticket; nobody is refused for being late.

    Up to some minutes late it is a booked one, whose waiting begins at the booked time; later, or
    with `walk_in`, it is one like everybody's. The link or the code may as well be those of a
    ticket that was taken before coming: it is in the line as if it had been taken here. Staff
    name it by its `visit`.
    """

    visit: VisitId | None = None
    lanes: Annotated[tuple[Lane, ...], Meta(max_length=4)] = ()
    walk_in: bool = False


class FindSlots(Wire, frozen=True, kw_only=True):
    """Which times of a service are free, from `first_day` (today) on. Answered with `SlotsFound`.

    With `low_counter` or `speaks` only those at which such a counter is there. It changes nothing
    and keeps nothing: see `HoldSlot`.
    """

    id: CommandId
    service: ServiceId
    first_day: DayName | None = None
    days: Annotated[int, Meta(ge=1, le=31)] = 7
    low_counter: bool = False
    speaks: Language | None = None


class FindAppointment(Confidential, frozen=True, kw_only=True):
    """Which appointment somebody means who brings its `link`, or its `code` and the last four
    `digits` of the telephone number that was left, if one was. Answered with `AppointmentFound`.

    It changes nothing. Wrong codes are counted as everywhere.
    """

    id: CommandId
    link: Secret = ""
    code: ShortCode = ""
    digits: PhoneEnd = ""


class SlotShown(Value, frozen=True, kw_only=True):
    """A free time, and how many appointments still fit into it."""

    at: Moment
    room: int


class SlotsFound(Wire, frozen=True, kw_only=True):
    """The free times, in order; none, where there are none in those days."""

    id: CommandId
    seq: int
    service: ServiceId
    slots: tuple[SlotShown, ...] = ()


class AppointmentFound(Wire, frozen=True, kw_only=True):
    """The appointment that was meant, and nobody's name; or the `visit` of a ticket that was taken
    before coming, which can be checked in in the same way."""

    id: CommandId
    seq: int
    appointment: AppointmentId | None = None
    visit: VisitId | None = None
    service: ServiceId
    slot: Moment
    state: AppointmentState
    needs: tuple[Need, ...] = ()
    language: Language = "zh"
    speaks: Language | None = None
