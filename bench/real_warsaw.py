"""Ticket lobbies of Warsaw's offices as a forecast sees them that knows no counters.

All there is, is how many are ahead, what was published, and how the day went so far. So it is the
second fallback: minutes for each who is ahead (server/waiting/pace.py), corrected by a learned
layer (bench/waiting_layer.py). Each day is forecast by all others unless dates are given; then
by those to `--learn-until` and by the days asked about before it.

Data: City of Warsaw open data, through the kolejkeR package (MIT).
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from bench.waiting_figures import Told
from bench.waiting_layer import Point, fitted
from bench.waiting_real import Split, rows
from bench.waiting_sample import Sample
from server.waiting.chance import Floats, Whole
from server.waiting.pace import Pace, paced

FILE: Final = Path("warsaw_2020/tickets_dec30_jan10.csv.gz")
COLUMNS: Final = (
    "office group_id date arrive_min call_min wait_min position queue open_counters"
    " avg_service_min call_rate_30"
).split()

POSITION_MIN: Final = 2.0
RECENT_MINUTES: Final = 60.0
ROLLING_MINUTES: Final = 30.0
QUICK_DAYS: Final = 1
OFFSET_MINUTES: Final = 2.0
"""Added to waits that are compared as shares."""

PACE_WEIGHT: Final = 30.0
"""People ahead that the usual pace is worth against that of the last hour."""

DEPTHS: Final = (2.0, 4.0, 8.0, 16.0, 1e9)
UNKNOWN: Final = -1.0

Mask: TypeAlias = NDArray[np.bool_]


@dataclass(frozen=True)
class Tickets:
    """All tickets, a column each; `group` and `day` are numbers."""

    days: list[date]
    office: list[str]
    day: Whole
    group: Whole
    came: Floats
    called: Floats
    wait: Floats
    ahead: Floats
    queue: Floats
    counters: Floats
    service: Floats
    rate: Floats

    @property
    def scored(self) -> Mask:
        """Those with somebody ahead."""
        scored: Mask = self.ahead >= POSITION_MIN
        return scored


def asked(file: Path, split: Split, *, quick: bool = False) -> Sample:
    """What every scored ticket was told."""
    tickets = read(file)
    taught, tested = (tickets.days, tickets.days) if not split.said else split.of(tickets.days)
    if quick:
        tested = tested[-QUICK_DAYS:]
    seen, others = so_far(tickets)
    told: list[Told] = []
    began = time.process_time()
    for day in tested:
        by = [one for one in taught if one != day]
        if split.said:
            by += [one for one in tested if one < day]
        told += _told(tickets, seen, others, [tickets.days.index(one) for one in by], day)
    took = (time.process_time() - began) * 1000 / len(told)
    head = {
        "scenario": "warsaw",
        "unit": "minutes",
        "from": str(tested[0]),
        "until": str(tested[-1]),
        "each_day_by": "the days before" if split.said else "all other days",
    }
    return Sample(head, told, {"ms_per_refresh": round(took, 3)})


def read(file: Path) -> Tickets:
    """All rows that say when somebody came and was called."""
    table = list(rows(file, COLUMNS))
    days = sorted({date.fromisoformat(row["date"]) for row in table})
    names = sorted({row["office"] + " " + row["group_id"] for row in table})
    day_number = {str(day): n for n, day in enumerate(days)}
    group_number = {name: n for n, name in enumerate(names)}

    def column(name: str) -> Floats:
        return np.array([float(row[name] or UNKNOWN) for row in table])

    return Tickets(
        days=days,
        office=[row["office"] for row in table],
        day=np.array([day_number[row["date"]] for row in table]),
        group=np.array([group_number[row["office"] + " " + row["group_id"]] for row in table]),
        came=column("arrive_min"),
        called=column("call_min"),
        wait=column("wait_min"),
        ahead=np.maximum(column("position"), 0.0),
        queue=column("queue"),
        counters=column("open_counters"),
        service=column("avg_service_min"),
        rate=column("call_rate_30"),
    )


# --- What is known at an arrival ------------------------------------------------------------------


def so_far(tickets: Tickets) -> tuple[Floats, dict[str, Floats]]:
    """(tickets, features) of the day so far, of the ticket's own group; and the rules of thumb
    that need nothing else."""
    count = len(tickets.came)
    found = np.full((count, 7), UNKNOWN)
    rolling = np.zeros(count)
    key = tickets.day * (tickets.group.max() + 1) + tickets.group
    for own in np.split(np.argsort(key, kind="stable"), np.flatnonzero(np.diff(np.sort(key))) + 1):
        own = own[np.argsort(tickets.came[own], kind="stable")]
        for n, one in enumerate(own):
            _look_back(tickets, own[:n], one, found, rolling)
    last, oldest = np.maximum(found[:, 0], 0.0), found[:, 3]
    per_minute = np.maximum(tickets.rate, 1 / 60)
    return found, {
        "QL": tickets.ahead * tickets.service / np.maximum(tickets.counters, 1.0),
        "position by recent rate": np.minimum(tickets.ahead / per_minute, 480.0),
        "LES": last,
        "HOL": np.where(oldest >= 0.0, oldest, last),
        "rolling mean": rolling,
    }


def _look_back(tickets: Tickets, before: Whole, one: int, found: Floats, rolling: Floats) -> None:
    now = tickets.came[one]
    over = tickets.called[before] <= now
    done, waiting = before[over], before[~over]
    if len(done):
        last = done[np.argmax(tickets.called[done])]
        recent = done[now - tickets.called[done] <= RECENT_MINUTES]
        weight = tickets.ahead[recent].sum()
        pace = tickets.wait[recent].sum() / weight if weight > 0 else UNKNOWN
        found[one, :3] = tickets.wait[last], pace, weight
        found[one, 5] = tickets.ahead[last]
        half = recent[now - tickets.called[recent] <= ROLLING_MINUTES]
        rolling[one] = tickets.wait[half].mean() if len(half) else tickets.wait[last]
    if len(waiting):
        oldest = waiting[0]
        found[one, 3:5] = now - tickets.came[oldest], len(waiting)
        found[one, 6] = tickets.ahead[oldest]


# --- What is told ---------------------------------------------------------------------------------


def _told(
    tickets: Tickets, seen: Floats, others: dict[str, Floats], taught: list[int], day: date
) -> list[Told]:
    """What the scored tickets of a day were told, by what those other days have taught."""
    number = tickets.days.index(day)
    train = np.isin(tickets.day, taught) & tickets.scored
    test = (tickets.day == number) & tickets.scored
    base = np.zeros(len(tickets.came))
    # For the layer a day of the past is forecast by the other ones, as the day asked about is.
    for one in [*taught, number]:
        base[tickets.day == one] = _based(tickets, [n for n in taught if n != one], one)
    features = np.column_stack([_features(tickets, seen, base), others["position by recent rate"]])
    median, mean = (
        fitted(features[train], base[train], tickets.wait[train], point).corrected(features, base)
        for point in POINTS
    )
    low, high = _spread(tickets.ahead, tickets.wait, median, train)
    usual = float(tickets.wait[train].mean())
    return [
        Told(
            day=day.toordinal(),
            lane="ordinary",
            branch=tickets.office[n],
            ahead=int(tickets.ahead[n]),
            at=float(tickets.came[n]),
            wait=float(tickets.wait[n]),
            mean=float(mean[n]),
            fan=(float(low[n]), float(median[n]), float(high[n])),
            others={
                "minutes for each ahead": float(base[n]),
                "constant": usual,
                **{name: float(says[n]) for name, says in others.items()},
            },
        )
        for n in np.flatnonzero(test)
    ]


def _features(tickets: Tickets, seen: Floats, base: Floats) -> Floats:
    """What the layer looks at: the state, the day so far, and what both make of the base."""
    pace = base / np.maximum(tickets.ahead, 1.0)
    recent, weight = seen[:, 1], np.maximum(seen[:, 2], 0.0)
    both = np.maximum(recent, 0.0) * weight + pace * PACE_WEIGHT
    quicker = both / (weight + PACE_WEIGHT) / np.maximum(pace, 0.01)
    quicker = np.where((recent >= 0.0) & (weight > 0.0), quicker, 1.0)
    oldest = np.where(seen[:, 3] >= 0.0, seen[:, 3] / np.maximum(seen[:, 6], 1.0), UNKNOWN)
    return np.column_stack(
        [
            *(base, tickets.ahead, tickets.queue, tickets.counters, tickets.rate, tickets.came),
            *(seen, pace, quicker, base * quicker, oldest, oldest * tickets.ahead),
        ]
    )


POINTS: Final[tuple[Point, Point]] = ("median", "mean")


def _based(tickets: Tickets, taught: list[int], day: int) -> Floats:
    """Of all tickets of a day: minutes for each who is ahead."""
    train = np.isin(tickets.day, taught) & tickets.scored
    groups = np.unique(tickets.group[train])
    pace: Pace = paced(
        {
            str(group): (tickets.wait[own], tickets.ahead[own])
            for group in groups
            for own in [np.flatnonzero(train & (tickets.group == group))]
        }
    )
    own = np.flatnonzero(tickets.day == day)
    return np.array([pace.minutes(str(tickets.group[n]), float(tickets.ahead[n])) for n in own])


def _spread(ahead: Floats, wait: Floats, median: Floats, train: Mask) -> tuple[Floats, Floats]:
    """The tenth and the ninetieth percentile about the median, by how many are ahead."""
    part = (wait + OFFSET_MINUTES) / (median + OFFSET_MINUTES)
    low, high = np.array(median), np.array(median)
    least = 0.0
    for most in DEPTHS:
        here = (ahead > least) & (ahead <= most)
        if (here & train).any():
            few, many = np.quantile(part[here & train], (0.1, 0.9))
            low[here] = (median[here] + OFFSET_MINUTES) * few - OFFSET_MINUTES
            high[here] = (median[here] + OFFSET_MINUTES) * many - OFFSET_MINUTES
        least = most
    return np.clip(low, 0.0, median), np.maximum(high, median)
