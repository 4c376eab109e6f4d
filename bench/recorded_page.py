"""The page of figures that `bench.recorded_day` writes: findings in, text out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from msgspec import Struct

from bench.figures import Machine
from play.compare import OFF_SECONDS_MAX, STALL_MS, Comparison
from play.summary import Result

PAGE: Final = Path(__file__).parent.parent / "docs" / "recorded_day.md"

ABOUT: Final = """\
# A recorded day

*Written by `python -m bench.recorded_day --write`. The data are those of a bank's call centre in
1999, free for use: Technion SEELab, Ilan Guedj and Avishai Mandelbaum. None of them are here, only
what was counted.*

The calls of {date} were played as the customers of a lobby: {customers:,} people, {served:,} of
whom were served and {left:,} of whom left the line before; {counters} counters, one for each agent
who worked that day, from their first call to the last. The day was moved by {moved:g} hours,
because it goes on to midnight. Priority calls are VIP tickets, which the lobby assistant gave; who
hung up left by the ticket's link. How it is played, and what may differ: [played days](play.md).

| service | lane | done | left |
| --- | --- | ---: | ---: |
{counts}

These are the numbers of the file. The journal has the same ones at every rate below for which
*counts* says so: each ticket has one ending, no number was given to two people at a time, `lobby
verify` is clean, and `lobby report day` says the same.

## How exact, and how fast

A service may be off by {stall} ms of the machine, times the rate, and by {most:g} s at most; 99 in
100 have to be within that, and all *together* within 1 %. *99 in 100* and *at most* tell how far
off they were, *may be* how far they may be at that rate, *beyond* how many were further off,
*times* whether that is kept; *late* is the latest arrival. Times are seconds of the branch. The
*minutes* a day took are real, setting up included; the *load* is how many programs wanted a core in
the last five of them.

{heads}
{runs}

Measured {when} on {cores} cores with CPython {python} and {loop}, beside other programs{nice}. The
player used {cpu} s of processor time a day; the server is a process of its own, with its journal on
disk.
"""


HEADS: Final = (
    *("rate", "minutes", "services", "planned, s", "journal, s", "together"),
    *("99 in 100", "at most", "may be", "beyond", "late", "load", "counts", "times"),
)


class Run(Struct, frozen=True, kw_only=True):
    """The day at one rate: what came of it, and what it took."""

    rate: float
    result: Result
    minutes: float
    cpu_seconds: float
    counters: int
    load: float


def page(date: str, runs: Sequence[Run], machine: Machine, when: str, nice: int) -> str:
    """The whole page."""
    result = runs[0].result
    endings = {"done": 0, "left": 0}
    for line in result.comparison.lines:
        endings[line.ending] = endings.get(line.ending, 0) + line.planned
    return ABOUT.format(
        date=date,
        when=when,
        customers=result.comparison.customers,
        served=endings["done"],
        left=endings["left"],
        counters=runs[0].counters,
        moved=abs(result.moved_hours),
        counts="\n".join(_counts(result.comparison)),
        stall=STALL_MS,
        most=OFF_SECONDS_MAX,
        heads=f"{_row(HEADS)}\n{_row(['---:'] * len(HEADS))}",
        runs="\n".join(map(_run, runs)),
        cores=machine.cores,
        python=machine.python,
        loop=machine.loop,
        nice=f" and before them (nice {nice})" if nice else "",
        cpu=_spread([run.cpu_seconds for run in runs]),
    )


def _spread(values: Sequence[float]) -> str:
    least, most = f"{min(values):.0f}", f"{max(values):.0f}"
    return least if least == most else f"{least} to {most}"


def _counts(comparison: Comparison) -> list[str]:
    """A row for each service and lane."""
    counted: dict[tuple[str, str], dict[str, int]] = {}
    for line in comparison.lines:
        counted.setdefault((line.service, line.lanes), {})[line.ending] = line.planned
    return [
        f"| {service} | {lane} | {endings.get('done', 0):,} | {endings.get('left', 0):,} |"
        for (service, lane), endings in sorted(counted.items())
    ]


def _run(run: Run) -> str:
    times = run.result.comparison.times
    off = 100 * (times.played_seconds / times.planned_seconds - 1)
    cells = [
        f"{run.rate:g}",
        f"{run.minutes:.1f}",
        f"{times.services:,}",
        f"{times.planned_seconds:,.0f}",
        f"{times.played_seconds:,.1f}",
        f"{off:+.2f} %",
        f"{times.off_seconds_p99:.1f}",
        f"{times.off_seconds_max:.1f}",
        f"{times.tolerance_seconds:g}",
        f"{times.beyond:,}",
        f"{times.late_seconds_max:.1f}",
        f"{run.load:.1f}",
        "same" if run.result.comparison.counts_agree else "differ",
        "kept" if times.kept else "not kept",
    ]
    return _row(cells)


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
