"""Who is next, and why: the one policy people will want to change.

Affine accumulating priority: a ticket's score is a head start plus a rate for every minute
waited; beyond `escalate_minutes` it grows at the top rate of all lanes, so that no later
arrival gains on it any more. Overtaking is therefore bounded by a window of arrival times that
does not depend on the load (`overtaking_window`). Priorities move waiting, they do not remove
it. Kleinrock 1964; Stanford, Taylor & Ziedins 2014; escalation is ours.

This is the only place that orders the line. Counters, displays and forecasts ask it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from typing import NamedTuple, TypeAlias

from msgspec import Struct

from server.domain.configuration import CounterConfig, LaneRule, Preset
from server.domain.state import Branch, Counter, Visit
from shared.protocol import CallRule, Lane, WhyCalled

PASSED_OVER_MAX = 20
"""Passed-over visits named in a reason; all are counted."""

MINUTE_MS = 60_000

Key: TypeAlias = tuple[int, int, float, int, int]
"""What the line is sorted by; see `before`."""


Arrival: TypeAlias = tuple[int, int, int]
"""Since when the line counts for a visit, as the scores do, and then the older ticket."""


class Ranked(Struct, frozen=True):
    """A visit as it stands now: its score (minutes) and the lane that gave it, since when the line
    counts for it, and whether it stands back for others."""

    visit: Visit
    score: float
    lane: Lane
    escalated: bool
    arrival: Arrival
    back: bool


class _Kind(NamedTuple):
    """All by which a counter can tell whether it may call a visit."""

    service: str
    only_counter: int | None
    low: bool
    vip: bool


def preset_in_force(branch: Branch) -> Preset:
    """The calling preset: the manager's for today, else the configured one."""
    return branch.config.calling.presets[preset_name(branch)]


def preset_name(branch: Branch) -> str:
    """Its name; a configuration of today may have dropped the one that was chosen."""
    calling = branch.config.calling
    chosen = branch.day.preset if branch.day else ""
    return chosen if chosen in calling.presets else calling.preset


def lane_score(rule: LaneRule, top_rate: float, waited_minutes: float) -> float:
    """The score (minutes) of one lane after so long a wait. B.5 of the method: h + b·w."""
    before = min(waited_minutes, rule.escalate_minutes)
    beyond = waited_minutes - before
    return rule.head_start_minutes + rule.rate * before + top_rate * beyond


def ranked(visits: Iterable[Visit], preset: Preset, vips: bool, now: int) -> list[Ranked]:
    """Visits in the order of their scores; `vips` says whether VIPs are ahead here."""
    top_rate = preset.top_rate
    return sorted((rank(visit, preset, top_rate, vips, now) for visit in visits), key=before)


def rank(visit: Visit, preset: Preset, top_rate: float, vips: bool, now: int) -> Ranked:
    """The best score over the visit's lanes, never the sum."""
    waited = max(0, now - visit.waiting_since) / MINUTE_MS
    best: Lane = "ordinary"
    score = lane_score(preset.ordinary, top_rate, waited)
    for lane in visit.lanes:
        if lane == "ordinary" or (lane == "vip" and not vips):
            continue
        candidate = lane_score(preset.rule(lane), top_rate, waited)
        if candidate > score:
            best, score = lane, candidate
    return Ranked(
        visit,
        score,
        best,
        escalated=waited > preset.rule(best).escalate_minutes,
        arrival=_arrival(visit, now),
        back=stands_back(visit, now),
    )


def before(one: Ranked) -> Key:
    """Sort key: promoted first, in the order of promotion; then the score, then the arrival."""
    visit = one.visit
    promoted = visit.promoted_at is not None
    return (
        0 if promoted else 1,
        visit.promoted_at or 0,
        -one.score,
        visit.taken_at,
        visit.id,
    )


def can_serve(branch: Branch, counter: Counter, visit: Visit, idle: bool = False) -> bool:
    """Whether this counter may call the visit; `idle` also counts what it serves when idle."""
    return _serves(branch, counter, counter_config(branch, counter), _kind(branch, visit), idle)


def _kind(branch: Branch, visit: Visit) -> _Kind:
    service = visit.service
    # A service that no low counter offers is served where it is offered; staff see the need.
    low = "low_counter" in visit.needs and service in branch.config.services_at_low_counters
    return _Kind(service, visit.only_counter, low, "vip" in visit.lanes)


def _serves(
    branch: Branch, counter: Counter, setup: CounterConfig, kind: _Kind, idle: bool
) -> bool:
    wanted = kind.only_counter
    if wanted is not None and branch.counters[wanted].state != "closed":
        # Staff sent it there in person: a need must not leave it with no counter at all.
        return wanted == counter.id
    if kind.low and not setup.low:
        return False
    return _does(counter, setup, kind.vip, kind.service, idle)


