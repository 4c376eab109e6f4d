"""Writes docs/accuracy.md from what `python -m bench.waits`, `python -m bench.waiting_rolling` and
`python -m bench.discipline`, each with `--keep FOLDER`, have left there.

python -m bench.accuracy_page FOLDER

The words about the tables are in docs/accuracy.intro.md.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from bench.waiting_world import LANES, SCENARIOS

DOCS: Final = Path(__file__).parent.parent / "docs"
PAGE: Final = DOCS / "accuracy.md"
FULL_TICKETS: Final = 1_500

COLUMNS: Final = (
    ("n", "tickets"),
    ("days", "days"),
    ("ratio", "ratio"),
    ("ratio_ci", "95 %"),
    ("mae", "error"),
    ("mae_ci", "95 %"),
    ("rmse", "rmse"),
    ("bias", "bias"),
    ("coverage80", "covers"),
    ("coverage80_ci", "95 %"),
    ("coverage80_raw", "raw"),
    ("coverage80_worst", "worst"),
    ("width_ratio", "width"),
    ("latest_share", "by the latest"),
    ("latest_share_ci", "95 %"),
    ("ms_per_refresh", "ms"),
)
REAL: Final = ("bank", "warsaw")
RECORDED: Final = (
    ("n", "tickets"),
    ("days", "days"),
    ("mae", "error"),
    ("mae_ci", "95 %"),
    ("rmse", "rmse"),
    ("rmse_ci", "95 %"),
    ("bias", "bias"),
    ("mean_wait", "mean wait"),
    ("coverage80", "covers"),
    ("coverage80_raw", "raw"),
    ("coverage80_worst", "worst"),
    ("latest_share", "by the latest"),
)
SHARPEST: Final = ("S1", "S2", "S3", "S4", "S5", "S6", "S9")
"""Scenarios in which nothing happens that was never seen: there the ranges are to hold."""

RATIOS: Final = {
    **dict.fromkeys(("S3", "S4", "S5"), 1.02),
    **dict.fromkeys(("S6", "S9"), 1.05),
    **dict.fromkeys(("S7", "S8"), 1.25),
    "S10": 1.35,
}
LIMITS: Final = (
    *((name, "ratio", 0.0, most) for name, most in RATIOS.items()),
    *((name, "coverage80", 0.78, 0.82) for name in (*SHARPEST, "bank")),
    *((name, "coverage80_worst", 0.75, 1.0) for name in (*SHARPEST, "bank", "warsaw")),
    *((name, "latest_share", 0.88, 0.93) for name in (*SHARPEST, "bank", "warsaw")),
    *((name, "width_ratio", 0.0, 1.10) for name in SHARPEST),
    ("bank", "mae", 0.0, 48.0),
    ("bank", "rmse", 0.0, 70.0),
    ("warsaw", "mae", 0.0, 10.5),
)
"""What was to be reached: a result, its figure, and between what it is to lie."""

RULES: Final = ("simple", "balanced", "care", "strict")
BESIDE: Final = ("first_come", "strict_priority", "two_to_one")


def main() -> int:
    folder = Path(sys.argv[1])
    PAGE.write_text(page(_found(folder)), encoding="utf-8")
    return 0


def _found(folder: Path) -> dict[str, dict[str, Any]]:
    files = {name: folder / f"{name}.json" for name in _names()}
    return {name: json.loads(file.read_text()) for name, file in files.items() if file.exists()}


def _names() -> tuple[str, ...]:
    return (*SCENARIOS, *REAL, *(f"layer.{name}" for name in SCENARIOS), "discipline")


def page(found: dict[str, dict[str, Any]]) -> str:
    """The page of these results; what was not measured is named."""
    parts: list[str] = []
    simulated = {name: one for name, one in found.items() if name in SCENARIOS}
    if simulated:
        parts += ["## Against the optimum\n\n", _rows(simulated, COLUMNS)]
        parts += [_missing(simulated), "\n## Rules of thumb, by the same ratio\n\n"]
        parts.append(_rules(simulated, "ratio"))
        parts += ["\n## The lane and depth that held least\n\n", _least(simulated)]
    recorded = {name: one for name, one in found.items() if name in REAL}
    if recorded:
        parts += ["\n## Recorded days\n\n", _rows(recorded, RECORDED)]
        for name, one in recorded.items():
            parts += [f"\nThe {name} by rules of thumb, in {one['unit']}:\n\n", _beside(one)]
    if missed := _not_reached(found):
        parts += ["\n## What was to be reached and was not\n\n", missed]
    if "discipline" in found:
        parts += ["\n## Calling\n\n", _calling(found["discipline"])]
    template = (DOCS / "accuracy.intro.md").read_text(encoding="utf-8")
    filled = template.replace("{{figures}}", "".join(parts).strip())
    return filled.replace("{{layer}}", _layer(found))


def _rows(found: dict[str, dict[str, Any]], columns: Sequence[tuple[str, str]]) -> str:
    head = ["", *(name for _, name in columns)]
    rows = [[name, *(_cell(one[key]) for key, _ in columns)] for name, one in found.items()]
    return _table(head, rows)


def _rules(found: dict[str, dict[str, Any]], key: str) -> str:
    rules = list(next(iter(found.values()))["baselines"])
    rows = [
        [name, f"{one['ratio']:.3f}", *(f"{one['baselines'][rule][key]:.2f}" for rule in rules)]
        for name, one in found.items()
    ]
    return _table(["", "forecast", *rules], rows)


def _beside(one: dict[str, Any]) -> str:
    rows = [["forecast", f"{one['mae']:.1f}", f"{one['rmse']:.1f}"]]
    rows += [
        [name, f"{rule['mae']:.1f}", f"{rule['rmse']:.1f}"]
        for name, rule in one["baselines"].items()
    ]
    return _table(["", "error", "rmse"], rows)


def _least(found: dict[str, dict[str, Any]]) -> str:
    rows = []
    for name, one in found.items():
        groups = one.get("groups", {})
        if groups:
            least = min(groups, key=lambda group: float(groups[group]["coverage80"]))
            of = groups[least]
            few = min(int(group["n"]) for group in groups.values())
            cells = (of["n"], of["coverage80"], of["coverage80_ci"], of["latest_share"])
            rows.append([name, str(len(groups)), str(few), least, *map(_cell, cells)])
    head = ["", "groups", "smallest", "least", "tickets", "covers", "95 %", "by the latest"]
    return _table(head, rows)


def _layer(found: dict[str, dict[str, Any]]) -> str:
    """What a layer gained by rolling origin, where that was measured."""
    head = ["", "tickets", "days", "error", "with a layer", "gain", "95 %"]
    head += ["rmse", "with a layer", "gain", "95 %", "wins"]
    rows = [
        [one["scenario"], *(_cell(one[key]) for key in LAYER), "yes" if one["wins"] else "no"]
        for name, one in found.items()
        if name.startswith("layer.")
    ]
    return _table(head, rows).strip() if rows else "Not measured in this run."


LAYER: Final = (
    *("n", "days", "mae", "mae_layer", "mae_gain", "mae_gain_ci"),
    *("rmse", "rmse_layer", "rmse_gain", "rmse_gain_ci"),
)


def _not_reached(found: dict[str, dict[str, Any]]) -> str:
    """The figures outside their limits, each with its interval where it has one."""
    rows = []
    for name, key, least, most in LIMITS:
        value = found.get(name, {}).get(key)
        if value is None or least <= value <= most:
            continue
        limit = f"at most {most:g}" if not least else f"{least:g} to {most:g}"
        n, interval = found[name]["n"], found[name].get(f"{key}_ci")
        rows.append([name, key, str(n), _cell(value), _cell(interval), limit])
    return _table(["", "figure", "tickets", "is", "95 %", "was to be"], rows) if rows else ""


def _missing(found: dict[str, dict[str, Any]]) -> str:
    missing = [name for name in SCENARIOS if name not in found]
    few = [name for name, one in found.items() if one["n"] < FULL_TICKETS]
    told = ""
    if missing:
        told += f"\nNot measured in this run: {', '.join(missing)}.\n"
    if few:
        told += f"\nA short run, below the 1,500 tickets of a full one: {', '.join(few)}.\n"
    return told


def _calling(found: dict[str, Any]) -> str:
    """By rule and lane."""
    rules = {name: found["presets"][name] for name in RULES} | {
        name: found[name] for name in BESIDE
    }
    rows = [
        [name.replace("_", " "), lane, *(_cell(lanes[lane][key]) for key in CALLING)]
        for name, lanes in rules.items()
        for lane in LANES
    ]
    conserved = ", ".join(f"{name} {share:g}" for name, share in found["conservation"].items())
    about = (
        f"{found['days']} days of the lobby S3 at load {found['load']}, {found['tickets']} tickets,"
        " minutes; the intervals are 95 % over days."
        f" Called from outside the overtaking window: {found['outside_window']}."
        f" All waits against first come, at equal counters: {conserved}.\n\n"
    )
    table = _table(["rule", "lane", *CALLING.values()], rows)
    held = [[one["name"], f"{one['value']}", f"{one['limit']}"] for one in found["targets"]]
    return about + table + "\n" + _table(["against first come", "is", "at most"], held)


CALLING: Final = {
    "mean": "mean",
    "mean_ci": "95 %",
    "p95": "p95",
    "max": "longest",
    "max_ci": "95 %",
    "share_within_target": "within target",
}


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def _cell(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, list):
        return (" to " if min(value) < 0 else "–").join(_cell(one) for one in value)
    if not isinstance(value, float):
        return str(value)
    digits = 3 if abs(value) < 10 else 1
    return f"{value:.{digits}f}"


if __name__ == "__main__":
    sys.exit(main())
