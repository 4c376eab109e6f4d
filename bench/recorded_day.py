"""A bank's day of more than a thousand customers, played at a live server and held to its file.

python -m bench.recorded_day [--date D] [--rates R [R ...]] [--write] [--quick] [--json]

Needs the data set bank_1999, in the folder LOBBY_DATA names; without it there is nothing to do.
The counts are made twice, by a few lines each: from the file, and from the journal's rows.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import os
import resource
import sys
import tempfile
import time
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any, Final, TypeAlias

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from bench.audit import Audit, rows_of
from bench.figures import Report, command_line, tell
from bench.recorded_page import PAGE, Run, page
from play import choice
from play.command import Order, at_own_server
from play.own_server import lobby

FILE: Final = Path("bank_1999/calls_jan_feb.csv.gz")
DATE: Final = "1999-01-04"
"""A Monday, the second busiest day there is."""

RATES: Final = (300.0,)
QUICK_RATE: Final = 600.0
QUICK_CUSTOMERS: Final = 150

Counts: TypeAlias = Counter[tuple[str, str, str]]


class Told(Struct):
    """Tickets by service, lane and ending, and the seconds each service took."""

    counts: Counts
    seconds: defaultdict[str, float]


def of_the_file(file: Path, date: str) -> Told:
    """A few lines, and none of the player's."""
    told = Told(Counter(), defaultdict(float))
    with gzip.open(file, "rt", encoding="utf-8") as opened:
        for row in csv.DictReader(opened):
            if row["date"] != date:
                continue
            lane = "vip" if row["priority"] == "2" else "ordinary"
            ending = "left" if row["abandoned"] == "1" else "done"
            told.counts[row["type"], lane, ending] += 1
            if ending == "done":
                told.seconds[row["type"]] += float(row["end"]) - float(row["start"])
    return told


def of_the_journal(folder: Path) -> Told:
    """A few lines, and none of the server's."""
    told = Told(Counter(), defaultdict(float))
    tickets: dict[int, tuple[str, str]] = {}
    since: dict[int, int] = {}
    endings = {"ServiceFinished": "done", "TicketLeft": "left"}
    endings |= {"TicketGivenUp": "given up", "TicketUnserved": "unserved"}
    for row in rows_of(folder):
        event: dict[str, Any] = msgspec.json.decode(row.data)
        visit = event.get("visit", 0)
        if row.type == "TicketTaken":
            tickets[visit] = event["service"], "+".join(event.get("lanes", ["ordinary"]))
        elif row.type == "ServiceStarted":
            since[visit] = row.at
        if row.type in endings:
            told.counts[*tickets[visit], endings[row.type]] += 1
        if row.type == "ServiceFinished":
            told.seconds[tickets[visit][0]] += (row.at - since[visit]) / 1000
    return told


def differences(file: Told, journal: Told) -> list[str]:
    """Every count that is not the same."""
    keys = file.counts.keys() | journal.counts.keys()
    return [
        f"{'/'.join(key)}: {file.counts[key]} in the file, {journal.counts[key]} in the journal"
        for key in sorted(keys)
        if file.counts[key] != journal.counts[key]
    ]


async def measure(options: argparse.Namespace, report: Report) -> None:
    """Play the day at each rate."""
    file = choice.found(FILE)
    if not file.is_file():
        tell(f"{FILE} is not there: nothing to play. LOBBY_DATA names the folder of data sets.")
        return
    chosen = choice.recorded(file, options.date, "en")
    rates = [QUICK_RATE] if options.quick else options.rates
    if options.quick:
        few = replace(chosen.plan, customers=chosen.plan.customers[:QUICK_CUSTOMERS])
        chosen = replace(chosen, plan=few)
    runs = []
    for rate in rates:
        tell(f"{chosen.title}, {rate:g} times")
        with tempfile.TemporaryDirectory(prefix="lobby-recorded-") as folder:
            order = Order(chosen=chosen, rate=rate, language="en", show="lines", out=tell)
            runs.append(await _run(order, Path(folder), file, options, report))
    if options.write and not options.quick:
        PAGE.write_text(
            page(options.date, runs, report.machine, time.strftime("%Y-%m-%d"), os.nice(0)),
            encoding="utf-8",
        )


async def _run(
    order: Order, folder: Path, file: Path, options: argparse.Namespace, report: Report
) -> Run:
    began, cpu = time.monotonic(), resource.getrusage(resource.RUSAGE_SELF)
    result = await at_own_server(order, folder)
    spent = resource.getrusage(resource.RUSAGE_SELF)
    times = result.comparison.times
    run = Run(
        rate=order.rate,
        result=result,
        minutes=(time.monotonic() - began) / 60,
        cpu_seconds=spent.ru_utime - cpu.ru_utime + spent.ru_stime - cpu.ru_stime,
        counters=len(order.chosen.plan.counters),
        load=os.getloadavg()[1],
    )
    await _check(order, folder, file, options, report)
    name = f"at {order.rate:g} times:"
    report.add(f"{name} customers", "", [result.comparison.customers])
    report.add(f"{name} services, off at most", "s", [times.off_seconds_max])
    report.add(f"{name} services, 99 in 100 off at most", "s", [times.off_seconds_p99])
    off = 100 * (times.played_seconds / times.planned_seconds - 1)
    report.add(f"{name} all services together off", "%", [off])
    within = report.add(f"{name} services beyond {times.tolerance_seconds:g} s", "", [times.beyond])
    report.hold_to(within, at_most=times.services // 100)
    return run


async def _check(
    order: Order, folder: Path, file: Path, options: argparse.Namespace, report: Report
) -> None:
    """Everything that must be the same, or clean."""
    name = f"at {order.rate:g} times:"
    journal = of_the_journal(folder)
    tickets = journal.counts.total()
    if not options.quick:
        recorded = of_the_file(file, options.date)
        report.check(f"{name} tickets as in the file", tickets, differences(recorded, journal))
    verdict, _ = await lobby("verify", "--data", str(folder))
    report.check(f"{name} lobby verify", 1, [f"ends with {verdict}"] if verdict else [])
    audit = Audit()
    audit.read(rows_of(folder))
    report.check(f"{name} the journal is clean", audit.seq, audit.problems)
    _, printed = await lobby("report", "day", "--data", str(folder), "--rehearsal", "--json")
    told = json.loads(printed)
    endings = Counter(
        {name: told["tickets"][name] for name in ("done", "left", "unserved", "here")}
    )
    counted = Counter(ending for (_, _, ending), n in journal.counts.items() for _ in range(n))
    report.check(
        f"{name} the report of the day says the same",
        tickets,
        [] if +endings == counted else [f"{dict(+endings)}, not {dict(counted)}"],
    )


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--date", default=DATE, help=f"which day (default: {DATE})")
    parser.add_argument("--rates", type=float, nargs="+", default=RATES, help="default: 300")
    parser.add_argument("--write", action="store_true", help=f"write the figures into {PAGE.name}")


if __name__ == "__main__":
    sys.exit(command_line("recorded_day", __doc__, measure, _options))