def does(branch: Branch, counter: Counter, visit: Visit, service: str) -> bool:
    """Whether this counter can do a service for the visit it has in hand."""
    return _does(counter, counter_config(branch, counter), "vip" in visit.lanes, service, idle=True)


def _does(counter: Counter, setup: CounterConfig, vip: bool, service: str, idle: bool) -> bool:
    if service in counter.services:
        return True
    if setup.vip and vip:
        return True
    return idle and service in setup.when_idle


def counter_config(branch: Branch, counter: Counter) -> CounterConfig:
    """The configuration of a counter; a counter without one is no counter."""
    setup = branch.config.counter(counter.id)
    assert setup is not None, counter.id
    return setup


def vip_counts(branch: Branch, counter: Counter) -> bool:
    """Whether VIPs are ahead here: at VIP counters; at shared ones only within the cap."""
    if counter_config(branch, counter).vip:
        return True
    one_in = branch.config.calling.vip_ahead_one_in
    return one_in > 0 and counter.calls_since_vip >= one_in - 1


def held(visit: Visit, now: int) -> bool:
    """Whether the visit stands back for others now."""
    hold = visit.hold
    if hold is None or now >= hold.until:
        return False
    return hold.strict or hold.places > 0


def early(visit: Visit, now: int) -> bool:
    """Whether it is booked for a time to come: called before it only where nobody else waits."""
    if visit.booked_at is None or visit.promoted_at is not None:
        return False
    return now < visit.booked_at and "appointment" in visit.lanes


def stands_back(visit: Visit, now: int) -> bool:
    """Whether others go first now, whatever the scores."""
    return held(visit, now) or early(visit, now)


def line_for(branch: Branch, counter: Counter, now: int) -> list[Ranked]:
    """Everyone this counter would call, in that order, from the present state."""
    return Line(branch, now).at(counter)


class Line:
    """Everybody who waits, as they stand at one moment. Use it before the next event.

    Counters differ in whom they may call, hardly in the order: so everybody is ranked once, and
    whoever asks about many counters makes one of these for all of them.
    """

    def __init__(self, branch: Branch, now: int) -> None:
        self._branch, self._now = branch, now
        self._kinds: dict[_Kind, int] = {}
        self._orders: dict[bool, list[tuple[int, Ranked]]] = {}

    def at(self, counter: Counter) -> list[Ranked]:
        """Everyone this counter would call, in that order.

        Care first at a care counter, after the promoted; those who stand back come last (a customer
        who named a time not at all before it), and after them who is early for an appointment; what
        a counter serves only when idle comes in when nobody else is there.
        """
        branch = self._branch
        setup = counter_config(branch, counter)
        everybody = self._in_order(vip_counts(branch, counter))
        for idle in (False, True):
            able = [_serves(branch, counter, setup, kind, idle) for kind in self._kinds]
            line = [one for kind, one in everybody if able[kind]]
            if line:
                break
        return sorted(line, key=_at_a_care_counter) if setup.care_first else line

    def _in_order(self, vips: bool) -> list[tuple[int, Ranked]]:
        """Whoever may be called at all, each with the number of its kind."""
        if vips not in self._orders:
            now = self._now
            may = [v for v in self._branch.waiting() if not v.absent and not _named_a_time(v, now)]
            line = ranked(may, preset_in_force(self._branch), vips, now)
            line.sort(key=lambda one: _part(one, now))
            self._orders[vips] = [(self._number_of(one.visit), one) for one in line]
        return self._orders[vips]

    def _number_of(self, visit: Visit) -> int:
        return self._kinds.setdefault(_kind(self._branch, visit), len(self._kinds))


def _named_a_time(visit: Visit, now: int) -> bool:
    """Whether it is not called before a time its customer has named."""
    return visit.hold is not None and visit.hold.strict and held(visit, now)


def _part(one: Ranked, now: int) -> tuple[int, int, int]:
    """Of the line: whoever does not stand back, whoever does, and by their times whoever is early
    for an appointment."""
    if not one.back:
        return (0, 0, 0)
    if early(one.visit, now):
        return (2, one.visit.booked_at or 0, one.visit.id)
    return (1, 0, 0)


def _at_a_care_counter(one: Ranked) -> int:
    """There the care lane goes first, and who was put before all scores."""
    if one.back:
        return 2
    return 0 if one.visit.promoted_at is not None or "care" in one.visit.lanes else 1


