"""An appointment as a calendar keeps it, or many of them (iCalendar, RFC 5545). Pure text.

Its `UID` stays and its `SEQUENCE` rises with every change, so that a calendar that opens the file
again moves the entry or strikes it out, and makes no second one. No name is in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Final

from shared.i18n import text
from shared.protocol import AppointmentView, Language, Words

CONTENT_TYPE: Final = "text/calendar; charset=utf-8"
LINE_BYTES_MAX: Final = 75
OFTEN: Final = "PT15M"
"""How often a calendar should look at a feed."""

MINUTE_MS: Final = 60_000


def calendar(view: AppointmentView, language: Language) -> str:
    """The file of one appointment."""
    method = "CANCEL" if view.state == "cancelled" else "PUBLISH"
    return _whole(f"METHOD:{method}", *_event(view, language))


def feed(views: Iterable[AppointmentView], name: str, language: Language) -> str:
    """A calendar of many, to be looked at again and again by whoever has its address."""
    events = (line for view in views for line in _event(view, language))
    return _whole(
        f"X-WR-CALNAME:{_escaped(name)}", f"REFRESH-INTERVAL;VALUE=DURATION:{OFTEN}", *events
    )


def _whole(*content: str) -> str:
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Lobby//Appointments//EN",
        "CALSCALE:GREGORIAN",
        *content,
        "END:VCALENDAR",
    ]
    return "".join(f"{folded}\r\n" for line in lines for folded in _folded(line))


def _event(view: AppointmentView, language: Language) -> Iterator[str]:
    cancelled = view.state == "cancelled"
    service, branch = _said(view.service_name, language), _said(view.branch_name, language)
    yield "BEGIN:VEVENT"
    yield f"UID:appointment-{view.appointment}.{view.branch}@lobby"
    # To be cancelled is a change, too.
    yield f"SEQUENCE:{view.sequence + cancelled}"
    yield f"DTSTAMP:{_utc(view.at)}"
    yield f"DTSTART:{_utc(view.slot)}"
    yield f"DTEND:{_utc(view.slot + view.minutes * MINUTE_MS)}"
    yield f"SUMMARY:{_escaped(text(language, 'ics.summary', service=service, branch=branch))}"
    yield f"LOCATION:{_escaped(branch)}"
    if view.bring:
        bring = text(language, "word.and").join(_said(one, language) for one in view.bring)
        yield f"DESCRIPTION:{_escaped(text(language, 'ics.bring', bring=bring))}"
    yield f"STATUS:{'CANCELLED' if cancelled else 'CONFIRMED'}"
    yield "TRANSP:OPAQUE"
    yield "END:VEVENT"


def _said(words: Words, language: Language) -> str:
    return words.zh if language == "zh" else words.en


def _utc(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, tz=UTC).strftime("%Y%m%dT%H%M%SZ")


def _escaped(value: str) -> str:
    for sign in ("\\", ";", ","):
        value = value.replace(sign, f"\\{sign}")
    return "\\n".join(value.splitlines())  # whatever ends a line to anybody ends none here


def _folded(line: str) -> Iterable[str]:
    """Cut at 75 octets and never within a character; what follows begins with a space."""
    pieces, piece = [], ""
    for sign in line:
        if len(f"{piece}{sign}".encode()) > LINE_BYTES_MAX:
            pieces.append(piece)
            piece = " "
        piece += sign
    return [*pieces, piece]
