"""The pages of the board, and what is on each: described once, drawn by `screen`. Pure."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

from msgspec import Struct

from lobby_display.board import bookings, counters, day, duty, happenings, line
from lobby_display.board.sheet import Section
from lobby_display.board.words import Desk

PageName: TypeAlias = Literal["line", "off", "counters", "alerts", "calls", "day", "duty", "booked"]

PAGES: Final[tuple[PageName, ...]] = (
    "line",
    "off",
    "counters",
    "alerts",
    "calls",
    "day",
    "duty",
    "booked",
)
"""In the order of their number keys."""

SIDE_CELLS: Final = 56
"""What stands beside the page, where the screen is wide enough for both."""

WIDE_CELLS: Final = 140


class Tile(Struct, frozen=True):
    """Something to touch, with its key. `chosen`: it is what is shown; `wants`: somebody should."""

    touch: str
    label: str
    key: str = ""
    chosen: bool = False
    wants: bool = False


class Page(Struct, frozen=True):
    """What is on a page: its tables, what stands beside them, and what narrows it down."""

    name: PageName
    sections: tuple[Section, ...]
    side: tuple[Section, ...] = ()
    chips: tuple[Tile, ...] = ()


class Filter(Struct, frozen=True):
    """Which part of the line is shown; \"\": all of it."""

    service: str = ""
    lane: str = ""


def page_of(
    desk: Desk, name: PageName, narrowed: Filter, looked: frozenset[int], width: int
) -> Page:
    """The page of that name. On a wide screen its side shows what else one wants to see."""
    alerts = happenings.alerts(desk, looked)
    match name:
        case "line":
            return Page(
                name,
                (line.line(desk, narrowed.service, narrowed.lane),),
                (line.services(desk), alerts),
                chips(desk, narrowed),
            )
        case "off":
            return Page(name, tuple(line.off_line(desk)), (line.services(desk), alerts))
        case "counters":
            equipment = (counters.machines(desk), counters.terminals(desk))
            if width >= WIDE_CELLS:
                return Page(name, (counters.counters(desk),), (*equipment, alerts))
            return Page(name, (counters.counters(desk), *equipment))
        case "alerts":
            sections = (alerts, happenings.requests(desk))
            return Page(name, sections, (line.services(desk), counters.machines(desk)))
        case "calls":
            return Page(name, (happenings.calls(desk),))
        case "day":
            plotted = day.plots(desk, width)
            return Page(name, (day.figures(desk), day.ratings(desk), *plotted, line.services(desk)))
        case "booked":
            return Page(name, (bookings.the_day(desk),), (line.services(desk), alerts))
        case "duty":
            return Page(name, (duty.duty(desk), duty.messages(desk), duty.branch(desk)), (alerts,))


def main_cells(page: Page, width: int) -> int:
    """How wide the page itself is: all of the screen, where nothing is beside it."""
    return width - SIDE_CELLS - 2 if page.side and width >= WIDE_CELLS else width


def tabs(desk: Desk, shown: PageName, looked: frozenset[int]) -> tuple[Tile, ...]:
    """The pages to choose from; the one with the alerts says how many are new."""
    new = sum(alert.id not in looked for alert in desk.view.alerts)
    tiles = []
    for n, name in enumerate(PAGES, start=1):
        label = desk.board(f"tab.{name}")
        if name == "alerts" and desk.view.alerts:
            label = desk.board("tab.alerts_many", n=len(desk.view.alerts))
        wants = name == "alerts" and new > 0
        tiles.append(Tile(f"tab:{name}", label, str(n), name == shown, wants))
    return tuple(tiles)


def chips(desk: Desk, narrowed: Filter) -> tuple[Tile, ...]:
    """What narrows the line down: a service, a lane."""
    view = desk.view
    all_of_it = narrowed == Filter()
    tiles = [Tile("narrow:", desk.board("chip.all", n=view.line_count), chosen=all_of_it)]
    for service in view.services:
        label = desk.board("chip.service", id=service.id, n=service.waiting)
        tiles.append(Tile(f"narrow:{service.id}", label, "", narrowed.service == service.id))
    for lane in line.LANES[1:]:
        count = len(line.waiting(view, lane=lane))
        label = desk.board("chip.lane", lane=desk.say(f"lane.{lane}"), n=count)
        tiles.append(Tile(f"lane:{lane}", label, "", narrowed.lane == lane))
    return tuple(tiles)
