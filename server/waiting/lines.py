"""A snapshot and a model, as the tables that `simulate.py` runs on.

The only place that says in tables what `server/domain/order.py` says in sentences.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np

from server.domain.configuration import Preset
from server.waiting.arrivals import SLOT_MINUTES, Kind, levels_today, to_come
from server.waiting.chance import Floats, Whole, normal, seed_of, spread, uniforms
from server.waiting.expected import absences_today, is_away, left_together
from server.waiting.laws import Law
from server.waiting.model import Model
from server.waiting.simulate import (
    CARE_FIRST,
    NEVER,
    ONLY_IDLE,
    PROMOTED,
    PROMOTED_BEFORE,
    Ghosts,
    Lines,
    Windows,
    after,
)
from server.waiting.snapshot import Counter, Snapshot, Waiting
from shared.protocol import Lane

Piece: TypeAlias = tuple[float, float]
"""intercept and slope: a score of a wait, as a straight line."""

TIE: Final = 1e-7
"""Minutes between those who count from one instant, in the order in which they came."""

HORIZON_MIN: Final = 30.0
HORIZON_MAX: Final = 240.0
"""Minutes ahead for which people are still let come."""

FUTURE: Final = 1_000_000_000
"""Draws of people to come are numbered from here, apart from those of tickets."""


def pieces(preset: Preset, lanes: Sequence[Lane], vips: bool) -> list[Piece]:
    """The best score over these lanes: the largest of these lines. Needless ones are left out."""
    found: list[Piece] = []
    counted = [lane for lane in lanes if lane != "ordinary" and (vips or lane != "vip")]
    every: list[Lane] = ["ordinary", *counted]
    for lane in every:
        rule = preset.rule(lane)
        found.append((rule.head_start_minutes, rule.rate))
        beyond = (rule.rate - preset.top_rate) * rule.escalate_minutes
        found.append((rule.head_start_minutes + beyond, preset.top_rate))
    best = sorted(set(found), reverse=True)
    return [one for one in best if not any(_above(other, one) for other in best)]


def _above(other: Piece, one: Piece) -> bool:
    return other != one and other[0] >= one[0] and other[1] >= one[1]


@dataclass(frozen=True)
class Rights:
    """What decides where a ticket may be called and how it scores: the same for a whole line."""

    service: str
    lanes: tuple[Lane, ...] = ()
    low: bool = False
    only_counter: int | None = None
    promoted: int | None = None
    soft: bool = False
    alone: int | None = None
    early: bool = False
    expected: bool = False


@dataclass(frozen=True)
class Table:
    """Everything a simulation needs. `columns` are those of the tickets, `ids` theirs."""

    lines: Lines
    windows: Windows
    ghosts: Ghosts
    columns: Whole
    ids: tuple[int, ...]
    counters: tuple[int, ...]


def table_of(
    snapshot: Snapshot,
    model: Model,
    next_kinds: Sequence[Kind],
    runs: int,
    seed: int,
    pace: Floats,
) -> Table:
    """The tables of a lobby, with a ghost for each of `next_kinds`; `pace` (runs,) is how the work
    goes today."""
    counters = sorted(snapshot.counters, key=lambda c: (len(c.services), c.id))
    queue = _Queue(snapshot, model, counters, runs, seed, pace)
    rights = queue.rights
    vips = (False, True)
    intercept, slope = _stack([[pieces(snapshot.preset, r.lanes, v) for r in rights] for v in vips])
    ghost_rights = [Rights(kind.service, kind.lanes) for kind in next_kinds]
    ghost_intercept, ghost_slope = _stack(
        [[pieces(snapshot.preset, kind.lanes, v) for kind in next_kinds] for v in vips]
    )
    names = {name: n for n, name in enumerate(dict.fromkeys(r.service for r in rights))}
    lines = Lines(
        begin=queue.begin,
        since=queue.since,
        here=queue.here,
        work=queue.work,
        fixed=queue.fixed,
        intercept=intercept,
        slope=slope,
        extra=_extra(snapshot, counters, rights),
        service=np.array([names[r.service] for r in rights], dtype=np.int64),
        leaves=queue.leaves,
        places=queue.places,
        until=queue.until,
        early=np.array([r.early for r in rights]) if any(r.early for r in rights) else None,
    )
    ghosts = Ghosts(
        at=np.full(len(next_kinds), snapshot.now),
        intercept=ghost_intercept,
        slope=ghost_slope,
        extra=_extra(snapshot, counters, ghost_rights),
    )
    windows = _windows(snapshot, model, counters, runs, seed, pace)
    return Table(lines, windows, ghosts, queue.columns, queue.ids, tuple(c.id for c in counters))


def _stack(two: list[list[list[Piece]]]) -> tuple[Floats, Floats]:
    """(2, lines, pieces) of intercepts and of slopes; the first piece fills what is missing."""
    most = max((len(one) for each in two for one in each), default=1)
    full = [[one + one[:1] * (most - len(one)) for one in each] for each in two]
    table = np.array(full, dtype=float).reshape(2, len(two[0]), most, 2)
    return table[..., 0], table[..., 1]


def _extra(snapshot: Snapshot, counters: Sequence[Counter], rights: Sequence[Rights]) -> Floats:
    """(counters, lines): steps above or below the score, -inf where it cannot be served."""
    table = np.full((len(counters), max(1, len(rights))), -NEVER)
    standing = {c.id for c in counters if c.state != "closed" or c.until is not None}
    for row, counter in enumerate(counters):
        for column, right in enumerate(rights):
            table[row, column] = _step(snapshot, counter, right, standing)
    return table


def _step(snapshot: Snapshot, counter: Counter, right: Rights, standing: set[int]) -> float:
    step = 0.0
    if right.only_counter in standing:
        if right.only_counter != counter.id:
            return -NEVER
    elif right.low and right.service in snapshot.low_services and not counter.low:
        return -NEVER
    elif right.service not in counter.services and not (counter.vip and "vip" in right.lanes):
        if right.service not in counter.when_idle:
            return -NEVER
        step += ONLY_IDLE
    if right.promoted is not None:
        step += PROMOTED - PROMOTED_BEFORE * right.promoted
    elif counter.care_first and "care" in right.lanes and not right.soft:
        step += CARE_FIRST
    return step


def _windows(
    snapshot: Snapshot,
    model: Model,
    counters: Sequence[Counter],
    runs: int,
    seed: int,
    pace: Floats,
) -> Windows:
    same = left_together(counters)
    free = np.stack(
        [_free(snapshot, model, c, runs, seed, pace, same.get(c.id, c)) for c in counters], axis=1
    )
    away, day = absences_today(snapshot, model, counters, runs, seed)
    for n, counter in enumerate(counters):
        gaps = away[day, n]
        if is_away(counter) and not any(a <= snapshot.now < b for a, b in counter.away):
            # Who went as on that day comes back as on it; whoever has gone for no reason that a
            # plan tells of need not come back when the plan ends.
            gone = (gaps[:, :, 0] <= snapshot.now) & (snapshot.now < gaps[:, :, 1])
            free[gone.any(axis=1), n] = snapshot.now
        for m in range(gaps.shape[1]):
            free[:, n] = after(free[:, n], gaps[:, m])
    return Windows(
        free=free,
        day=day,
        speed=np.array([model.speeds.get(c.id, 1.0) for c in counters]),
        away=away,
        vip=np.array([c.vip for c in counters]),
        since_vip=np.array([c.calls_since_vip for c in counters], dtype=np.int64),
        one_in=snapshot.vip_ahead_one_in,
    )


def _free(
    snapshot: Snapshot,
    model: Model,
    counter: Counter,
    runs: int,
    seed: int,
    pace: Floats,
    like: Counter,
) -> Floats:
    """(runs,) when a counter can call next; `pace` is how the work goes today. It has the draws of
    the counter `like`."""
    now = snapshot.now
    if counter.state == "closed" or counter.closing:
        opens = counter.until if not counter.closing else None
        return np.full(runs, NEVER if opens is None else max(now, opens))
    if counter.state == "free":
        return np.full(runs, now)
    # What is in hand keeps its draws while it lasts, whenever the forecast is made.
    own = np.array([like.id * 1_000_003 + round(like.since * 600)], dtype=np.int64)
    u = spread(seed, "in hand", np.repeat(own, 4) * 4 + np.arange(4), runs)
    age = max(0.0, now - counter.since)
    if counter.state == "away":
        if counter.until is not None:
            return np.full(runs, max(now, counter.until))
        return now + model.pause.rest(u[:, 0], age)
    law, gap = model.service(counter.service), model.gap.draws(u[:, 3])
    speed = model.speeds.get(counter.id, 1.0) * _off(counter.service, law, runs, seed)[:, 0] * pace
    if counter.state == "serving":
        return now + law.rest(u[:, 0], age / speed) * speed + gap
    comes = now + model.walk.rest(u[:, 1], age) + law.draws(u[:, 0]) * speed + gap
    misses = now + model.absent.rest(u[:, 1], age) + gap
    return np.where(u[:, 2] < model.no_show, misses, comes)


def _off(service: str, law: Law, runs: int, seed: int) -> Floats:
    """(runs, 1) how many times as long as believed a service lasts, for all of a run."""
    if law.unsure <= 0.0:
        return np.ones((runs, 1))
    u = spread(seed, "off", np.array([seed_of(service) % 1_000_003]), runs)
    return np.exp(law.unsure * normal(u) - law.unsure**2 / 2)


class _Queue:
    """The columns of all lines: those who wait, those to come, and an empty one at each end."""

    def __init__(
        self,
        snapshot: Snapshot,
        model: Model,
        counters: Sequence[Counter],
        runs: int,
        seed: int,
        pace: Floats,
    ) -> None:
        self._snapshot, self._model, self._runs, self._seed = snapshot, model, runs, seed
        self._pace = pace[:, None]
        self._horizon = snapshot.now + _horizon(snapshot, model, counters)
        self._coming = self._people_to_come()
        waiting = self._waiting_by_rights()
        self.rights: list[Rights] = [*waiting, *(r for r in self._coming if r not in waiting)]
        if not self.rights:
            self.rights = [Rights("")]
        since, here, ids, begin = [], [], [], []
        columns = 0
        for rights in self.rights:
            begin.append(columns)
            own = waiting.get(rights, [])
            came = np.array([t.since + n * TIE for n, t in own])
            present = np.array([_can_be_called_from(ticket) for _, ticket in own])
            later, there = self._coming.get(rights, (np.empty((runs, 0)),) * 2)
            since += [np.repeat(came[None], runs, 0), later, np.full((runs, 1), NEVER)]
            here += [np.repeat(present[None], runs, 0), there, np.full((runs, 1), NEVER)]
            ids += [t.id for _, t in own]
            ids += [FUTURE + columns + n for n in range(later.shape[1])] + [-1]
            columns = len(ids)
        self.begin = np.array(begin, dtype=np.int64)
        self.since, self.here = np.concatenate(since, axis=1), np.concatenate(here, axis=1)
        number = np.array(ids, dtype=np.int64)
        self.columns = np.flatnonzero((number >= 0) & (number < FUTURE))
        self.ids = tuple(int(n) for n in number[self.columns])
        widths = np.diff(np.append(self.begin, columns))
        self.service = np.repeat([rights.service for rights in self.rights], widths)
        self.work, self.fixed = self._work(number)
        self.leaves = self._leaves(number)
        self.places, self.until = self._standing_back(waiting)

    def _waiting_by_rights(self) -> dict[Rights, list[tuple[int, Waiting]]]:
        """Tickets by their rights, each with its place among those who count from the same time."""
        same_time: dict[float, int] = {}
        lines: dict[Rights, list[tuple[int, Waiting]]] = {}
        taken = sorted(self._snapshot.tickets, key=lambda t: (t.taken, t.id))
        promoted = sorted(t.promoted for t in taken if t.promoted is not None)
        for ticket in taken:
            n = same_time[ticket.since] = same_time.get(ticket.since, -1) + 1
            place = None if ticket.promoted is None else promoted.index(ticket.promoted)
            soft = self._stands_back(ticket)
            # One that stands back is a line of its own: it comes free by itself.
            alone = ticket.id if soft or ticket.strict else None
            rights = Rights(
                ticket.service,
                ticket.lanes,
                ticket.low,
                ticket.only_counter,
                place,
                soft,
                alone,
                early=self._early(ticket),
            )
            lines.setdefault(rights, []).append((n, ticket))
        for line in lines.values():
            line.sort(key=lambda one: (one[1].since, one[0]))
        return lines

    def _stands_back(self, ticket: Waiting) -> bool:
        until = ticket.held_until
        return (
            ticket.held_places > 0
            and not ticket.strict
            and until is not None
            and until > self._snapshot.now
        )

    def _early(self, ticket: Waiting) -> bool:
        at = ticket.booked_at
        if at is None or ticket.promoted is not None or "appointment" not in ticket.lanes:
            return False
        return at > self._snapshot.now

    def _people_to_come(self) -> dict[Rights, tuple[Floats, Floats]]:
        """(runs, people) by rights: since when each waits, and from when each is there."""
        snapshot, arrivals = self._snapshot, self._model.arrivals
        level = self._level()
        expected = arrivals.expected(snapshot.weekday, snapshot.names)
        coming: dict[Rights, tuple[Floats, Floats]] = {}
        for kind, share in zip(arrivals.kinds, arrivals.shares, strict=True):
            until = min(self._horizon, snapshot.last_tickets.get(kind.service, self._horizon))
            number = seed_of(kind.service, *kind.lanes) % 9_000 + 1
            rates = expected * np.array(share)
            came = to_come(self._seed, number, rates, snapshot.now, snapshot.begins, until, level)
            coming[Rights(kind.service, kind.lanes)] = came, came
        return coming | self._booked()

    def _level(self) -> Floats:
        snapshot, arrivals = self._snapshot, self._model.arrivals
        expected = arrivals.expected(snapshot.weekday, snapshot.names)
        into = ((snapshot.now - snapshot.begins) / SLOT_MINUTES) % 1.0
        levels = levels_today(expected, snapshot.came, into, arrivals.shape)
        return levels.draws(self._seed, self._runs)

    def _booked(self) -> dict[Rights, tuple[Floats, Floats]]:
        """Appointments: there a little before or after their time, or not at all."""
        now, by_rights = self._snapshot.now, dict[Rights, list[tuple[Floats, Floats]]]()
        for booked in self._snapshot.booked:
            ids = np.array([booked.id * 2, booked.id * 2 + 1], dtype=np.int64)
            u = spread(self._seed, "booked", ids, self._runs)
            # Whoever has not come until now comes at once or never.
            comes = np.maximum(booked.slot + self._model.late.draws(u[:, 0]), now + 0.5)
            since = np.maximum(comes, booked.slot)
            absent = u[:, 1] < _absent_by_now(self._model, now - booked.slot)
            since[absent | (since > self._horizon)] = NEVER
            comes[since == NEVER] = NEVER
            rights = Rights(booked.service, booked.lanes, early=True, expected=True)
            by_rights.setdefault(rights, []).append((since, comes))
        return {rights: _in_turn(each) for rights, each in by_rights.items()}

    def _work(self, number: Whole) -> tuple[Floats, Floats]:
        """(runs, columns) the work at a counter, and what it takes besides."""
        runs, model = self._runs, self._model
        waits = number < FUTURE
        u = np.empty((runs, len(number)))
        u[:, waits] = spread(self._seed, "service", number[waits], runs)
        u[:, ~waits] = uniforms(self._seed, "service", number[~waits], runs)
        other = uniforms(self._seed, "besides", number, runs)
        comes = uniforms(self._seed, "comes", number, runs) >= model.no_show
        work, names = np.empty_like(u), self.service
        for service in np.unique(names):
            mine, law = names == service, model.service(str(service))
            off = _off(str(service), law, runs, self._seed) * self._pace
            work[:, mine] = law.draws(u[:, mine]) * off
        before = np.where(comes, model.walk.draws(other), model.absent.draws(other))
        gap = model.gap.draws(uniforms(self._seed, "gap after", number, runs))
        return np.where(comes, work, 0.0), before + gap

    def _leaves(self, number: Whole) -> Floats | None:
        """(runs, columns) when people go away; None where nobody ever does."""
        if all(patience.endless for patience in self._model.patience.values()):
            return None
        leaves = np.full((self._runs, len(number)), NEVER)
        u = uniforms(self._seed, "patience", number, self._runs)
        now, names = self._snapshot.now, self.service
        for service, patience in self._model.patience.items():
            mine = np.flatnonzero(names == service)
            minutes, staying = np.array(patience.minutes), np.array(patience.staying)
            since = self.since[:, mine]
            waited = np.clip(now - since, 0.0, None)
            still = np.interp(waited, minutes, staying) * u[:, mine]
            lasts = np.interp(-still, -staying, minutes)
            stays = (still < staying[-1]) | (waited >= minutes[-1])
            leaves[:, mine] = np.where(stays, NEVER, since + lasts)
        return leaves

    def _standing_back(
        self, waiting: dict[Rights, list[tuple[int, Waiting]]]
    ) -> tuple[Whole | None, Floats | None]:
        if not any(rights.soft for rights in waiting):
            return None, None
        places = np.zeros(len(self.rights), dtype=np.int64)
        until = np.full(len(self.rights), -NEVER)
        for n, rights in enumerate(self.rights):
            if rights.soft:
                ticket = waiting[rights][0][1]
                places[n], until[n] = ticket.held_places, ticket.held_until or -NEVER
        return places, until


def _can_be_called_from(ticket: Waiting) -> float:
    """Who named a time is not called before it, who else stands back when nobody else is there."""
    return ticket.held_until if ticket.strict and ticket.held_until is not None else -NEVER


def _in_turn(each: list[tuple[Floats, Floats]]) -> tuple[Floats, Floats]:
    """(runs, people) of both, in the order of the first."""
    since, comes = (np.column_stack(times) for times in zip(*each, strict=True))
    order = np.argsort(since, axis=1)
    return np.take_along_axis(since, order, axis=1), np.take_along_axis(comes, order, axis=1)


def _absent_by_now(model: Model, late: float) -> float:
    """How likely somebody booked who is so late does not come at all."""
    still = float(np.mean(model.late.draws((np.arange(64) + 0.5) / 64) > late))
    absent = model.booked_no_show
    return absent / (absent + (1.0 - absent) * still) if absent + still > 0 else 1.0


def _horizon(snapshot: Snapshot, model: Model, counters: Sequence[Counter]) -> float:
    """Minutes ahead that matter: generously what it takes to serve everybody who waits."""
    at_work = sum(1 for c in counters if c.state != "closed" and not c.closing)
    work: dict[str, float] = {}
    for ticket in snapshot.tickets:
        work[ticket.service] = work.get(ticket.service, 0.0) + model.service(ticket.service).mean
    longest = sum(work.values()) / max(1, at_work)
    for service, minutes in work.items():
        able = sum(1 for c in counters if service in c.services and c.state != "closed")
        longest = max(longest, minutes / max(1, able))
    return min(HORIZON_MAX, HORIZON_MIN + 2.5 * longest)
