"""Random days, told from their journals."""

from __future__ import annotations

import os
from typing import Any

from hypothesis import HealthCheck, Phase, settings

from server.domain import events as e
from server.domain.apply import apply
from server.domain.state import Branch, new_branch
from server.reports.one_day import Happened
from server.reports.report import Kind
from tests.random_days.random_day import RandomDay

EXAMPLES = int(os.environ.get("LOBBY_EXAMPLES", "30"))

# Not shrunk: on a busy machine that takes longer than a test may. The blob repeats the day.
some = settings(
    max_examples=EXAMPLES,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def lived(drawn: Any) -> tuple[list[Happened], Kind]:
    """The journal of a random day (or of a few, with their nights), and whether it counts."""
    shape, moves = drawn
    history = [(event, s.stamp) for s in RandomDay(shape).play(moves) for event in s.events]
    rehearsed = any(isinstance(event, e.RehearsalMarked) for event, _ in history)
    return history, "rehearsal" if rehearsed else "real"


def dates(history: list[Happened]) -> list[str]:
    return [event.day for event, _ in history if isinstance(event, e.DayOpened)]


def as_it_happened(history: list[Happened], day: str) -> Branch:
    """The branch at the end of that day, all of it replayed from the first row on."""
    configured = history[0][0]
    assert isinstance(configured, e.BranchConfigured)
    branch, inside = new_branch(configured.config), False
    for event, stamp in history:
        if inside and isinstance(event, e.DayOpened):
            break
        inside = inside or (isinstance(event, e.DayOpened) and event.day == day)
        apply(branch, event, stamp)
    return branch
