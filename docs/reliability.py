"""Fills the gaps of reliability.md with what the fault benches have seen: `reliability.json`.

The benches write that file (`make bench-faults`); the page is made from it and from its template,
so that figures and words cannot drift apart. The words of the verdicts stand here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from bench.figures import Check, Target
from docs.wire import table

SEEN: Final = Path(__file__).with_name("reliability.json")

BENCHES: Final = (
    "kill",
    "shifts",
    "power",
    "broken_sync",
    "full_disk",
    "damage",
    "two_servers",
    "resend",
    "race",
    "storm",
    "rewind",
    "drill",
    "days",
    "slow_reader",
    "comeback",
)
"""What `make bench-faults` runs, in the order of the page; each has a gap of its name."""


class Figure(Struct, frozen=True):
    """One quantity over all its repetitions."""

    name: str
    unit: str
    min: float
    median: float
    max: float


class Seen(Struct, frozen=True):
    """One bench: when and where it ran, and what came of it."""

    date: str
    machine: str
    figures: list[Figure]
    targets: list[Target]
    checks: list[Check]


def gaps() -> dict[str, str]:
    """A table of figures and the verdicts for each bench, and what all of them come to."""
    seen = read()
    found = {name: _told(name, seen) for name in BENCHES}
    return found | {"summary": _summary(seen)}


def read() -> dict[str, Seen]:
    """What was seen, by bench."""
    return msgspec.json.decode(SEEN.read_bytes(), type=dict[str, Seen])


def write(seen: Mapping[str, Seen]) -> None:
    """Keep it for the page, in an order that changes nothing else."""
    ordered = {name: seen[name] for name in BENCHES if name in seen}
    text = msgspec.json.format(msgspec.json.encode(ordered), indent=1)
    SEEN.write_bytes(text + b"\n")


def _summary(seen: Mapping[str, Seen]) -> str:
    rows = []
    for name in BENCHES:
        if name in seen:
            checks, targets = seen[name].checks, seen[name].targets
            broken = sum(len(check.problems) for check in checks)
            met = sum(target.met for target in targets)
            cases = f"{sum(check.cases for check in checks):,}" if checks else "–"
            times = f"{met} of {len(targets)}" if targets else "–"
            rows.append((f"`bench/{name}.py`", cases, f"{broken:,}", times, seen[name].date))
    return table(("bench", "cases", "broken", "times kept", "ran"), rows)


def _told(name: str, seen: Mapping[str, Seen]) -> str:
    if name not in seen:
        return f"`bench/{name}.py` has not been run for this page."
    one = seen[name]
    figures = [(f.name, *map(_short, (f.min, f.median, f.max)), f.unit) for f in one.figures]
    parts = [f"`bench/{name}.py`, {one.date}, {one.machine}:"]
    parts.append(table(("figure", "min", "median", "max", ""), figures))
    parts.append("\n".join(_verdicts(one)))
    return "\n\n".join(part for part in parts if part)


def _verdicts(one: Seen) -> Iterator[str]:
    for check in one.checks:
        word = "**broken**" if check.problems else "holds"
        yield f"* {word} in {check.cases:,} cases: {check.name}"
        yield from _problems(check.problems)
    for target in one.targets:
        word = "kept" if target.met else "**missed**"
        promised = f"{_short(target.limit)} {target.unit}"
        yield f"* {word}: {target.name}: {_short(target.value)} of {promised}"


def _problems(problems: Iterable[str]) -> Iterator[str]:
    for problem in list(problems)[:5]:
        yield f"    * {problem}"


def _short(value: float) -> str:
    if value and abs(value) < 10:
        return f"{value:.3g}"
    return f"{value:,.0f}"
