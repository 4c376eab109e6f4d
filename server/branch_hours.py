"""The hours of a branch as they hang at its door: by kinds of day, and the days that are not as the
week would have them. Pure.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from msgspec import Struct

from server.domain.configuration import BranchConfig, HoursRule, Weekday
from server.domain.hours import WEEKDAYS, local_date
from shared.protocol import Words

AHEAD_DAYS: Final = 30
"""How far ahead days are told that are closed, or worked instead of another."""


class Week(Struct, frozen=True):
    """Some services on some days. `days` are spans of them; no `services` are all."""

    days: list[tuple[Weekday, Weekday]]
    services: list[Words]
    opens: str
    closes: str
    tickets_from: str
    tickets_until: str


class SpecialDay(Struct, frozen=True):
    """A date that is closed, or open `like` another day of the week."""

    date: str
    like: Weekday | None = None


def weeks(config: BranchConfig) -> list[Week]:
    """The rules, and after each the services whose tickets end at another time."""
    return [week for rule in config.hours.rules for week in _of_rule(config, rule)]


def _of_rule(config: BranchConfig, rule: HoursRule) -> list[Week]:
    windows: dict[tuple[str, str], list[Words]] = {}
    for service in config.services:
        if rule.services is None or service.id in rule.services:
            first = max(rule.tickets_from, service.tickets_from or rule.tickets_from)
            last = min(rule.tickets_until, service.tickets_until or rule.tickets_until)
            windows.setdefault((first, last), []).append(service.name)
    everything = len(windows) == 1 and rule.services is None
    return [
        Week(spans(rule.days), [] if everything else names, rule.opens, rule.closes, first, last)
        for (first, last), names in windows.items()
    ]


def spans(days: tuple[Weekday, ...]) -> list[tuple[Weekday, Weekday]]:
    """Days that follow each other as one."""
    found: list[tuple[Weekday, Weekday]] = []
    for n, day in enumerate(WEEKDAYS):
        if day not in days:
            continue
        if found and n and found[-1][1] == WEEKDAYS[n - 1]:
            found[-1] = (found[-1][0], day)
        else:
            found.append((day, day))
    return found


def special_days(config: BranchConfig, now: int) -> list[SpecialDay]:
    """Those of the next weeks, in order."""
    today = local_date(config, now)
    last = (date.fromisoformat(today) + timedelta(days=AHEAD_DAYS)).isoformat()
    return [
        SpecialDay(one.date, one.like)
        for one in sorted(config.hours.exceptions, key=lambda one: one.date)
        if today <= one.date <= last
    ]
