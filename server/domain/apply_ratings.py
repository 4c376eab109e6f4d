"""What the events about ratings do to the state: a part of `apply`, which alone calls it.

Every change of a question goes through `_put`, so that what is counted is what the questions are.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias, assert_never

from msgspec.structs import asdict, replace

from server.domain import events as e
from server.domain.state import Branch, Day, OwnTally, Question, RatingTally

SECOND_MS = 1_000
TOLD_IN_STEPS_OF = 5
"""A teller is told totals of so many ratings or more, and the next ones when there are so many
more: or each new total would tell the newest score."""

OF_RATING: TypeAlias = (
    e.RatingAsked
    | e.RatingShown
    | e.RatingRepeated
    | e.RatingAnswered
    | e.RatingExplained
    | e.RatingEnded
    | e.RatingWithdrawn
)


def apply_rating(branch: Branch, event: OF_RATING, at: int) -> None:
    """Change what is known of one question."""
    day = branch.day
    assert day is not None
    until = at + branch.config.limits.rating_seconds * SECOND_MS
    if isinstance(event, e.RatingAsked):
        _ask(branch, day, event, at, until)
        return
    question = day.questions[event.question]
    match event:
        case e.RatingShown():
            _put(day, replace(question, state="shown", shown=True, until=until))
            _hear(branch, question)
        case e.RatingRepeated():
            state = "shown" if question.shown else "asked"
            _put(day, replace(question, state=state, again=True, until=until))
        case e.RatingAnswered(source="phone"):
            _put(day, replace(question, score=event.score, source="phone"))
        case e.RatingAnswered():
            answered = replace(question, state="answered", shown=True, until=until)
            _put(day, replace(answered, score=event.score, source="panel"))
            _hear(branch, question)
        case e.RatingExplained():
            _put(day, replace(question, reason=event.reason))
        case e.RatingEnded():
            _put(day, replace(question, state=event.result))
            if event.result == "panel_offline" and not question.practice:
                branch.counters[question.counter].panel_silent += 1
        case e.RatingWithdrawn():
            _count(day, day.questions.pop(question.id), -1)
            branch.counters[question.counter].question = None
        case _:
            assert_never(event)


def _ask(branch: Branch, day: Day, event: e.RatingAsked, at: int, until: int) -> None:
    visit = branch.visits[event.visit]
    day.last_question = event.question
    _put(
        day,
        Question(
            id=event.question,
            visit=visit.id,
            counter=event.counter,
            staff=event.staff,
            asked_at=at,
            until=until,
            practice=visit.practice,
        ),
    )
    visit.questions = (*visit.questions, event.question)
    branch.counters[event.counter].question = event.question


def _hear(branch: Branch, question: Question) -> None:
    branch.counters[question.counter].panel_silent = 0


def _put(day: Day, question: Question) -> None:
    old = day.questions.get(question.id)
    day.questions[question.id] = question
    if old is not None:
        _count(day, old, -1)
    _count(day, question, 1)


def _count(day: Day, question: Question, by: int) -> None:
    if question.practice:
        return
    names = list(_counted_as(question))
    here = day.ratings_by_counter.get(question.counter, RatingTally())
    day.ratings_by_counter[question.counter] = _changed(here, names, by)
    own = day.ratings_by_staff.get(question.staff, OwnTally())
    now = _changed(own.now, names, by)
    told = now if now.rated >= TOLD_IN_STEPS_OF and now.rated % TOLD_IN_STEPS_OF == 0 else own.told
    day.ratings_by_staff[question.staff] = OwnTally(now, told)


def _changed(tally: RatingTally, names: list[str], by: int) -> RatingTally:
    return RatingTally(**{name: n + by * names.count(name) for name, n in asdict(tally).items()})


def _counted_as(question: Question) -> Iterator[str]:
    """The fields of `RatingTally` that a question adds to."""
    if not question.open:
        yield question.state
    if question.source == "phone":
        yield "by_phone"
    if question.score is not None and question.score != 3:
        yield "satisfied" if question.score > 3 else "dissatisfied"
