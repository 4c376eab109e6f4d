"""A branch's forecaster: what it has learned, what it has told, how well that held. Pure.

Lives in a process of its own (server/forecast_worker.py), so that arithmetic never delays a call.

What is said where the simulation cannot be relied on is decided on here. On a slow machine fewer
lobbies are simulated (`runs_after`). Where the model knows too little of a service, or where the
simulation has lost against it in the waits that ended last, minutes for each who is ahead speak
(`pace.py`): tellers who finish each ticket before they serve it make a simulation blind, and leave
the count of people as good as ever. Where no pace is known either, or nobody would call as far as
is known, nothing is said, and people are told how many are ahead.
"""

from __future__ import annotations

from math import sqrt
from statistics import fmean, stdev
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from server.waiting.calibrate import Calibration, Range
from server.waiting.forecast import RUNS, Fan, effects, forecast
from server.waiting.learn import learn
from server.waiting.model import Model, prior_model
from server.waiting.pace import Pace, pace_of
from server.waiting.seen import Days, Seen
from server.waiting.snapshot import Lasted, Snapshot
from shared.protocol import Lane

EFFECT_RUNS: Final = 60
"""Lobbies for what opening or closing a counter would do: a difference has little noise."""

FEW_RUNS: Final = 50
"""Lobbies on a slow machine; the error is half a percent larger."""

SLOW_SECONDS: Final = 0.5
"""An answer that takes longer would take half of the machine, at one a second,"""

QUICK_SECONDS: Final = 0.1
"""and is quick enough again for all runs if with few of them it takes no longer than this."""

TRIAL: Final = 60
"""The last waits by which the simulation is held against the pace,"""

TRIAL_BLOCKS: Final = 6
"""in so many stretches, since neighbours err alike;"""

TRIAL_SPREADS: Final = 2.571
"""so many spreads of their mean are its 95 % interval (Student's t with five degrees)."""

NO_PACE: Final = Pace({}, 0.0, 0.0)


class Learn(Struct, frozen=True, tag=True):
    """Everything there is to learn from."""

    branch: str
    usual_minutes: dict[str, float]
    priors: bool
    seen: list[Seen]
    days: Days


class Ended(Struct, frozen=True):
    """A wait that was told and is over (minutes); `printed` is the latest time it was told. `other`
    is what would have been told otherwise: by the pace, or if `by_pace` by the simulation."""

    range: Range
    wait: float
    printed: float
    called: bool = True
    other: Range | None = None
    by_pace: bool = False


class Remembered(Struct, frozen=True, kw_only=True):
    """What was learned, as it is kept over a restart: a cache, made again when it is lost."""

    model: Model
    calibration: Calibration
    pace: Pace
    pace_calibration: Calibration
    trial: list[float] = []


class Restore(Struct, frozen=True, tag=True):
    """Go on from what was kept; without it the calibration learns from the waits that ended, the
    first one first."""

    branch: str
    remembered: Remembered | None = None
    ended: list[Ended] = []


class Recall(Struct, frozen=True, tag=True):
    """What was learned is to be kept."""

    branch: str


class Ask(Struct, frozen=True, tag=True):
    """What is to be told now. `counters` are those asked about: open them (true) or close them.
    `runs` lobbies are simulated. Of the services that ended today as told before, the first `kept`
    stand, and those of the snapshot follow: a day has thousands."""

    branch: str
    snapshot: Snapshot
    ended: list[Ended] = []
    counters: dict[int, bool] = {}
    runs: int = RUNS
    kept: int = 0


class Told(Struct, frozen=True):
    """One wait (minutes): its range as forecast, and what is to be said. `low` to `high` holds 80
    times in 100; `learned` is false while it rests on what is configured as usual. `other` and
    `by_pace` as in `Ended`."""

    range: Range
    p50: float
    high: float
    latest: float
    low: float = 0.0
    learned: bool = True
    other: Range | None = None
    by_pace: bool = False


class Next(Struct, frozen=True):
    """The wait of a ticket taken now."""

    service: str
    lane: Lane
    told: Told


class Answer(Struct, frozen=True):
    """What is told of a branch. `effects` are minutes in the mean by counter that was asked about;
    none where a change would help nobody, or is not foreseen."""

    branch: str
    tickets: dict[int, Told]
    next: list[Next]
    effects: dict[int, float]


