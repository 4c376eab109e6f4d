"""On any day, however odd, the parts add up, and what was undone was never done."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import Any

from hypothesis import given
from msgspec.structs import astuple, replace

from server.domain.state import Branch
from server.reports.day import figures
from server.reports.one_day import cut
from server.reports.quarters import QUARTER_MS
from server.reports.replay import live
from server.reports.report import CounterTime, DayReport, Endings, Work
from tests.random_days.random_day import days, seeded
from tests.server.reports.lived import as_it_happened, dates, lived, some

SEEDS_MAX = 100
TICKETS = ("done", "left", "given_up", "unserved", "here", "served", "at_machine", "missed")
SPREADS = ("wait", "transfer_wait", "walk", "serve", "wrap_up")
DOINGS = ("calling", "serving", "wrap_up", "idle_waiting", "idle_alone", "paused")
OTHERS = ("real", "rehearsal", "late", "practice", "gaps", "undone")

# --- Sums ------------------------------------------------------------------------------------


def check_sums(report: DayReport) -> None:
    whole = report.tickets
    ended = Endings(**{name: getattr(whole, name) for name in Endings.__struct_fields__})
    assert whole.issued == sum(astuple(ended)[1:])
    assert whole.done == whole.served + whole.at_machine
    assert report.closed_at is None or whole.here == 0
    splits: list[Any] = [report.services, report.lanes, report.counters, report.tellers]
    for parts in splits:
        check_parts([counts(part.work) for part in parts], counts(report.work))
    for parts in splits[:2]:
        check_parts([astuple(part.tickets) for part in parts], astuple(ended))
    for parts in splits[2:]:
        check_parts([spent(part.time) for part in parts], spent(report.time))
    check_work(report)


def check_parts(parts: list[tuple[int, ...]], whole: tuple[int, ...]) -> None:
    assert tuple(map(sum, zip(*parts, strict=True))) == whole if parts else not any(whole)


def counts(work: Work) -> tuple[int, ...]:
    spreads = (work.wait, work.transfer_wait, work.walk, work.serve, work.wrap_up)
    times = (work.called, work.recalled, work.missed, work.transferred, work.finished)
    return (*times, work.on_time.within, *(s.n for s in spreads), *(s.total_ms for s in spreads))


def spent(time: CounterTime) -> tuple[int, ...]:
    stretches = (*time.pauses.values(), *time.help.values())
    assert sum(astuple(time)[1:6]) == time.open_ms
    assert sum(pause.ms for pause in time.pauses.values()) == time.paused_ms
    return (*astuple(time)[:7], *(s.ms for s in stretches), *(s.times for s in stretches))


def check_work(report: DayReport) -> None:
    work = report.work
    assert work.finished == work.serve.n
    assert work.on_time.out_of == work.wait.n
    assert sum(rule.times for rule in report.rules) == work.called
    assert sum(quarter.calls for quarter in report.quarters) == work.called
    assert sum(quarter.arrivals for quarter in report.quarters) == report.tickets.issued
    assert all(b.at - a.at == QUARTER_MS for a, b in pairwise(report.quarters))
    for spread in (work.wait, work.transfer_wait, work.walk, work.serve, work.wrap_up):
        ranks: list[Any] = [spread.median_ms, spread.p90_ms, spread.p95_ms, spread.max_ms]
        assert ranks == ([None] * 4 if spread.n == 0 else sorted([*ranks, 0])[1:])
    alerts = report.alerts
    assert alerts.raised == alerts.closed + alerts.ceased + alerts.open
    assert alerts.closed == sum(alerts.outcomes.values()) == alerts.to_close.n
    duty = report.duty
    assert duty.public_ms - duty.covered_ms == sum(gap.until - gap.since for gap in duty.gaps)
    assert all(gap.since < gap.until for gap in duty.gaps)


@some
@given(days())
def test_on_any_day_the_parts_add_up(drawn):
    history, kind = lived(drawn)

    for day in dates(history):
        check_sums(figures(history, day, kind))


# --- What was undone -------------------------------------------------------------------------


@some
@given(days())
def test_without_what_was_undone_the_day_ends_in_the_same_state(drawn):
    history, kind = lived(drawn)

    for day in dates(history):
        assert agreed(live(cut(history, day, kind), [])) == agreed(as_it_happened(history, day))


def agreed(branch: Branch) -> dict[int, Any]:
    """What everybody agrees on about each visit. How often it was touched, how many have gone
    before one who stands back, and how long the journal was when it was called, is not undone."""
    return {v.id: replace(v, version=0, hold=None, call=None) for v in branch.visits.values()}


# --- The days are what they are meant to be --------------------------------------------------


def test_these_days_have_something_of_everything():
    seen: Counter[str] = Counter()
    to_be_seen = {*TICKETS, *SPREADS, *DOINGS, *OTHERS}
    for seed in range(SEEDS_MAX):
        if to_be_seen <= seen.keys():
            break
        history, kind = lived(seeded(seed))
        for day in dates(history):
            report = figures(history, day, kind)
            work, time = report.work, report.time
            seen += Counter({name: getattr(report.tickets, name) for name in TICKETS})
            seen += Counter({name: getattr(work, name).n for name in SPREADS})
            seen += Counter({name: getattr(time, f"{name}_ms") > 0 for name in DOINGS})
            seen += Counter({kind: 1, "late": report.late, "practice": report.practice})
            seen += Counter({"gaps": len(report.duty.gaps), "undone": len(report.undone)})

    assert to_be_seen <= seen.keys()
