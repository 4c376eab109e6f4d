"""The decisions about ratings: when a service is asked about, and what may be answered.

A question belongs to one visit, one counter and one teller. It is put by itself when the service
is finished there, once, and ends as exactly one of answered, not rated, cut short and panel
offline; what the panel has asked in vain may be answered by the ticket's link until the day
closes. Nobody else answers, and no answer is ever changed.
"""

from __future__ import annotations

from collections.abc import Iterator

from server.domain.events import (
    AlertRaised,
    Event,
    RatingAnswered,
    RatingAsked,
    RatingEnded,
    RatingExplained,
    RatingRepeated,
    RatingShown,
    RatingWithdrawn,
)
from server.domain.find import counter_of, day_of, visit_of
from server.domain.refusals import (
    AlreadyRated,
    NothingToRepeat,
    QuestionOver,
    QuestionStillOpen,
    ReasonNotAsked,
    Refused,
    RepeatedBefore,
    UnknownQuestion,
)
from server.domain.state import Branch, Counter, Day, LastAction, Question, Stamp, Visit
from shared.protocol import (
    ConfirmQuestion,
    GiveRatingReason,
    RateService,
    RateVisit,
    RatingEnd,
    RepeatQuestion,
)

SECOND_MS = 1_000
BAD_SCORE_MAX = 2
"""Dissatisfied or worse: somebody looks into it."""


# --- Asking ----------------------------------------------------------------------------------


def asked(branch: Branch, visit: Visit, counter: Counter, stamp: Stamp) -> list[Event]:
    """The question about a service that is finished here; none, where this teller has been asked
    about in this visit."""
    day = day_of(branch)
    staff = stamp.actor.staff if stamp.actor.role == "teller" else counter.staff
    before = (day.questions[question] for question in visit.questions)
    if any((one.counter, one.staff) == (counter.id, staff) for one in before):
        return []
    return [
        RatingAsked(question=day.last_question + 1, visit=visit.id, counter=counter.id, staff=staff)
    ]


def repeat(branch: Branch, command: RepeatQuestion, _stamp: Stamp) -> list[Event]:
    """Once more, until the next customer is served here."""
    counter = counter_of(branch, command.counter)
    question = at_panel(branch, counter)
    if question is None:
        raise Refused(NothingToRepeat(counter.id))
    if question.score is not None:
        raise Refused(AlreadyRated(_number(branch, question)))
    if question.again:
        raise Refused(RepeatedBefore(_number(branch, question)))
    return [RatingRepeated(question=question.id)]


def at_panel(branch: Branch, counter: Counter) -> Question | None:
    """The question about the service last finished at a counter; None once the next has begun."""
    return branch.day.questions.get(counter.question or 0) if branch.day else None


# --- Answering -------------------------------------------------------------------------------


def confirm(branch: Branch, command: ConfirmQuestion, _stamp: Stamp) -> list[Event]:
    """The panel shows it: from now on the customer has the whole time."""
    question = _open_at(branch, command.counter, command.question)
    return [] if question.shown else [RatingShown(question=question.id)]


def rate(branch: Branch, command: RateService, _stamp: Stamp) -> list[Event]:
    """The answer at the panel."""
    question = _open_at(branch, command.counter, command.question)
    return _answered(branch, RatingAnswered(question=question.id, score=command.score))


def give_reason(branch: Branch, command: GiveRatingReason, stamp: Stamp) -> list[Event]:
    """Why it was bad; as long as its customer is the last one served here."""
    question = _asked_at(branch, command.counter, command.question)
    if counter_of(branch, command.counter).question != question.id or stamp.at >= question.until:
        raise Refused(QuestionOver(_number(branch, question)))
    if not wants_reason(question):
        raise Refused(ReasonNotAsked(_number(branch, question)))
    return [RatingExplained(question=question.id, reason=command.reason)]