class Teller:
    """One branch's model and calibration. `trial` are the minutes by which the simulation has
    erred more than the pace in the waits that ended last."""

    def __init__(self) -> None:
        self._model = Model()
        self._calibration = Calibration()
        self._pace = NO_PACE
        self._pace_calibration = Calibration()
        self._trial: list[float] = []
        self._lasted: tuple[Lasted, ...] = ()

    def learn(self, one: Learn) -> None:
        """Learn anew."""
        self._model = learn(prior_model(one.usual_minutes, priors=one.priors), one.seen, one.days)
        self._pace = pace_of(one.seen)

    def restore(self, one: Restore) -> None:
        """Go on from there."""
        if one.remembered is not None:
            self._model = one.remembered.model
            self._calibration = one.remembered.calibration
            self._pace = one.remembered.pace
            self._pace_calibration = one.remembered.pace_calibration
            self._trial = one.remembered.trial
        self._score(one.ended)

    def recall(self) -> Remembered:
        """What was learned so far."""
        return Remembered(
            model=self._model,
            calibration=self._calibration,
            pace=self._pace,
            pace_calibration=self._pace_calibration,
            trial=self._trial,
        )

    def _score(self, over: list[Ended]) -> None:
        for ended in over:
            told, other = self._calibration, self._pace_calibration
            if ended.by_pace:
                told, other = other, told
            if not ended.called:
                told.left(ended.range, ended.wait)
                continue
            told.ended(ended.range, ended.wait, ended.printed)
            if ended.other is not None:
                other.ended(ended.other, ended.wait)
                lost = abs(ended.wait - ended.range.p50) - abs(ended.wait - ended.other.p50)
                self._trial.append(-lost if ended.by_pace else lost)
                del self._trial[:-TRIAL]

    def answer(self, ask: Ask) -> Answer:
        """What everybody is to be told."""
        self._score(ask.ended)
        self._lasted = self._lasted[: ask.kept] + ask.snapshot.lasted
        ask = replace(ask, snapshot=replace(ask.snapshot, lasted=self._lasted))
        found = forecast(ask.snapshot, self._model, runs=ask.runs)
        ahead = _ahead(ask.snapshot)
        waiting = {ticket.id: ticket for ticket in ask.snapshot.tickets}
        tickets = {
            id_: self._told(
                waiting[id_].service, fan, lane_of(waiting[id_].lanes), ahead.get(id_, 0)
            )
            for id_, fan in found.tickets.items()
        }
        lines = [ticket.service for ticket in ask.snapshot.tickets]
        coming = {
            (service, lane): self._told(service, fan, lane, lines.count(service))
            for (service, lane), fan in found.next.items()
        }
        return Answer(
            ask.branch,
            {id_: told for id_, told in tickets.items() if told is not None},
            [Next(*kind, told) for kind, told in coming.items() if told is not None],
            self._effects(ask),
        )

    def _told(self, service: str, fan: Fan, lane: Lane, ahead: int) -> Told | None:
        """By the simulation or by the pace; None where neither knows enough."""
        simulated = None
        if self._model.speaks_for(service):
            simulated = Range(fan.p10, fan.p50, fan.p90, lane, ahead)
        paced = self._pace.range(service, lane, ahead)
        if paced is not None and (simulated is None or loses(self._trial)):
            told = self._pace_calibration.told(paced)
            return Told(
                paced, paced.p50, told.high, told.latest, told.low, other=simulated, by_pace=True
            )
        if simulated is None:
            return None
        told, learned = self._calibration.told(simulated), self._model.has_seen(service)
        return Told(
            simulated, fan.p50, told.high, told.latest, told.low, learned=learned, other=paced
        )

    def _effects(self, ask: Ask) -> dict[int, float]:
        """Only for those who wait: an empty lobby is not helped by a counter. A simulation that
        does not see the counters has nothing to say of them."""
        lobby = ask.snapshot
        if not lobby.tickets or not any(self._model.speaks_for(t.service) for t in lobby.tickets):
            return {}
        if loses(self._trial):
            return {}
        runs = min(ask.runs, EFFECT_RUNS)
        found = effects(lobby, self._model, ask.counters, runs=runs)
        return {counter: round(one.mean, 1) for counter, one in found.items()}


def only_news(ask: Ask, told: tuple[Lasted, ...]) -> Ask:
    """The same question to whom these services were told before, as those that had ended."""
    lasted = ask.snapshot.lasted
    both = min(len(told), len(lasted))
    kept = both
    if told[:both] != lasted[:both]:  # a counter has taken something back
        kept = next(n for n in range(both) if told[n] != lasted[n])
    return replace(ask, snapshot=replace(ask.snapshot, lasted=lasted[kept:]), kept=kept)


def loses(trial: list[float]) -> bool:
    """Whether the simulation has erred more than the pace, by more than the interval."""
    if len(trial) < TRIAL:
        return False
    size = TRIAL // TRIAL_BLOCKS
    means = [fmean(trial[n : n + size]) for n in range(0, TRIAL, size)]
    return fmean(means) > TRIAL_SPREADS * stdev(means) / sqrt(TRIAL_BLOCKS)


def runs_after(runs: int, took_seconds: float) -> int:
    """How many lobbies to simulate next, after an answer with so many has taken so long."""
    if took_seconds > SLOW_SECONDS:
        return FEW_RUNS
    return RUNS if took_seconds < QUICK_SECONDS else runs


def lane_of(lanes: tuple[Lane, ...]) -> Lane:
    """The lane by which a wait is told; of several, the first of these."""
    told: tuple[Lane, ...] = ("care", "appointment", "vip")
    return next((lane for lane in told if lane in lanes), "ordinary")


def _ahead(snapshot: Snapshot) -> dict[int, int]:
    """About how many of its service came before each ticket."""
    lines: dict[str, int] = {}
    ahead: dict[int, int] = {}
    for ticket in sorted(snapshot.tickets, key=lambda one: one.since):
        ahead[ticket.id] = lines.get(ticket.service, 0)
        lines[ticket.service] = ahead[ticket.id] + 1
    return ahead
