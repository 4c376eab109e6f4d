"""What was observed, as a model: re-estimated daily, and within the day where little is known.

Everything is shrunk to the prior by how little of it was seen, so a new branch, a new service or
a rare weekday is never believed at once. Artefacts are dropped: services under ten seconds, and
tickets that the end of the day closed (they never come here).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import log
from typing import Final

import numpy as np
from msgspec.structs import replace

from server.waiting.absences import LEAST_MINUTES, absences_of
from server.waiting.arrivals import SLOT_MINUTES, Arrivals, Kind
from server.waiting.chance import Floats
from server.waiting.laws import ENOUGH, GRID, Law, learned
from server.waiting.model import DAY_SPREAD_PRIOR, Model, Patience
from server.waiting.seen import Days, Seen
from server.waiting.tempo import about

KEPT: Final = 2_000
"""Last services that are looked at, of each service."""

ARTEFACT_MINUTES: Final = 1 / 6
SPEED_PRIOR: Final = 30
"""Services that a counter's ordinary speed is worth."""

NO_SHOW_WEIGHT: Final = 20
SHARE_WEIGHT: Final = 300
"""People that the share of a kind over the whole day is worth in each quarter of it."""

KIND_WEIGHT: Final = 20
"""People that the prior shares are worth."""

WEEKDAY_DAYS: Final = 1.0
PROFILE_DAYS: Final = 12.0
NAMED_DAYS: Final = 2.0
SHAPE_DAYS: Final = 3.0
"""Days that the usual is worth: the level of a weekday, its profile, a named day's level, and how
alike days are."""

SPREAD_DAYS: Final = 3.0
"""Days that the usual difference between the pace of days is worth."""

SPREAD_MIN: Final = 0.02
SPREAD_MAX: Final = 0.3
DAY_SERVICES_MIN: Final = 20
"""Services of a day before its pace is looked at."""

OFF_MAX: Final = 3.0
"""Spreads that a service's time is counted off the usual at most."""

HALF_LIFE_DAYS: Final = 42.0
SHAPE_MIN: Final = 4.0
SHAPE_MAX: Final = 2_000.0
PATIENCE_LEFT_MIN: Final = 20
"""Who left, before patience is believed to end at all."""


def learn(prior: Model, seen: Iterable[Seen], days: Days) -> Model:
    """The model after these observations. `today` gives no full day: only what is finished in
    it counts, and who came by kind."""
    every = sorted(seen, key=lambda one: (one.day, one.came))
    served = [one for one in every if _lasted(one) >= ARTEFACT_MINUTES]
    means = {service: prior.service(service).mean for service in {one.service for one in served}}
    speeds: dict[int, float] = {}
    # Twice: speeds are relative to services, and services to speeds.
    for _ in range(2):
        laws = {s: learned(_work(served, s, speeds), prior.service(s)) for s in means}
        speeds = _speeds(served, {service: law.mean for service, law in laws.items()})
    absent = sum(1 for one in every if one.called is not None and one.started is None)
    called = sum(1 for one in every if one.called is not None)
    services = {**prior.services, **laws} if means else prior.services
    return replace(
        prior,
        services=services,
        speeds={**prior.speeds, **speeds},
        walk=learned(_walks(every), prior.walk),
        gap=learned(_gaps(every), prior.gap),
        no_show=(absent + prior.no_show * NO_SHOW_WEIGHT) / (called + NO_SHOW_WEIGHT),
        booked_no_show=_booked_no_show(every, prior.booked_no_show),
        late=_late(every, prior.late),
        arrivals=_arrivals(prior.arrivals, every, days),
        patience=_patience(every),
        day_spread=_day_spread(served, services, speeds, _full(days)),
        absences=absences_of(every, days, _full(days)),
        finished={service: sum(1 for one in served if one.service == service) for service in means},
        days=len(_full(days)),
    )


def _lasted(one: Seen) -> float:
    if one.started is None or one.ended is None:
        return 0.0
    return one.ended - one.started


def _work(served: Sequence[Seen], service: str, speeds: dict[int, float]) -> Floats:
    """What the last services would have taken at an ordinary counter (minutes)."""
    own = [one for one in served if one.service == service][-KEPT:]
    return np.array([_lasted(one) / speeds.get(one.counter or 0, 1.0) for one in own])


def _speeds(served: Sequence[Seen], means: dict[str, float]) -> dict[int, float]:
    """How many times as long as others each counter takes."""
    mean = sum(means.values()) / max(1, len(means))
    took: dict[int, float] = {}
    due: dict[int, float] = {}
    for one in served:
        if one.counter is not None:
            took[one.counter] = took.get(one.counter, 0.0) + _lasted(one)
            due[one.counter] = due.get(one.counter, 0.0) + means[one.service]
    prior = SPEED_PRIOR * mean
    return {counter: (took[counter] + prior) / (due[counter] + prior) for counter in took}


