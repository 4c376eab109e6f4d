"""Runs several benches, each in a process of its own, and sums up what they have found."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Callable, Sequence

import msgspec

from bench.figures import Report, on_paper, tell, verdicts


def run_all(
    name: str,
    about: str | None,
    benches: Sequence[str],
    keep: Callable[[Sequence[Report]], None] = lambda _: None,
) -> int:
    """Run them as the command line says; 1 when something does not hold that must. `keep` gets
    the reports of those that came to their end."""
    parser = argparse.ArgumentParser(prog=f"python -m bench.{name}", description=about)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--quick", action="store_true", help="the small forms")
    parser.add_argument(
        "--only", nargs="+", choices=benches, default=benches, metavar="NAME", help="only these"
    )
    options = parser.parse_args()
    benches = options.only
    reports = []
    for bench in benches:
        report = _run(bench, options.quick)
        reports.append(report)
        if report is not None and not options.json:
            print(f"{on_paper(report)}\n", flush=True)
    if options.json:
        found = dict(zip(benches, map(msgspec.to_builtins, reports), strict=True))
        print(json.dumps(found))
    else:
        print(_summary(benches, reports))
    keep([report for report in reports if report is not None])
    return 0 if all(report is not None and report.sound for report in reports) else 1


def _run(bench: str, quick: bool) -> Report | None:
    """One bench; None when it did not come to its end."""
    tell(f"--- {bench}")
    command = [sys.executable, "-m", f"bench.{bench}", "--json", *(["--quick"] if quick else [])]
    ended = subprocess.run(command, stdout=subprocess.PIPE, check=False)
    try:
        return msgspec.json.decode(ended.stdout, type=Report)
    except msgspec.DecodeError:
        return None


def _summary(benches: Sequence[str], reports: Sequence[Report | None]) -> str:
    lines = ["Summary"]
    for bench, report in zip(benches, reports, strict=True):
        told = ["FAILED  it did not come to its end"] if report is None else verdicts(report)
        lines += [f"{bench:12}{line}" for line in told]
    return "\n".join(lines)
