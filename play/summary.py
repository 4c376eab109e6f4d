"""What came of a played day: in words for people, as one object for programs.

Pure: findings in, lines out.
"""

from __future__ import annotations

from typing import Final

import msgspec
from msgspec import Struct

from play.checks import Findings
from play.compare import Comparison, Line, Times
from play.painting import pad
from shared.i18n import text
from shared.protocol import Language

ENDINGS: Final = ("done", "left", "given_up", "unserved")
WRONG_MAX: Final = 10
"""Findings that are printed; all are counted."""


class Result(Struct, frozen=True, kw_only=True):
    """A day that was played. `findings` and `verified`, what `lobby verify` says, are missing where
    the journal is not at hand."""

    title: str
    rate: float
    moved_hours: float
    comparison: Comparison
    findings: Findings | None = None
    verified: bool | None = None

    @property
    def right(self) -> bool:
        """Whether nothing is wrong at all."""
        return (
            self.comparison.counts_agree
            and self.comparison.times.kept
            and not (self.findings and self.findings.wrong)
            and self.verified is not False
        )


def as_json(result: Result) -> str:
    """One object, for programs."""
    told = msgspec.to_builtins(result) | {"right": result.right}
    return msgspec.json.encode(told).decode()


def lines(result: Result, language: Language) -> list[str]:
    """For people: the counts, the times, what is wrong, and the verdict."""
    comparison = result.comparison
    told = [text(language, "play.sum.title", title=result.title, rate=f"{result.rate:g}")]
    if result.moved_hours:
        told.append(text(language, "play.sum.moved", hours=f"{-result.moved_hours:g}"))
    told += ["", *_table(comparison.lines, language), ""]
    for code, times in sorted(comparison.turned_away.items()):
        why = text(language, f"play.away.{code}") if code in AWAY else code
        told.append(text(language, "play.sum.away", n=times, why=why))
    told += [*_times(comparison.times, language), *_checks(result, language), ""]
    return [*told, text(language, "play.sum.right" if result.right else "play.sum.wrong")]


AWAY: Final = ("TicketsStopped", "TicketsOver", "TooEarlyForTickets", "ServiceNotToday", "LineFull")


def _table(counted: list[Line], language: Language) -> list[str]:
    """A row for each service and lane, a column for each ending: `planned→played` if not equal."""
    cells: dict[tuple[str, str], dict[str, Line]] = {}
    for line in counted:
        cells.setdefault((line.service, line.lanes), {})[line.ending] = line
    endings = [e for e in (*ENDINGS, "none") if any(e in row for row in cells.values())]
    heads = [text(language, f"play.ending.{ending}") for ending in endings]
    rows = [_row(text(language, "play.sum.service"), text(language, "play.sum.lane"), heads)]
    for (service, lanes), row in sorted(cells.items()):
        said = "+".join(text(language, f"lane.{lane}") for lane in lanes.split("+"))
        rows.append(_row(service, said, [_cell(row.get(ending)) for ending in endings]))
    return rows


def _row(service: str, lanes: str, cells: list[str]) -> str:
    return f"  {pad(service, 10)}{pad(lanes, 16)}" + "".join(pad(cell, 14) for cell in cells)


def _cell(line: Line | None) -> str:
    if line is None:
        return "0"
    same = line.planned == line.played
    return str(line.played) if same else f"{line.planned}→{line.played}"


def _times(times: Times, language: Language) -> list[str]:
    planned, played = times.planned_seconds, times.played_seconds
    off = 100 * (played - planned) / planned if planned else 0.0
    told = [
        text(
            language,
            "play.sum.seconds",
            n=times.services,
            planned=f"{planned:,.0f}",
            played=f"{played:,.0f}",
            off=f"{off:+.2f}",
        ),
        text(
            language,
            "play.sum.off",
            nearly=f"{times.off_seconds_p99:.1f}",
            most=f"{times.off_seconds_max:.1f}",
            tolerance=f"{times.tolerance_seconds:g}",
            beyond=times.beyond,
        ),
        text(language, "play.sum.late", late=f"{times.late_seconds_max:.1f}"),
    ]
    return told if times.kept else [*told, text(language, "play.sum.too_fast")]


def _checks(result: Result, language: Language) -> list[str]:
    if result.findings is None:
        return [text(language, "play.sum.unchecked")]
    wrong = result.findings.wrong
    told = [text(language, "play.sum.journal", events=result.findings.events, wrong=len(wrong))]
    told += [f"  {one}" for one in wrong[:WRONG_MAX]]
    if result.verified is not None:
        told.append(text(language, "play.sum.verified" if result.verified else "play.sum.damaged"))
    return told