def _day_spread(
    served: Sequence[Seen], laws: dict[str, Law], speeds: dict[int, float], full: Sequence[int]
) -> float:
    """How far the pace of a day is off the usual, beyond what chance makes of it."""
    off: dict[int, list[float]] = {day: [] for day in full}
    for one in served:
        if one.day in off:
            minutes = _lasted(one) / speeds.get(one.counter or 0, 1.0)
            mean, sigma = about(laws[one.service])
            # What was forgotten at a counter for hours says nothing of its day.
            by = float(np.clip((log(minutes) - mean) / sigma, -OFF_MAX, OFF_MAX))
            off[one.day].append(by * sigma)
    busy = [own for own in off.values() if len(own) >= DAY_SERVICES_MIN]
    usual = float(np.mean([np.mean(own) for own in busy])) if busy else 0.0
    beyond = SPREAD_DAYS * DAY_SPREAD_PRIOR**2
    for own in busy:
        beyond += float((np.mean(own) - usual) ** 2 - np.var(own) / len(own))
    variance = max(beyond, 0.0) / (SPREAD_DAYS + len(busy))
    return float(np.clip(variance, SPREAD_MIN**2, SPREAD_MAX**2) ** 0.5)


def _walks(seen: Sequence[Seen]) -> Floats:
    walks = [s.started - s.called for s in seen if s.started is not None and s.called is not None]
    kept: Floats = np.clip(np.array(walks[-KEPT:]), 0.0, None)
    return kept


def _gaps(seen: Sequence[Seen]) -> Floats:
    """From an end to the next call at a counter, where the one called had been waiting already."""
    gaps: list[float] = []
    last: dict[tuple[int, int], float] = {}
    calls = (one for one in seen if one.called is not None and one.counter is not None)
    for one in sorted(calls, key=lambda one: (one.day, one.called or 0.0)):
        place = (one.day, one.counter or 0)
        ended = last.get(place)
        if ended is not None and one.came <= ended and one.called is not None:
            gaps.append(one.called - ended)
        if one.ended is not None:
            last[place] = one.ended
        else:
            last.pop(place, None)
    kept = [gap for gap in gaps if 0.0 <= gap <= LEAST_MINUTES]
    return np.array(kept[-KEPT:])


def _booked_no_show(seen: Sequence[Seen], prior: float) -> float:
    """Of those who had booked; who was there late has come."""
    missed = sum(1 for one in seen if one.missed)
    due = missed + sum(1 for one in seen if one.late is not None)
    return (missed + prior * NO_SHOW_WEIGHT) / (due + NO_SHOW_WEIGHT)


def _late(seen: Sequence[Seen], prior: Law) -> Law:
    late = np.sort([one.late for one in seen if one.late is not None][-KEPT:])
    if len(late) < ENOUGH:
        return prior
    levels = (np.arange(len(late)) + 0.5) / len(late)
    return Law(tuple(map(float, np.interp(GRID, levels, late))), len(late))


def _patience(seen: Sequence[Seen]) -> dict[str, Patience]:
    """Kaplan and Meier's estimate, by service: the called are those whose patience is not known."""
    laws: dict[str, Patience] = {}
    for service in {one.service for one in seen}:
        own = [one for one in seen if one.service == service]
        left = np.array([o.left - o.came for o in own if o.left is not None])
        waited = np.array([o.called - o.came for o in own if o.called is not None])
        if len(left) >= PATIENCE_LEFT_MIN:
            laws[service] = kaplan_meier(left, waited)
    return laws


def kaplan_meier(left: Floats, waited: Floats) -> Patience:
    """The share still there after so many minutes, of those who left and those who might have."""
    at, died = np.unique(np.maximum(left, 1e-3), return_counts=True)
    ordered = np.sort(np.concatenate((left, waited)))
    there = len(ordered) - np.searchsorted(ordered, at - 1e-9)
    staying = np.cumprod(1.0 - died / np.maximum(there, 1))
    picked = np.unique(np.linspace(0, len(at) - 1, min(len(at), 200)).astype(int))
    minutes, shares = at[picked], staying[picked]
    return Patience((0.0, *map(float, minutes)), (1.0, *map(float, shares)))


# --- Who comes ----------------------------------------------------------------------------------


def _full(days: Days) -> list[int]:
    return [day for day in days.weekdays if day != days.today]


def _arrivals(prior: Arrivals, seen: Sequence[Seen], days: Days) -> Arrivals:
    """Booked customers are known one by one and are no part of it; nor is a second service."""
    walk_in = [one for one in seen if one.booked is None and one.first]
    kinds, shares = _shares(prior, walk_in, days)
    full = _full(days)
    if not full:
        per_day = prior.per_slot if any(prior.per_slot) else _first_day(walk_in, days)
        return replace(prior, kinds=kinds, shares=shares, per_slot=per_day)
    counts = _counts(walk_in, days, full)
    per_slot, named = _usual(counts, days, full)
    expected = np.array([_expected(per_slot, named, days, day).sum() for day in full], dtype=float)
    return Arrivals(
        kinds=kinds,
        per_slot=tuple(tuple(map(float, row)) for row in per_slot),
        shares=shares,
        named=named,
        shape=_shape(counts.sum(axis=1), expected, prior.shape),
    )


