"""The known means of simple lines (SCIENCE.md, B.1), and the same lines simulated."""

from collections.abc import Sequence
from math import inf

import numpy as np

from server.waiting.chance import uniforms
from server.waiting.simulate import Ghosts, Lines, Windows, simulate


def erlang_c(counters: int, load: float) -> float:
    """How likely somebody has to wait; `load` is the work offered, in counters."""
    blocked = 1.0
    for n in range(1, counters + 1):
        blocked = load * blocked / (n + load * blocked)
    return counters * blocked / (counters - load * (1.0 - blocked))


def first_come(counters: int, mean: float, rates: Sequence[float]) -> float:
    load = sum(rates) * mean
    return erlang_c(counters, load) * mean / (counters * (1.0 - load / counters))


def strict(counters: int, mean: float, rates: Sequence[float]) -> list[float]:
    """Cobham; the first class is the highest."""
    load, waits, before = sum(rates) * mean, [], 0.0
    for rate in rates:
        upto = before + rate * mean / counters
        base = erlang_c(counters, load) * mean / counters
        waits.append(base / ((1.0 - before) * (1.0 - upto)))
        before = upto
    return waits


def accumulating(
    counters: int, mean: float, rates: Sequence[float], slopes: Sequence[float]
) -> list[float]:
    """Kleinrock's recursion; the first class has the highest slope."""
    rho = [rate * mean / counters for rate in rates]
    whole = first_come(counters, mean, rates)
    waits = [0.0] * len(rates)
    for p in reversed(range(len(rates))):
        behind = range(p + 1, len(rates))
        top = whole - sum(rho[i] * waits[i] * (1 - slopes[i] / slopes[p]) for i in behind)
        waits[p] = top / (1 - sum(rho[i] * (1 - slopes[p] / slopes[i]) for i in range(p)))
    return waits


def simulated(
    counters: int,
    mean: float,
    rates: Sequence[float],
    scores: Sequence[tuple[float, float]],
    *,
    runs: int,
    people: int,
    warm: int,
) -> list[float]:
    """Mean waits by class with scores (head start, slope); the first `warm` minutes are left out,
    and so is the noise that comes of how many came and what they needed (control variates).

    About `people` of all classes come in each run.
    """
    minutes = people / sum(rates)
    since, begin, width = [], [], 0
    for n, rate in enumerate(rates):
        many = int(rate * minutes)
        ids = np.arange(many) + n * 10_000_000
        gaps = -np.log(uniforms(7, "gap", ids, runs)) / rate
        begin.append(width)
        width += many + 1
        since += [np.cumsum(gaps, axis=1), np.full((runs, 1), inf)]
    times = np.concatenate(since, axis=1)
    work = -np.log(uniforms(7, "work", np.arange(width), runs)) * mean
    table = np.array(scores)
    intercept = np.repeat(table[None, :, :1], 2, axis=0)
    slope = np.repeat(table[None, :, 1:], 2, axis=0)
    lines = Lines(
        begin=np.array(begin),
        since=times,
        here=times,
        work=work,
        fixed=np.zeros_like(work),
        intercept=intercept,
        slope=slope,
        extra=np.zeros((counters, len(rates))),
        service=np.zeros(len(rates), dtype=np.int64),
    )
    windows = Windows(
        free=np.zeros((runs, counters)),
        day=np.zeros(runs, dtype=np.int64),
        speed=np.ones(counters),
        away=np.full((1, counters, 1, 2), inf),
        vip=np.zeros(counters, dtype=bool),
        since_vip=np.zeros(counters, dtype=np.int64),
    )
    nobody = Ghosts(np.zeros(0), np.zeros((2, 0, 1)), np.zeros((2, 0, 1)), np.zeros((counters, 0)))
    columns = np.flatnonzero(np.isfinite(times[0]))
    called = simulate(lines, windows, nobody, columns, limit=minutes * 0.95)
    until, known = minutes * 0.8, []
    counted = (times > warm) & (times < until)
    waited = np.where(counted, called.tickets - np.where(counted, times, 0.0), 0.0)
    for first in (0.0, warm, (warm + until) / 2):
        came = (times > first) & (times < until)
        known += [came.sum(axis=1) - sum(rates) * (until - first)]
        known += [np.where(came, work, 0.0).sum(axis=1) - sum(rates) * mean * (until - first)]
    controls = np.stack(known, axis=1)
    means = []
    for n, rate in enumerate(rates):
        stop = begin[n + 1] if n + 1 < len(begin) else width
        each = waited[:, begin[n] : stop].sum(axis=1) / (rate * (until - warm))
        means.append(_controlled(each, controls))
    return means


def _controlled(each: np.ndarray, controls: np.ndarray) -> float:
    """The mean over runs, with what chance made of things whose means are known (0) taken out."""
    columns = np.column_stack([np.ones(len(each)), controls])
    return float(np.linalg.lstsq(columns, each, rcond=None)[0][0])
