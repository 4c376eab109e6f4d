"""What was asked and told, and the judgement of it: ranges and latest times as they would have been
shown, and all figures.

Asking takes minutes, judging a second. So what was told is kept beside the figures, and where only
the ranges or the promise are made otherwise it is judged anew, and nothing is played again.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from msgspec import msgpack

from bench.waiting_figures import Told, calibrate, figures
from server.waiting.calibrate import K0_MINUTES, Calibration


@dataclass
class Sample:
    """The tickets asked about, and those `before` them whose waits calibrate too. `first`: every
    day is a first one, and knows of no other; `head` and `tail` stand about the figures."""

    head: dict[str, Any]
    told: list[Told]
    tail: dict[str, Any]
    before: list[Told] = field(default_factory=list)
    k0_minutes: float = K0_MINUTES
    printed: bool = True
    first: bool = False


def judged(sample: Sample) -> dict[str, Any]:
    """All figures."""
    for own in _apart(sample):
        calibrate(own, Calibration(sample.k0_minutes), printed=sample.printed)
    found = figures(sample.told)
    if sample.head["unit"] == "seconds":
        found = in_seconds(found)
    return {**sample.head, **found, **sample.tail}


def _apart(sample: Sample) -> Iterator[list[Told]]:
    """Each branch calibrates by its own waits, a first day by none but those of that day."""
    own: dict[tuple[str, int], list[Told]] = {}
    for one in (*sample.before, *sample.told):
        own.setdefault((one.branch, one.day if sample.first else 0), []).append(one)
    yield from own.values()


def keep(sample: Sample, folder: Path) -> None:
    """Keep it beside its figures."""
    _file(folder, sample.head["scenario"]).write_bytes(gzip.compress(msgpack.encode(sample)))


def kept(folder: Path, name: str) -> Sample | None:
    """What was kept of a scenario or of recorded days."""
    file = _file(folder, name)
    if not file.is_file():
        return None
    return msgpack.decode(gzip.decompress(file.read_bytes()), type=Sample)


def with_optimum_of(before: Sample, sample: Sample) -> Sample:
    """The same tickets asked about anew, with the optimum and the rules of thumb they had."""
    for old, new in zip(before.told, sample.told, strict=True):
        assert (old.day, old.at, old.wait) == (new.day, new.at, new.wait), "not the same tickets"
        new.best, new.best_noise, new.best_width = old.best, old.best_noise, old.best_width
        new.others = old.others
    return sample


def _file(folder: Path, name: str) -> Path:
    return folder / f"{name}.told.gz"


def in_seconds(found: dict[str, Any]) -> dict[str, Any]:
    """Figures that are times, from minutes."""
    times = ("mae", "mae_ci", "mae_of_mean", "rmse", "rmse_ci", "rmse_of_median")
    more = ("bias", "bias_ci", "mean_wait", "width")
    scaled = {key: _times_sixty(found[key]) for key in (*times, *more)}
    rules = {
        name: {key: None if value is None else round(value * 60, 2) for key, value in rule.items()}
        for name, rule in found["baselines"].items()
    }
    return {**found, **scaled, "baselines": rules}


def _times_sixty(value: Any) -> Any:
    return [_times_sixty(one) for one in value] if isinstance(value, list) else round(value * 60, 2)
