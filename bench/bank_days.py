"""The days of a bank's telephone queue, as recorded: bank_1999 of the data sets.

Data: Technion SEELab, Ilan Guedj and Avishai Mandelbaum, "Anonymous Bank", free for use.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np

from bench.waiting_real import rows
from server.waiting.chance import Floats
from server.waiting.seen import Seen
from shared.protocol import Lane

COLUMNS: Final = "date arrive start end wait abandoned queued type priority server".split()
MIDNIGHT: Final = 24 * 60.0


@dataclass(frozen=True)
class Call:
    """One row, in minutes of its day; `agent` 0 where nobody is known to have taken it."""

    id: int
    type: str
    vip: bool
    queued: bool
    came: float
    start: float | None
    end: float | None
    left: float | None
    agent: int

    @property
    def lanes(self) -> tuple[Lane, ...]:
        return ("vip",) if self.vip else ()

    @property
    def over(self) -> float:
        """When its wait was over."""
        return self.start if self.start is not None else self.left or self.came


@dataclass
class CallDay:
    """A day's calls by arrival, and how long somebody has waited up to any time."""

    date: date
    calls: list[Call]
    edges: Floats = field(default_factory=lambda: np.zeros(1))
    waited: Floats = field(default_factory=lambda: np.zeros(1))

    def __post_init__(self) -> None:
        queued = [call for call in self.calls if call.queued and call.over > call.came]
        times = np.array([c.came for c in queued] + [c.over for c in queued])
        steps = np.array([1] * len(queued) + [-1] * len(queued))
        order = np.argsort(times, kind="stable")
        times, steps = times[order], steps[order]
        somebody = np.cumsum(steps)[:-1] > 0
        passed = np.cumsum(np.diff(times) * somebody) if len(times) else np.zeros(0)
        self.edges = np.concatenate(([0.0], times))
        self.waited = np.concatenate(([0.0, 0.0], passed)) if len(times) else np.zeros(1)

    def while_waited(self, since: float, until: float) -> float:
        """Minutes between both in which somebody waited."""
        before, after = np.interp((since, until), self.edges, self.waited)
        return float(after - before)

    def by_agent(self) -> dict[int, list[Call]]:
        """The calls each agent took, in order."""
        taken: dict[int, list[Call]] = {}
        for call in self.calls:
            if call.agent and call.start is not None:
                taken.setdefault(call.agent, []).append(call)
        for own in taken.values():
            own.sort(key=lambda call: call.start or 0.0)
        return taken

    @cached_property
    def seen(self) -> list[Seen]:
        """What a model learns from."""
        return [
            Seen(
                day=self.date.toordinal(),
                service=call.type,
                lanes=call.lanes,
                came=call.came,
                counter=call.agent or None,
                called=call.start,
                started=call.start,
                ended=call.end,
                left=call.left,
            )
            for call in self.calls
        ]

    @cached_property
    def away(self) -> tuple[Floats, Floats]:
        """How long somebody waited until an agent who had ended a call took the next one; and
        until midnight, where none was taken."""
        pairs = [pair for own in self.by_agent().values() for pair in pairwise(own)]
        last = np.array([own[-1].end or 0.0 for own in self.by_agent().values()])
        ended = np.array([one.end or 0.0 for one, _ in pairs])
        begun = np.array([following.start or 0.0 for _, following in pairs])
        upto = np.interp(MIDNIGHT, self.edges, self.waited)
        back: Floats = self._waited(begun) - self._waited(ended)
        never: Floats = upto - self._waited(last)
        return back, never

    def _waited(self, until: Floats) -> Floats:
        waited: Floats = np.interp(until, self.edges, self.waited)
        return waited


def read(file: Path) -> dict[date, CallDay]:
    """The calls of each day."""
    agents: dict[str, int] = {"NO_SERVER": 0}
    found: dict[date, list[Call]] = {}
    for n, row in enumerate(rows(file, COLUMNS)):
        agent = agents.setdefault(row["server"], len(agents))
        found.setdefault(date.fromisoformat(row["date"]), []).append(_call(n + 1, row, agent))
    return {
        day: CallDay(day, sorted(calls, key=lambda call: call.came)) for day, calls in found.items()
    }


def _call(number: int, row: dict[str, str], agent: int) -> Call:
    came, waited = float(row["arrive"]) / 60, float(row["wait"]) / 60
    served = row["abandoned"] == "0"
    # Whose wait passed midnight began the call the day before.
    lasted = (float(row["end"]) - float(row["start"])) % 86_400 / 60 if served else 0.0
    return Call(
        id=number,
        type=row["type"],
        vip=row["priority"] == "2",
        queued=row["queued"] == "1",
        came=came,
        start=came + waited if served else None,
        end=came + waited + lasted if served else None,
        left=None if served else came + waited,
        agent=agent if served else 0,
    )
