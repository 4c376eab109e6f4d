"""The day so far: its figures, and its course as plots. Pure.

Nothing here counts how many were sent to a machine, nor sets a target for it: customers are shown
to machines where that helps them, never for the sake of a figure.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from lobby_display.board.plots import axis, bars, widened
from lobby_display.board.sheet import Column, Row, Section
from lobby_display.board.words import MINUTE_MS, Desk

QUARTER_MS: Final = 15 * MINUTE_MS

FIGURES: Final = (
    ("issued", "done", "left", "given_up"),
    ("waiting", "called", "serving", "parked", "missed"),
)
"""What came of the day's tickets; and where those are now who are here."""

PLOT_ROWS: Final = 3
CELLS_EACH_MAX: Final = 3
COMMENTS_SHOWN: Final = 3
"""The newest; the page has room for more than these only where it is empty."""


def figures(desk: Desk) -> Section:
    """The day in numbers."""
    shown = desk.view.figures
    rows = tuple(
        Row(("   ".join(desk.board(f"figure.{name}", n=getattr(shown, name)) for name in names),))
        for names in FIGURES
    )
    return Section(desk.board("day.figures"), (Column("", rest=True),), rows, whole=True)


def ratings(desk: Desk) -> Section:
    """What customers said, in totals; never of one teller."""
    shown = desk.view.ratings
    asked = shown.answered + shown.not_rated + shown.cut_short
    given = shown.answered + shown.by_phone
    said = (
        desk.board("ratings.satisfied", share=_share(desk, shown.satisfied, given), n=given),
        desk.board("ratings.took_part", share=_share(desk, shown.answered, asked), n=asked),
        desk.board("ratings.offline", n=shown.panel_offline),
    )
    lines = ("   ".join(said), *map(desk.comment, desk.view.comments[:COMMENTS_SHOWN]))
    rows = tuple(Row((line,)) for line in lines)
    return Section(desk.board("ratings.title"), (Column("", rest=True),), rows, whole=True)


def plots(desk: Desk, width: int) -> list[Section]:
    """Arrivals, calls, the line, and the waits, by quarters of an hour."""
    course = desk.view.plots
    count = len(course.arrivals)
    if not count:
        return [Section(desk.board("day.course"), empty=desk.board("day.nothing_yet"))]
    labels = _labels(desk, course.first, count)
    waits = [None if ms is None else ms // MINUTE_MS for ms in course.waits_ms]
    series: tuple[tuple[str, Sequence[int | None]], ...] = (
        ("arrivals", course.arrivals),
        ("calls", course.calls),
        ("line", course.line),
        ("waits", waits),
    )
    return [_plot(desk, name, values, labels, width) for name, values in series]


def _plot(
    desk: Desk, name: str, values: Sequence[int | None], labels: Sequence[str], width: int
) -> Section:
    each = max(1, min(CELLS_EACH_MAX, width // max(1, len(values))))
    shown = values[-(width // each) :]
    drawn = [widened(line, each) for line in bars(shown, PLOT_ROWS)]
    known = [value for value in shown if value is not None]
    now = desk.board("day.now", n=known[-1]) if known and shown[-1] is not None else ""
    title = desk.board(f"plot.{name}", most=max(known, default=0), now=now)
    rows = (*drawn, axis(labels[-len(shown) :], each))
    return Section(title, (Column("", rest=True),), tuple(Row((r,)) for r in rows), whole=True)


def _share(desk: Desk, part: int, whole: int) -> str:
    return f"{100 * part / whole:.0f} %" if whole else desk.say("word.nothing")


def _labels(desk: Desk, first: int, count: int) -> list[str]:
    """The full hours among the quarters, in the branch's time."""
    times = [desk.local(first + n * QUARTER_MS) for n in range(count)]
    return [time if time.endswith(":00") else "" for time in times]
