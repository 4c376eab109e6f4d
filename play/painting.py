"""The line as it moves, in plain lines of text: what `lobby demo` and `lobby play` show.

Pure: views in, lines out. Where they are drawn is left to `screen.py`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from rich.cells import cell_len

from shared.i18n import text
from shared.protocol import BoardView, CounterStatus, Language, TicketShown, Words

LINE_SHOWN = 16
"""Tickets of the line that fit on one row of a terminal."""


def clock(at: int, zone: str) -> str:
    """Local time of an instant: 09:05:30."""
    moment = datetime.fromtimestamp(at / 1000, tz=UTC).astimezone(ZoneInfo(zone))
    return moment.strftime("%H:%M:%S")


def lines(view: BoardView, language: Language, zone: str) -> list[str]:
    """The whole picture: time, line, counters, figures."""
    return [
        f"{clock(view.at, zone)}  {word(view.name, language)}",
        "",
        text(language, "demo.line", waiting=view.line_count) + "  " + row(view),
        "",
        *(counter_line(counter, language, view.at) for counter in view.counters),
        "",
        figures(view, language),
    ]


def figures(view: BoardView, language: Language) -> str:
    """The day so far, on one line."""
    so_far = view.figures
    return text(
        language,
        "demo.figures",
        issued=so_far.issued,
        done=so_far.done,
        missed=so_far.missed + so_far.given_up,
        left=so_far.left,
    )


def row(view: BoardView) -> str:
    """The line, next one first; a heart stands for the care lane."""
    shown = " ".join(number(ticket) for ticket in view.line[:LINE_SHOWN])
    more = view.line_count - LINE_SHOWN
    return f"{shown} +{more}" if more > 0 else shown


def number(ticket: TicketShown) -> str:
    """A number as the staff see it."""
    return f"{ticket.number}♥" if "care" in ticket.lanes else ticket.number


def counter_line(counter: CounterStatus, language: Language, now: int) -> str:
    """One counter: its name, its ticket, since when, and why that one was called."""
    name = pad(word(counter.name, language), 12)
    ticket = counter.current
    if ticket is None:
        return f"  {name}{text(language, f'counter_state.{counter.state}')}"
    state = pad(text(language, f"ticket_state.{ticket.state}"), 9)
    minutes = pad(text(language, "demo.minutes", n=(now - counter.since) // 60_000), 10)
    why = text(language, f"call_rule.{ticket.why.rule}") if ticket.why else ""
    return f"  {name}{pad(number(ticket), 7)}{state}{minutes}{why}"


def word(words: Words, language: Language) -> str:
    """A text in the language asked for."""
    return words.zh if language == "zh" else words.en


def pad(shown: str, cells: int) -> str:
    """Filled up to a width on screen; a Chinese character takes two cells."""
    return shown + " " * max(1, cells - cell_len(shown))
