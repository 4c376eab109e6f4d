"""What customers said of the services, by branch, counter and teller; and who asks them too rarely.

One question stands for one finished service. What a question came to is what `server.domain.apply`
has kept of it until its day closed.
"""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Iterable

from server.domain.apply import apply
from server.domain.configuration import BranchConfig
from server.domain.events import BranchConfigured, DayClosed, Event, RehearsalMarked
from server.domain.state import Branch, Question, Stamp, new_branch
from server.reports.one_day import NothingToReport, refuse_other_kind
from server.reports.replay import Subject
from server.reports.report import (
    CounterRatings,
    Kind,
    LowUse,
    MonthReport,
    Ratings,
    TellerRatings,
    Times,
)
from server.reports.shares import split
from server.reports.splits import Names
from shared.protocol import Words

TELLER_SCORES_MIN = 5
"""Of fewer scores nothing is told about one person: each would be somebody's."""

LOW_USE_MIN = 20
"""So many have to have been asked before a share of them means anything."""


class Questions(Subject):
    """Keeps the day's questions as they were when it closed; practice is not counted."""

    def __init__(self) -> None:
        self._closed: list[Question] = []

    def sees(self, branch: Branch, event: Event, stamp: Stamp) -> None:  # noqa: ARG002 - a subject is shown the whole
        if isinstance(event, DayClosed):
            self._closed = questions_of(branch)

    def of(self, branch: Branch) -> list[Question]:
        """The questions of the day that this branch has lived."""
        return questions_of(branch) if branch.day else self._closed


def questions_of(branch: Branch) -> list[Question]:
    """Those of the open day that count."""
    assert branch.day is not None
    return [one for one in branch.day.questions.values() if not one.practice]


def figures(questions: Iterable[Question], scores_min: int = 0) -> Ratings:
    """The figures of these questions; with fewer scores than that, nothing of the scores."""
    told = list(questions)
    results = Tally(one.state for one in told)
    scores = [one.score for one in told if one.score is not None]
    asked = results["answered"] + results["not_rated"] + results["cut_short"]
    good = sum(score >= 4 for score in scores)
    shown = len(scores) >= scores_min
    return Ratings(
        finished=len(told),
        asked=asked,
        answered=results["answered"],
        not_rated=results["not_rated"],
        cut_short=results["cut_short"],
        panel_offline=results["panel_offline"],
        still_open=results["asked"] + results["shown"],
        by_phone=sum(one.source == "phone" for one in told),
        satisfied=good if shown else None,
        fair=sum(score == 3 for score in scores) if shown else None,
        dissatisfied=sum(score <= 2 for score in scores) if shown else None,
        satisfaction=good / len(scores) if scores and shown else None,
        participation=results["answered"] / asked if asked else None,
    )


def by_counter(names: Names, questions: Iterable[Question]) -> tuple[CounterRatings, ...]:
    """Each counter where a service was finished."""
    parts = split(questions, lambda one: one.counter)
    return tuple(
        CounterRatings(counter=counter, name=name, ratings=figures(parts[counter]))
        for counter, name in names.counters.items()
        if counter in parts
    )


def by_teller(questions: Iterable[Question]) -> tuple[TellerRatings, ...]:
    """Everybody who has finished one."""
    parts = split(questions, lambda one: one.staff)
    return tuple(
        TellerRatings(staff=staff, ratings=figures(parts[staff], TELLER_SCORES_MIN))
        for staff in sorted(parts)
    )


def reasons(questions: Iterable[Question]) -> tuple[Times, ...]:
    """What was bad, where customers have said so; the commonest first."""
    told = Tally(one.reason for one in questions if one.reason is not None)
    return tuple(Times(name=reason, times=times) for reason, times in told.most_common())


# --- A month ---------------------------------------------------------------------------------


def month(events: Iterable[tuple[Event, Stamp]], month: str, kind: Kind = "real") -> MonthReport:
    """The ratings of the business days of that month, such as 2026-11.

    `events` are the branch's, from the journal's beginning. Raises `NothingToReport`.
    """
    branch = new_branch(BranchConfig(id="", name=Words()))  # until it is told what it is
    configs: list[BranchConfig] = []
    questions: list[Question] = []
    days, rehearsal = 0, False
    for event, stamp in events:
        if isinstance(event, DayClosed) and event.day.startswith(month):
            days += 1
            questions += questions_of(branch)
        rehearsal = rehearsal or isinstance(event, RehearsalMarked)
        if isinstance(event, BranchConfigured):
            configs.append(event.config)
        apply(branch, event, stamp)
    refuse_other_kind(rehearsal, kind)
    if branch.day is not None and branch.day.date.startswith(month):
        days += 1
        questions += questions_of(branch)
    if not days:
        raise NothingToReport(f"The journal has no business day in {month}.")
    least = branch.config.limits.rating_use_percent
    whole, tellers = figures(questions), by_teller(questions)
    return MonthReport(
        kind=kind,
        branch=branch.config.id,
        name=branch.config.name,
        month=month,
        days=days,
        ratings=whole,
        ratings_by_counter=by_counter(Names(configs), questions),
        ratings_by_teller=tellers,
        rating_reasons=reasons(questions),
        use_percent_min=least,
        low_use=tuple(_low(whole, tellers, least)),
    )


def _low(whole: Ratings, tellers: Iterable[TellerRatings], least: int) -> Iterable[LowUse]:
    for staff, ratings in (("", whole), *((one.staff, one.ratings) for one in tellers)):
        share = ratings.participation
        if share is not None and ratings.asked >= LOW_USE_MIN and 100 * share < least:
            yield LowUse(staff=staff, asked=ratings.asked, participation=share)