def pick(branch: Branch, counter: Counter, now: int) -> tuple[Visit, WhyCalled] | None:
    """The visit this counter calls next, with the reason; None when nobody waits for it."""
    line = line_for(branch, counter, now)
    if not line:
        return None
    return line[0].visit, why(branch, counter, line, now)


def why(branch: Branch, counter: Counter, line: list[Ranked], now: int) -> WhyCalled:
    """Why the first of this line is the first."""
    first = line[0]
    passed = passed_over(line, first.visit, now)
    return WhyCalled(
        rule=_rule(branch, counter, first, bool(passed)),
        lane=first.lane,
        waited_ms=max(0, now - first.visit.waiting_since),
        score=round(first.score, 3),
        passed_over=tuple(visit.id for visit in passed[:PASSED_OVER_MAX]),
        passed_over_count=len(passed),
    )


def passed_over(line: list[Ranked], chosen: Visit, now: int) -> list[Visit]:
    """Those of a line who came before the chosen one and do not stand back, first come first."""
    came = _arrival(chosen, now)
    earlier = [one for one in line if one.arrival < came and not one.back]
    return [one.visit for one in sorted(earlier, key=lambda one: one.arrival)]


def _arrival(visit: Visit, now: int) -> Arrival:
    """For an opening still to come, nobody has waited yet."""
    return (min(visit.waiting_since, now), visit.taken_at, visit.id)


def _rule(branch: Branch, counter: Counter, first: Ranked, passed: bool) -> CallRule:
    if first.back:
        return "nobody_else"
    if first.visit.promoted_at is not None:
        return "promoted"
    if counter_config(branch, counter).care_first and "care" in first.visit.lanes and passed:
        return "care_first"
    if not passed:
        return "longest_wait"
    return "escalated" if first.escalated else "lane_advantage"


def first_of(visits: Iterable[Visit], branch: Branch, now: int) -> Visit:
    """Who of them would be called first at an ordinary counter."""
    return ranked(visits, preset_in_force(branch), False, now)[0].visit


def ready_in_service(branch: Branch, service: str, now: int) -> list[Key]:
    """The sort keys of those who wait for a service and do not stand back, in order."""
    waiting = [v for v in branch.waiting() if v.service == service and not stands_back(v, now)]
    return [before(one) for one in ranked(waiting, preset_in_force(branch), False, now)]


def people_ahead(branch: Branch, visit: Visit, now: int, ready: list[Key] | None = None) -> int:
    """How many of its service score higher now and are not standing back.

    A ticket that stands back is behind the places it gave, or behind all of them. `ready` is
    `ready_in_service` of its service, for whoever asks about many tickets.
    """
    if ready is None:
        ready = ready_in_service(branch, visit.service, now)
    if held(visit, now):
        places = visit.hold.places if visit.hold is not None and visit.hold.places else len(ready)
        return min(places, len(ready))
    if early(visit, now):
        return len(ready)
    preset = preset_in_force(branch)
    return bisect_left(ready, before(rank(visit, preset, preset.top_rate, False, now)))


def counter_for(branch: Branch, visit: Visit, idle: Iterable[Counter]) -> Counter | None:
    """Of several free counters the one with the fewest skills that can serve the visit.

    Keeps specialists free. What a counter serves only when idle counts as a last resort.
    """

    def skills(counter: Counter) -> tuple[bool, int, int]:
        extra = not can_serve(branch, counter, visit)
        return (extra, len(counter.services), counter.id)

    able = [c for c in idle if can_serve(branch, c, visit, idle=True)]
    return min(able, key=skills, default=None)


def overtaking_window(preset: Preset, ahead: Lane, behind: Lane) -> float:
    """How many minutes after a ticket of lane `behind` one of lane `ahead` may arrive and
    still be called before it. Independent of load; B.2 of the method, exact.

    The score difference is piecewise linear in the wait, so the largest delay lies at one of
    its corners: the start, the escalation of either, the moment the head start is made up.
    """
    mine, theirs, top = preset.rule(behind), preset.rule(ahead), preset.top_rate

    def own(wait: float) -> float:
        return lane_score(mine, top, wait)

    def wait_for(rule: LaneRule, score: float) -> float:
        """The wait after which a lane has that score."""
        knee = rule.head_start_minutes + rule.rate * rule.escalate_minutes
        if score <= knee:
            return (score - rule.head_start_minutes) / rule.rate
        return rule.escalate_minutes + (score - knee) / top

    corners = {0.0, mine.escalate_minutes}
    knee = theirs.head_start_minutes + theirs.rate * theirs.escalate_minutes
    for score in (theirs.head_start_minutes, knee):
        corners.add(max(0.0, wait_for(mine, score)))
    delays = [w - max(0.0, wait_for(theirs, own(w))) for w in corners]
    return max(0.0, *delays)
