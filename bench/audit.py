"""Reads a journal from outside and says what in it must never be.

Knows events by name and nothing of the server's own way to apply them: it folds just enough to
see who has which ticket in hand, which numbers are alive, and who of each line is first. That
rows follow each other without holes and that none was altered is proven by whoever reads them
(`server.show`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import msgspec

from bench.branch import BRANCH, DATABASE
from server import show
from server.journal.contract import Row
from shared.protocol import Accepted, Reply

FREED_BY: Final = frozenset(
    "ServiceFinished TicketReturned TicketMissed TicketTransferred TicketParked TicketLeft "
    "TicketGivenUp TicketUnserved TicketDiverted".split()
)
"""After these the counter has the ticket in hand no more."""

ENDED_BY: Final = frozenset(
    "ServiceFinished TicketLeft TicketGivenUp TicketUnserved FinishedAtMachine".split()
)
"""After these a number may be given again."""


def rows_of(folder: Path, after: int = 0, stream: str = BRANCH) -> Iterator[Row]:
    """The rows of a data folder with seq > after, proven one by one; also beside a server."""
    with show.opened(folder / DATABASE) as journal:
        yield from journal.rows(stream, after)


class Audit:
    """Reads on where it stopped. `problems` is what was found so far."""

    def __init__(self) -> None:
        self.problems: list[str] = []
        self.seq = 0
        self.counted: dict[str, int] = {}
        self.spans: dict[str, tuple[int, int]] = {}
        self._hands: dict[int, int] = {}
        self._alive: dict[str, int] = {}
        self._lines: dict[int, list[int]] = {}
        self._by_kind: dict[str, list[int]] = {}
        self._last_command = ""

    def read(self, rows: Iterable[Row]) -> None:
        """Look at the rows that follow."""
        for row in rows:
            if row.seq != self.seq + 1:
                self._problem(row, f"follows row {self.seq}")
            self.seq = row.seq
            self.counted[row.type] = self.counted.get(row.type, 0) + 1
            self._look_at_command(row)
            self._look_at_ticket(row, msgspec.json.decode(row.data))

    def _look_at_command(self, row: Row) -> None:
        """One command left one stretch of rows: otherwise it was carried out twice."""
        # Behind the id the journal writes a digest of the whole command.
        command = row.command_id.partition(".")[0]
        if command and command != self._last_command and command in self.spans:
            self._problem(row, f"command {command} was carried out again")
        if command:
            self.spans[command] = (self.spans.get(command, (row.seq, 0))[0], row.seq)
        self._last_command = command

    def _look_at_ticket(self, row: Row, event: Mapping[str, Any]) -> None:
        visit: int = event.get("visit", 0)
        match row.type:
            case "TicketTaken":
                self._look_at_number(row, event["number"], visit)
                self._join_line(event, visit)
            case "TicketCalled":
                self._look_at_call(row, visit, event["counter"])
                self._look_at_order(row, visit, event["why"]["rule"])
            case "DayOpened":
                self._hands.clear()
                self._alive.clear()
                self._lines.clear()
                self._by_kind.clear()
            case _:
                self._leave_line(visit)
        if row.type in FREED_BY:
            self._hands = {c: v for c, v in self._hands.items() if v != visit}
        if row.type in ENDED_BY:
            for number in [number for number, v in self._alive.items() if v == visit]:
                del self._alive[number]

    def _look_at_number(self, row: Row, number: str, visit: int) -> None:
        if number in self._alive:
            self._problem(row, f"number {number} is alive twice")
        self._alive[number] = visit

    def _look_at_call(self, row: Row, visit: int, counter: int) -> None:
        if counter in self._hands:
            self._problem(row, f"counter {counter} has two tickets in hand")
        for other, held in self._hands.items():
            if held == visit:
                self._problem(row, f"visit {visit} is at counters {other} and {counter}")
        self._hands[counter] = visit

    def _join_line(self, event: Mapping[str, Any], visit: int) -> None:
        """Behind those who came for the same service in the same lanes, with the same needs."""
        kind = (event["service"], event.get("lanes"), event.get("needs"))
        line = self._by_kind.setdefault(repr(kind), [])
        line.append(visit)
        self._lines[visit] = line

    def _leave_line(self, visit: int) -> None:
        """Whoever was moved, sent away or held back is not first because of coming first."""
        if (line := self._lines.pop(visit, None)) is not None:
            line.remove(visit)

    def _look_at_order(self, row: Row, visit: int, rule: str) -> None:
        line = self._lines.get(visit)
        if line is not None and line[0] != visit and rule != "by_number":
            self._problem(row, f"visit {line[0]} came before {visit}, with the same wishes")
        self._leave_line(visit)

    def _problem(self, row: Row, problem: str) -> None:
        self.problems.append(f"row {row.seq} ({row.type}): {problem}")


def unanswered(audit: Audit, replies: Mapping[str, Reply]) -> list[str]:
    """What was acknowledged and is not in the journal, or is there and was never acknowledged.

    `replies` are all the replies to commands that leave events when they are accepted.
    """
    problems = []
    for command, reply in replies.items():
        span = audit.spans.get(command)
        if isinstance(reply, Accepted) and span is None:
            problems.append(f"{command} was acknowledged and is lost")
        elif isinstance(reply, Accepted) and span and span[1] != reply.seq:
            problems.append(f"{command} was acknowledged at {reply.seq} and is at {span}")
        elif not isinstance(reply, Accepted) and span is not None:
            problems.append(f"{command} was refused and is in the journal")
    untold = sorted(audit.spans.keys() - replies.keys())
    return problems + [f"{command} is in the journal and nobody was told" for command in untold]


def journal_mb(folder: Path) -> float:
    """How many MB the journal's files take."""
    total = 0
    for ending in ("", "-wal"):
        with suppress(FileNotFoundError):
            total += (folder / f"{DATABASE}{ending}").stat().st_size
    return total / 2**20
