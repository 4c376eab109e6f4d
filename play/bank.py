"""A day of the bank's call centre of 1999 as a day of a lobby: the data set `bank_1999`.

Each call is a customer: its type the service, a priority call a VIP, hanging up leaving the line.
An agent is a counter, with the types that agent ever took; log-ins are not recorded, so a shift
lasts from an agent's first call of the day to the last. Who goes home last does everything and
stays for whoever is left. The data are read where they lie, and their source is named wherever a
figure from them is published: Technion SEELab, Ilan Guedj and Avishai Mandelbaum, free for use.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from msgspec import Struct

from play.csv_day import SERVICE_SECONDS_MAX
from play.plan import DAY_SECONDS, CounterPlan, Customer, DayPlan, Shift, in_order
from play.table import Row, Table

COLUMNS: Final = (
    "date arrive start end leave wait abandoned queued type priority server call_id month".split()
)

NOBODY: Final = "NO_SERVER"
PRIORITY: Final = "2"


class Call(Struct, frozen=True):
    """One row, read: `agent` is empty where nobody is known to have taken it."""

    date: str
    customer: Customer
    agent: str
    begin_seconds: float
    end_seconds: float


def is_bank(table: Table) -> bool:
    """Whether a table has the columns of the data set."""
    return set(COLUMNS) <= set(table.header)


def days_of(table: Table) -> dict[str, DayPlan]:
    """Every day there is, by its date."""
    by_date: dict[str, list[Call]] = {}
    skills: dict[str, frozenset[str]] = {}
    for call in _calls(table):
        by_date.setdefault(call.date, []).append(call)
        skills[call.agent] = skills.get(call.agent, frozenset()) | {call.customer.services[0]}
    return {date: _day(calls, skills) for date, calls in by_date.items()}


def read_bank(file: Path) -> dict[str, DayPlan]:
    """The same, from the file; raises DayFileError."""
    return days_of(Table(file))


def _calls(table: Table) -> Iterator[Call]:
    for line, row in table.rows():
        yield _call(table, line, row)


def _call(table: Table, line: int, row: Row) -> Call:
    def seconds(column: str) -> float:
        return table.cell(line, row, column, float, "number")

    arrival, abandoned = seconds("arrive"), row["abandoned"] == "1"
    begin, end = (0.0, 0.0) if abandoned else (seconds("start"), seconds("end"))
    leave = seconds("leave") if abandoned else None
    if leave is not None and leave <= arrival:
        leave += DAY_SECONDS  # hung up after midnight
    if not abandoned and not 0 <= end - begin <= SERVICE_SECONDS_MAX:
        raise table.error("seconds", line, "end", found=row["end"])
    customer = Customer(
        arrival_seconds=arrival,
        services=(row["type"],),
        service_seconds=() if abandoned else (end - begin,),
        lanes=("vip",) if row["priority"] == PRIORITY else (),
        leave_seconds=leave,
    )
    agent = "" if abandoned or row["server"] == NOBODY else row["server"]
    return Call(row["date"], customer, agent, begin, end)


def _day(calls: list[Call], skills: Mapping[str, frozenset[str]]) -> DayPlan:
    at_work: dict[str, list[Call]] = {}
    for call in calls:
        if call.agent:
            at_work.setdefault(call.agent, []).append(call)
    last = max(at_work, key=lambda agent: max(call.end_seconds for call in at_work[agent]))
    everything = frozenset(call.customer.services[0] for call in calls)
    counters = [
        CounterPlan(
            counter=n,
            services=tuple(sorted(everything if agent == last else everything & skills[agent])),
            shifts=(_shift(at_work[agent], stays=agent == last),),
        )
        for n, agent in enumerate(sorted(at_work), start=1)
    ]
    customers = in_order([call.customer for call in calls])
    return DayPlan(customers=customers, counters=tuple(counters), recorded=True)


def _shift(calls: Sequence[Call], stays: bool) -> Shift:
    return Shift(
        begin_seconds=min(call.begin_seconds for call in calls),
        end_seconds=None if stays else max(call.end_seconds for call in calls),
    )
