"""A branch's forecaster: what it has learned, what it has told, how well that held. Pure.

Lives in a process of its own (server/forecast_worker.py), so that arithmetic never delays a call.
"""

from __future__ import annotations

from msgspec import Struct

from server.waiting.calibrate import Calibration, Range
from server.waiting.forecast import Fan, effect, forecast
from server.waiting.learn import Days, Seen, learn
from server.waiting.model import Model, prior_model
from server.waiting.snapshot import Snapshot
from shared.protocol import Lane

EFFECT_RUNS = 60
"""Lobbies for what opening or closing a counter would do: a difference has little noise."""


class Learn(Struct, frozen=True, tag=True):
    """Everything there is to learn from."""

    branch: str
    usual_minutes: dict[str, float]
    priors: bool
    seen: list[Seen]
    days: Days


class Ended(Struct, frozen=True):
    """A wait that was told and is over (minutes); `printed` is the latest time it was told."""

    range: Range
    wait: float
    printed: float
    called: bool = True


class Remembered(Struct, frozen=True, kw_only=True):
    """What was learned, as it is kept over a restart: a cache, made again when it is lost."""

    model: Model
    calibration: Calibration


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
    """What is to be told now. `counters` are those asked about: open them (true) or close them."""

    branch: str
    snapshot: Snapshot
    ended: list[Ended] = []
    counters: dict[int, bool] = {}


class Told(Struct, frozen=True):
    """One wait (minutes): its range as forecast, and what is to be said. `low` to `high` holds 80
    times in 100; `learned` is false while it rests on what is configured as usual."""

    range: Range
    p50: float
    high: float
    latest: float
    low: float = 0.0
    learned: bool = True


class Next(Struct, frozen=True):
    """The wait of a ticket taken now."""

    service: str
    lane: Lane
    told: Told


class Answer(Struct, frozen=True):
    """What is told of a branch. `effects` are minutes in the mean by counter."""

    branch: str
    tickets: dict[int, Told]
    next: list[Next]
    effects: dict[int, float]


class Teller:
    """One branch's model and calibration."""

    def __init__(self) -> None:
        self._model = Model()
        self._calibration = Calibration()

    def learn(self, one: Learn) -> None:
        """Learn anew."""
        self._model = learn(prior_model(one.usual_minutes, priors=one.priors), one.seen, one.days)

    def restore(self, one: Restore) -> None:
        """Go on from there."""
        if one.remembered is not None:
            self._model = one.remembered.model
            self._calibration = one.remembered.calibration
        self._score(one.ended)

    def recall(self) -> Remembered:
        """What was learned so far."""
        return Remembered(model=self._model, calibration=self._calibration)

    def _score(self, over: list[Ended]) -> None:
        for ended in over:
            if ended.called:
                self._calibration.ended(ended.range, ended.wait, ended.printed)
            else:
                self._calibration.left(ended.range, ended.wait)

    def answer(self, ask: Ask) -> Answer:
        """What everybody is to be told."""
        self._score(ask.ended)
        found = forecast(ask.snapshot, self._model)
        ahead = _ahead(ask.snapshot)
        waiting = {ticket.id: ticket for ticket in ask.snapshot.tickets}
        tickets = {
            id_: self._told(
                waiting[id_].service, fan, lane_of(waiting[id_].lanes), ahead.get(id_, 0)
            )
            for id_, fan in found.tickets.items()
            if self._model.speaks_for(waiting[id_].service)
        }
        lines = [ticket.service for ticket in ask.snapshot.tickets]
        coming = [
            Next(service, lane, self._told(service, fan, lane, lines.count(service)))
            for (service, lane), fan in found.next.items()
            if self._model.speaks_for(service)
        ]
        return Answer(ask.branch, tickets, coming, self._effects(ask))

    def _told(self, service: str, fan: Fan, lane: Lane, ahead: int) -> Told:
        one = Range(fan.p10, fan.p50, fan.p90, lane, ahead)
        told = self._calibration.told(one)
        learned = self._model.has_seen(service)
        return Told(one, fan.p50, told.high, told.latest, told.low, learned)

    def _effects(self, ask: Ask) -> dict[int, float]:
        """Only for those who wait: an empty lobby is not helped by a counter."""
        lobby = ask.snapshot
        if not lobby.tickets or not any(self._model.speaks_for(t.service) for t in lobby.tickets):
            return {}
        return {
            counter: round(
                effect(lobby, self._model, counter, opens=opens, runs=EFFECT_RUNS).mean, 1
            )
            for counter, opens in ask.counters.items()
        }


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
