"""Ratings for a terminal: a section of the day's report, and the report of a month."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

from server.reports.columns import NOTHING, percent, table
from server.reports.report import CounterRatings, LowUse, MonthReport, Ratings, TellerRatings, Times
from server.reports.words import Text
from shared.columns import fit
from shared.protocol import Language

WIDTH = 80
HEADS = (
    "finished",
    "answered",
    "not_rated",
    "cut_short",
    "panel_offline",
    "by_phone",
    "satisfaction",
    "participation",
)

Say: TypeAlias = tuple[Language, Text]


def section(
    say: Say,
    whole: Ratings,
    counters: Iterable[CounterRatings],
    tellers: Iterable[TellerRatings],
    reasons: Sequence[Times],
) -> list[str]:
    """The table, and what was bad; nothing where nobody was served."""
    if not whole.finished:
        return []
    language, text = say
    rows = [[_word(say, "report.all"), *_cells(whole)]]
    rows += [
        [f"{one.counter} {getattr(one.name, language)}", *_cells(one.ratings)] for one in counters
    ]
    rows += [[one.staff or _word(say, "report.nobody"), *_cells(one.ratings)] for one in tellers]
    heads = [_word(say, f"report.rating.{head}") for head in ("title", *HEADS)]
    told = [
        text(
            language,
            "report.rating.reason",
            reason=_word(say, f"rating_reason.{one.name}"),
            n=one.times,
        )
        for one in reasons
    ]
    return [*table(heads, rows, (16, *[7] * 8)), _word(say, "report.rating.note"), *told]


def lines_of_month(report: MonthReport, language: Language, text: Text) -> list[str]:
    """The whole report of a month."""
    return [fit(line, WIDTH).rstrip() for line in _month(report, (language, text))]


def _month(report: MonthReport, say: Say) -> Iterator[str]:
    language, text = say
    name = getattr(report.name, language) or report.branch
    yield text(language, "report.rating.month", name=name, month=report.month, days=report.days)
    if report.kind == "rehearsal":
        yield _word(say, "report.rehearsal")
    yield ""
    yield from section(
        say,
        report.ratings,
        report.ratings_by_counter,
        report.ratings_by_teller,
        report.rating_reasons,
    ) or [_word(say, "report.rating.nobody")]
    yield ""
    yield from _low_use(report.low_use, report.use_percent_min, say)


def _low_use(low: Sequence[LowUse], least: int, say: Say) -> Iterator[str]:
    language, text = say
    if not low:
        yield text(language, "report.rating.fine", percent=least)
        return
    yield text(language, "report.rating.low", percent=least)
    for one in low:
        who = one.staff or _word(say, "report.rating.branch")
        share = percent(one.participation)
        yield "  " + text(language, "report.rating.low_one", who=who, share=share, n=one.asked)


def _cells(ratings: Ratings) -> Iterable[str]:
    for name in HEADS[:6]:
        yield str(getattr(ratings, name))
    yield percent(ratings.satisfaction)
    yield percent(ratings.participation) if ratings.asked else NOTHING


def _word(say: Say, key: str) -> str:
    language, text = say
    return text(language, key)
