"""The report of one business day: the only place that puts its subjects together.

Definitions stand beside the fields in `report.py`. To add a subject, write a `Subject`, let it
look on here, and give it a field.
"""

from __future__ import annotations

from collections.abc import Iterable
from zoneinfo import ZoneInfo

from server.domain.events import BranchConfigured, DayClosed, Event
from server.domain.state import Stamp
from server.reports import alerts, counters, quarters, ratings, reasons, requests, splits, visits
from server.reports.duty import Cover
from server.reports.one_day import OneDay, cut
from server.reports.replay import live
from server.reports.report import DayReport, Kind
from server.reports.shares import work


def figures(
    events: Iterable[tuple[Event, Stamp]], day: str | None = None, kind: Kind = "real"
) -> DayReport:
    """The report of the business day of that date, or of the last one there is.

    `events` are the branch's, from the journal's beginning or from anywhere before that day, as
    long as the configuration in force and the mark of a rehearsal are among them. Raises
    `NothingToReport` when there is no such day, or only one of the other kind.
    """
    one = cut(events, day, kind)
    zone = ZoneInfo(one.config.time_zone)
    transactions, spending = visits.Transactions(), counters.Spending()
    lines, cover = quarters.Lines(zone), Cover()
    raised, why = alerts.Alerts(), reasons.Reasons()
    asked, wanted = ratings.Questions(), requests.Requests()
    branch = live(one, [transactions, spending, lines, cover, raised, why, asked, wanted])
    questions = asked.of(branch)

    real = {visit.id: visit for visit in branch.visits.values() if not visit.practice}
    practice = branch.visits.keys() - real.keys()
    pieces = [p for p in (*transactions.pieces, *spending.pieces) if p.visit in real]
    stories = raised.stories(practice)
    names = _names(one)
    (_, first), (end, last) = one.events[0], one.events[-1]
    closed = isinstance(end, DayClosed)
    return DayReport(
        kind=one.kind,
        branch=one.config.id,
        name=one.config.name,
        time_zone=one.config.time_zone,
        day=one.opened.day,
        opened_at=first.at,
        closed_at=last.at if closed else None,
        late=isinstance(end, DayClosed) and end.late,
        until=last.at,
        tickets=visits.tickets(real.values(), pieces),
        practice=len(practice),
        work=work(pieces),
        time=counters.time_of(spending, spending.desks()),
        services=splits.by_service(names, real.values(), pieces),
        lanes=splits.by_lane(real, pieces),
        counters=splits.by_counter(names, spending, pieces),
        tellers=splits.by_teller(spending, pieces),
        quarters=quarters.quarters(real.values(), pieces, lines, zone),
        duty=cover.figures(),
        alerts=alerts.figures(stories),
        alert_kinds=alerts.by_kind(stories),
        ratings=ratings.figures(questions),
        ratings_by_counter=ratings.by_counter(names, questions),
        ratings_by_teller=ratings.by_teller(questions),
        rating_reasons=ratings.reasons(questions),
        requests=wanted.figures(branch),
        requests_open=requests.still_open(branch),
        rules=reasons.times(why.rules, practice),
        interventions=reasons.times(why.interventions, practice),
        overrides=reasons.times(why.overrides, practice),
        undone=reasons.times(_undone(one), practice),
    )


def _names(one: OneDay) -> splits.Names:
    changed = [event.config for event, _ in one.events if isinstance(event, BranchConfigured)]
    return splits.Names([one.config, *changed])


def _undone(one: OneDay) -> Iterable[reasons.Step]:
    return (reasons.Step(type(event).__name__, "", event.visit) for event in one.undone)
