"""The course of the day, in quarters of an hour: who came, who was called, how long the line was.

For the plots of the manager's board, which has no journal to fold. Kept as the day goes, so that a
view costs no look back over the day; practice is not counted. The report of the day counts the same
from the journal (`server/reports/quarters.py`), and a test holds the two together.
"""

from __future__ import annotations

from bisect import insort
from typing import Final

from server.domain.events import ActionUndone, Event, HandwrittenEntered, TicketCalled, TicketTaken
from server.domain.state import PRACTICE, Branch, Day, Quarter, Visit
from shared.protocol import DayPlots

QUARTER_MS: Final = 15 * 60_000
"""All time zones in use are whole quarters away from UTC: these begin when the wall's do."""

SHOWN_MAX: Final = 64
"""Quarters that a view carries: sixteen hours, longer than any branch is open."""

WAITS_MAX: Final = 1_000
"""Waits that a quarter remembers for its median: more than a call a second."""


def note(branch: Branch, day: Day, event: Event, at: int) -> None:
    """An event has been applied: what the plots will show of it."""
    if isinstance(event, TicketTaken | HandwrittenEntered | TicketCalled):
        visit = branch.visits[event.visit]
        if visit.practice:
            pass
        elif isinstance(event, TicketCalled):
            _called(_quarter(day, at), visit, at)
        else:
            _quarter(day, visit.taken_at).arrivals += 1
    line = _line(branch, day)
    if line or day.quarters:
        quarter = _quarter(day, at)
        quarter.line_max = max(quarter.line_max, line)
        quarter.line_last = line


def take_back(branch: Branch, day: Day, event: ActionUndone) -> None:
    """An action is about to be undone: a call that never was is no call."""
    visit = branch.visits[event.restored.id]
    if event.undone != "TicketCalled" or visit.practice:
        return
    assert visit.first_call_at is not None, "it was called a moment ago"
    quarter = _quarter(day, visit.first_call_at)
    quarter.calls -= 1
    if (waited := _waited(visit, visit.first_call_at)) in quarter.waits:
        quarter.waits.remove(waited)


def plots(day: Day | None, now: int) -> DayPlots:
    """The quarters from the first in which anything happened until now, the newest if many."""
    if day is None or not day.quarters:
        return DayPlots()
    last = now // QUARTER_MS
    first = max(min(day.quarters), last + 1 - SHOWN_MAX)
    arrivals, calls, lines, waits = [], [], [], []
    for n in range(first, last + 1):
        quarter = day.quarters.get(n) or _fresh(day, n)
        arrivals.append(quarter.arrivals)
        calls.append(quarter.calls)
        lines.append(quarter.line_max)
        waits.append(_median(quarter.waits))
    return DayPlots(
        first=first * QUARTER_MS,
        arrivals=tuple(arrivals),
        calls=tuple(calls),
        line=tuple(lines),
        waits_ms=tuple(waits),
    )


def _called(quarter: Quarter, visit: Visit, at: int) -> None:
    quarter.calls += 1
    # Called back from park, or served before: that wait was noted when it ended.
    if visit.transaction.called_at == at and len(quarter.waits) < WAITS_MAX:
        insort(quarter.waits, _waited(visit, at))


def _waited(visit: Visit, at: int) -> int:
    return max(0, at - visit.transaction.queued_at)


def _quarter(day: Day, at: int) -> Quarter:
    n = at // QUARTER_MS
    if n not in day.quarters:
        day.quarters[n] = _fresh(day, n)
    return day.quarters[n]


def _fresh(day: Day, n: int) -> Quarter:
    """A quarter that nothing has happened in: the line is as long as it was before."""
    before = max((known for known in day.quarters if known < n), default=None)
    line = 0 if before is None else day.quarters[before].line_last
    return Quarter(line_max=line, line_last=line)


def _line(branch: Branch, day: Day) -> int:
    if all(e.kind not in PRACTICE for e in day.emergencies):
        return len(branch.line)
    return sum(not visit.practice for visit in branch.waiting())


def _median(waits: list[int]) -> int | None:
    if not waits:
        return None
    middle = len(waits) // 2
    return waits[middle] if len(waits) % 2 else (waits[middle - 1] + waits[middle]) // 2
