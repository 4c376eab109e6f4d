"""A month of a branch with appointments, beside the same month without: what bookings do to waits.

python -m bench.month [--months N] [--days N] [--quick] [--json]

The rules are the product's own: every booking, check-in, ticket and call is decided by
`server/domain`, in memory. Six counters do one service of eight minutes (CV 0.7) from nine to five,
busy for 80 % of the time, with two peaks. Forty in a hundred have booked, as far as the times that
may be booked go; twelve in a hundred of those do not come, and the others come when they come, some
four minutes early, give or take nine. Services and walk-ins' times are the same under every rule.

Held to first come first served in the same branch without appointments, where as many people come,
all of them when they like: what a manager compares who thinks of offering appointments. And, which
is harder, to the very people of the month with appointments, at the very moments when they come,
called in the order in which they come.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta
from heapq import heapify, heappop, heappush
from math import log, sqrt
from typing import Any, Final, Literal, TypeAlias
from zoneinfo import ZoneInfo

from msgspec import Struct

from bench.figures import Report, command_line, share, tell
from server.domain.apply import apply
from server.domain.commands import AnyCommand, Configure, TimePassed
from server.domain.configuration import (
    Appointments,
    Bookable,
    BranchConfig,
    CounterConfig,
    Hours,
    HoursRule,
    ServiceConfig,
    Span,
)
from server.domain.decide import decide
from server.domain.events import AppointmentHeld, Event, TicketCalled, TicketTaken
from server.domain.free_slots import find
from server.domain.refusals import NobodyWaiting, Refused
from server.domain.state import CLOCK, Actor, Stamp, new_branch
from shared.protocol import (
    BookAppointment,
    CallNext,
    CheckIn,
    FindSlots,
    FinishService,
    HoldSlot,
    OpenCounter,
    StartService,
    TakeTicket,
    Words,
)

MONTHS: Final = 8
QUICK_MONTHS: Final = 2
DAYS: Final = 22
QUICK_DAYS: Final = 10
COUNTERS: Final = 6
MINUTES: Final = 8
VARIATION: Final = 0.7
LOAD: Final = 0.80
BOOKED: Final = 0.40
NO_SHOW: Final = 0.12
EARLY_MINUTES: Final = 4.0
SCATTER_MINUTES: Final = 9.0
PROFILE: Final = (0.6, 0.8, 1, 1.15, 1.2, 1.2, 1.1, 1, 0.9, 0.9, 1, 1.1, 1.1, 1, 0.8, 0.5)
"""How many walk in, by half hours, as in the lobby S3."""

WAIT_RATIO_MAX: Final = 0.60
RISE_MAX: Final = 0.10

ZONE: Final = ZoneInfo("Asia/Shanghai")
FIRST_DAY: Final = date(2027, 3, 1)
MINUTE_MS: Final = 60_000
OPENS, CLOSES = "09:00", "17:00"
DAY_MINUTES: Final = 480.0

World: TypeAlias = Literal["appointments", "first come", "the same people, first come"]


class Person(Struct):
    """Somebody who comes: when, for how long, and to which appointment, if any; times in ms.
    `booked`: had booked, also where that counts for nothing."""

    comes: int
    service_ms: int
    booked: bool = False
    slot: int | None = None
    appointment: int | None = None


class Waits(Struct):
    """Minutes of those who had booked and of those who walked in; how many had booked and not come,
    and how many were sent away."""

    booked: list[float] = []
    walked_in: list[float] = []
    missing: int = 0
    refused: int = 0

    @property
    def everybody(self) -> list[float]:
        """All of them."""
        return self.booked + self.walked_in


def config() -> BranchConfig:
    """One service at all counters, with the default rules of appointments but no notice. Fewer can
    be booked when more walk in than at other times, as `PROFILE` has it."""
    name = Words(zh="支行", en="Branch")
    rule = HoursRule(
        days=("mon", "tue", "wed", "thu", "fri"),
        opens=OPENS,
        closes=CLOSES,
        tickets_from=OPENS,
        tickets_until=CLOSES,
    )
    peaks = (
        Span(begins="10:30", ends="12:30", share=0.3),
        Span(begins="14:30", ends="15:30", share=0.3),
    )
    return BranchConfig(
        id="main",
        name=name,
        services=(
            ServiceConfig(id="A", series="A", name=name, usual_minutes=MINUTES, booking=Bookable()),
        ),
        counters=tuple(
            CounterConfig(id=n, name=name, services=("A",)) for n in range(1, COUNTERS + 1)
        ),
        hours=Hours(rules=(rule,)),
        appointments=Appointments(lead_minutes=0, peaks=peaks),
        duty_required=False,
    )


class Lobby:
    """The branch, and how long people waited in it."""

    def __init__(self) -> None:
        self.branch = new_branch(config())
        self.waits = Waits()
        self._ids = 0
        self._since: dict[int, tuple[Person, int]] = {}
        self.give(Configure(config()), 0, CLOCK)

    def give(self, command: AnyCommand, at: int, actor: Actor) -> list[Event]:
        """What a command brings about at that time. Raises Refused."""
        stamp = Stamp(max(at, self.branch.at), actor)
        events = decide(self.branch, command, stamp)
        for event in events:
            apply(self.branch, event, stamp)
        return events

    def do(self, kind: Callable[..., Any], at: int, actor: Actor, **fields: object) -> list[Event]:
        """The same, made up here."""
        self._ids += 1
        day = datetime.fromtimestamp(at / 1000, tz=ZONE).date().isoformat()
        return self.give(kind(id=f"bench-{self._ids:010d}", day=day, **fields), at, actor)

    def pass_time(self, at: int) -> None:
        """Whatever is due by the clock."""
        while self.give(TimePassed(), at, CLOCK):
            pass

    # --- One day -------------------------------------------------------------------------------

    def play(self, day: date, people: Sequence[Person]) -> None:
        """From the opening until the last one is served; nobody stays overnight."""
        opens, closes = moment(day, OPENS), moment(day, CLOSES)
        self.pass_time(moment(day, "08:00"))
        for counter in range(1, COUNTERS + 1):
            self.do(OpenCounter, opens, teller(counter), counter=counter)
        calls: list[tuple[int, int, int, Person | None]] = [
            (person.comes, n, 0, person) for n, person in enumerate(people)
        ]
        heapify(calls)
        idle = set(range(1, COUNTERS + 1))
        serial = len(calls)
        while calls:
            at, _, counter, person = heappop(calls)
            self.pass_time(at)
            if person is not None and counter == 0:
                self._arrive(at, person)
            else:
                self.do(FinishService, at, teller(counter), counter=counter)
                idle.add(counter)
            for begun, free, served in self._call(at, idle):
                serial += 1
                heappush(calls, (begun + served.service_ms, serial, free, None))
        self._since.clear()
        self.pass_time(max(closes, self.branch.at) + 6 * 60 * MINUTE_MS)

    def _arrive(self, at: int, person: Person) -> None:
        try:
            if person.appointment is not None:
                events = self.do(CheckIn, at, CLERK, appointment=person.appointment)
            else:
                events = self.do(TakeTicket, at, CLERK, service="A", reason="peak")
        except Refused:
            self.waits.refused += 1
            return
        (taken,) = (event for event in events if isinstance(event, TicketTaken))
        # Who has booked waits from the booked time on; who is late, from the arrival.
        self._since[taken.visit] = (person, max(at, person.slot or at))

    def _call(self, at: int, idle: set[int]) -> Iterator[tuple[int, int, Person]]:
        for counter in sorted(idle):
            try:
                events = self.do(CallNext, at, teller(counter), counter=counter)
            except Refused as refused:
                if isinstance(refused.refusal, NobodyWaiting):
                    return
                raise
            (called,) = (event for event in events if isinstance(event, TicketCalled))
            self.do(StartService, at, teller(counter), counter=counter)
            idle.discard(counter)
            person, since = self._since.pop(called.visit)
            kind = self.waits.booked if person.booked else self.waits.walked_in
            kind.append(max(0, at - since) / MINUTE_MS)
            yield at, counter, person


CLERK: Final = Actor(role="lobby_manager", station="board-1", staff="li")


def teller(counter: int) -> Actor:
    """Whoever sits there."""
    return Actor(role="teller", station=f"counter-{counter}", staff=f"t{counter}", counter=counter)


def moment(day: date, time: str) -> int:
    """An instant (ms) of the branch's day."""
    return round(datetime.fromisoformat(f"{day} {time}").replace(tzinfo=ZONE).timestamp() * 1000)


