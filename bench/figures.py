"""Figures: statistics, how they are printed, and the command line all benches share.

A bench hands back a `Report`. On paper each figure shows its spread over the repetitions, since
a single number from a busy machine says nothing; with `--json` the report is one JSON object.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import sqlite3
import sys
from collections.abc import Callable, Coroutine, Sequence
from statistics import median
from typing import Any, Final, TypeVar

import msgspec
from msgspec import Struct, field
from websockets.version import version as websockets_version

NAME_WIDTH: Final = 62

T = TypeVar("T")


class Machine(Struct, frozen=True):
    """Where and with what it was measured, and how busy the machine was at the start."""

    cores: int
    load: float
    python: str
    websockets: str
    sqlite: str
    loop: str


class Figure(Struct, frozen=True):
    """One quantity, once per repetition; `values` may count other things, such as stations."""

    name: str
    unit: str
    values: list[float]
    min: float
    median: float
    max: float


class Target(Struct, frozen=True):
    """A figure that was promised: at most (or at least) so much."""

    name: str
    unit: str
    value: float
    limit: float
    met: bool


class Check(Struct, frozen=True):
    """Something that must hold on any machine, however slow. `problems` says where it did not."""

    name: str
    cases: int
    problems: list[str]


class Report(Struct):
    """What one bench has found."""

    bench: str
    quick: bool
    machine: Machine
    figures: list[Figure] = field(default_factory=list)
    targets: list[Target] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)

    def add(self, name: str, unit: str, values: Sequence[float]) -> Figure:
        """A figure with its spread."""
        figure = Figure(name, unit, list(values), min(values), median(values), max(values))
        self.figures.append(figure)
        return figure

    def hold_to(
        self, figure: Figure, *, at_most: float | None = None, at_least: float | None = None
    ) -> None:
        """Hold the worst repetition of a figure to what was promised."""
        assert (at_most is None) != (at_least is None), "one limit"
        if at_most is not None:
            value, limit, met = figure.max, at_most, figure.max <= at_most
        else:
            assert at_least is not None
            value, limit, met = figure.min, at_least, figure.min >= at_least
        self.targets.append(Target(figure.name, figure.unit, value, limit, met))

    def check(self, name: str, cases: int, problems: Sequence[str]) -> None:
        """Something that must hold in so many cases."""
        self.checks.append(Check(name, cases, list(problems)))

    @property
    def sound(self) -> bool:
        """Whether everything holds that must; a missed figure alone is no fault."""
        return not any(check.problems for check in self.checks)


def share(values: Sequence[float], part: float) -> float:
    """The value that so large a part of all values does not exceed: 0.99 for the p99."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))]


def machine() -> Machine:
    """This one, now."""
    return Machine(
        cores=os.cpu_count() or 1,
        load=round(os.getloadavg()[0], 2),
        python=platform.python_version(),
        websockets=websockets_version,
        sqlite=sqlite3.sqlite_version,
        loop="asyncio" if loop_factory() is None else "uvloop",
    )


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """The event loop that the server would choose: server and clients are to be alike."""
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end on that loop."""
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        return runner.run(main)


def tell(sentence: str) -> None:
    """Say how far it is, on standard error."""
    print(sentence, file=sys.stderr, flush=True)


# --- The command line ------------------------------------------------------------------------


def command_line(
    name: str,
    about: str | None,
    measure: Callable[[argparse.Namespace, Report], Coroutine[Any, Any, None]],
    options: Callable[[argparse.ArgumentParser], None] = lambda _: None,
) -> int:
    """Run one bench as its options say; 1 when something does not hold that must."""
    parser = argparse.ArgumentParser(prog=f"python -m bench.{name}", description=about)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--quick", action="store_true", help="a small form, under a minute")
    options(parser)
    chosen = parser.parse_args()
    report = Report(name, chosen.quick, machine())
    run(measure(chosen, report))
    print(msgspec.json.encode(report).decode() if chosen.json else on_paper(report))
    return 0 if report.sound else 1


# --- On paper --------------------------------------------------------------------------------


def on_paper(report: Report) -> str:
    """The report as people read it."""
    here = report.machine
    form = " (quick)" if report.quick else ""
    where = (
        f"{here.cores} cores at load {here.load}, CPython {here.python}, {here.loop}, "
        f"websockets {here.websockets}, SQLite {here.sqlite}"
    )
    columns = f"{'':{NAME_WIDTH}}{'min':>10}{'median':>10}{'max':>10}"
    lines = [f"{report.bench}{form}: {where}", columns]
    for figure in report.figures:
        spread = "".join(f"{_short(n):>10}" for n in (figure.min, figure.median, figure.max))
        lines.append(f"{figure.name:{NAME_WIDTH}}{spread}  {figure.unit}")
    return "\n".join([*lines, *verdicts(report)])


def verdicts(report: Report) -> list[str]:
    """What was promised, and whether it held: a line each."""
    lines = []
    for target in report.targets:
        verdict = "met" if target.met else "MISSED"
        value, limit = _short(target.value), _short(target.limit)
        lines.append(f"{verdict:8}{target.name}: {value} of {limit} {target.unit}")
    for check in report.checks:
        verdict = "BROKEN" if check.problems else "holds"
        lines.append(f"{verdict:8}{check.name} ({check.cases:,} cases)")
        lines += [f"        {problem}" for problem in check.problems[:5]]
    return lines


def _short(value: float) -> str:
    if value and abs(value) < 10:
        return f"{value:.3g}"
    return f"{value:,.0f}"
