"""A recorded day from a CSV file: who came, for what, for how long, and who left.

The columns are described in docs/play.md. Strict: a row that is not understood is no day.
"""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Final, TypeVar, get_args

from play.branch_file import SERVICES_MAX, services_of
from play.plan import DAY_SECONDS, Customer, DayPlan, in_order
from play.table import Row, Table
from shared.protocol import Lane, Need

NEEDED: Final = ("arrival", "service", "lane", "seconds")
COLUMNS: Final = (*NEEDED, "leave", "needs")

CUSTOMERS_MAX: Final = 20_000
"""Ten times what a branch lets wait; more is not one branch's day."""

SERVICE_SECONDS_MAX: Final = 4 * 3600
TRANSACTIONS_MAX: Final = 5

BETWEEN: Final = "+"
"""Between several services, seconds, lanes or needs of one customer."""

Word = TypeVar("Word")


def read_day(file: Path) -> DayPlan:
    """The day a file tells of; raises DayFileError."""
    return day_of(Table(file))


def day_of(table: Table) -> DayPlan:
    """The same, of a table that is open already."""
    table.require(NEEDED, COLUMNS)
    customers: list[Customer] = []
    for line, row in table.rows():
        if len(customers) == CUSTOMERS_MAX:
            raise table.error("fewer_rows", line, most=CUSTOMERS_MAX)
        customers.append(_customer(table, line, row))
    if not customers:
        raise table.error("customers", 2)
    plan = DayPlan(customers=in_order(customers), recorded=True)
    if len(services_of(plan)) > SERVICES_MAX:
        raise table.error("fewer_services", column="service", most=SERVICES_MAX)
    return plan


def _customer(table: Table, line: int, row: Row) -> Customer:
    arrival = table.cell(line, row, "arrival", time_of_day, "time")
    services = table.cell(line, row, "service", _services, "service")
    seconds = table.cell(line, row, "seconds", _seconds, "seconds")
    leave = table.cell(line, row, "leave", _leave, "leave") if row.get("leave") else None
    if seconds and leave is not None:
        raise table.error("one_ending", line, "leave")
    if seconds and len(seconds) != len(services):
        raise table.error("as_many", line, "seconds", services=len(services), found=len(seconds))
    if leave is not None and leave <= arrival:
        raise table.error("later", line, "leave")
    return Customer(
        arrival_seconds=arrival,
        services=services,
        service_seconds=seconds,
        lanes=table.cell(line, row, "lane", lambda cell: _words(cell, get_args(Lane)), "lane"),
        needs=table.cell(line, row, "needs", lambda cell: _words(cell, get_args(Need)), "needs")
        if "needs" in row
        else (),
        leave_seconds=leave,
        comes=bool(seconds) or leave is not None,
    )


def time_of_day(cell: str) -> float:
    """Seconds since midnight, as they are or as HH:MM or HH:MM:SS."""
    if clock := re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d(?:\.\d{1,3})?))?", cell):
        return int(clock[1]) * 3600 + int(clock[2]) * 60 + float(clock[3] or 0)
    return _number(cell, DAY_SECONDS)


def _leave(cell: str) -> float:
    return time_of_day(cell)


def _seconds(cell: str) -> tuple[float, ...]:
    if not cell:
        return ()
    return tuple(_number(part, SERVICE_SECONDS_MAX + 1) for part in cell.split(BETWEEN))


def _number(cell: str, below: float) -> float:
    if not re.fullmatch(r"\d{1,9}(\.\d{1,3})?", cell):
        raise ValueError(cell)
    number = float(cell)
    if not (math.isfinite(number) and number < below):
        raise ValueError(cell)
    return number


def _services(cell: str) -> tuple[str, ...]:
    services = tuple(cell.split(BETWEEN))
    if len(services) > TRANSACTIONS_MAX:
        raise ValueError(cell)
    for service in services:
        if not re.fullmatch(r"[0-9A-Za-z_]{1,16}", service):
            raise ValueError(cell)
    return services


def _words(cell: str, known: tuple[Word, ...]) -> tuple[Word, ...]:
    wanted = cell.split(BETWEEN) if cell else []
    chosen = tuple(word for word in known if word in wanted)
    if len(chosen) != len(wanted):
        raise ValueError(cell)
    return chosen
