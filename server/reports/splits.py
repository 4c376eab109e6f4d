"""The day's figures by service, lane, counter and teller. The parts add up to the whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import get_args

from server.domain.configuration import BranchConfig
from server.domain.state import Visit
from server.reports.counters import Spending, time_of
from server.reports.report import (
    CounterFigures,
    LaneFigures,
    ServiceFigures,
    TellerFigures,
)
from server.reports.shares import Piece, split, work
from server.reports.visits import endings, lane_of
from shared.protocol import Lane, VisitId, Words


class Names:
    """Services and counters in the order and with the names of the day, first come first.

    A configuration that came during the day may have dropped what was there in the morning.
    """

    def __init__(self, configs: Iterable[BranchConfig]) -> None:
        self.services: dict[str, Words] = {}
        self.counters: dict[int, Words] = {}
        for config in configs:
            self.services |= {service.id: service.name for service in config.services}
            self.counters |= {counter.id: counter.name for counter in config.counters}


def by_service(
    names: Names, visits: Iterable[Visit], pieces: Iterable[Piece]
) -> tuple[ServiceFigures, ...]:
    """Each service of the day."""
    of_service: dict[str, list[Visit]] = {service: [] for service in names.services}
    for visit in visits:
        of_service[visit.transactions[0].service].append(visit)
    parts = split(pieces, lambda piece: piece.service)
    return tuple(
        ServiceFigures(
            service=service,
            name=name,
            tickets=endings(of_service[service]),
            work=work(parts.get(service, ())),
        )
        for service, name in names.services.items()
    )


def by_lane(visits: Mapping[VisitId, Visit], pieces: Iterable[Piece]) -> tuple[LaneFigures, ...]:
    """Each lane, also an empty one."""
    lanes: tuple[Lane, ...] = get_args(Lane)
    parts = split(pieces, lambda piece: lane_of(visits[piece.visit]))
    return tuple(
        LaneFigures(
            lane=lane,
            tickets=endings(visit for visit in visits.values() if lane_of(visit) == lane),
            work=work(parts.get(lane, ())),
        )
        for lane in lanes
    )


def by_counter(
    names: Names, spending: Spending, pieces: Iterable[Piece]
) -> tuple[CounterFigures, ...]:
    """Each counter of the day, also one that was never open."""
    parts = split(pieces, lambda piece: piece.desk.counter)
    desks = split(spending.desks(), lambda desk: desk.counter)
    return tuple(
        CounterFigures(
            counter=counter,
            name=name,
            work=work(parts.get(counter, ())),
            time=time_of(spending, desks.get(counter, ())),
            closed_ms=spending.closed_ms(desks.get(counter, ())),
        )
        for counter, name in names.counters.items()
    )


def by_teller(spending: Spending, pieces: Iterable[Piece]) -> tuple[TellerFigures, ...]:
    """Everybody who sat at a counter that was open; "" for those nobody had signed in at."""
    parts = split(pieces, lambda piece: piece.desk.staff)
    desks = split(spending.at_work(), lambda desk: desk.staff)
    return tuple(
        TellerFigures(
            staff=staff,
            work=work(parts.get(staff, ())),
            time=time_of(spending, desks.get(staff, ())),
        )
        for staff in sorted({*parts, *desks})
    )
