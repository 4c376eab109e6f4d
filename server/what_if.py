"""What opening or closing each counter would do: which of them to ask about next, and what is known
of all.

For each counter asked about, the forecast plays the whole lobby once more. A hall of forty, asked
about every second, would keep a processor busy for this alone; a manager looks at it from time to
time. So they take turns, and what was found stands until it is a counter's turn again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from msgspec import Struct

from server.domain.state import Counter

AT_ONCE: Final = 6
"""Counters in one question: a hall of forty has been through in seven."""

LEAST_MINUTES: Final = 0.1
"""What is less would be no difference to anybody."""


class _Turn(Struct):
    """When a counter was asked about last, by the questions so far; whether as one to be opened;
    and what its being open saves (minutes)."""

    opens: bool
    asked: int = 0
    saves: float = 0.0


class WhatIf:
    """The counters of one branch."""

    def __init__(self) -> None:
        self._turns: dict[int, _Turn] = {}
        self._questions = 0

    def question(self, counters: Iterable[Counter]) -> dict[int, bool]:
        """The counters to ask about now, and whether to open them: whoever has opened or closed
        comes first, as what was known of it is known no more."""
        self._questions += 1
        before, self._turns = self._turns, {}
        for counter in counters:
            turn, opens = before.get(counter.id), counter.state != "open"
            if turn is None or turn.opens != opens:
                turn = _Turn(opens)
            self._turns[counter.id] = turn
        by_turns = sorted(self._turns, key=lambda id_: self._turns[id_].asked)
        asked = {id_: self._turns[id_] for id_ in by_turns[:AT_ONCE]}
        for turn in asked.values():
            turn.asked = self._questions
        return {id_: turn.opens for id_, turn in asked.items()}

    def answered(self, effects: Mapping[int, float]) -> dict[int, float]:
        """How many minutes everybody waits less with a counter open, by counter, after an answer
        about some. An answer about none says that nobody waits, or that nothing can be said."""
        for id_, turn in self._turns.items():
            if id_ in effects or not effects:
                turn.saves = abs(effects.get(id_, 0.0))
        return {id_: turn.saves for id_, turn in self._turns.items() if turn.saves >= LEAST_MINUTES}
