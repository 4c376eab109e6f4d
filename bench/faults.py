"""The fault benches, one after the other: what is killed, cut, filled and damaged, and what holds.

python -m bench.faults [--quick] [--json] [--only NAME ...]
python -m bench.faults --from FILE ...

A full run writes what it has seen into docs/reliability.md. Its parts may be run one by one, with
`--only`, or by themselves with `--json` into files that are taken up with `--from`: each replaces
what was known of that bench, and leaves the others as they are.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec

from bench.all import run_all
from bench.figures import Machine, Report
from docs import generate, reliability

FAULTS: Final = reliability.BENCHES


def remember(reports: Iterable[Report]) -> None:
    """Put what was seen in full into the page; small forms prove too little for it."""
    seen = reliability.read() if reliability.SEEN.exists() else {}
    for report in reports:
        if not report.quick:
            seen[report.bench] = _seen(report)
    reliability.write(seen)
    generate.main([])


def _seen(report: Report) -> reliability.Seen:
    return msgspec.convert(
        {
            "date": f"{datetime.now(UTC):%Y-%m-%d}",
            "machine": _machine(report.machine),
            "figures": report.figures,
            "targets": report.targets,
            "checks": report.checks,
        },
        reliability.Seen,
        from_attributes=True,
    )


def _machine(here: Machine) -> str:
    return (
        f"{here.cores} cores at load {here.load:.1f}, CPython {here.python}, "
        f"SQLite {here.sqlite}, websockets {here.websockets}"
    )


def take_up(files: Sequence[Path]) -> int:
    """Remember what benches that ran by themselves have printed; 1 as `run_all`."""
    reports = [msgspec.json.decode(file.read_bytes(), type=Report) for file in files]
    remember(reports)
    return 0 if all(report.sound for report in reports) else 1


if __name__ == "__main__":
    if sys.argv[1:2] == ["--from"]:
        sys.exit(take_up([Path(name) for name in sys.argv[2:]]))
    sys.exit(run_all("faults", __doc__, FAULTS, remember))
