"""Writes docs/accuracy.md from what `python -m bench.waits --keep FOLDER` has left there.

python -m bench.accuracy_page FOLDER
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, Final

from bench.waiting_world import SCENARIOS

PAGE: Final = Path(__file__).parent.parent / "docs" / "accuracy.md"

INTRO: Final = """\
# How well the waits are forecast

Written by `python -m bench.accuracy_page FOLDER`, from what
`python -m bench.waits --keep FOLDER` has measured; not by hand. The method is forward simulation of
the lobby with the production rule (`server/waiting/forecast.py` is the entry), its ranges
calibrated by the waits that ended.

Days are played ticket by ticket (`bench/waiting_world.py`); the forecast learns from the days
before and is asked at the arrival of sampled tickets that had to wait. Times are in minutes.

* `ratio`: root mean square error against that of the optimum, which knows the true laws
  (1 is the optimum), with its 95 % interval over days;
* `covers`: how often the calibrated 80 % range held; `raw`: before calibration; `worst`: the
  lane and depth with at least fifty tickets where it held least;
* `width`: of the range, against the optimum's; `by the latest`: called by the time printed.

Scenarios: S1 four equal counters, S2 the same with log-normal service; S3 the lobby with scarce
skills, four lanes, breaks and no-shows; S4 two counters; S5 counters of different speed; S6 the
same after three days; S7 a counter vanishes for two hours; S8 half as many people again from the
third hour; S9 two in five booked; S10 the first day, with wrong priors.
"""

WEAK: Final = """
## Where it is weak

* Lunch and other absences are known only once they have begun: a teller who will leave in five
  minutes is taken for one who stays. When a counter comes back is guessed from a prior.
* Ranges are wider than they would have to be where days err in different ways: the calibration
  is slow to forget.
* The mix of services is learned for the whole day first; a branch whose mornings differ from its
  afternoons is believed slowly.
* The day's own pace (a slow computer system) reaches the model only as services end, a quarter of
  an hour at a time.
* After a restart of the server tickets that wait are promised anew.
* Scenarios are well specified but for what has to be learned; real lobbies err more.
"""

COLUMNS: Final = (
    ("ratio", "ratio"),
    ("ratio_ci", "95 %"),
    ("mae", "mean error"),
    ("bias", "bias"),
    ("coverage80", "covers"),
    ("coverage80_raw", "raw"),
    ("coverage80_worst", "worst"),
    ("width_ratio", "width"),
    ("latest_share", "by the latest"),
    ("ms_per_refresh", "ms"),
)


def main() -> int:
    folder = Path(sys.argv[1])
    files = {name: folder / f"{name}.json" for name in SCENARIOS}
    found = {name: json.loads(file.read_text()) for name, file in files.items() if file.exists()}
    PAGE.write_text(INTRO + _figures(found) + _rules(found) + _missing(found) + WEAK)
    return 0


def _figures(found: dict[str, dict[str, Any]]) -> str:
    head = ["scenario", "tickets", "days", *(name for _, name in COLUMNS)]
    rows = [
        [name, str(one["n"]), str(one["days"]), *(_cell(one[key]) for key, _ in COLUMNS)]
        for name, one in found.items()
    ]
    return "\n## Against the optimum\n\n" + _table(head, rows)


def _rules(found: dict[str, dict[str, Any]]) -> str:
    rules = list(next(iter(found.values()))["baselines"])
    rows = [
        [name, f"{one['ratio']:.3f}", *(f"{one['baselines'][rule]['ratio']:.2f}" for rule in rules)]
        for name, one in found.items()
    ]
    about = "\n## Rules of thumb, by the same ratio\n\n"
    return about + _table(["scenario", "forecast", *rules], rows)


def _missing(found: dict[str, dict[str, Any]]) -> str:
    missing = [name for name in SCENARIOS if name not in found]
    few = [name for name, one in found.items() if one["n"] < 1500]
    told = ""
    if missing:
        told += f"\nNot measured in this run: {', '.join(missing)}.\n"
    if few:
        told += f"\nA short run, below the 1,500 tickets of a full one: {', '.join(few)}.\n"
    return told


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def _cell(value: object) -> str:
    if isinstance(value, list):
        return "–".join(_cell(one) for one in value)
    return f"{value:.3f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


if __name__ == "__main__":
    sys.exit(main())
