"""How good the forecast of waits is, against the optimum where it is known.

python -m bench.waits [--scenario S1 ...] [--quick] [--json] [--tickets N] [--keep FOLDER] [--again]
python -m bench.waits --real bank|warsaw [--data FILE] [--learn-until D] [--test-from D]
                      [--test-until D] [--quick] [--json] [--keep FOLDER]

Days of a scenario are played ticket by ticket (bench/waiting_world.py), and the forecast is asked
about sampled tickets (bench/waiting_asked.py). Recorded days are those of the data sets
bank_1999 and warsaw_2020, in the folder that LOBBY_DATA names, or in any file of their columns;
without one there is nothing to do. One JSON object each: docs/accuracy.md describes its keys.

--keep leaves the figures and what was told of every ticket in a folder. --again asks nothing: it
judges what was kept there by the calibration and the promise as they are now. --optimum-kept asks
the forecast anew, and takes the optimum from what was kept there: it is the same as long as the
days and the rule are, and takes four fifths of the time.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, Final

from bench import real_bank, real_warsaw
from bench.figures import tell
from bench.waiting_asked import ORACLE_RUNS, asked
from bench.waiting_real import Split
from bench.waiting_sample import Sample, judged, keep, kept, with_optimum_of
from bench.waiting_world import SCENARIOS
from play import choice

TICKETS: Final = 4_500
QUICK_TICKETS: Final = 220
QUICK_ORACLE_RUNS: Final = 250
REAL: Final = {"bank": real_bank, "warsaw": real_warsaw}
TABLES: Final = ("baselines", "groups")


def main() -> int:
    options = _options()
    if options.keep:
        Path(options.keep).mkdir(parents=True, exist_ok=True)
    for sample in _again(options) if options.again else _asked(options):
        found = judged(sample)
        print(json.dumps(found) if options.json else _on_paper(found), flush=True)
        if options.keep:
            file = Path(options.keep, f"{found['scenario']}.json")
            file.write_text(json.dumps(found, indent=1) + "\n")
            keep(sample, Path(options.keep))
    return 0


def _asked(options: argparse.Namespace) -> Iterator[Sample]:
    for name in options.real:
        file = choice.found(options.data or REAL[name].FILE)
        if not file.is_file():
            tell(f"{file} is not there. LOBBY_DATA names the folder of data sets.")
            continue
        split = Split(options.learn_until, options.test_from, options.test_until)
        yield REAL[name].asked(file, split, quick=options.quick)
    for name in options.scenario:
        quick = (QUICK_TICKETS, QUICK_ORACLE_RUNS) if options.quick else (TICKETS, ORACLE_RUNS)
        tickets, oracle_runs = options.tickets or quick[0], options.oracle_runs or quick[1]
        before = kept(Path(options.keep), name) if options.optimum_kept else None
        if before is None:
            yield asked(SCENARIOS[name], tickets, oracle_runs, options.jobs)
        else:
            sample = asked(SCENARIOS[name], len(before.told), 0, options.jobs)
            yield with_optimum_of(before, sample)


def _again(options: argparse.Namespace) -> Iterator[Sample]:
    for name in (*options.real, *options.scenario):
        sample = kept(Path(options.keep), name)
        if sample is None:
            tell(f"Nothing was kept of {name}.")
        else:
            yield sample


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.waits", description=__doc__)
    parser.add_argument("--scenario", nargs="+", choices=SCENARIOS, default=[])
    parser.add_argument("--real", nargs="+", choices=REAL, default=[])
    parser.add_argument("--json", action="store_true", help="one JSON object for each")
    parser.add_argument("--quick", action="store_true", help="at least 200 tickets")
    parser.add_argument("--tickets", type=int, default=0, help="tickets to sample")
    parser.add_argument("--oracle-runs", type=int, default=0, help="simulations of the optimum")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes at a time")
    parser.add_argument("--data", type=Path, help="another file of the same columns")
    for name in ("--learn-until", "--test-from", "--test-until"):
        parser.add_argument(name, type=date.fromisoformat, help="a date, that day included")
    parser.add_argument("--keep", help="a folder to leave figures and tickets in")
    parser.add_argument("--again", action="store_true", help="judge what was kept there anew")
    parser.add_argument("--optimum-kept", action="store_true", help="ask the forecast alone")
    options = parser.parse_args()
    if (options.again or options.optimum_kept) and not options.keep:
        parser.error("--again and --optimum-kept go with --keep")
    if options.data and len(options.real) != 1:
        parser.error("--data goes with one --real")
    if options.data and not choice.found(options.data).is_file():
        parser.error(f"{options.data} is not there")
    if not options.real and not options.scenario:
        options.scenario = list(SCENARIOS)
        options.real = list(REAL) if options.again else []
    return options


def _on_paper(found: dict[str, Any]) -> str:
    rows = [f"{key:18}{value}" for key, value in found.items() if key not in TABLES]
    rows += [f"  {name:24}{_group(group)}" for name, group in found["groups"].items()]
    rows += [f"  {name:24}{_rule(rule)}" for name, rule in found["baselines"].items()]
    return "\n".join(rows) + "\n"


def _group(group: dict[str, Any]) -> str:
    covers, latest = group["coverage80"], group["latest_share"]
    return f"{group['n']} tickets  covers {covers:.3f}  by the latest {latest:.3f}"


def _rule(rule: dict[str, float | None]) -> str:
    return "  ".join(f"{key} {value:.2f}" for key, value in rule.items() if value is not None)


if __name__ == "__main__":
    sys.exit(main())
