"""How the time at counters was spent: every moment of an open counter is one thing only."""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Iterable
from typing import get_args

from msgspec import Struct

from server.domain.events import (
    CounterClosed,
    CounterPaused,
    Event,
    HelpAsked,
    ServiceFinished,
    TicketCalled,
    TicketParked,
    TicketTransferred,
)
from server.domain.state import Branch, Counter, Stamp
from server.reports.line import Line
from server.reports.replay import Subject
from server.reports.report import CounterTime, Stretch
from server.reports.shares import Desk, Piece, desk_of
from shared.protocol import CounterId, HelpKind, PauseReason, VisitId

ENDS_SERVICE = ServiceFinished | TicketTransferred | TicketParked
"""After these a counter that was serving is free. (After `TransactionFinished` it serves on.)"""

OPEN = ("calling", "serving", "wrap_up", "idle_waiting", "idle_alone")
"""What an open counter may be doing."""


class WrapUp(Struct, frozen=True):
    """A counter is free since a service ended; whose."""

    since: int
    visit: VisitId
    service: str
    desk: Desk


class Spending(Subject):
    """Keeps the books of every counter and of whoever sits there.

    `ms` and `times` are by desk and by what was done: `calling`, `serving`, `wrap_up`,
    `idle_waiting`, `idle_alone`, `closed`, or `pause` or `help` with its kind.
    """

    def __init__(self) -> None:
        self.ms: Tally[tuple[Desk, str]] = Tally()
        self.times: Tally[tuple[Desk, str]] = Tally()
        self.pieces: list[Piece] = []
        self._wrap_ups: dict[CounterId, WrapUp] = {}
        self._line = Line()

    def desks(self) -> set[Desk]:
        """Every counter with everybody who sat there."""
        return {desk for desk, _ in (*self.ms, *self.times)}

    def at_work(self) -> set[Desk]:
        """Those of them that were open or paused."""
        return {desk for desk, doing in (*self.ms, *self.times) if doing != "closed"}

    def closed_ms(self, desks: Iterable[Desk]) -> int:
        """How long these were closed."""
        return sum(self.ms[desk, "closed"] for desk in desks)

    def passes(self, branch: Branch, since: int, until: int) -> None:
        for counter in branch.counters.values():
            desk = Desk(counter.id, counter.staff)
            doing = _doing(branch, counter)
            if doing == "free":
                self._stay_free(branch, desk, since, until)
            elif doing != "practice":
                self.ms[desk, doing] += until - since
            if counter.help is not None and doing != "practice":
                self.ms[desk, f"help {counter.help}"] += until - since

    def sees(self, branch: Branch, event: Event, stamp: Stamp) -> None:
        self._line.sees(event)
        match event:
            case TicketCalled():
                self._call(branch, event, stamp.at)
            case CounterPaused():
                self._break_off(branch, event.counter, stamp.at)
                self.times[desk_of(branch, event.counter), f"pause {event.reason}"] += 1
            case CounterClosed():
                self._break_off(branch, event.counter, stamp.at)
            case ServiceFinished() | TicketTransferred() | TicketParked():
                self._end_service(branch, event, stamp.at)
            case HelpAsked():
                if _doing(branch, branch.counters[event.counter]) != "practice":
                    self.times[desk_of(branch, event.counter), f"help {event.kind}"] += 1
            case _:
                pass

    def _stay_free(self, branch: Branch, desk: Desk, since: int, until: int) -> None:
        counter = branch.counters[desk.counter]
        somebody_at = self._line.somebody_for(branch, counter, since, until)
        if somebody_at > since:
            self._end_wrap_up(desk.counter, since)  # nobody to call any more: it is ready
            self.ms[desk, "idle_alone"] += somebody_at - since
        doing = "wrap_up" if desk.counter in self._wrap_ups else "idle_waiting"
        self.ms[desk, doing] += until - somebody_at

    # --- Wrap-up ---------------------------------------------------------------------------------

    def _end_service(self, branch: Branch, event: ENDS_SERVICE, at: int) -> None:
        visit = branch.visits[event.visit]
        if visit.state == "serving" and not visit.practice:
            desk = desk_of(branch, event.counter)
            self._wrap_ups[event.counter] = WrapUp(at, visit.id, visit.service, desk)

    def _call(self, branch: Branch, called: TicketCalled, at: int) -> None:
        """The next call ends a wrap-up, also one of no time at all, if the line was called."""
        visit = branch.visits[called.visit]
        at_once = visit.state == "waiting" and not visit.practice
        self._end_wrap_up(called.counter, at, at_once)

    def _break_off(self, branch: Branch, counter: CounterId, at: int) -> None:
        """No call followed, though people were waiting: then it was no wrap-up, but idleness."""
        begun = self._wrap_ups.pop(counter, None)
        if begun is not None:
            assert branch.day is not None
            ms = max(0, min(at, branch.day.ends_at) - begun.since)
            self.ms[begun.desk, "wrap_up"] -= ms
            self.ms[begun.desk, "idle_waiting"] += ms

    def _end_wrap_up(self, counter: CounterId, at: int, at_once: bool = False) -> None:
        ended = self._wrap_ups.pop(counter, None)
        if ended is not None and (at > ended.since or at_once):
            ms = at - ended.since
            piece = Piece("wrap_up", ended.visit, ended.service, ended.desk, ended.since, ms)
            self.pieces.append(piece)


def _doing(branch: Branch, counter: Counter) -> str:
    """What a counter does now, under the name it is booked by; or `free`, or `practice`."""
    if counter.state == "closed":
        return "closed"
    if counter.state == "paused":
        return f"pause {counter.pause_reason}"
    if counter.visit is None:
        return "free"
    visit = branch.visits[counter.visit]
    if visit.practice:
        return "practice"
    return "calling" if visit.state == "called" else "serving"


# --- Figures ---------------------------------------------------------------------------------


def time_of(spending: Spending, desks: Iterable[Desk]) -> CounterTime:
    """How these desks spent their time, together."""
    chosen = list(desks)

    def ms(doing: str) -> int:
        return sum(spending.ms[desk, doing] for desk in chosen)

    def stretch(doing: str) -> Stretch:
        return Stretch(times=sum(spending.times[desk, doing] for desk in chosen), ms=ms(doing))

    pauses: dict[PauseReason, Stretch] = {
        reason: stretch(f"pause {reason}") for reason in get_args(PauseReason)
    }
    helps: dict[HelpKind, Stretch] = {kind: stretch(f"help {kind}") for kind in get_args(HelpKind)}
    spent = {doing: ms(doing) for doing in OPEN}
    return CounterTime(
        open_ms=sum(spent.values()),
        calling_ms=spent["calling"],
        serving_ms=spent["serving"],
        wrap_up_ms=spent["wrap_up"],
        idle_waiting_ms=spent["idle_waiting"],
        idle_alone_ms=spent["idle_alone"],
        paused_ms=sum(pause.ms for pause in pauses.values()),
        pauses=pauses,
        help=helps,
    )
