"""How long everybody waits: the one entry, for the server and for a notebook.

    from server.waiting.forecast import forecast, prior_model
    from server.waiting.snapshot import Counter, Snapshot, Waiting

    model = prior_model({"A": 6.0, "F": 12.0}, priors=True)
    lobby = Snapshot(
        now=600.0,
        counters=(Counter(id=1, services=("A",), state="serving", service="A", since=597.0),),
        tickets=(Waiting(id=1, service="A", since=595.0),),
    )
    told = forecast(lobby, model)
    told.tickets[1].p50, told.next["A", "ordinary"].p90

Everything is in minutes from now; nothing but the arguments matters, so the same arguments give
the same forecast. The method is that of forward simulation (A.6); `calibrate.py` turns the
quantiles into ranges that hold, `promise.py` into what people are told.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from server.waiting import tempo
from server.waiting.arrivals import Kind
from server.waiting.chance import Floats, seed_of
from server.waiting.lines import Table, table_of
from server.waiting.model import Model, prior_model
from server.waiting.simulate import simulate
from server.waiting.snapshot import Counter, Snapshot, State
from shared.protocol import Lane

RUNS: Final = 200
"""Lobbies simulated side by side; 50 will do on a slow machine (ratio 1.012 against 1.007)."""

LIMIT_MINUTES: Final = 720.0
NEVER_SHARE: Final = 0.05
"""Of the runs in which a ticket is not called at all: with more, there is no forecast for it."""

LEVELS: Final = (0.1, 0.5, 0.8, 0.9)

LANES: Final[tuple[Lane, ...]] = ("ordinary", "care", "vip", "appointment")


class Fan(Struct, frozen=True):
    """The wait still to come (minutes)."""

    mean: float
    p10: float
    p50: float
    p80: float
    p90: float


class Forecast(Struct, frozen=True):
    """A fan for each ticket of the line by its id, and for a ticket taken now by service and
    lane. Who is missing cannot be told: nobody would call them, as far as is known."""

    tickets: dict[int, Fan]
    next: dict[tuple[str, Lane], Fan]


def forecast(
    snapshot: Snapshot,
    model: Model,
    *,
    services: Iterable[str] | None = None,
    lanes: Sequence[Lane] = LANES,
    runs: int = RUNS,
    seed: int | None = None,
) -> Forecast:
    """Quantiles for every waiting ticket, and for the next one of each service and lane.

    `services` are all that a counter does, unless named. The seed is the branch and the day.
    """
    kinds = [
        Kind(service, _of(lane)) for service in _services(snapshot, services) for lane in lanes
    ]
    waits = sampled(snapshot, model, kinds, runs=runs, seed=seed)
    tickets: dict[int, Fan | None] = {}
    for one in snapshot.tickets:
        row = waits.tickets[one.id]
        staying = model.staying(one.service, max(0.0, snapshot.now - one.since), row)
        tickets[one.id] = fan(row, staying)
    keys = [(service, lane) for service in _services(snapshot, services) for lane in lanes]
    ahead = {
        key: fan(row, model.staying(key[0], 0.0, row))
        for key, row in zip(keys, waits.next, strict=True)
    }
    return Forecast(
        {id_: one for id_, one in tickets.items() if one is not None},
        {key: one for key, one in ahead.items() if one is not None},
    )


class Waits(Struct, frozen=True):
    """The waits of all runs, behind the quantiles; infinite where nobody calls. They are those of
    somebody who stays: who may lose patience is weighed with `Model.staying`."""

    tickets: dict[int, Floats]
    next: list[Floats]


def sampled(
    snapshot: Snapshot,
    model: Model,
    kinds: Sequence[Kind],
    *,
    runs: int = RUNS,
    seed: int | None = None,
    only: Iterable[int] | None = None,
    pace: Floats | None = None,
) -> Waits:
    """The simulated waits themselves; `only` these tickets are waited for, if named. `pace` is how
    the work goes today, (runs,), where it is known already."""
    seed = seed_of(snapshot.branch, snapshot.day) if seed is None else seed
    if not snapshot.counters:
        never = np.full(runs, np.inf)
        return Waits({t.id: never for t in snapshot.tickets}, [never for _ in kinds])
    if pace is None:
        pace = tempo.draws(snapshot, model, runs, seed)
    table: Table = table_of(snapshot, model, kinds, runs, seed, pace)
    limit = snapshot.now + LIMIT_MINUTES
    wanted = set(table.ids if only is None else only)
    columns = table.columns[[n for n, id_ in enumerate(table.ids) if id_ in wanted]]
    called = simulate(table.lines, table.windows, table.ghosts, columns, limit)
    waits = called.tickets[:, table.columns] - snapshot.now
    ghosts = called.ghosts - snapshot.now
    return Waits(
        {id_: waits[:, n] for n, id_ in enumerate(table.ids)},
        [ghosts[:, n] for n in range(len(kinds))],
    )


def fan(waits: Floats, weights: Floats | None = None) -> Fan | None:
    """The quantiles of simulated waits; None where too many never end.

    `weights` are how likely its customer is still there to be called (A.6, outputs).
    """
    ends = np.isfinite(waits)
    if ends.mean() < 1.0 - NEVER_SHARE:
        return None
    if weights is not None:
        return _weighted(waits[ends], weights[ends])
    kept = np.sort(waits[ends])
    p10, p50, p80, p90 = (_quantile(kept, level) for level in LEVELS)
    return Fan(float(kept.mean()), p10, p50, p80, p90)


def _quantile(ordered: Floats, level: float) -> float:
    """As numpy's, to the last bit: which looks at every argument anew, for each of a lobby."""
    place = level * (len(ordered) - 1)
    below = int(place)
    part = place - below
    low, high = float(ordered[below]), float(ordered[min(below + 1, len(ordered) - 1)])
    step = high - low
    return high - step * (1.0 - part) if part >= 0.5 else low + step * part