def _first_day(seen: Sequence[Seen], days: Days) -> tuple[tuple[float, ...], ...]:
    """Nothing is known of other days: people go on coming as they came today so far."""
    slots = [_slot(one, days) for one in seen]
    per_slot = len(slots) / (max(slots) + 2) if slots else 0.0
    return ((per_slot,) * days.slots,) * 7


def _slot(one: Seen, days: Days) -> int:
    return min(max(int((one.came - days.begins) / SLOT_MINUTES), 0), days.slots - 1)


def _counts(seen: Sequence[Seen], days: Days, full: Sequence[int]) -> Floats:
    place = {day: n for n, day in enumerate(full)}
    counts = np.zeros((len(full), days.slots))
    for one in seen:
        if one.day in place:
            counts[place[one.day], _slot(one, days)] += 1
    return counts


def _usual(counts: Floats, days: Days, full: Sequence[int]) -> tuple[Floats, dict[str, float]]:
    """(weekday, slot) people on an unnamed day, and how many times as many on a named one."""
    plain = np.array([not days.names.get(day) for day in full])
    plain = plain if plain.any() else ~plain
    weekdays = np.array([days.weekdays[day] for day in full])
    # A day counts half as much as one six weeks younger.
    weight = 0.5 ** ((max(full) - np.array(full)) / HALF_LIFE_DAYS) * plain
    usual = _smooth((counts * weight[:, None]).sum(axis=0) / weight.sum())
    per_day = max(float(usual.sum()), 1e-9)
    table = np.empty((7, counts.shape[1]))
    for weekday in range(7):
        own = weight * (weekdays == weekday)
        sums = (counts * own[:, None]).sum(axis=0)
        level = (sums.sum() + WEEKDAY_DAYS * per_day) / ((own.sum() + WEEKDAY_DAYS) * per_day)
        profile = _smooth(sums) + PROFILE_DAYS * usual
        table[weekday] = profile / max(float(profile.sum()), 1e-9) * per_day * level
    named: dict[str, float] = {}
    for name in sorted({name for day in full for name in days.names.get(day, ())}):
        having = [n for n, day in enumerate(full) if name in days.names.get(day, ())]
        due = float(sum(table[weekdays[n]].sum() for n in having))
        extra = NAMED_DAYS * per_day
        named[name] = float((counts[having].sum() + extra) / max(due + extra, 1e-9))
    return table, named


def _smooth(slots: Floats) -> Floats:
    """Neighbouring quarters are alike."""
    padded = np.concatenate((slots[:1], slots, slots[-1:]))
    smooth: Floats = (padded[:-2] + 2 * padded[1:-1] + padded[2:]) / 4
    return smooth


def _expected(per_slot: Floats, named: dict[str, float], days: Days, day: int) -> Floats:
    factor = float(np.prod([named.get(name, 1.0) for name in days.names.get(day, ())]))
    expected: Floats = per_slot[days.weekdays[day]] * factor
    return expected


def _shape(came: Floats, expected: Floats, prior: float) -> float:
    """How alike days are, beyond what chance makes of them."""
    ratio = came / np.maximum(expected, 1.0)
    beyond = (ratio - 1.0) ** 2 - 1.0 / np.maximum(expected, 1.0)
    variance = (float(beyond.sum()) + SHAPE_DAYS / prior) / (len(came) + SHAPE_DAYS)
    return float(np.clip(1.0 / max(variance, 1e-6), SHAPE_MIN, SHAPE_MAX))


def _shares(
    prior: Arrivals, seen: Sequence[Seen], days: Days
) -> tuple[tuple[Kind, ...], tuple[tuple[float, ...], ...]]:
    """The kinds of people, and the share of each in every quarter of the day."""
    found = (Kind(one.service, one.lanes) for one in seen)
    kinds = tuple(dict.fromkeys((*prior.kinds, *found)))
    if not kinds:
        return (), ()
    number = {kind: n for n, kind in enumerate(kinds)}
    table = np.zeros((len(kinds), days.slots))
    for one in seen:
        table[number[Kind(one.service, one.lanes)], _slot(one, days)] += 1
    before = np.zeros(len(kinds))
    for kind, share in zip(prior.kinds, prior.shares, strict=True):
        before[number[kind]] = float(np.mean(share))
    if before.sum() > 0:
        before *= KIND_WEIGHT / before.sum()
    whole = table.sum(axis=1) + before
    whole /= max(float(whole.sum()), 1e-9)
    shares = (table + SHARE_WEIGHT * whole[:, None]) / (table.sum(axis=0) + SHARE_WEIGHT)
    return kinds, tuple(tuple(map(float, row)) for row in shares)
