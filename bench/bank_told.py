"""What each call of a recorded day was told at its arrival, by what the days before had taught.

When agents log in and out is not recorded: one who has ended a call comes back after as long as
the days before had agents be away while somebody waited (Kaplan and Meier's estimate, with those
who never came back that day). Priority calls are ninety seconds ahead, as the bank had it.
"""

from __future__ import annotations

import time
from bisect import bisect_right
from typing import Final

import numpy as np
from msgspec.structs import replace

from bench.bank_days import Call, CallDay
from bench.waiting_figures import Told
from server.domain.configuration import LaneRule, Preset
from server.waiting.forecast import fan, sampled
from server.waiting.laws import GRID, Law, exactly
from server.waiting.learn import kaplan_meier, learn
from server.waiting.model import Model, prior_model
from server.waiting.seen import Days
from server.waiting.snapshot import Counter, Snapshot, Waiting

USUAL: Final = LaneRule(head_start_minutes=0.0, rate=1.0, escalate_minutes=480.0)
AHEAD: Final = LaneRule(head_start_minutes=1.5, rate=1.0, escalate_minutes=480.0)
CREDIT: Final = Preset(ordinary=USUAL, care=USUAL, vip=AHEAD, appointment=USUAL)

RUNS: Final = 100
HOUR: Final = 60.0
LONGEST_LEVEL: Final = 0.995
NEVER_MINUTES: Final = 600.0
SKILL_SHARE: Final = 0.01
TAUGHT_DAYS: Final = 30
SLOTS: Final = 96
ROLLING_MINUTES: Final = 30.0
ROLLING_CALLS: Final = 300


def taught_by(days: list[CallDay]) -> tuple[Model, dict[int, tuple[str, ...]]]:
    """The model after these days, and what each agent does."""
    numbers = {day.date.toordinal(): day for day in days[-TAUGHT_DAYS:]}
    seen = [one for day in numbers.values() for one in day.seen]
    known = Days(weekdays={n: day.date.weekday() for n, day in numbers.items()}, begins=0.0)
    model = learn(prior_model({}, priors=True), seen, replace(known, slots=SLOTS))
    away = _away(list(numbers.values()))
    still = {"walk": exactly(0.0), "absent": exactly(0.0), "no_show": 0.0}
    # Agents who go are among those who take no next call: they are told of once.
    found = replace(model, gap=away, pause=away, absences=(), **still)
    return found, _skills(list(numbers.values()))


def _away(days: list[CallDay]) -> Law:
    """How long somebody waits until an agent who has ended a call takes the next one."""
    back, never = (np.concatenate(both) for both in zip(*(day.away for day in days), strict=True))
    found = kaplan_meier(back, never)
    gone = 1.0 - np.array(found.staying)
    table = np.interp(GRID, gone, np.array(found.minutes), right=NEVER_MINUTES)
    return Law(tuple(map(float, table)), len(back))


def _skills(days: list[CallDay]) -> dict[int, tuple[str, ...]]:
    taken: dict[int, dict[str, int]] = {}
    for day in days:
        for agent, own in day.by_agent().items():
            counts = taken.setdefault(agent, {})
            for call in own:
                counts[call.type] = counts.get(call.type, 0) + 1
    return {
        agent: tuple(t for t, n in counts.items() if n > SKILL_SHARE * sum(counts.values()))
        for agent, counts in taken.items()
    }


def scored(call: Call) -> bool:
    """Whether it queued and was served."""
    return call.queued and call.start is not None


def waited(call: Call) -> float:
    """How long (minutes)."""
    return call.over - call.came


