"""`lobby appointments export` and `feeds`: a branch's appointments as a table, and the addresses of
its calendars. Beside a running server; nothing is written.

Nobody's name is in the table: the journal has none, and what the vault has of people is asked for
person by person (`lobby person`).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from msgspec import Struct

from server.calendar_feeds import feeds, path_of
from server.config import load_data_folder
from server.domain import events as e
from server.domain import hours
from server.domain.configuration import BranchConfig
from server.domain.state import APPOINTMENT_TRANSITIONS
from server.journal.contract import Row
from server.journal.reading import opened
from server.journal.upcast import to_event
from server.links import TicketLinks
from server.reports.tables import Cell, Table, csv
from server.upkeep.errors import CannotDo
from shared.protocol import Words

COLUMNS: Final = (
    "date",
    "time",
    "service",
    "state",
    "confirmed",
    "moved",
    "low_counter",
    "language",
    "speaks",
    "id",
)


class Listed(Struct):
    """One appointment, as the journal tells what became of it."""

    id: int
    service: str
    slot: int
    state: str
    low_counter: bool
    language: str
    speaks: str
    moved: int = 0
    confirmed: bool = False


class FeedLink(Struct, frozen=True):
    """The address of a calendar; without `public_url` only its path."""

    of: str
    name: Words
    link: str


def branch_of(folder: Path, named: str | None) -> BranchConfig:
    """The branch that is meant; where there is only one, it need not be named."""
    _, branches = load_data_folder(folder)
    if named is None and len(branches) == 1:
        return next(iter(branches.values()))
    if named not in branches:
        raise CannotDo("which_branch", branches=", ".join(branches))
    return branches[named]


def export(folder: Path, branch: BranchConfig, first: str | None, last: str | None) -> str:
    """The table as CSV, in the order of the times; of these dates, if any are named."""
    database = folder / load_data_folder(folder)[0].database
    if not database.is_file():
        raise CannotDo("no_journal", path=database)
    with opened(database) as journal:
        found = listed(journal.rows(branch.id))
    rows: list[tuple[Cell, ...]] = []
    for one in sorted(found, key=lambda one: (one.slot, one.id)):
        day = hours.local_date(branch, one.slot)
        if (first or day) <= day <= (last or day):
            rows.append(_cells(branch, day, one))
    return csv(Table("appointments", COLUMNS, rows))


def listed(rows: Iterator[Row]) -> list[Listed]:
    """Every appointment that was booked, whatever became of it since."""
    known: dict[int, Listed] = {}
    for row in rows:
        if not row.type.startswith("Appointment"):
            continue
        event = to_event(row)
        assert isinstance(event, e.AppointmentHappening), row.type
        if isinstance(event, e.AppointmentHeld):
            known[event.appointment] = _held(event)
            continue
        one = known[event.appointment]
        one.state = APPOINTMENT_TRANSITIONS[one.state][row.type]  # type: ignore[index]  # a state
        match event:
            case e.AppointmentReleased():
                del known[event.appointment]
            case e.AppointmentMoved():
                one.slot, one.moved, one.confirmed = event.slot, event.sequence, False
            case e.AppointmentConfirmed():
                one.confirmed = True
            case _:
                pass
    return [one for one in known.values() if one.state != "held"]


def feed_links(folder: Path, branch: BranchConfig) -> list[FeedLink]:
    """The addresses of the branch's calendars. They are secret: whoever has one can look."""
    server, _ = load_data_folder(folder)
    key = folder / "keys" / "link.key"
    if not key.is_file():
        raise CannotDo("no_link_key", file=key)
    links = TicketLinks(key.read_bytes().strip())
    return [
        FeedLink(feed.of, feed.name, f"{server.public_url}{path_of(links, branch, feed)}")
        for feed in feeds(branch)
    ]


def _held(event: e.AppointmentHeld) -> Listed:
    return Listed(
        id=event.appointment,
        service=event.service,
        slot=event.slot,
        state="held",
        low_counter="low_counter" in event.needs,
        language=event.language,
        speaks=event.speaks or "",
    )


def _cells(branch: BranchConfig, day: str, one: Listed) -> tuple[Cell, ...]:
    return (
        day,
        hours.local_time(branch, one.slot),
        one.service,
        one.state,
        int(one.confirmed),
        one.moved,
        int(one.low_counter),
        one.language,
        one.speaks,
        one.id,
    )
