"""What other weights would have done, for a terminal: the table, the proposal, and what strict
priority costs."""

from __future__ import annotations

from collections.abc import Iterator

from server.reports.columns import NOTHING, percent, table, wrapped
from server.reports.report import LaneTrial, Trial, TuneReport
from server.reports.screen_ratings import WIDTH, Say
from server.reports.words import Text
from shared.columns import cells
from shared.protocol import Language

MINUTE_MS = 60_000
WIDTHS = (20, 8, 8, 8, 8)
HEADS = ("mean", "p95", "longest", "within")


def lines_of_tuning(report: TuneReport, language: Language, text: Text) -> list[str]:
    """The whole report."""
    return [row for line in _page(report, (language, text)) for row in _fitting(line)]


def _fitting(line: str) -> list[str]:
    return wrapped(line, WIDTH) if cells(line) > WIDTH else [line]


def _page(report: TuneReport, say: Say) -> Iterator[str]:
    language, text = say
    name = getattr(report.name, language) or report.branch
    days = {"first": report.first_day, "last": report.last_day, "days": report.days}
    yield _said(say, "title", name=name, **days)
    if report.kind == "rehearsal":
        yield text(language, "report.rehearsal")
    yield _said(say, "explained")
    every = [*report.trials, *([report.proposal] if report.proposal else [])]
    lanes = [lane.lane for lane in every[0].lanes if lane.wait.n]
    for lane in lanes:
        yield ""
        yield from _lane(every, lane, say)
    yield ""
    yield from _strict(report, say)
    yield ""
    yield from _proposal(report, say)


def _lane(trials: list[Trial], lane: str, say: Say) -> Iterator[str]:
    language, text = say
    each = [(trial, _of(trial, lane)) for trial in trials]
    tickets, target = each[0][1].wait.n, each[0][1].target_minutes
    word = text(language, f"lane.{lane}")
    yield _said(say, "lane", lane=word, n=tickets, minutes=target)
    heads = ["", *(_said(say, f"head.{head}") for head in HEADS)]
    rows = [[_name(trial, say), *_cells(found)] for trial, found in each]
    yield from table(heads, rows, WIDTHS)


def _of(trial: Trial, lane: str) -> LaneTrial:
    return next(one for one in trial.lanes if one.lane == lane)


def _cells(one: LaneTrial) -> list[str]:
    return [
        *map(_minutes, (one.wait.mean_ms, one.wait.p95_ms, one.wait.max_ms)),
        percent(one.within.share),
    ]


def _name(trial: Trial, say: Say) -> str:
    language, text = say
    if trial.name in ("first_come", "now", "proposal"):
        return _said(say, trial.name)
    return text(language, f"preset.{trial.name}")


def _minutes(ms: int | None) -> str:
    return NOTHING if ms is None else f"{ms / MINUTE_MS:.1f}"


def _strict(report: TuneReport, say: Say) -> Iterator[str]:
    """Its cost is a warning: what some laws want, ordinary tickets pay for."""
    by_name = {trial.name: trial for trial in report.trials}
    strict, first = by_name["strict"].lanes[0].wait, by_name["first_come"].lanes[0].wait
    if strict.max_ms is None or first.max_ms is None:
        return
    yield _said(
        say,
        "strict",
        mean=_minutes(strict.mean_ms),
        longest=_minutes(strict.max_ms),
        first_mean=_minutes(first.mean_ms),
        first_longest=_minutes(first.max_ms),
    )


def _proposal(report: TuneReport, say: Say) -> Iterator[str]:
    best = report.proposal
    if not report.enough:
        yield _said(say, "too_little")
    elif best is None:
        yield _said(say, "nothing_better", n=report.played)
    elif best.name != "proposal":
        yield _said(say, "take_preset", preset=_name(best, say), n=report.played)
        yield ""
        yield "[calling]"
        yield f'preset = "{best.name}"'
    else:
        yield _said(say, "take", n=report.played)
        yield ""
        yield "[calling]"
        yield 'preset = "tuned"'
        yield ""
        yield "[calling.presets.tuned]"
        for lane in ("ordinary", "care", "vip", "appointment"):
            rule = best.preset.rule(lane)
            yield (
                f"{lane} = {{ head_start_minutes = {rule.head_start_minutes:g}, "
                f"rate = {rule.rate:g}, escalate_minutes = {rule.escalate_minutes:g} }}"
            )


def _said(say: Say, key: str, **values: object) -> str:
    language, text = say
    return text(language, f"report.tune.{key}", **values)
