"""The parts that several views share."""

from __future__ import annotations

from typing import ClassVar

from shared.protocol.words import (
    CounterId,
    CounterState,
    DayName,
    MachineId,
    MachineState,
    Moment,
    PagerNumber,
    PagerState,
    PrinterState,
    ServiceId,
    ServiceStatus,
    Value,
    VoiceState,
    WaitReason,
    Wire,
    Words,
)


class BranchView(Wire, frozen=True, kw_only=True):
    """What every view carries: the branch, the journal's sequence it shows, and its time."""

    feed_by: ClassVar[str] = ""
    """The field by which its feeds are told apart, where there are several: see `Hello.views`."""

    branch: str
    seq: int
    at: Moment
    day: DayName | None = None
    read_only: bool = False


class MessageShown(Value, frozen=True, kw_only=True):
    """A message on all screens."""

    id: int
    zh: str
    en: str
    until: Moment


class WaitShown(Value, frozen=True, kw_only=True):
    """A wait as it is told, in whole minutes: a low of 0 says "within `high`".

    `until` is the latest time a ticket was promised; it stands, unless it `slipped`, and why.
    """

    low: int
    high: int
    until: Moment | None = None
    slipped: WaitReason | None = None


class ServiceShown(Value, frozen=True, kw_only=True):
    """A service as customers see it. `waiting` counts the people in its line.

    `wait` is that of an ordinary ticket taken now, `care_wait` of one of the care lane; neither
    is there while too little is known.
    """

    id: ServiceId
    name: Words
    status: ServiceStatus
    waiting: int
    usual_minutes: int
    bring: tuple[Words, ...] = ()
    machine: Words | None = None
    tickets_from: Moment | None = None
    tickets_until: Moment | None = None
    opens: Moment | None = None
    closes: Moment | None = None
    next_from: Moment | None = None
    bookable: bool = False
    remote: bool = False
    only_booked: bool = False
    asks_amount: bool = False
    wait: WaitShown | None = None
    care_wait: WaitShown | None = None


class MachineShown(Value, frozen=True, kw_only=True):
    """A self-service machine."""

    id: MachineId
    name: Words
    state: MachineState


class PrinterShown(Value, frozen=True, kw_only=True):
    """A terminal's printer, as it last said it was. `unknown`: it says nothing of itself."""

    station: str
    state: PrinterState


class VoiceShown(Value, frozen=True, kw_only=True):
    """A display's voice, as it last said it was. `no_clips`: it has nothing to speak with."""

    station: str
    state: VoiceState


class BookingTimes(Value, frozen=True, kw_only=True):
    """In minutes: how long a chosen time is kept, how early one can check in, and how late one
    still comes as booked."""

    hold: int
    early: int
    late: int


class PagerShown(Value, frozen=True, kw_only=True):
    """A pager that somebody has, or that was lost.

    `number` is the ticket's that it was bound to at `since`. That visit has been over since
    `over_since`; null: it is not.
    """

    pager: PagerNumber
    number: str
    state: PagerState
    since: Moment
    over_since: Moment | None = None


class CounterShown(Value, frozen=True, kw_only=True):
    """A counter as everyone sees it: open or not, and the number it has called."""

    id: CounterId
    name: Words
    state: CounterState
    number: str | None = None
