"""Which conditions want a person, and which alerts have lost their cause.

One cause raises one alert. A person closes it with an outcome; it is forgotten when its cause
ceases, and only then may the same cause raise another.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from server.domain import order, pagers
from server.domain.duty import uncovered_since
from server.domain.events import AlertCeased, AlertRaised, Event
from server.domain.state import Alert, Branch, Counter, Day, Visit
from shared.protocol import AlertKind, CounterId, VisitId

MINUTE_MS = 60_000
SECOND_MS = 1_000
CALM_SHARE = 0.75
"""A long line has ceased below this share of the threshold: no alert flickers on and off."""


PRINTER_WANTS_HANDS = frozenset({"paper_low", "paper_out", "cover_open", "offline"})
"""What a person can mend. A printer that says nothing of itself wants nothing."""


VOICE_WANTS_HANDS = frozenset({"no_clips", "no_sound"})
"""Whoever looks elsewhere hears nothing of a call."""


def changes(branch: Branch, day: Day, now: int) -> list[Event]:
    """The alerts that cease and those that arise at `now`."""
    alerts = day.alerts.values()
    # Called, returned and called again at once: the newer alert stands for both.
    newest = {_cause_of(alert): alert for alert in alerts}
    ceased = [
        AlertCeased(alert=alert.id)
        for alert in alerts
        if newest[_cause_of(alert)] is not alert or _ceased(branch, alert, now)
    ]
    causes = [c for c in _causes(branch, day, now) if not _known(day, c)]
    raised = [
        AlertRaised(
            alert=day.last_alert + n,
            kind=cause.kind,
            service=cause.service,
            counter=cause.counter,
            machine=cause.machine,
            station=cause.station,
            visit=cause.visit,
            pager=cause.pager,
        )
        for n, cause in enumerate(causes, start=1)
    ]
    return [*ceased, *raised]


def still_open(day: Day, raised: AlertRaised) -> bool:
    """Whether nobody has dealt yet with an alert of the same cause."""
    same = (a for a in day.alerts.values() if _cause_of(a) == _cause_of(raised))
    return any(alert.outcome is None for alert in same)


def _known(day: Day, cause: Alert) -> bool:
    return any(_cause_of(alert) == _cause_of(cause) for alert in day.alerts.values())


def _cause_of(a: Alert | AlertRaised) -> tuple[object, ...]:
    return (a.kind, a.visit, a.counter, a.service, a.machine, a.station, a.question, a.pager)


def _cause(
    kind: AlertKind,
    service: str | None = None,
    counter: CounterId | None = None,
    machine: str | None = None,
    station: str | None = None,
    visit: VisitId | None = None,
    pager: int | None = None,
) -> Alert:
    return Alert(
        id=0,
        kind=kind,
        at=0,
        service=service,
        counter=counter,
        machine=machine,
        station=station,
        visit=visit,
        pager=pager,
    )


def _causes(branch: Branch, day: Day, now: int) -> Iterator[Alert]:
    limits = branch.config.limits
    if len(branch.line) > limits.line_alert:
        yield _cause("long_line")
    for service in branch.config.services:
        if _too_long(branch, service.id, now):
            yield _cause("long_wait", service=service.id)
    for counter in branch.counters.values():
        if _idle(branch, day, counter, now):
            yield _cause("counter_idle", counter=counter.id)
        if _silent(branch, counter):
            yield _cause("counter_silent", counter=counter.id)
        if _elastic_wanted(branch, counter, now, limits.line_alert):
            yield _cause("elastic_suggested", counter=counter.id)
        if _panel_silent(branch, counter):
            yield _cause("panel_silent", counter=counter.id)
    for machine, state in branch.machines.items():
        if state == "faulty":
            yield _cause("machine_faulty", machine=machine)
    for station, printer in branch.printers.items():
        if printer in PRINTER_WANTS_HANDS:
            yield _cause("printer", station=station)
    for station, voice in branch.voices.items():
        if voice in VOICE_WANTS_HANDS:
            yield _cause("voice", station=station)
    for out, kind in pagers.troubles(branch, now):
        yield _cause(kind, visit=pagers.visit_of_today(branch, out), pager=out.id)
    since = uncovered_since(branch, day, now)
    if since is not None and now - since >= limits.duty_grace_seconds * SECOND_MS:
        yield _cause("duty_uncovered")


def _ceased(branch: Branch, alert: Alert, now: int) -> bool:
    calm = branch.config.limits.line_alert * CALM_SHARE
    match alert.kind:
        case "long_line":
            return len(branch.line) <= calm
        case "long_wait":
            return not _too_long(branch, alert.service, now)
        case "counter_silent":
            counter = branch.counters.get(alert.counter or 0)
            return counter is None or not _silent(branch, counter)
        case "counter_idle" | "elastic_suggested" | "counter_help" | "panel_silent":
            return _counter_ceased(branch, alert, now, calm)
        case "duty_uncovered":
            assert branch.day is not None
            return uncovered_since(branch, branch.day, now) is None
        case "escort_wanted":
            assert alert.visit is not None
            visit = branch.visits[alert.visit]
            return visit.state != "called" or visit.first_call_at != alert.at
        case "machine_faulty":
            return branch.machines.get(alert.machine or "") != "faulty"
        case "printer":
            return branch.printers.get(alert.station or "") not in PRINTER_WANTS_HANDS
        case "voice":
            return branch.voices.get(alert.station or "") not in VOICE_WANTS_HANDS
        case "pager_unreachable" | "pager_kept" | "pager_lost":
            # Until somebody has said what came of it, it stays, whatever the pager does.
            troubles = {(out.id, kind) for out, kind in pagers.troubles(branch, now)}
            return alert.outcome is not None and (alert.pager, alert.kind) not in troubles
        case "help_wanted" | "complaint" | "bad_rating":
            return False
        case _:
            assert_never(alert.kind)


def _counter_ceased(branch: Branch, alert: Alert, now: int, calm: float) -> bool:
    counter = branch.counters.get(alert.counter or 0)
    if counter is None:
        return True
    if alert.kind == "counter_help":
        return counter.help_since != alert.at
    if alert.kind == "elastic_suggested":
        return not _elastic_wanted(branch, counter, now, calm)
    if alert.kind == "panel_silent":
        return not _panel_silent(branch, counter)
    return not (_free(counter) and order.line_for(branch, counter, now))


def _too_long(branch: Branch, service: str | None, now: int) -> bool:
    """Whether somebody waits for the service beyond the target."""
    waiting = (visit for visit in branch.waiting() if visit.service == service)
    return any(_over_target(branch, visit, now) for visit in waiting)


def _over_target(branch: Branch, visit: Visit, now: int) -> bool:
    return _waited_ms(visit, now) > target_minutes(branch, visit) * MINUTE_MS


def due_at(branch: Branch, visit: Visit, now: int) -> int | None:
    """When the wait that was promised to a waiting ticket is over; None: it is not waiting now."""
    if visit.state != "waiting" or visit.absent or order.held(visit, now):
        return None
    return visit.transaction.queued_at + target_minutes(branch, visit) * MINUTE_MS


def _waited_ms(visit: Visit, now: int) -> int:
    """For the present service alone, not since the arrival; not while standing back or away."""
    return 0 if visit.absent or order.held(visit, now) else now - visit.transaction.queued_at


def target_minutes(branch: Branch, visit: Visit) -> int:
    """The wait promised to this ticket: its service's, or its lane's if that is shorter."""
    limits = branch.config.limits
    service = branch.config.service(visit.service)
    assert service is not None
    targets = [service.target_minutes]
    if "care" in visit.lanes:
        targets.append(limits.care_target_minutes)
    if "appointment" in visit.lanes:
        targets.append(limits.booked_target_minutes)
    return min(targets)


def _silent(branch: Branch, counter: Counter) -> bool:
    """Open to the public, and nobody can call there."""
    return counter.state != "closed" and counter.id in branch.silent


def _free(counter: Counter) -> bool:
    return counter.state == "open" and counter.visit is None


def _idle(branch: Branch, day: Day, counter: Counter, now: int) -> bool:
    """Free for a while, and somebody waiting for it as long."""
    idle_since = max(counter.since, day.resumed_at)
    limit = now - branch.config.limits.idle_alert_seconds * SECOND_MS
    if not _free(counter) or idle_since > limit:
        return False
    line = order.line_for(branch, counter, now)
    return any(one.visit.transaction.queued_at <= limit for one in line)


def _elastic_wanted(branch: Branch, counter: Counter, now: int, threshold: float) -> bool:
    """Whether opening this closed elastic window would help a long line or a long wait."""
    if counter.state != "closed" or not order.counter_config(branch, counter).elastic:
        return False
    line = [v for v in branch.waiting() if v.service in counter.services]
    longest = max((_waited_ms(visit, now) for visit in line), default=0)
    patience = branch.config.limits.wait_alert_minutes * MINUTE_MS
    return len(line) > threshold or longest > patience


def _panel_silent(branch: Branch, counter: Counter) -> bool:
    """Whether an open counter's rating panel has not shown its last questions."""
    if counter.state == "closed" or not order.counter_config(branch, counter).rating_panel:
        return False
    return counter.panel_silent >= branch.config.limits.panel_silent_alert
