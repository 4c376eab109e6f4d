"""The rows of an export, written as CSV or as JSON lines. Runs in a thread; reads a journal's file.

Transactions are those that `reports` makes of a day; events are the journal's own rows, without
the hashes of secrets, which prove nothing to whoever reads them elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct

from server.journal.contract import Row
from server.journal.reading import JournalFile
from server.reports import tables
from server.reports.one_day import NothingToReport, cut
from server.reports.report import Kind
from server.reports.transactions import Finished, finished
from shared.protocol import AskExport

CSV: Final = "text/csv; charset=utf-8"
JSON_LINES: Final = "application/x-ndjson"

HASHES_END: Final = "_sha256"


class Written(Struct, frozen=True):
    """An export, whole; or, with more rows than asked for, cut off after them."""

    content: bytes
    content_type: str
    rows: int


class EventRow(Struct, frozen=True):
    """A row of the journal, for a table. `data` is JSON."""

    seq: int
    day: str
    at: int
    role: str
    station: str
    staff: str
    type: str
    data: str


def write(
    journal: JournalFile,
    asked: AskExport,
    branch: str,
    days: Sequence[str],
    zone: str,
    kind: Kind,
    rows_max: int,
) -> Written:
    """At most `rows_max` rows and one more, which says that there are too many."""
    if asked.what == "transactions":
        transactions = list(_first(_transactions(journal, branch, days, kind), rows_max + 1))
        return _written(asked, transactions, Finished, zone)
    events = list(_first(_events(journal, branch, days, zone), rows_max + 1))
    if asked.form == "csv":
        return _written(asked, [_event_row(row) for row in events], EventRow, zone)
    lines = [msgspec.json.encode(_object(row)) for row in events]
    return Written(b"".join(b"%b\n" % line for line in lines), JSON_LINES, len(lines))


def _first(rows: Iterator[Any], count: int) -> Iterator[Any]:
    for _, row in zip(range(count), rows, strict=False):
        yield row


def _written(asked: AskExport, records: Sequence[Struct], kind: type[Struct], zone: str) -> Written:
    if asked.form == "jsonl":
        lines = b"".join(b"%b\n" % msgspec.json.encode(record) for record in records)
        return Written(lines, JSON_LINES, len(records))
    table = tables.table_of(asked.what, records, ZoneInfo(zone), kind)
    return Written(tables.csv(table).encode(), CSV, len(records))


def _transactions(
    journal: JournalFile, branch: str, days: Sequence[str], kind: Kind
) -> Iterator[Finished]:
    for day in days:
        try:
            one = cut(journal.events_of(branch, day), day, kind)
        except NothingToReport:  # a Sunday
            continue
        yield from finished(one)


# --- Events ----------------------------------------------------------------------------------


def _events(journal: JournalFile, branch: str, days: Sequence[str], zone: str) -> Iterator[Row]:
    """Of the business days; what belongs to none, by the calendar."""
    local, after = ZoneInfo(zone), journal.before(branch, days[0])
    too_late = (date.fromisoformat(days[-1]) + timedelta(days=3)).isoformat()
    for row in journal.rows(branch, after):
        on_calendar = datetime.fromtimestamp(row.at / 1000, tz=UTC).astimezone(local)
        day = row.day or on_calendar.date().isoformat()
        if days[0] <= day <= days[-1]:
            yield row
        elif day > too_late:  # a day may be closed late, after another has begun on the calendar
            return


def _event_row(row: Row) -> EventRow:
    actor: Mapping[str, Any] = msgspec.json.decode(row.actor)
    return EventRow(
        seq=row.seq,
        day=row.day,
        at=row.at,
        role=actor.get("role", ""),
        station=actor.get("station", ""),
        staff=actor.get("staff", ""),
        type=row.type,
        data=msgspec.json.encode(_data(row)).decode(),
    )


def _object(row: Row) -> dict[str, Any]:
    return {
        "seq": row.seq,
        "day": row.day,
        "at": row.at,
        "actor": msgspec.json.decode(row.actor),
        "type": row.type,
        "data": _data(row),
    }


def _data(row: Row) -> dict[str, Any]:
    data: dict[str, Any] = msgspec.json.decode(row.data)
    return {k: v for k, v in data.items() if k != "type" and not k.endswith(HASHES_END)}
