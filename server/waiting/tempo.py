"""How the work goes today: how many times as long as usual everything takes, at every counter.

A slow computer system, or half the staff new, makes a whole branch slow at once. The laws of the
services would learn it only among those of all the days before. So one factor for the whole branch
is inferred from what has ended today and from what still goes on (or only the short ones would
count in the morning), under several suppositions at once, as the level of arrivals is
(`arrivals.py`): the day is a little off the usual, as days of this branch are, or something changed
at some quarter of an hour, the first included. Each run draws its factor.

Times are compared as logarithms, about those of the service's law. What is forgotten at a counter
lasts for hours: the tails are those of Student's t, so that one such says little.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from math import log
from typing import Final

import numpy as np

from server.waiting.arrivals import SLOT_MINUTES
from server.waiting.chance import Floats, Whole, spread
from server.waiting.laws import GRID, Law
from server.waiting.model import Model
from server.waiting.snapshot import Snapshot

CHANGE_PER_SLOT: Final = 0.01
"""How likely the pace of the work changes in any one quarter of an hour."""

CHANGED_SPREAD: Final = 0.35
"""How far a changed pace may be off, as a spread of logarithms: half as long again is common."""

LASTED_MIN: Final = 1 / 6
"""Shorter services were none (minutes)."""

MIDDLE_STEPS: Final = 12

_LOGS: Final = np.linspace(-log(3.0), log(3.0), 73)
_EDGES: Final = np.append(_LOGS, _LOGS[-1] + (_LOGS[1] - _LOGS[0])) - (_LOGS[1] - _LOGS[0]) / 2
"""The factors that are weighed, as logarithms, and the edges between them."""

_FREEDOM: Final = 8.0
_STEPS: Final = np.linspace(-12.0, 12.0, 2_401)
_DENSITY: Final = -(_FREEDOM + 1) / 2 * np.log1p(_STEPS**2 / _FREEDOM)
_BEYOND: Final = np.log(np.cumsum(np.exp(_DENSITY)[::-1])[::-1])
"""The logarithms of Student's density and of what lies beyond, but for what all have in common."""


def draws(snapshot: Snapshot, model: Model, runs: int, seed: int) -> Floats:
    """(runs,) how many times as long as usual everything takes.

    1 where no full day was learned from: then the laws themselves are those of today.
    """
    if not model.days:
        return np.ones(runs)
    weights = likely(snapshot, model)
    if weights is None:
        return np.ones(runs)
    passed = np.append(0.0, np.cumsum(weights))
    u = spread(seed, "tempo", np.zeros(1, dtype=np.int64), runs)[:, 0]
    drawn: Floats = np.exp(np.interp(u * passed[-1], passed, _EDGES))
    return drawn


def mean_today(snapshot: Snapshot, model: Model) -> float:
    """How many times as long as usual everything takes, in the mean of what is likely."""
    weights = likely(snapshot, model) if model.days else None
    return 1.0 if weights is None else float((weights * np.exp(_LOGS)).sum())


def likely(snapshot: Snapshot, model: Model) -> Floats | None:
    """The probabilities of the factors; None where nothing was begun today."""
    slots = _evidence(snapshot, model)
    if slots is None:
        return None
    usual, changed = _bell(model.day_spread), _bell(CHANGED_SPREAD)
    before = np.concatenate((np.zeros((1, len(_LOGS))), slots.cumsum(axis=0)))
    logs, suppositions = [], []
    for slot in (None, *range(len(slots))):
        if slot is None:
            now, held = usual + before[-1], 0.0
        else:
            now = changed + before[-1] - before[slot]
            held = log(CHANGE_PER_SLOT) + _total(usual + before[slot])
        total = _total(now)
        suppositions.append(np.exp(now - total))
        logs.append(held + total)
    mixed: Floats = np.exp(np.array(logs) - _total(np.array(logs))) @ np.array(suppositions)
    return mixed


def _bell(spread_of_logs: float) -> Floats:
    """The logarithms of a log-normal law of factors whose mean is 1."""
    bell = -0.5 * (_LOGS / spread_of_logs + spread_of_logs / 2) ** 2
    law: Floats = bell - _total(bell)
    return law


def _total(logs: Floats) -> float:
    """The logarithm of the sum of what these are the logarithms of; a busy day's are far below
    any that could be added up."""
    most = float(logs.max())
    return most + log(float(np.exp(logs - most).sum()))


def _evidence(snapshot: Snapshot, model: Model) -> Floats | None:
    """(quarters of an hour, factors) logarithms of how likely that was which began in each of them.

    By its end, what began before a change and is over after it would speak for it: those are the
    long ones.
    """
    ended = [one for one in snapshot.lasted if one.minutes >= LASTED_MIN]
    goes_on = [
        one
        for one in snapshot.counters
        if one.state == "serving" and snapshot.now - one.since >= LASTED_MIN
    ]
    if not ended and not goes_on:
        return None
    last = max(0, int((snapshot.now - snapshot.begins) / SLOT_MINUTES))
    slots = np.zeros((last + 1, len(_LOGS)))
    if ended:
        off = [_off(model, one.service, one.counter, one.minutes) for one in ended]
        began = [one.ended - one.minutes - snapshot.begins for one in ended]
        np.add.at(slots, _slots(began, last), _logs_at(off, _DENSITY))
    if goes_on:
        off = [_off(model, one.service, one.id, snapshot.now - one.since) for one in goes_on]
        began = [one.since - snapshot.begins for one in goes_on]
        np.add.at(slots, _slots(began, last), _logs_at(off, _BEYOND))
    return slots


def _slots(began: Sequence[float], last: int) -> Whole:
    return np.clip((np.array(began) / SLOT_MINUTES).astype(np.int64), 0, last)


def _off(model: Model, service: str, counter: int, minutes: float) -> tuple[float, float]:
    """By how much the logarithm of a time is off the usual, and the usual spread."""
    mean, sigma = about(model.service(service))
    return log(minutes / model.speeds.get(counter, 1.0)) - mean, sigma


def _logs_at(off: Sequence[tuple[float, float]], table: Floats) -> Floats:
    """(observations, factors) the table's logarithms at each of them."""
    by, sigma = np.array(off).T
    logs: Floats = np.interp((by[:, None] - _LOGS) / sigma[:, None], _STEPS, table)
    return logs


@lru_cache(maxsize=512)
def about(law: Law) -> tuple[float, float]:
    """The middle and the spread of the logarithms of a law's times. The middle is that of
    Student's law: about the mean, skewed times (exponential ones) would always seem slow.
    """
    logs = np.log(np.maximum(np.array(law.quantiles), LASTED_MIN))
    middle = float(np.trapezoid(logs, GRID))
    sigma = max(0.1, float(np.trapezoid((logs - middle) ** 2, GRID)) ** 0.5)
    for _ in range(MIDDLE_STEPS):
        weights = 1.0 / (_FREEDOM + ((logs - middle) / sigma) ** 2)
        middle = float(np.trapezoid(weights * logs, GRID) / np.trapezoid(weights, GRID))
    return middle, sigma
