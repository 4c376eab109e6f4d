"""The line by service and lane, with each ticket's age; and whoever is off it for now. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from lobby_display.board.sheet import Column, Kind, Row, Section
from lobby_display.board.words import Desk, is_late, is_near
from shared.protocol import BoardView, Lane, TicketShown, TicketState

OFF_LINE: Final[tuple[TicketState, ...]] = ("called", "missed", "parked", "diverted")
"""In the order in which somebody has to look after them."""

SINCE: Final = ("called", "missed")
"""Of these it is known since when; of the others, how long they have waited in all."""

LANES: Final[tuple[Lane, ...]] = ("ordinary", "care", "vip", "appointment")


def waiting(view: BoardView, service: str = "", lane: str = "") -> list[TicketShown]:
    """Those in the line of that service and lane (\"\": any), in their order."""
    return [
        ticket
        for ticket in view.line
        if service in ("", ticket.service) and (not lane or lane in (ticket.lanes or ("ordinary",)))
    ]


def line(desk: Desk, service: str, lane: str) -> Section:
    """The line, next first."""
    view = desk.view
    shown = waiting(view, service, lane)
    told = any(ticket.wait is not None for ticket in shown)
    title = desk.board("line.title", n=len(shown), all=view.line_count)
    if view.line_count > len(view.line):
        title = desk.board("line.more", n=len(view.line), all=view.line_count)
    return Section(
        title=title,
        columns=(
            Column(desk.board("head.number")),
            Column(desk.board("head.service"), spare=3),
            Column(desk.board("head.lane")),
            Column(desk.board("head.taken"), spare=4),
            Column(desk.board("head.waited"), right=True),
            Column(desk.board("head.due")),
            Column(desk.board("head.still") if told else "", spare=1),
            Column(desk.board("head.latest") if told else "", spare=2),
            Column(desk.board("head.remarks"), rest=True),
        ),
        rows=tuple(_waiting(desk, ticket) for ticket in shown),
        empty=desk.board("line.empty" if not (service or lane) else "line.empty_here"),
    )


def services(desk: Desk) -> Section:
    """Each service with how many wait, how long the first has, how long a ticket taken now would
    wait, and whether tickets are given."""
    told = any(shown.wait is not None for shown in desk.view.services)
    return Section(
        title=desk.board("services.title"),
        columns=(
            Column(desk.board("head.service"), rest=True),
            Column(desk.board("head.waiting"), right=True),
            Column(desk.board("head.longest"), right=True),
            Column(desk.board("head.taken_now") if told else "", right=True, spare=1),
            Column(desk.board("head.tickets"), spare=2),
        ),
        rows=tuple(
            Row(
                cells=(
                    f"{shown.id} {desk.name(shown.name)}",
                    str(shown.waiting),
                    _longest(desk, shown.id),
                    desk.range(shown.wait),
                    desk.say(f"service_status.{shown.status}"),
                ),
                pick=f"service:{shown.id}",
                kind=_kind_of_service(desk, shown.id),
            )
            for shown in desk.view.services
        ),
    )


def off_line(desk: Desk) -> list[Section]:
    """Called, missed, parked, diverted, standing back: each with since when."""
    sections = [
        _off(desk, state, [t for t in desk.view.off_line if t.state == state]) for state in OFF_LINE
    ]
    held = [ticket for ticket in desk.view.line if ticket.held_until is not None]
    return [*sections, _off(desk, "held", held)]


def _waiting(desk: Desk, ticket: TicketShown) -> Row:
    kind: Kind = "late" if is_late(ticket, desk.now) else "plain"
    if ticket.absent:
        kind = "quiet"
    elif kind == "plain" and is_near(ticket, desk.now):
        kind = "wants"
    return Row(
        cells=(
            ticket.number,
            desk.service(ticket.service),
            desk.lanes(ticket),
            desk.local(ticket.taken_at),
            desk.waited(ticket),
            desk.due(ticket),
            desk.range(ticket.wait),
            desk.latest(ticket.wait),
            desk.remarks(ticket),
        ),
        pick=f"ticket:{ticket.visit}",
        kind=kind,
    )


def _off(desk: Desk, group: str, tickets: Iterable[TicketShown]) -> Section:
    rows = tuple(
        Row(
            cells=(
                ticket.number,
                desk.service(ticket.service),
                desk.lanes(ticket),
                _where(desk, ticket, group),
                _since(desk, ticket, group),
                desk.remarks(ticket, held=False),
            ),
            pick=f"ticket:{ticket.visit}",
        )
        for ticket in tickets
    )
    return Section(
        title=desk.board(f"off.{group}", n=len(rows)),
        columns=(
            Column(desk.board("head.number")),
            Column(desk.board("head.service"), spare=3),
            Column(desk.board("head.lane"), spare=2),
            Column(desk.board(f"head.{group}")),
            Column(desk.board("head.since" if group in SINCE else "head.waited"), right=True),
            Column(desk.board("head.remarks"), rest=True),
        ),
        rows=rows,
        empty=desk.board("off.nobody"),
    )


def _where(desk: Desk, ticket: TicketShown, group: str) -> str:
    match group:
        case "called":
            return desk.board("off.at", counter=desk.counter(ticket.counter), n=ticket.calls)
        case "parked":
            return desk.say(f"park_reason.{ticket.park_reason}")
        case "diverted":
            return desk.machine(ticket.machine)
        case "missed":
            return desk.local(ticket.missed_at or 0)
        case _:
            return desk.held(ticket)


def _since(desk: Desk, ticket: TicketShown, group: str) -> str:
    moments = {"called": ticket.called_at, "missed": ticket.missed_at}
    if group == "parked" and ticket.park_until:
        return desk.board("off.until", time=desk.local(ticket.park_until))
    return desk.since(moments.get(group) or ticket.waiting_since)


def _longest(desk: Desk, service: str) -> str:
    waiting_here = [t for t in desk.view.line if t.service == service and t.held_until is None]
    if not waiting_here:
        return ""
    return desk.since(min(ticket.waiting_since for ticket in waiting_here))


def _kind_of_service(desk: Desk, service: str) -> Kind:
    waiting_here = (ticket for ticket in desk.view.line if ticket.service == service)
    return "late" if any(is_late(ticket, desk.now) for ticket in waiting_here) else "plain"
