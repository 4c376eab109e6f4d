"""An instant as people and programs read it, in the zone of a branch."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from shared.i18n import text
from shared.protocol import Language


def local(at: int, zone: str) -> datetime:
    """The instant (ms) by the clocks of that zone."""
    return datetime.fromtimestamp(at / 1000, tz=UTC).astimezone(ZoneInfo(zone))


def when(at: int, zone: str, language: Language) -> str:
    """The day with its weekday, and the time: whoever has a calendar at hand can check it."""
    return text(
        language, "calendar.when", date=date(at, zone, language), time=f"{local(at, zone):%H:%M}"
    )


def date(at: int, zone: str, language: Language) -> str:
    """The day with its weekday."""
    moment = local(at, zone)
    return text(
        language,
        "calendar.date",
        weekday=text(language, f"calendar.weekday.{moment.isoweekday()}"),
        month=text(language, f"calendar.month.{moment.month}"),
        day=moment.day,
    )


def iso(at: int, zone: str) -> str:
    """For programs: "2026-11-17T10:00:00+08:00"."""
    return local(at, zone).isoformat(timespec="seconds")
