"""The fairness of a month for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from server.reports.columns import NOTHING, duration, percent, table, wrapped
from server.reports.report import FairnessReport, LaneFairness, Overtaken
from server.reports.screen_ratings import WIDTH, Say
from server.reports.words import Text
from shared.columns import cells
from shared.protocol import Language

HEADS = ("n", "mean", "p95", "longest", "within", "by_rule", "first_come")
WIDTHS = (12, 7, 8, 8, 8, 8, 9, 10)


def lines_of_fairness(report: FairnessReport, language: Language, text: Text) -> list[str]:
    """The whole report."""
    return [row for line in _month(report, (language, text)) for row in _fitting(line)]


def _month(report: FairnessReport, say: Say) -> Iterator[str]:
    language, text = say
    name = getattr(report.name, language) or report.branch
    yield _said(say, "title", name=name, month=report.month, days=report.days)
    if report.kind == "rehearsal":
        yield text(language, "report.rehearsal")
    yield ""
    heads = [_said(say, f"head.{head}") for head in ("lane", *HEADS)]
    rows = [_row(one, say) for one in report.lanes if one.wait.n or one.by_rule.n]
    yield from table(heads, rows, WIDTHS)
    yield _said(say, "played")
    yield ""
    yield from _overtaken(report.overtaken, say)
    yield ""
    yield from _window(report, say)
    yield ""
    yield from _conservation(report, say)


def _fitting(line: str) -> list[str]:
    return wrapped(line, WIDTH) if cells(line) > WIDTH else [line]


def _row(one: LaneFairness, say: Say) -> list[str]:
    language, text = say
    wait = one.wait
    return [
        text(language, f"lane.{one.lane}"),
        str(wait.n),
        *map(duration, (wait.mean_ms, wait.p95_ms, wait.max_ms)),
        percent(one.on_time.share),
        duration(one.by_rule.mean_ms),
        duration(one.first_come.mean_ms),
    ]


def _overtaken(one: Overtaken, say: Say) -> Iterator[str]:
    language, text = say
    mean = NOTHING if one.mean is None else f"{one.mean:.2f}"
    yield _said(say, "overtaken", n=one.tickets, never=one.never, mean=mean, most=one.most)
    for rule in one.by_rule:
        why = text(language, f"call_rule.{rule.name}")
        yield "  " + _said(say, "by_rule", rule=why, n=rule.times)


def _window(report: FairnessReport, say: Say) -> Iterator[str]:
    if not report.outside_count:
        yield _said(say, "inside")
        return
    yield _said(say, "outside", n=report.outside_count)
    for one in report.outside:
        yield "  " + _said(
            say,
            "outside_one",
            day=one.day,
            number=one.number,
            by=one.by,
            later=f"{one.minutes_later:.1f}",
            window=f"{one.window_minutes:.1f}",
        )


def _conservation(report: FairnessReport, say: Say) -> Iterator[str]:
    one = report.conservation
    if one.ratio is None:
        yield _said(say, "no_wait")
        return
    times = {"by_rule": duration(one.by_rule_ms), "first_come": duration(one.first_come_ms)}
    yield _said(say, "conservation", ratio=f"{one.ratio:.3f}", **times)


def _said(say: Say, key: str, **values: object) -> str:
    language, text = say
    return text(language, f"report.fairness.{key}", **values)
