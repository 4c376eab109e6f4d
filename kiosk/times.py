"""Instants as the branch's clocks show them: which date, what time of day. Pure."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import cache
from zoneinfo import ZoneInfo

from kiosk.state import Free
from shared.i18n import text
from shared.protocol import Language


def free_at(at: int, zone: str) -> Free:
    """An instant (ms) with its date and its time in that zone."""
    local = datetime.fromtimestamp(at / 1000, UTC).astimezone(_zone(zone))
    return Free(at, local.date().isoformat(), f"{local:%H:%M}")


def day_in_words(day: str, language: Language) -> str:
    """A date with its weekday, as it is said."""
    on = date.fromisoformat(day)
    month = text(language, f"kiosk.month.{on.month}")
    return text(language, "kiosk.day", month=month, day=on.day, weekday=weekday(day, language))


def weekday(day: str, language: Language) -> str:
    """The weekday of a date."""
    return text(language, f"kiosk.weekday.{date.fromisoformat(day).isoweekday()}")


def short_day(day: str) -> str:
    """A date in few, large letters."""
    on = date.fromisoformat(day)
    return f"{on.month}-{on.day}"


@cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
