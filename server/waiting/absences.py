"""When counters were away on the days before, though no plan says so: lunch in turns, a colleague
who leaves at three, a whole branch that eats together.

Nothing of it is asked of anybody. A counter that calls nobody while people wait whom it serves is
away, and that shows in the journal: from the end of one service to the next call. What shows is
not all there is, so three things are made good.

* **When it left.** A teller finishes whoever is in hand: all that is known is that the absence was
  due after the last call and before the first person waited in vain. Such intervals of all days and
  counters together tell the times at which this branch leaves (Turnbull 1976, the likeliest law of
  what is known to intervals only); each absence then begins at the middle of what that law says of
  its interval.
* **Where nothing shows.** A counter that was busy with one long service, or had nobody to call, or
  was not open that day, was not seen to be away, nor to be there. Such a day is taken to be as the
  nearest one on which it was either.
* **When it comes back**: by its next call; or as soon as nobody waited in vain any more.

Days are kept whole, with all counters, and `expected.py` draws among them: who leaves together is
thought to leave together, and what happened on one day of twenty is expected one time in twenty.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from msgspec import Struct

from server.waiting.chance import Floats, Whole
from server.waiting.seen import Days, Seen

LEAST_MINUTES: Final = 15.0
"""Shorter ones are gaps between two services (`Model.gap`)."""

MOST_MINUTES: Final = 240.0
"""How long a counter is away that was not seen to come back: as far as it matters."""

IN_VAIN_MIN: Final = 2
"""People who waited in vain: one may have had reasons that are not told here, such as a counter
named on the ticket."""

IN_VAIN_MINUTES: Final = 1.0
"""Who was called sooner by another counter did not wait in vain."""

OWN_SHARE: Final = 0.01
"""Of the calls of a counter: what it does more seldom is not what it is there for."""

A_DAY_MAX: Final = 4
"""Absences of a counter on one day that are kept, the longest."""

ROUNDS: Final = 40
"""Of the search for the likeliest law; more move nothing by a minute."""

LATE_MINUTES: Final = 3.0
"""So much later than usual a counter may still call somebody before it leaves."""

SAME_SHARE: Final = 0.5
"""Of the shorter of two absences: what overlaps so much is the same habit."""


class Away(Struct, frozen=True):
    """A counter that was away (minutes of its day)."""

    counter: int
    begins: float
    ends: float


class DayBefore(Struct, frozen=True):
    """Who was away on a day."""

    day: int
    weekday: int
    away: tuple[Away, ...] = ()


class _Gap(NamedTuple):
    """An absence that showed: it was due after `after` and by `by`."""

    day: int
    counter: int
    after: float
    by: float
    ends: float


@dataclass(frozen=True)
class _Work:
    """The calls of one counter on one day: when each was, and by when it was over."""

    called: list[float]
    over: list[float]


def absences_of(seen: Sequence[Seen], days: Days, full: Sequence[int]) -> tuple[DayBefore, ...]:
    """Each of these days, with whoever was away; nothing where nobody ever was."""
    by_day: dict[int, list[Seen]] = {day: [] for day in full}
    for one in seen:
        if one.day in by_day and one.called is not None and one.counter is not None:
            by_day[one.day].append(one)
    work = {(day, counter): w for day in full for counter, w in _work(by_day[day]).items()}
    serves = _serves(one for own in by_day.values() for one in own)
    gaps = [gap for day in full for gap in _shown(day, by_day[day], work, serves)]
    if not gaps:
        return ()
    found: dict[int, list[Away]] = {day: [] for day in full}
    law = _times_of_leaving(gaps)
    for gap in gaps:
        found[gap.day].append(Away(gap.counter, _middle(gap, law), gap.ends))
    for counter in sorted({gap.counter for gap in gaps}):
        own = {day: [one for one in found[day] if one.counter == counter] for day in full}
        for day, added in _not_shown(counter, own, work):
            found[day].append(added)
    return tuple(
        DayBefore(day, days.weekdays[day], tuple(sorted(found[day], key=lambda a: a.begins)))
        for day in full
    )


# --- What shows ---------------------------------------------------------------------------------


def _work(day: Sequence[Seen]) -> dict[int, _Work]:
    found: dict[int, _Work] = {}
    for one in sorted(day, key=lambda one: one.called or 0.0):
        assert one.called is not None and one.counter is not None, "all of them were called"
        own = found.setdefault(one.counter, _Work([], []))
        over = one.called if one.ended is None else one.ended
        own.called.append(one.called)
        # What is parked goes on beside others.
        own.over.append(max(over, own.over[-1]) if own.over else over)
    return found


def _serves(seen: Iterable[Seen]) -> dict[int, set[str]]:
    """Whom each counter is there for: one for VIPs calls nobody else."""
    calls: dict[int, dict[str, int]] = {}
    for one in seen:
        own = calls.setdefault(one.counter or 0, {})
        own[_kind(one)] = own.get(_kind(one), 0) + 1
    return {
        counter: {kind for kind, n in own.items() if n >= OWN_SHARE * sum(own.values())}
        for counter, own in calls.items()
    }


def _kind(one: Seen) -> str:
    return " ".join((one.service, *one.lanes))


def _shown(
    day: int,
    seen: Sequence[Seen],
    work: dict[tuple[int, int], _Work],
    serves: dict[int, set[str]],
) -> Iterator[_Gap]:
    """The absences of a day that show, the longest of each counter."""
    came = np.array([one.came for one in seen])
    called = np.array([one.called for one in seen])
    kinds = np.array([_kind(one) for one in seen])
    for counter in sorted({one.counter for one in seen if one.counter is not None}):
        own = work[day, counter]
        able = np.isin(kinds, sorted(serves[counter]))
        waits = came[able], called[able]
        nexts = [*own.called[1:], np.inf]
        each = zip(own.called, own.over, nexts, strict=True)
        gaps = (
            _gap(day, counter, *one, *waits) for one in each if one[2] - one[1] >= LEAST_MINUTES
        )
        longest = sorted((g for g in gaps if g is not None), key=lambda g: g.by - g.ends)
        yield from longest[:A_DAY_MAX]


def _gap(
    day: int, counter: int, last: float, over: float, after: float, came: Floats, called: Floats
) -> _Gap | None:
    """The absence between the end of a service, whose call was the `last`, and the call `after`
    it; None where too few waited in vain for too short a time."""
    begins, ends = np.maximum(came, over), np.minimum(called, after)
    vain = ends - begins >= IN_VAIN_MINUTES
    if int(vain.sum()) < IN_VAIN_MIN:
        return None
    by, until = float(begins[vain].min()), float(ends[vain].max())
    if until - by < LEAST_MINUTES:
        return None
    return _Gap(day, counter, last, by, by + MOST_MINUTES if after == np.inf else until)


# --- When it left -------------------------------------------------------------------------------


def _times_of_leaving(gaps: Sequence[_Gap]) -> Floats:
    """The likeliest law of the minutes of the day at which counters leave."""
    low, high = _minutes(gaps)
    law = np.full(int(high.max()) + 1, 1.0 / (int(high.max()) + 1))
    for _ in range(ROUNDS):
        passed = np.append(0.0, np.cumsum(law))
        parts = 1.0 / np.maximum(passed[high + 1] - passed[low], 1e-300)
        steps = np.zeros(len(law) + 1)
        np.add.at(steps, low, parts)
        np.add.at(steps, high + 1, -parts)
        law = law * np.cumsum(steps)[:-1] / len(gaps)
    return law


def _minutes(gaps: Sequence[_Gap]) -> tuple[Whole, Whole]:
    """The first and the last whole minute at which each may have left; by its end at the latest."""
    low = np.array([np.floor(gap.after) + 1 for gap in gaps], dtype=np.int64)
    high = np.array([np.floor(gap.by) for gap in gaps], dtype=np.int64)
    return np.maximum(0, np.minimum(low, high)), np.maximum(0, high)


def _middle(gap: _Gap, law: Floats) -> float:
    """Where half of what the law says of its interval has passed."""
    (low,), (high,) = _minutes([gap])
    own = law[low : high + 1]
    total = float(own.sum())
    if total <= 0.0:
        return gap.by
    return min(gap.by, float(low + np.searchsorted(np.cumsum(own), total / 2)))


# --- Where nothing shows ------------------------------------------------------------------------


def _not_shown(
    counter: int, own: dict[int, list[Away]], work: dict[tuple[int, int], _Work]
) -> Iterator[tuple[int, Away]]:
    """The absences of a counter on days that show neither them nor the counter at work."""
    for habit in _habits(away for day in own.values() for away in day):
        known: dict[int, Away | None] = {}
        for day, every in own.items():
            same = next((one for one in every if _same(one, habit)), None)
            if same is not None or _calls_within(work.get((day, counter)), habit):
                known[day] = same
        for day in own:
            if day not in known:
                away = known[min(known, key=lambda other: abs(other - day))]
                if away is not None:
                    yield day, away


def _habits(every: Iterable[Away]) -> list[Away]:
    found: list[Away] = []
    for one in sorted(every, key=lambda away: away.begins):
        if not any(_same(one, other) for other in found):
            found.append(one)
    return found


def _same(one: Away, other: Away) -> bool:
    both = min(one.ends, other.ends) - max(one.begins, other.begins)
    return both >= SAME_SHARE * min(one.ends - one.begins, other.ends - other.begins)


def _calls_within(work: _Work | None, habit: Away) -> bool:
    if work is None:
        return False
    first = bisect_left(work.called, habit.begins + LATE_MINUTES)
    return first < len(work.called) and work.called[first] < habit.ends