def _weighted(waits: Floats, weights: Floats) -> Fan:
    order = np.argsort(waits)
    ordered, mass = waits[order], weights[order]
    total = float(mass.sum())
    if total <= 0.0:
        return Fan(*(float(ordered.mean()),) * 5)
    middles = (np.cumsum(mass) - mass / 2) / total
    p10, p50, p80, p90 = (float(q) for q in np.interp(LEVELS, middles, ordered))
    return Fan(float((ordered * mass).sum() / total), p10, p50, p80, p90)


# --- What opening or closing a counter would do -------------------------------------------------


class Effect(Struct, frozen=True):
    """What a change would do: minutes that each ticket would wait longer (negative: shorter), by
    id, and in the mean over all who wait and over tickets taken now, by service."""

    tickets: dict[int, float]
    mean: float
    next: dict[str, float]


def effects(
    snapshot: Snapshot,
    model: Model,
    changes: Mapping[int, bool],
    *,
    runs: int = RUNS,
    seed: int | None = None,
) -> dict[int, Effect]:
    """What opening (true) or closing each of these counters now would do, by common random
    numbers: all lobbies have the same people, who need the same time."""
    seed = seed_of(snapshot.branch, snapshot.day) if seed is None else seed
    services = _services(snapshot, None)
    kinds = [Kind(service, ()) for service in services]
    pace = tempo.draws(snapshot, model, runs, seed)

    def waits(lobby: Snapshot) -> Waits:
        return sampled(lobby, model, kinds, runs=runs, seed=seed, pace=pace)

    before = waits(snapshot)
    return {
        counter: _effect(before, waits(_with_counter(snapshot, counter, opens=opens)), services)
        for counter, opens in changes.items()
    }


def _effect(before: Waits, after: Waits, services: Sequence[str]) -> Effect:
    tickets = {n: _difference(before.tickets[n], after.tickets[n]) for n in before.tickets}
    each = zip(services, before.next, after.next, strict=True)
    return Effect(
        tickets,
        float(np.mean(list(tickets.values()))) if tickets else 0.0,
        {service: _difference(one, other) for service, one, other in each},
    )


def _with_counter(snapshot: Snapshot, counter: int, *, opens: bool) -> Snapshot:
    def changed(one: Counter) -> Counter:
        if one.id != counter:
            return one
        if opens:
            state: State = "free" if one.state in ("closed", "away") else one.state
            return replace(one, state=state, closing=False, until=None)
        if one.state in ("called", "serving"):
            return replace(one, closing=True)
        return replace(one, state="closed", until=None)

    return replace(snapshot, counters=tuple(changed(one) for one in snapshot.counters))


def _difference(before: Floats, after: Floats) -> float:
    """Minutes in the mean, of the runs in which both end; nobody waits longer than the limit."""
    one, other = np.minimum(before, LIMIT_MINUTES), np.minimum(after, LIMIT_MINUTES)
    return float((other - one).mean())


def _services(snapshot: Snapshot, services: Iterable[str] | None) -> list[str]:
    if services is not None:
        return list(services)
    every = (s for counter in snapshot.counters for s in (*counter.services, *counter.when_idle))
    return list(dict.fromkeys(every))


def _of(lane: Lane) -> tuple[Lane, ...]:
    return () if lane == "ordinary" else (lane,)


__all__ = ["Effect", "Fan", "Forecast", "effects", "forecast", "prior_model", "sampled"]
