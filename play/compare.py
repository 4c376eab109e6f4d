"""Holds a journal against the day that was to be played, with a few independent lines.

Counts must be equal. Service times are the server's and lie on the grid of the rate: at 60 times
the speed of life a millisecond is 60 in the branch. How far apart they may be is computed from
the rate, and how far they are is told.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping
from typing import Any, Final, TypeAlias

import msgspec
from msgspec import Struct

from play.checks import ENDINGS
from play.crowd import Crowd
from play.plan import DayPlan
from play.player import Played

STALL_MS: Final = 100
"""A machine with other things to do lets somebody wait so long (real): a service may be so much,
times the rate, shorter or longer than planned."""

OFF_SECONDS_MAX: Final = 10.0
"""But never more than this, at any rate: what a minute's service can bear."""

WITHIN_SHARE: Final = 0.99
"""So many services must be within that; the worst is told."""

TOTAL_SHARE: Final = 0.01
"""All services together may be off by so much."""

Tickets: TypeAlias = Counter[tuple[str, str, str]]
"""How many, by service, lane and ending."""

LANES: Final = ("ordinary", "care", "vip", "appointment")


class Line(Struct, frozen=True, kw_only=True):
    """Tickets of one service and lane with one ending: as many as planned, and as happened."""

    service: str
    lanes: str
    ending: str
    planned: int
    played: int


class Times(Struct, frozen=True, kw_only=True):
    """How long services took, in seconds of the branch's time."""

    services: int = 0
    planned_seconds: float = 0.0
    played_seconds: float = 0.0
    tolerance_seconds: float = 0.0
    beyond: int = 0
    off_seconds_max: float = 0.0
    off_seconds_p99: float = 0.0
    late_seconds_max: float = 0.0

    @property
    def kept(self) -> bool:
        """Whether the services lasted as long as planned."""
        off = abs(self.played_seconds - self.planned_seconds)
        within = self.beyond <= self.services * (1 - WITHIN_SHARE)
        return within and off <= max(self.tolerance_seconds, self.planned_seconds * TOTAL_SHARE)


class Comparison(Struct, kw_only=True):
    """What was planned, what the journal says, and whether they agree."""

    customers: int
    tickets: int
    turned_away: dict[str, int]
    lines: list[Line]
    times: Times

    @property
    def counts_agree(self) -> bool:
        """Whether every number is the same."""
        return all(line.planned == line.played for line in self.lines)


class Story(Struct):
    """What a journal tells of one ticket."""

    service: str
    lanes: str
    taken_at: int
    started_at: int = 0
    served_ms: list[int] = []
    ending: str = "none"


def stories(rows: Iterable[bytes]) -> dict[int, Story]:
    """Every ticket of a journal, by its visit."""
    told: dict[int, Story] = {}
    for line in rows:
        row: dict[str, Any] = msgspec.json.decode(line)
        event, at = row["data"], row["at"]
        name, visit = event["type"], event.get("visit", 0)
        if name == "TicketTaken":
            told[visit] = Story(event["service"], named(event.get("lanes", ())), at)
        elif name == "ServiceStarted":
            told[visit].started_at = at
        elif name in ("TransactionFinished", "ServiceFinished", "TicketTransferred"):
            story = told[visit]
            story.served_ms.append(at - story.started_at)
            story.started_at = at
        if name in ENDINGS and visit in told:
            told[visit].ending = ENDINGS[name]
    return told


def taken_at(stations: Container[str], rows: Iterable[bytes]) -> set[int]:
    """The visits that began at these stations."""
    decoded: Iterator[dict[str, Any]] = map(msgspec.json.decode, rows)
    return {
        row["data"]["visit"]
        for row in decoded
        if row["data"]["type"] == "TicketTaken" and row["actor"].get("station") in stations
    }


def named(lanes: Iterable[str]) -> str:
    """A set of lanes in one fixed way of writing it."""
    chosen = [lane for lane in LANES[1:] if lane in set(lanes)]
    return "+".join(chosen) or LANES[0]


def compare(plan: DayPlan, played: Played, told: Mapping[int, Story] | None) -> Comparison:
    """The plan against the journal; where that is not at hand, against what people saw."""
    crowd = played.crowd
    happened = _seen(crowd) if told is None else _told(told)
    return Comparison(
        customers=len(plan.customers),
        tickets=len(crowd.tickets) if told is None else len(told),
        turned_away=dict(crowd.turned_away),
        lines=_lines(_planned(plan, crowd), happened),
        times=_times(played, told or {}),
    )


def _planned(plan: DayPlan, crowd: Crowd) -> Tickets:
    """Of a recorded day everybody has to have the recorded ending. What becomes of people in a
    generated one depends on the line: then it is what they saw themselves."""
    if not plan.recorded:
        return _seen(crowd)
    return Counter(
        (customer.services[0], named(customer.lanes), customer.ending or "none")
        for customer in plan.customers
    )


def _seen(crowd: Crowd) -> Tickets:
    return Counter(
        (ticket.customer.services[0], named(ticket.customer.lanes), ticket.ended or "none")
        for ticket in crowd.tickets.values()
    )


def _told(told: Mapping[int, Story]) -> Tickets:
    return Counter((story.service, story.lanes, story.ending) for story in told.values())


def _lines(planned: Tickets, played: Tickets) -> list[Line]:
    return [
        Line(service=service, lanes=lanes, ending=ending, planned=planned[key], played=played[key])
        for key in sorted(planned | played)
        for service, lanes, ending in (key,)
    ]


def tolerance_seconds(rate: float) -> float:
    """How far off a service may be."""
    return min(OFF_SECONDS_MAX, STALL_MS * rate / 1000)


def _times(played: Played, told: Mapping[int, Story]) -> Times:
    pairs: list[tuple[float, float]] = []
    late = 0.0
    for visit, ticket in played.crowd.tickets.items():
        story = told.get(visit)
        if story is None:
            continue
        late = max(late, (story.taken_at - played.arrivals[ticket.row].at) / 1000)
        served = (ms / 1000 for ms in story.served_ms)
        pairs += zip(ticket.customer.service_seconds, served, strict=False)
    off = sorted(abs(took - planned) for planned, took in pairs) or [0.0]
    tolerance = tolerance_seconds(played.rate)
    return Times(
        services=len(pairs),
        planned_seconds=sum(planned for planned, _ in pairs),
        played_seconds=round(sum(took for _, took in pairs), 3),
        tolerance_seconds=tolerance,
        beyond=sum(one > tolerance for one in off),
        off_seconds_max=round(off[-1], 3),
        off_seconds_p99=round(off[min(len(off) - 1, int(len(off) * WITHIN_SHARE))], 3),
        late_seconds_max=round(late, 3),
    )
