"""Views of the hall: the kiosk's, the display's, that of the base of the pagers."""

from __future__ import annotations

from shared.protocol.shown import (
    BookingTimes,
    BranchView,
    CounterShown,
    MachineShown,
    MessageShown,
    PagerShown,
    ServiceShown,
)
from shared.protocol.words import CallId, CounterId, Moment, PagerNumber, Value, Words


class KioskView(BranchView, frozen=True, kw_only=True):
    """What a kiosk shows: services in kiosk order, with their lines.

    `booking` is there where something can be booked; `remote` where numbers of some service can
    be taken before coming, and are checked in here; `complaint_phone` may be empty.
    """

    name: Words
    services: tuple[ServiceShown, ...]
    machines: tuple[MachineShown, ...] = ()
    messages: tuple[MessageShown, ...] = ()
    emergency: bool = False
    next_day_opens: Moment | None = None
    booking: BookingTimes | None = None
    remote: bool = False
    complaint_phone: str = ""


class CallShown(Value, frozen=True, kw_only=True):
    """A call on the display. A display speaks each id once, while it is under 60 s old.

    `long` asks for a long, large visual call; it says nothing about the customer.
    """

    id: int
    number: str
    counter: CounterId
    at: Moment
    again: bool = False
    long: bool = False


class DisplayView(BranchView, frozen=True, kw_only=True):
    """What everyone waiting sees: no names, no lanes, no reasons. `opens` and `closes` are the
    public hours of the day, or, while none is open, of the next."""

    name: Words
    calls: tuple[CallShown, ...]
    counters: tuple[CounterShown, ...]
    services: tuple[ServiceShown, ...]
    messages: tuple[MessageShown, ...] = ()
    emergency: bool = False
    next_day_opens: Moment | None = None
    opens: Moment | None = None
    closes: Moment | None = None


class PagerCall(Value, frozen=True, kw_only=True):
    """A call that a pager has to tell: until it is `confirmed`, the pager must vibrate now.

    `call` is another one each time the ticket is called. `long` asks for the long pattern.
    """

    pager: PagerNumber
    call: CallId
    number: str
    counter: CounterId
    at: Moment
    again: bool = False
    long: bool = False
    confirmed: bool = False


class PagerView(BranchView, frozen=True, kw_only=True):
    """What the base of the vibrating pagers has to know: which of them are out, and which of those
    are called now. It says nothing of anybody, nor what for."""

    name: Words
    pagers: tuple[PagerShown, ...] = ()
    calls: tuple[PagerCall, ...] = ()
