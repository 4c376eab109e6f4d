"""Who will be away today: absences that are planned, and those that the days before make likely.

Each run draws one of the days before, or a day on which nobody leaves, and lets every counter be
away as it was then (`absences.py`). Days of the same weekday are drawn rather than others, and days
that go together with what is seen at this moment: who is away, and who still calls although on that
day it was gone. So a lunch that is late, or is not held, is believed after some minutes of it; and
who has come back from one that was early does not go again.

A counter that has a plan goes by it: what was learned of the same time is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import log
from typing import Final, TypeAlias

import numpy as np

from server.waiting.absences import LEAST_MINUTES, Away, DayBefore
from server.waiting.chance import Floats, Whole, spread
from server.waiting.model import Model
from server.waiting.snapshot import Counter, Snapshot

NO_DAY: Final = 1.0
"""Days without any absence that are added to those that were: little was seen, little is believed.
"""

OTHER_WEEKDAY: Final = 0.1
"""What a day of another weekday counts: a Saturday may have no lunch, and most branches have the
same on all days."""

HALF_LIFE_DAYS: Final = 42.0
LATE_MINUTES: Final = 10.0
"""A counter that has called later than this after it was to leave does not leave as on that day."""

TAKEN_SHARE: Final = 0.7
TAKEN_WITHIN_MINUTES: Final = 60.0
"""Who was away for so much of it already today, and began no further from it, has had it."""

TOGETHER_MINUTES: Final = 3.0
"""Who all leave within so many minutes have one reason."""

AWAY_AS_THEN: Final = log(0.9)
AWAY_UNLIKE: Final = log(0.05)
THERE_AS_THEN: Final = log(0.95)
THERE_UNLIKE: Final = log(0.1)
"""How likely a counter is found away, or at work, where it was so on that day, or was not."""

NEVER: Final = np.inf

Gaps: TypeAlias = list[tuple[float, float]]
"""Absences of a counter, from and to."""


def absences_today(
    snapshot: Snapshot, model: Model, counters: Sequence[Counter], runs: int, seed: int
) -> tuple[Floats, Whole]:
    """(days, counters, absences, from and to), and which of these days each run has. Where nothing
    was learned there is one day, with what is planned."""
    planned = [list(counter.away) for counter in counters]
    before = model.absences
    if not before:
        return _table([planned]), np.zeros(runs, dtype=np.int64)
    taken = _taken(snapshot)
    days, seen = [planned], [sum(_unlike(counter) for counter in counters)]
    for day in before:
        each = [_as_on(day, snapshot.now, one, taken.get(one.id, [])) for one in counters]
        days.append([sorted(plan + own) for plan, (own, _) in zip(planned, each, strict=True)])
        seen.append(sum(likely for _, likely in each))
    none = NO_DAY / (len(before) + NO_DAY)
    weights = np.append(none, (1.0 - none) * _weights(before, snapshot.weekday))
    weights *= np.exp(np.array(seen) - max(seen))
    u = spread(seed, "day before", np.zeros(1, dtype=np.int64), runs)[:, 0]
    which = np.searchsorted(np.cumsum(weights) / weights.sum(), u)
    return _table(days), np.minimum(which, len(before))


def is_away(counter: Counter) -> bool:
    """Whether it is away and nobody said until when."""
    return counter.state == "away" and counter.until is None


def left_together(counters: Sequence[Counter]) -> dict[int, Counter]:
    """The first who went away, for each counter, where all went at one time and nobody is at work:
    when the computers are down they come back together. If each came back by chance of its own,
    the first of many would be back at once."""
    here = [one for one in counters if one.state != "closed"]
    first = min(here, key=lambda one: (one.since, one.id), default=None)
    if first is None or not all(is_away(one) for one in here):
        return {}
    if max(one.since for one in here) - first.since > TOGETHER_MINUTES:
        return {}
    return {one.id: first for one in here}


def _weights(before: Sequence[DayBefore], weekday: int) -> Floats:
    newest = max(one.day for one in before)
    ages = np.array([newest - one.day for one in before], dtype=float)
    alike = np.array([1.0 if one.weekday == weekday else OTHER_WEEKDAY for one in before])
    weights: Floats = 0.5 ** (ages / HALF_LIFE_DAYS) * alike
    weights /= weights.sum()
    return weights


def _as_on(day: DayBefore, now: float, counter: Counter, taken: Gaps) -> tuple[Gaps, float]:
    """The absences of a counter that are still to come or go on, if today is as that day; and the
    logarithm of how likely it then is to be found as it is now."""
    gaps: Gaps = []
    likely = _unlike(counter)
    for away in day.away:
        if away.counter != counter.id or away.ends <= now or _planned(counter, away):
            continue
        if not is_away(counter) and any(_was(gap, away) for gap in taken):
            continue
        if away.begins <= now:
            if is_away(counter):
                likely = AWAY_AS_THEN
            elif _called_since(counter, now, away.begins + LATE_MINUTES):
                likely = THERE_UNLIKE
                continue
        gaps.append((away.begins, away.ends))
    return gaps, likely


def _unlike(counter: Counter) -> float:
    """The same, if it was not away then at this time."""
    return AWAY_UNLIKE if is_away(counter) else THERE_AS_THEN


def _planned(counter: Counter, away: Away) -> bool:
    return any(away.begins < ends and begins < away.ends for begins, ends in counter.away)


def _taken(snapshot: Snapshot) -> dict[int, Gaps]:
    """Between which services of today each counter had none for long."""
    spans: dict[int, Gaps] = {}
    for one in snapshot.lasted:
        spans.setdefault(one.counter, []).append((one.ended - one.minutes, one.ended))
    for counter in snapshot.counters:
        if counter.id in spans and counter.state in ("called", "serving", "free"):
            since = snapshot.now if counter.state == "free" else counter.since
            spans[counter.id].append((since, since))
    return {counter: list(_between(sorted(own))) for counter, own in spans.items()}


def _between(spans: Gaps) -> Iterator[tuple[float, float]]:
    for (_, ended), (began, _) in pairwise(spans):
        if began - ended >= LEAST_MINUTES:
            yield ended, began


def _was(gap: tuple[float, float], away: Away) -> bool:
    """Whether this was that absence, today."""
    long_enough = gap[1] - gap[0] >= TAKEN_SHARE * (away.ends - away.begins)
    return long_enough and abs(gap[0] - away.begins) <= TAKEN_WITHIN_MINUTES


def _called_since(counter: Counter, now: float, at: float) -> bool:
    """Whether a counter has been seen at work since then."""
    if counter.state in ("called", "serving"):
        return counter.since > at
    return counter.state == "free" and now > at


def _table(days: Sequence[Sequence[Gaps]]) -> Floats:
    most = max(1, max(len(gaps) for day in days for gaps in day))
    table = np.full((len(days), len(days[0]), most, 2), NEVER)
    for n, day in enumerate(days):
        for row, gaps in enumerate(day):
            for m, gap in enumerate(gaps):
                table[n, row, m] = gap
    return table