def rate_visit(branch: Branch, command: RateVisit, _stamp: Stamp) -> list[Event]:
    """The answer by the ticket's link, to what the panel has asked in vain."""
    visit = visit_of(branch, command.visit)
    if command.question not in visit.questions:
        raise Refused(UnknownQuestion(command.question))
    question = day_of(branch).questions[command.question]
    if question.open:
        raise Refused(QuestionStillOpen(question.counter))
    if question.score is not None:
        raise Refused(AlreadyRated(visit.number))
    if command.reason is not None and command.score > BAD_SCORE_MAX:
        raise Refused(ReasonNotAsked(visit.number))
    rated = RatingAnswered(question=question.id, score=command.score, source="phone")
    events = _answered(branch, rated)
    if command.reason is not None:
        events.append(RatingExplained(question=question.id, reason=command.reason))
    return events


def wants_reason(question: Question) -> bool:
    """Whether the customer is asked what was bad."""
    bad = question.score is not None and question.score <= BAD_SCORE_MAX
    return bad and question.reason is None


def _answered(branch: Branch, answered: RatingAnswered) -> list[Event]:
    """A bad score goes to the lobby manager at once."""
    if answered.score > BAD_SCORE_MAX:
        return [answered]
    day = day_of(branch)
    question = day.questions[answered.question]
    alert = AlertRaised(
        alert=day.last_alert + 1,
        kind="bad_rating",
        visit=question.visit,
        counter=question.counter,
        question=question.id,
    )
    return [answered, alert]


def _asked_at(branch: Branch, counter: int, question_id: int) -> Question:
    question = day_of(branch).questions.get(question_id)
    if question is None or question.counter != counter:
        raise Refused(UnknownQuestion(question_id))
    return question


def _open_at(branch: Branch, counter: int, question_id: int) -> Question:
    """The question as long as it may be answered: the next customer never answers it."""
    question = _asked_at(branch, counter, question_id)
    if question.score is not None:
        raise Refused(AlreadyRated(_number(branch, question)))
    if not question.open:
        raise Refused(QuestionOver(_number(branch, question)))
    return question


def _number(branch: Branch, question: Question) -> str:
    return branch.visits[question.visit].number


# --- Ending without an answer ----------------------------------------------------------------


def cut_short(branch: Branch, counter: Counter) -> list[Event]:
    """The next customer is here: the panel is theirs."""
    question = at_panel(branch, counter)
    if question is None or not question.open:
        return []
    return [_ended(question, "cut_short")]


def over(branch: Branch, day: Day, now: int) -> Iterator[Event]:
    """The questions whose time is up at `now`."""
    for question in _open(branch):
        if due(branch, day, question) <= now:
            yield _ended(question, "not_rated")


def closing(branch: Branch) -> Iterator[Event]:
    """The day ends, and with it whatever is still asked."""
    for question in _open(branch):
        yield _ended(question, "not_rated")


def deadlines(branch: Branch, day: Day) -> Iterator[int]:
    """When questions run out by themselves."""
    for question in _open(branch):
        yield due(branch, day, question)


def due(branch: Branch, day: Day, question: Question) -> int:
    """When a question runs out; no answer is lost to our absence."""
    seconds = branch.config.limits.rating_seconds
    return max(question.until, day.resumed_at + seconds * SECOND_MS)


def counters_asking(branch: Branch) -> set[int]:
    """The counters whose panels ask something."""
    return {question.counter for question in _open(branch)}


def _open(branch: Branch) -> Iterator[Question]:
    for counter in branch.counters.values():
        question = at_panel(branch, counter)
        if question is not None and question.open:
            yield question


def _ended(question: Question, result: RatingEnd) -> RatingEnded:
    """What no panel has shown was not asked, whatever ended it."""
    return RatingEnded(question=question.id, result=result if question.shown else "panel_offline")


# --- Undo ------------------------------------------------------------------------------------


def asked_by(branch: Branch, counter: Counter, last: LastAction) -> Question | None:
    """The question that the counter's last action has led to."""
    question = at_panel(branch, counter)
    if question is None or last.event not in ("ServiceFinished", "TicketTransferred"):
        return None
    same = (question.visit, question.asked_at) == (last.before.id, last.at)
    return question if same else None


def withdrawn(branch: Branch, counter: Counter, last: LastAction) -> list[Event]:
    """With the action goes its question."""
    question = asked_by(branch, counter, last)
    return [] if question is None else [RatingWithdrawn(question=question.id)]
