"""What each calling preset does to the waits of each lane, and what the alternatives would do.

python -m bench.discipline [--json] [--quick] [--days N] [--load L] [--vips-ahead] [--keep FOLDER]

Days of the lobby S3 are played ticket by ticket (bench/waiting_world.py) with arrivals at `--load`
(0.80 people a minute, before the profile of the day), the same people under every rule. VIPs are
ahead at VIP counters alone, as in a branch by default, and this lobby has none; with
`--vips-ahead` they are ahead everywhere. Beside the presets: first come first served, strict
priority, and two with priority, then one without. Each day is held to the overtaking window of
its preset. That priority moves waiting and does not remove it is checked where it is a law: at
counters that are all alike, with one law of service.

One JSON object: by preset and lane `mean`, `p95`, `max`, `share_within_target` and their 95 %
intervals over days (minutes, but the share), how often an ordinary ticket is overtaken, and the
targets with what they came to.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, TypeAlias

from bench.waiting_world import LANES, LOBBY, MMC, Customer, DayPlayed, Rule, Scenario, play
from server.domain.configuration import PRESETS
from shared.protocol import Lane

DAYS: Final = 80
QUICK_DAYS: Final = 25
LOAD: Final = 0.80
DRAWN: Final = 400

TARGET_MINUTES: Final[dict[Lane, float]] = {
    "ordinary": 30.0,
    "care": 10.0,
    "vip": 15.0,
    "appointment": 10.0,
}
"""Within which people are to be called; nine in ten."""

RANKS: Final[tuple[Lane, ...]] = ("care", "appointment", "vip", "ordinary")
"""The lanes under strict priority, first of all care."""

PRIORITY_RUN: Final = 2
"""Of the rule "two, then one"."""

CONSERVED: Final = 0.01
ALIKE: Final = replace(
    MMC,
    name="alike",
    per_minute=0.8 * 4 / 6,
    lanes=LOBBY.lanes,
    exponential=False,
    variation=(0.8,),
)

LIMITS: Final[tuple[tuple[Lane, str, float], ...]] = (
    ("ordinary", "max", 1.25),
    ("care", "mean", 0.75),
    ("appointment", "mean", 0.60),
)
"""What Balanced may cost and has to gain, against first come first served."""

Waits: TypeAlias = list[list[tuple[Lane, float]]]
"""The waits (minutes) of each day, with their lanes."""


def main() -> int:
    options = _options()
    days = options.days or (QUICK_DAYS if options.quick else DAYS)
    found = measure(days, options.load, vips_ahead=options.vips_ahead)
    print(json.dumps(found) if options.json else _on_paper(found))
    if options.keep:
        Path(options.keep, "discipline.json").write_text(json.dumps(found, indent=1) + "\n")
    return 0 if found["sound"] else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.discipline", description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_DAYS} days")
    parser.add_argument("--days", type=int, default=0, help=f"how many (default: {DAYS})")
    parser.add_argument("--load", type=float, default=LOAD, help=f"default: {LOAD}")
    parser.add_argument("--vips-ahead", action="store_true", help="at every counter")
    parser.add_argument("--keep", help="a folder to leave the JSON in")
    return parser.parse_args()


def measure(days: int, load: float, *, vips_ahead: bool = False) -> dict[str, Any]:
    """Every rule on the same people."""
    lobby = replace(LOBBY, name=f"load {load}", per_minute=load, vips_ahead=vips_ahead)
    first = _played(lobby, days, lambda: first_come)
    presets, broken, overtaken = {}, 0, {}
    for name, preset in PRESETS.items():
        played = _played(replace(lobby, preset=preset), days)
        presets[name] = figures(_waits(played))
        broken += sum(len(day.outside) for day in played)
        overtaken[name] = _overtaken(played)
    first_figures = figures(_waits(first))
    conserved, moved = conservation(days), _targets(first_figures, presets["balanced"])
    met = all(one["met"] for one in moved)
    return {
        "bench": "discipline",
        "scenario": "S3",
        "load": load,
        "vips_ahead": vips_ahead,
        "days": days,
        "tickets": sum(len(day.customers) for day in first),
        "targets_minutes": TARGET_MINUTES,
        "presets": presets,
        "first_come": first_figures,
        "strict_priority": figures(_waits(_played(lobby, days, lambda: strict_priority))),
        "two_to_one": figures(_waits(_played(lobby, days, TwoToOne))),
        "overtaken": overtaken,
        "outside_window": broken,
        "conservation": conserved,
        "targets": moved,
        "met": met,
        "sound": broken == 0 and all(abs(one - 1.0) <= CONSERVED for one in conserved.values()),
    }


def _played(
    scenario: Scenario, days: int, rule: Callable[[], Rule] | None = None
) -> list[DayPlayed]:
    """Days of the same people, whatever the rule; each day begins a rule anew."""
    return [play(scenario, n, None if rule is None else rule()) for n in range(days)]


def _waits(played: Sequence[DayPlayed]) -> Waits:
    return [[(one.lane, one.called - one.since) for one in day.customers] for day in played]


# --- The other rules ----------------------------------------------------------------------------


def first_come(able: list[Customer], _: float) -> Customer:
    """Whoever came first."""
    return min(able, key=lambda one: (one.since, one.id))


def strict_priority(able: list[Customer], _: float) -> Customer:
    """Whoever came first of the highest lane."""
    return min(able, key=lambda one: (RANKS.index(one.lane), one.since, one.id))


class TwoToOne:
    """Two with priority, then one without; all counters count together."""

    def __init__(self) -> None:
        self._run = 0

    def __call__(self, able: list[Customer], now: float) -> Customer:
        ordinary = [one for one in able if one.lane == "ordinary"]
        ahead = [one for one in able if one.lane != "ordinary"]
        if ahead and (self._run < PRIORITY_RUN or not ordinary):
            self._run += 1
            return strict_priority(ahead, now)
        self._run = 0
        return first_come(ordinary, now)


# --- Figures ------------------------------------------------------------------------------------


def figures(days: Waits) -> dict[str, Any]:
    """By lane, and of all."""
    lanes: dict[str, Any] = {lane: _of_lane(days, lane) for lane in LANES}
    every = [wait for day in days for _, wait in day]
    return {**lanes, "all": {"mean": round(_mean(every), 3), "max": round(max(every), 3)}}


def _of_lane(days: Waits, lane: Lane) -> dict[str, Any]:
    blocks = [[wait for own, wait in day if own == lane] for day in days]
    target = TARGET_MINUTES[lane]
    found: dict[str, Any] = {}
    for name, figure in (
        ("mean", _mean),
        ("p95", _p95),
        ("max", max),
        ("share_within_target", lambda waits: _mean([wait <= target for wait in waits])),
    ):
        found[name] = round(float(figure([wait for block in blocks for wait in block])), 3)
        found[f"{name}_ci"] = _interval(blocks, figure)
    return found


def _mean(values: Sequence[float]) -> float:
    return sum(values) / max(1, len(values))


def _p95(values: Sequence[float]) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * 0.95))]


def _interval(
    blocks: Sequence[Sequence[float]], figure: Callable[[Sequence[float]], float]
) -> list[float]:
    """95 in 100, by drawing whole days again."""
    chance = random.Random(1)
    values = sorted(
        float(figure([wait for block in chance.choices(blocks, k=len(blocks)) for wait in block]))
        for _ in range(DRAWN)
    )
    cut = DRAWN // 40
    return [round(values[cut], 3), round(values[-1 - cut], 3)]


def _overtaken(played: Sequence[DayPlayed]) -> dict[str, float]:
    """How many came later than an ordinary ticket and were called before it."""
    suffered = [one.overtaken for day in played for one in day.customers if one.lane == "ordinary"]
    return {"mean": round(_mean(suffered), 3), "max": max(suffered)}


def conservation(days: int) -> dict[str, float]:
    """The mean wait of all under each preset, against first come first served: at counters all
    alike and with one law of service it is the same. What a service takes is drawn as it begins,
    which changes no law and leaves no chance in it."""
    first = _mean(_alike(ALIKE, days, first_come))
    return {
        name: round(_mean(_alike(replace(ALIKE, preset=preset), days)) / first, 4)
        for name, preset in PRESETS.items()
    }


def _alike(scenario: Scenario, days: int, rule: Rule | None = None) -> list[float]:
    waits: list[float] = []
    for n in range(days):
        played = play(scenario, n, rule, in_turn=True)
        waits += [one.called - one.since for one in played.customers]
    return waits


def _targets(first: dict[str, Any], balanced: dict[str, Any]) -> list[dict[str, Any]]:
    targets = []
    for lane, key, limit in LIMITS:
        value = balanced[lane][key] / first[lane][key]
        name = f"balanced {lane} {key} against first come"
        targets.append(
            {"name": name, "value": round(value, 3), "limit": limit, "met": value <= limit}
        )
    return targets


# --- On paper -----------------------------------------------------------------------------------


def _on_paper(found: dict[str, Any]) -> str:
    rules = {**found["presets"], **{name: found[name] for name in OTHERS}}
    lines = [f"load {found['load']}, {found['days']} days, {found['tickets']} tickets (minutes)"]
    lines.append(f"{'':18}{'lane':14}{'mean':>8}{'p95':>8}{'max':>8}{'within':>8}")
    for name, lanes in rules.items():
        for lane in LANES:
            one = lanes[lane]
            cells = f"{one['mean']:8.1f}{one['p95']:8.1f}{one['max']:8.1f}"
            share = one["share_within_target"]
            lines.append(f"{name:18}{lane:14}{cells}{share:8.2f}")
    for one in found["targets"]:
        verdict = "met" if one["met"] else "MISSED"
        lines.append(f"{verdict:8}{one['name']}: {one['value']} of {one['limit']}")
    lines.append(f"called from outside the window: {found['outside_window']}")
    lines.append(f"all waits against first come, at equal counters: {found['conservation']}")
    return "\n".join(lines)


OTHERS: Final = ("first_come", "strict_priority", "two_to_one")

if __name__ == "__main__":
    sys.exit(main())
