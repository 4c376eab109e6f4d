"""The clock on the wall of a branch: business days and hours, in the branch's own time zone.

Turns "Monday, 09:00" into instants and back. The hours of a day are worked out once, when it
opens, and stored in its event: a replay never asks a time zone again.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct

from server.domain.configuration import BranchConfig, HoursRule, ServiceConfig, Weekday

WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LOOK_AHEAD_DAYS = 60
"""How far the next opening is looked for: longer than any holiday."""


class ServiceHours(Struct, frozen=True):
    """One service on one day; instants in ms."""

    opens: int
    closes: int
    tickets_from: int
    tickets_until: int


def local_date(config: BranchConfig, at: int) -> str:
    """The date on the branch's calendar, ISO."""
    moment = datetime.fromtimestamp(at / 1000, tz=UTC)
    return moment.astimezone(ZoneInfo(config.time_zone)).date().isoformat()


def local_time(config: BranchConfig, at: int) -> str:
    """The time on the branch's wall, such as "09:00"."""
    moment = datetime.fromtimestamp(at / 1000, tz=UTC)
    return f"{moment.astimezone(ZoneInfo(config.time_zone)):%H:%M}"


def instant(config: BranchConfig, day: str, time: str) -> int:
    """The instant (ms) of a local time; "24:00" is the midnight that ends the day."""
    hour, minute = int(time[:2]), int(time[3:])
    on = date.fromisoformat(day) + timedelta(days=hour // 24)
    local = datetime(
        on.year, on.month, on.day, hour % 24, minute, tzinfo=ZoneInfo(config.time_zone)
    )
    return round(local.timestamp() * 1000)


def weekday_of(config: BranchConfig, day: str) -> Weekday | None:
    """The weekday whose hours hold on that date; None on a holiday."""
    for exception in config.hours.exceptions:
        if exception.date == day:
            return exception.like
    return WEEKDAYS[date.fromisoformat(day).weekday()]


def schedule(config: BranchConfig, day: str) -> dict[str, ServiceHours]:
    """The hours of each service that is offered on that day, by service id."""
    weekday = weekday_of(config, day)
    hours: dict[str, ServiceHours] = {}
    for rule in config.hours.rules:
        if weekday not in rule.days:
            continue
        for service in config.services:
            if rule.services is None or service.id in rule.services:
                hours[service.id] = _service_hours(config, day, rule, service)
    return hours


def _service_hours(
    config: BranchConfig, day: str, rule: HoursRule, service: ServiceConfig
) -> ServiceHours:
    tickets_from = max(rule.tickets_from, service.tickets_from or rule.tickets_from)
    tickets_until = min(rule.tickets_until, service.tickets_until or rule.tickets_until)
    return ServiceHours(
        opens=instant(config, day, rule.opens),
        closes=instant(config, day, rule.closes),
        tickets_from=instant(config, day, tickets_from),
        tickets_until=instant(config, day, tickets_until),
    )


def next_opening(config: BranchConfig, after: int, not_on: str = "") -> tuple[str, int] | None:
    """The next business day that opens by the clock: its date and the instant, at or after
    `after`'s own date; `not_on` leaves out a date that has had its day."""
    today = date.fromisoformat(local_date(config, after))
    for n in range(LOOK_AHEAD_DAYS):
        day = (today + timedelta(days=n)).isoformat()
        if day > not_on and schedule(config, day) and day_ends(config, day) > after:
            return day, instant(config, day, config.hours.day_opens)
    return None


def next_tickets(config: BranchConfig, service: str, after_day: str) -> int | None:
    """When tickets for a service are next given on a later day (ms)."""
    for n in range(1, LOOK_AHEAD_DAYS):
        day = (date.fromisoformat(after_day) + timedelta(days=n)).isoformat()
        hours = schedule(config, day).get(service)
        if hours is not None:
            return hours.tickets_from
    return None


def day_before(day: str) -> str:
    """The date before."""
    return (date.fromisoformat(day) - timedelta(days=1)).isoformat()


def day_ends(config: BranchConfig, day: str) -> int:
    """When a business day is closed by the clock at the latest (ms)."""
    return instant(config, day, config.hours.day_ends)
