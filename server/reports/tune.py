"""Which weights of the calling rule would have served the last weeks best: proposed, never
applied. Pure.

The days are played again by each setting of the grid (B.5 of the method): the presets first, then
lane after lane the rates and head starts, and when ordinary tickets escalate, twice round from
the best so far. The best is the one whose worst lane comes nearest to its target, while ordinary
tickets wait not much longer than first come first served.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from msgspec.structs import replace

from server.domain.configuration import PRESETS, BranchConfig, LaneRule, Preset
from server.reports.again import FIRST_COME, Called, play
from server.reports.past import PastDay
from server.reports.report import Kind, LaneTrial, Trial, TuneReport
from server.reports.shares import ratio, share, spread
from server.reports.visits import COUNTED_LANES
from shared.protocol import Lane

MINUTE_MS = 60_000

RATES: Final = (1.0, 1.5, 2.0, 3.0, 4.0)
HEAD_STARTS: Final = (0.0, 5.0, 10.0, 15.0)
ESCALATIONS: Final = (30.0, 45.0, 60.0)
ROUNDS: Final = 2

TARGET_SHARE: Final = 0.9
ORDINARY_MINUTES: Final = 30
VIP_MINUTES: Final = 15

P95_MAX: Final = 1.35
LONGEST_MAX: Final = 1.25
"""How many times as long as first come first served ordinary tickets may wait."""

GAIN_MIN: Final = 0.005
"""What does not come nearer to the targets by half a percent is no reason to change anything."""

DAYS_MIN: Final = 5
TICKETS_MIN: Final = 20
"""Of a lane, before its weights are looked at at all."""

LANES: Final[tuple[Lane, ...]] = ("ordinary", *COUNTED_LANES)
NAMED: Final = ("simple", "balanced", "care", "strict")

Said = Callable[[int, int], None]
"""Is told how many settings were played, of how many at most."""


def tune(
    config: BranchConfig, days: Sequence[PastDay], kind: Kind = "real", said: Said | None = None
) -> TuneReport:
    """What the grid says of these days; without a proposal if nothing is better, or too little
    is known."""
    tuning = _Tuning(config, days, said)
    first = tuning.trial("first_come", FIRST_COME)
    now = tuning.trial("now", config.calling.presets[config.calling.preset])
    named = [tuning.trial(name, PRESETS[name]) for name in NAMED]
    enough = len(days) >= DAYS_MIN and first.lanes[0].wait.n >= TICKETS_MIN
    return TuneReport(
        kind=kind,
        branch=config.id,
        name=config.name,
        first_day=days[0].day if days else "",
        last_day=days[-1].day if days else "",
        days=len(days),
        preset=config.calling.preset,
        trials=(first, now, *named),
        proposal=tuning.proposal(now, named) if enough else None,
        enough=enough,
        played=tuning.played,
    )


class _Tuning:
    """The days, and what was found out about them."""

    def __init__(self, config: BranchConfig, days: Sequence[PastDay], said: Said | None) -> None:
        self._days, self._said = days, said
        self._one_in = config.calling.vip_ahead_one_in
        limits = config.limits
        self._targets: dict[Lane, int] = {
            "ordinary": ORDINARY_MINUTES,
            "care": limits.care_target_minutes,
            "vip": VIP_MINUTES,
            "appointment": limits.booked_target_minutes,
        }
        self._known: dict[Preset, Trial] = {}
        self._most = len(NAMED) + 2

    @property
    def played(self) -> int:
        """How many settings were tried."""
        return len(self._known)

    def trial(self, name: str, preset: Preset) -> Trial:
        """What this setting would have done."""
        known = self._known.get(preset)
        if known is None:
            known = self._known[preset] = self._played(preset)
            if self._said is not None:
                self._said(self.played, max(self._most, self.played))
        return replace(known, name=name)

    def proposal(self, now: Trial, named: Iterable[Trial]) -> Trial | None:
        """The best of the grid; None where it is no better than what is in force."""
        best = now
        for one in named:
            best = self._better(one, best)
        self._most = self.played + ROUNDS * (20 * (len(LANES) - 1) + len(ESCALATIONS))
        for _ in range(ROUNDS):
            before = best
            for preset in self._round(best):
                best = self._better(self.trial("proposal", preset(best.preset)), best)
            if best is before:
                break
        if best is now or not best.allowed:
            return None
        return best if best.name in NAMED else replace(best, name="proposal")

    def _round(self, best: Trial) -> Iterator[Callable[[Preset], Preset]]:
        for lane in best.lanes[1:]:
            if lane.wait.n >= TICKETS_MIN:
                for rate in RATES:
                    for head_start in HEAD_STARTS:
                        yield _with(lane.lane, rate=rate, head_start_minutes=head_start)
        for minutes in ESCALATIONS:
            yield _with("ordinary", escalate_minutes=minutes)

    def _better(self, one: Trial, best: Trial) -> Trial:
        """Whichever keeps within what ordinary tickets may wait, then the one nearer to targets."""
        if one.allowed != best.allowed:
            return one if one.allowed else best
        return one if one.short < best.short - GAIN_MIN else best

    def _played(self, preset: Preset) -> Trial:
        called = [
            one for day in self._days for one in play(day, preset, self._one_in) if one.job.counts
        ]
        lanes = tuple(self._lane(lane, called) for lane in LANES)
        first = self._known.get(FIRST_COME)
        base = lanes[0] if first is None else first.lanes[0]
        return Trial(
            name="",
            preset=preset,
            lanes=lanes,
            short=round(max((_short(lane) for lane in lanes), default=0.0), 4),
            p95_ratio=_times(lanes[0].wait.p95_ms, base.wait.p95_ms),
            longest_ratio=_times(lanes[0].wait.max_ms, base.wait.max_ms),
            allowed=_allowed(lanes[0], base),
        )

    def _lane(self, lane: Lane, called: Iterable[Called]) -> LaneTrial:
        waits = [round(one.waited * MINUTE_MS) for one in called if one.job.lane == lane]
        target = self._targets[lane]
        within = sum(1 for wait in waits if wait <= target * MINUTE_MS)
        return LaneTrial(
            lane=lane,
            target_minutes=target,
            wait=spread(waits),
            within=share(within, len(waits)),
        )


def _with(lane: Lane, **changes: float) -> Callable[[Preset], Preset]:
    def changed(preset: Preset) -> Preset:
        rule: LaneRule = replace(preset.rule(lane), **changes)
        return replace(preset, **{lane: rule})

    return changed


def _short(lane: LaneTrial) -> float:
    """How far a lane falls short of its target; above it counts as reached."""
    return 0.0 if lane.within.share is None else max(0.0, 1.0 - lane.within.share / TARGET_SHARE)


def _allowed(ordinary: LaneTrial, first_come: LaneTrial) -> bool:
    mine, base = ordinary.wait, first_come.wait
    if mine.p95_ms is None or base.p95_ms is None or mine.max_ms is None or base.max_ms is None:
        return True
    return mine.p95_ms <= P95_MAX * base.p95_ms and mine.max_ms <= LONGEST_MAX * base.max_ms


def _times(mine: int | None, base: int | None) -> float | None:
    return ratio(mine or 0, base or 0)
