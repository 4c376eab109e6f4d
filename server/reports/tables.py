"""The report for spreadsheets (CSV) and for programs (JSON).

CSV as in RFC 4180. A cell that a spreadsheet would take for a formula is made a text by an
apostrophe. Durations are milliseconds, as their columns say; instants are local time with the
offset from UTC.
"""

from __future__ import annotations

import csv as rfc4180
import io
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TypeAlias
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct

from server.reports.report import DayReport, FairnessReport, MonthReport, TuneReport

Cell: TypeAlias = str | int | float | None

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\0")

INSTANTS = frozenset({"at", "since", "until"})
"""Fields that hold an instant, besides those that end in `_at`."""


class Table(Struct, frozen=True):
    """A table by its name: one record a row, the same columns in each."""

    name: str
    columns: tuple[str, ...]
    rows: list[tuple[Cell, ...]]


def json(report: DayReport | MonthReport | FairnessReport | TuneReport) -> str:
    """The whole report as one JSON object on one line."""
    return msgspec.json.encode(report).decode()


def tables(report: DayReport) -> list[Table]:
    """The day in one row, and a table for each list of the report that is not empty."""
    zone = ZoneInfo(report.time_zone)
    parts: dict[str, Sequence[Struct]] = {"day": [report]}
    for name in report.__struct_fields__:
        value = getattr(report, name)
        if isinstance(value, tuple):
            parts[name] = value
    parts["gaps"] = report.duty.gaps
    return [_table(name, records, zone) for name, records in parts.items() if records]


def table_of(name: str, records: Sequence[Struct], zone: ZoneInfo, kind: type[Struct]) -> Table:
    """Records of one kind, of which there may be none."""
    if not records:
        return Table(name, kind.__struct_fields__, [])
    return _table(name, records, zone)


def csv(table: Table) -> str:
    """A table as CSV, its columns' names in the first record."""
    text = io.StringIO()
    writer = rfc4180.writer(text, lineterminator="\r\n")
    for record in (table.columns, *table.rows):
        writer.writerow([_safe(cell) for cell in record])
    return text.getvalue()


def all_in_one(report: DayReport) -> str:
    """Every table one after the other, an empty line between; its name is the first column."""
    return "\r\n".join(
        csv(Table(one.name, ("table", *one.columns), [(one.name, *row) for row in one.rows]))
        for one in tables(report)
    )


def _table(name: str, records: Sequence[Struct], zone: ZoneInfo) -> Table:
    rows = [dict(_flat(record, zone)) for record in records]
    return Table(name, tuple(rows[0]), [tuple(row.values()) for row in rows])


def _flat(record: Struct | Mapping[str, object], zone: ZoneInfo) -> Iterator[tuple[str, Cell]]:
    """Fields of fields by joined names (`work_wait_mean_ms`); lists are tables of their own."""
    fields = msgspec.structs.asdict(record) if isinstance(record, Struct) else record
    for name, value in fields.items():
        if isinstance(value, Struct | Mapping):
            yield from ((f"{name}_{below}", cell) for below, cell in _flat(value, zone))
        elif (name in INSTANTS or name.endswith("_at")) and isinstance(value, int):
            yield name, datetime.fromtimestamp(value / 1000, tz=zone).isoformat()
        elif isinstance(value, bool):
            yield name, "true" if value else "false"
        elif value is None or isinstance(value, str | int | float):
            yield name, value


def _safe(cell: Cell) -> Cell:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA_STARTS) else cell