class Teller:
    """One day, asked call by call."""

    def __init__(
        self, day: CallDay, model: Model, skills: dict[int, tuple[str, ...]], waits: list[float]
    ) -> None:
        self.day, self.model, self.skills = day, model, skills
        self.usual, self.longest = float(np.mean(waits)), float(np.quantile(waits, LONGEST_LEVEL))
        self.begun = sorted((c for c in day.calls if scored(c)), key=lambda c: c.over)
        self.begun_at = [call.over for call in self.begun]
        self.every = tuple(model.services)
        self.agents = {
            agent: ([call.start or 0.0 for call in own], own)
            for agent, own in day.by_agent().items()
        }
        self.came = [call.came for call in day.calls]
        self.took: list[float] = []
        self.lobby = Snapshot(now=0.0, counters=())

    def tell(self, call: Call) -> Told:
        """At its arrival."""
        lobby = self.lobby = self._lobby(call)
        began = time.process_time()
        waits = sampled(lobby, self.model, [], runs=RUNS, seed=call.id, only=[call.id])
        self.took.append((time.process_time() - began) * 1000)
        # With few there yet who do it, more will come: no wait is longer than the longest were.
        own = np.minimum(waits.tickets[call.id], self.longest)
        ahead = fan(own, self.model.staying(call.type, 0.0, own))
        assert ahead is not None and call.start is not None
        return Told(
            day=self.day.date.toordinal(),
            lane="vip" if call.vip else "ordinary",
            ahead=len(lobby.tickets) - 1,
            at=call.came,
            wait=call.start - call.came,
            mean=ahead.mean,
            fan=(ahead.p10, ahead.p50, ahead.p90),
            others=self._rules(call, lobby),
        )

    def features(self, call: Call, told: Told) -> list[float]:
        """What a learned layer looks at."""
        lobby = self.lobby
        serving = [c for c in lobby.counters if c.state == "serving"]
        away = [lobby.now - c.since for c in lobby.counters if c.state == "away"]
        ages = [lobby.now - c.since for c in serving]
        return [
            *(told.mean, *told.fan, *told.others.values()),
            *(float(len(lobby.tickets)), float(len(serving)), float(len(away))),
            *(min(away, default=NEVER_MINUTES), max(ages, default=0.0), sum(ages)),
            *(lobby.now, float(call.vip), float(self.every.index(call.type))),
        ]

    def _rules(self, target: Call, lobby: Snapshot) -> dict[str, float]:
        """What rules of thumb say at that moment."""
        now = target.came
        begun = self.begun[: bisect_right(self.begun_at, now)]
        lately = [c for c in begun[-ROLLING_CALLS:] if now - c.over <= ROLLING_MINUTES]
        last = waited(begun[-1]) if begun else 0.0
        busy = sum(1 for counter in lobby.counters if counter.state == "serving")
        oldest = min((t.since for t in lobby.tickets if t.id != target.id), default=None)
        mean = self.model.service(target.type).mean
        return {
            "QL": len(lobby.tickets) * mean / max(1, busy),
            "LES": last,
            "HOL": last if oldest is None else now - oldest,
            "rolling mean": float(np.mean([waited(c) for c in lately])) if lately else self.usual,
            "constant": self.usual,
        }

    def _lobby(self, target: Call) -> Snapshot:
        now = target.came
        first = bisect_right(self.came, now - HOUR)
        before = self.day.calls[first : bisect_right(self.came, now)]
        waiting = [c for c in before if c is target or (c.queued and c.over > now)]
        counters = [self._counter(agent, now) for agent in self.agents]
        if not any(one is not None and target.type in one.services for one in counters):
            counters = [one and replace(one, services=self.every) for one in counters]
        slots = [0] * (int(now // 15) + 1)
        for came in self.came[: bisect_right(self.came, now)]:
            slots[int(came // 15)] += 1
        return Snapshot(
            weekday=self.day.date.weekday(),
            now=now,
            begins=0.0,
            came=tuple(slots),
            tickets=tuple(
                Waiting(id=c.id, service=c.type, lanes=c.lanes, since=c.came, taken=c.came)
                for c in waiting
            ),
            counters=tuple(one for one in counters if one is not None),
            preset=CREDIT,
            vip_ahead_one_in=1,
        )

    def _counter(self, agent: int, now: float) -> Counter | None:
        starts, own = self.agents[agent]
        last = bisect_right(starts, now) - 1
        # Nobody knows of an agent who has not come yet, nor of a call that begins just now.
        while last >= 0 and (own[last].start or 0.0) >= now:
            last -= 1
        if last < 0:
            return None
        call = own[last]
        services = self.skills.get(agent, self.every) or self.every
        if call.end is not None and call.end > now:
            since = call.start or 0.0
            return Counter(
                id=agent, services=services, state="serving", service=call.type, since=since
            )
        away = self.day.while_waited(call.end or 0.0, now)
        return Counter(id=agent, services=services, state="away", since=now - away)
