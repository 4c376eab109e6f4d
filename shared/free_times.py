"""Times that can be booked, as a branch's clocks and its customers' language tell them. Pure."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import cache
from zoneinfo import ZoneInfo

from msgspec import Struct

from shared.i18n import text
from shared.protocol import Language


class Free(Struct, frozen=True):
    """A time that can be booked: the instant (ms), and its date and time by the branch's clocks."""

    at: int
    day: str
    time: str


def free_at(at: int, zone: str) -> Free:
    """An instant (ms) with its date and its time in that zone."""
    local = datetime.fromtimestamp(at / 1000, UTC).astimezone(_zone(zone))
    return Free(at, local.date().isoformat(), f"{local:%H:%M}")


def day_in_words(day: str, language: Language) -> str:
    """A date with its weekday, as it is said."""
    on = date.fromisoformat(day)
    month = text(language, f"short_date.month.{on.month}")
    return text(language, "short_date.day", month=month, day=on.day, weekday=weekday(day, language))


def in_words(when: Free, language: Language) -> str:
    """A time with its date."""
    return f"{day_in_words(when.day, language)} {when.time}"


def weekday(day: str, language: Language) -> str:
    """The weekday of a date."""
    return text(language, f"short_date.weekday.{date.fromisoformat(day).isoweekday()}")


def short_day(day: str) -> str:
    """A date in few, large letters."""
    on = date.fromisoformat(day)
    return f"{on.month}-{on.day}"


@cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
