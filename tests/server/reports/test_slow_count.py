"""On any day, however odd, a slow independent count says the same."""

from __future__ import annotations

from collections import Counter as Tally
from collections import defaultdict
from collections.abc import Iterator
from copy import deepcopy
from itertools import pairwise
from typing import Any

from hypothesis import given

from server.domain import events as e
from server.domain import order
from server.domain.apply import UNDOABLE, apply
from server.domain.state import Branch, Counter, new_branch
from server.reports.day import figures
from server.reports.one_day import Happened, cut
from server.reports.replay import introduce
from server.reports.report import Kind
from tests.random_days.random_day import days
from tests.server.reports.lived import as_it_happened, dates, lived, some

# --- Visits, each by its own events -----------------------------------------------------------


class Measured:
    """One visit, told by its own events alone."""

    def __init__(self, queued_at: int) -> None:
        self.queued_at, self.called_at = queued_at, 0
        self.parked_at: int | None = None
        self.parked_ms = self.served_ms = self.began_at = 0
        self.transaction, self.started = 1, False
        self.found: list[tuple[str, int]] = []

    def unpark(self, at: int) -> None:
        if self.parked_at is not None and not self.started:
            self.parked_ms += max(0, at - max(self.parked_at, self.queued_at))
        self.parked_at = None

    def begin(self, at: int) -> None:
        if not self.started:
            wait = max(0, self.called_at - self.queued_at - self.parked_ms)
            self.found.append(("wait" if self.transaction == 1 else "transfer_wait", wait))
            self.found.append(("walk", at - self.called_at))
        self.started, self.began_at = True, at

    def next(self, at: int) -> None:
        self.transaction += 1
        self.queued_at, self.started, self.served_ms, self.parked_ms = at, False, 0, 0

    def happen(self, event: Any, at: int) -> None:
        match type(event).__name__:
            case "TicketCalled":
                self.unpark(at)
                self.called_at = at
            case "TicketRecalled":
                self.called_at = at
            case "ServiceStarted":
                self.begin(at)
            case "TicketParked":
                self.served_ms += at - self.began_at if self.started else 0
                self.parked_at = at
            case "ParkEnded":
                self.unpark(at)
            case "ServiceFinished":
                self.found.append(("serve", self.served_ms + at - self.began_at))
            case "TransactionFinished":
                self.found.append(("serve", self.served_ms + at - self.began_at))
                self.next(at)
                self.started, self.began_at = True, at
            case "TicketTransferred":
                if event.outcome != "transferred":
                    self.found.append(("serve", self.served_ms + at - self.began_at))
                self.next(at)
            case "HandwrittenServed":
                self.found.append(("wait", max(0, event.started_at - self.queued_at)))
                self.found.append(("serve", event.finished_at - event.started_at))
            case _:
                pass


def measured(history: list[Happened], day: str, practice: set[int]) -> dict[str, list[int]]:
    """All durations of a day. An undo puts the visit back as it was put aside before."""
    visits: dict[int, Measured] = {}
    aside: dict[int, Measured] = {}
    inside = False
    for event, stamp in history:
        if isinstance(event, e.DayOpened):
            inside = event.day == day
        if not inside:
            continue
        if isinstance(event, e.TicketTaken | e.HandwrittenEntered):
            visits[event.visit] = Measured(event.waiting_since)
        elif isinstance(event, e.ActionUndone):
            visits[event.restored.id] = aside.pop(event.counter)
        elif isinstance(event, e.TicketHappening):
            if isinstance(event, UNDOABLE):
                aside[event.counter] = deepcopy(visits[event.visit])
            visits[event.visit].happen(event, stamp.at)
    durations: defaultdict[str, list[int]] = defaultdict(list)
    for visit, one in visits.items():
        for what, ms in one.found if visit not in practice else ():
            durations[what].append(ms)
    return durations


@some
@given(days())
def test_every_duration_is_what_a_slow_count_of_each_visit_finds(drawn):
    history, kind = lived(drawn)

    for day in dates(history):
        branch = as_it_happened(history, day)
        practice = {visit.id for visit in branch.visits.values() if visit.practice}
        found, report = measured(history, day, practice), figures(history, day, kind)
        assert report.practice == len(practice)
        for what in ("wait", "transfer_wait", "walk", "serve"):
            spread = getattr(report.work, what)
            assert (spread.n, spread.total_ms) == (len(found[what]), sum(found[what])), what
            assert spread.max_ms == max(found[what], default=None)
        states = Tally(v.state for v in branch.visits.values() if not v.practice)
        assert (report.tickets.done, report.tickets.left) == (states["done"], states["left"])
        assert report.tickets.unserved == states["unserved"]


# --- Counters, looked at in every moment -----------------------------------------------------


def moments(branch: Branch, since: int, until: int) -> Iterator[tuple[int, int]]:
    """The stretch, cut wherever somebody in the line begins to wait."""
    cuts = {since, until}
    for visit in branch.waiting():
        cuts.add(visit.transaction.queued_at)
        cuts.add(visit.hold.until if visit.hold else since)
    return pairwise(sorted(at for at in cuts if since <= at <= until))


def doing(branch: Branch, counter: Counter, now: int) -> str:
    visit = branch.visits.get(counter.visit or 0)
    if counter.state != "open":
        return counter.state
    if visit is not None:
        return "practice" if visit.practice else visit.state
    anybody = any(
        visit.transaction.queued_at <= now
        and not visit.practice
        and not (visit.hold and visit.hold.strict and now < visit.hold.until)
        and order.can_serve(branch, counter, visit, idle=True)
        for visit in branch.waiting()
    )
    return "waited for" if anybody else "alone"


@some
@given(days())
def test_counters_did_what_is_seen_by_looking_at_them_in_every_moment(drawn):
    history, kind = lived(drawn)

    for day in dates(history):
        seen = looked_at(history, day, kind)
        for one in figures(history, day, kind).counters:
            time, n = one.time, one.counter
            assert time.calling_ms == seen[n, "called"]
            assert time.serving_ms == seen[n, "serving"]
            assert time.wrap_up_ms + time.idle_waiting_ms == seen[n, "waited for"]
            assert time.idle_alone_ms == seen[n, "alone"]
            assert time.paused_ms == seen[n, "paused"]
            assert one.closed_ms == seen[n, "closed"]


def looked_at(history: list[Happened], day: str, kind: Kind) -> Tally[tuple[int, str]]:
    """How long each counter was seen at what, with what was undone left out of the day."""
    one = cut(history, day, kind)
    branch = new_branch(one.config)
    numbers = (event.visit for event, _ in one.events if isinstance(event, e.TicketHappening))
    branch.last_visit = next(numbers, 1) - 1
    seen: Tally[tuple[int, str]] = Tally()
    for event, stamp in one.events:
        until = min(stamp.at, one.opened.ends_at)
        if branch.day is not None and branch.at < until:
            for since, later in moments(branch, branch.at, until):
                for counter in branch.counters.values():
                    seen[counter.id, doing(branch, counter, since)] += later - since
        introduce(branch, event)
        apply(branch, event, stamp)
    return seen
