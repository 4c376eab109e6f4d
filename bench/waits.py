"""How good the forecast of waits is, against the optimum where it is known.

python -m bench.waits [--scenario S1 ...] [--quick] [--json] [--tickets N] [--keep FOLDER]

Days of a scenario are played ticket by ticket (bench/waiting_world.py), and the forecast is asked
about sampled tickets (bench/waiting_asked.py). One JSON object each: docs/accuracy.md describes its
keys.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from bench.waiting_asked import ORACLE_RUNS, measure
from bench.waiting_world import SCENARIOS

TICKETS: Final = 1_500
QUICK_TICKETS: Final = 220
QUICK_ORACLE_RUNS: Final = 250


def main() -> int:
    options = _options()
    for found in _found(options):
        print(json.dumps(found) if options.json else _on_paper(found), flush=True)
        if options.keep:
            file = Path(options.keep, f"{found['scenario']}.json")
            file.write_text(json.dumps(found, indent=1) + "\n")
    return 0


def _found(options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    for name in options.scenario:
        quick = (QUICK_TICKETS, QUICK_ORACLE_RUNS) if options.quick else (TICKETS, ORACLE_RUNS)
        yield measure(
            SCENARIOS[name],
            options.tickets or quick[0],
            options.oracle_runs or quick[1],
            options.jobs,
        )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.waits", description=__doc__)
    parser.add_argument("--scenario", nargs="+", choices=SCENARIOS, default=[])
    parser.add_argument("--json", action="store_true", help="one JSON object for each")
    parser.add_argument("--quick", action="store_true", help="at least 200 tickets")
    parser.add_argument("--tickets", type=int, default=0, help="tickets to sample")
    parser.add_argument("--oracle-runs", type=int, default=0, help="simulations of the optimum")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes at a time")
    parser.add_argument("--keep", help="a folder to leave the JSON in")
    options = parser.parse_args()
    options.scenario = options.scenario or list(SCENARIOS)
    return options


def _on_paper(found: dict[str, Any]) -> str:
    rows = [f"{key:18}{value}" for key, value in found.items() if key != "baselines"]
    rows += [f"  {name:24}{_rule(rule)}" for name, rule in found["baselines"].items()]
    return "\n".join(rows) + "\n"


def _rule(rule: dict[str, float | None]) -> str:
    return "  ".join(f"{key} {value:.2f}" for key, value in rule.items() if value is not None)


if __name__ == "__main__":
    sys.exit(main())