# --- Who comes -----------------------------------------------------------------------------------


def service_ms(chance: random.Random) -> int:
    """Lognormal."""
    sigma = sqrt(log(1 + VARIATION**2))
    return round(chance.lognormvariate(log(MINUTES) - sigma**2 / 2, sigma) * MINUTE_MS)


def walking_in(day: date, count: float, chance: random.Random) -> list[Person]:
    """So many on average, by the profile of the day."""
    opens, people, minute = moment(day, OPENS), [], 0.0
    top, mean = max(PROFILE), sum(PROFILE) / len(PROFILE)
    rate = count / DAY_MINUTES
    while (minute := minute + chance.expovariate(rate * top / mean)) < DAY_MINUTES:
        if chance.random() < PROFILE[int(minute // 30)] / top:
            people.append(Person(opens + round(minute * MINUTE_MS), service_ms(chance)))
    return people


def booking(lobby: Lobby, day: date, count: int, chance: random.Random) -> list[Person]:
    """As many as find a time, each at a free one by chance; those of them who will come."""
    at = moment(day, "08:10")
    lobby.pass_time(at)
    coming = []
    for _ in range(count):
        query = FindSlots(id="b" * 16, service="A", first_day=day.isoformat(), days=1)
        free = [slot.at for slot in find_slots(lobby, query, at)]
        if not free:
            break
        slot = chance.choice(free)
        held = lobby.do(HoldSlot, at, CLERK, service="A", slot=slot)
        (kept,) = (event for event in held if isinstance(event, AppointmentHeld))
        lobby.do(BookAppointment, at, CLERK, appointment=kept.appointment)
        off = chance.gauss(-EARLY_MINUTES, SCATTER_MINUTES)
        length = service_ms(chance)
        if chance.random() < NO_SHOW:
            lobby.waits.missing += 1
            continue
        comes = max(slot + round(off * MINUTE_MS), moment(day, OPENS))
        coming.append(Person(comes, length, True, slot, kept.appointment))
    return coming


def find_slots(lobby: Lobby, query: FindSlots, at: int) -> Sequence[Any]:
    """The free times."""
    return find(lobby.branch, query, at)


# --- Months --------------------------------------------------------------------------------------


def month(seed: int, days: int) -> dict[World, Waits]:
    """The three worlds of one month."""
    chance = random.Random(seed)
    wholly = DAY_MINUTES * COUNTERS * LOAD / MINUTES
    booked, walked, same = Lobby(), Lobby(), Lobby()
    for day in working_days(days):
        coming = booking(booked, day, round(BOOKED * wholly), chance)
        others = walking_in(day, wholly - len(coming), chance)
        booked.play(day, [*coming, *others])
        same.play(day, [Person(p.comes, p.service_ms, p.booked) for p in [*coming, *others]])
        walked.play(day, walking_in(day, wholly, chance))
    return {
        "appointments": booked.waits,
        "first come": walked.waits,
        "the same people, first come": same.waits,
    }


def working_days(count: int) -> Iterator[date]:
    """So many from the first day on."""
    day = FIRST_DAY
    while count:
        if day.weekday() < 5:
            yield day
            count -= 1
        day += timedelta(days=1)


def mean(values: Sequence[float]) -> float:
    """The average; 0 of none."""
    return sum(values) / len(values) if values else 0.0


async def measure(options: argparse.Namespace, report: Report) -> None:
    """Several months, each with other people."""
    months = options.months or (QUICK_MONTHS if options.quick else MONTHS)
    days = options.days or (QUICK_DAYS if options.quick else DAYS)
    found = []
    for n in range(months):
        tell(f"month: {n + 1} of {months}")
        found.append(month(n + 1, days))
    ours = [one["appointments"] for one in found]
    share_booked = [len(one.booked) / len(one.everybody) for one in ours]
    report.add("of those who come, had booked", "", share_booked)
    missing = [one.missing / (one.missing + len(one.booked)) for one in ours]
    report.add("of those who had booked, did not come", "", missing)
    for world in ("first come", "the same people, first come"):
        theirs = [one[world] for one in found]
        report.add(f"{world}: mean wait", "min", [mean(w.everybody) for w in theirs])
        report.add(f"{world}: p95", "min", [share(w.everybody, 0.95) for w in theirs])
    report.add("appointments: mean wait of who has booked", "min", [mean(w.booked) for w in ours])
    report.add("appointments: p95 of who has booked", "min", [share(w.booked, 0.95) for w in ours])
    report.add("appointments: mean wait of walk-ins", "min", [mean(w.walked_in) for w in ours])
    report.add("appointments: p95 of walk-ins", "min", [share(w.walked_in, 0.95) for w in ours])
    within = [sum(wait <= 10 for wait in w.booked) / len(w.booked) for w in ours]
    report.add("of who has booked, called within 10 min", "", within)
    _compare(report, found, "first come")
    _compare(report, found, "the same people, first come")
    refused = [f"{w.refused} in a month" for w in ours if w.refused]
    report.check("nobody who came was sent away", sum(len(w.everybody) for w in ours), refused)


def _compare(report: Report, found: Sequence[dict[World, Waits]], world: World) -> None:
    ratios, rises = [], []
    for one in found:
        ours, theirs = one["appointments"], one[world]
        ratios.append(mean(ours.booked) / mean(theirs.everybody))
        rises.append(share(ours.walked_in, 0.95) / share(theirs.everybody, 0.95) - 1)
    ratio = report.add(f"who has booked waits, by {world}", "×", ratios)
    rise = report.add(f"walk-ins' p95 rises, by {world}", "×", rises)
    # Every month is another draw of the same branch: what was promised is of all of them.
    for figure, limit in ((ratio, WAIT_RATIO_MAX), (rise, RISE_MAX)):
        average = report.add(f"{figure.name}: all months", "×", [mean(figure.values)])
        report.hold_to(average, at_most=limit)


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--months", type=int, help=f"how many (default: {MONTHS})")
    parser.add_argument("--days", type=int, help=f"of each (default: {DAYS})")


if __name__ == "__main__":
    sys.exit(command_line("month", __doc__, measure, _options))
