"""What of the ratings each audience sees: a part of `views`, which alone calls it.

The panel sees the question of the moment, the teller whether it was answered and own totals in
steps, those who steer the figures, the customer what may still be answered. Nobody but those who
steer ever sees a score.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from msgspec.structs import asdict

from server.domain import ratings
from server.domain.known import Known
from server.domain.state import Alert, Branch, Counter, OwnTally, RatingTally, Visit
from shared.protocol import (
    CommentShown,
    PanelQuestion,
    QuestionStatus,
    RatingFigures,
    TicketQuestion,
)


def panel_question(branch: Branch, counter: Counter, now: int) -> PanelQuestion | None:
    """What the panel of a counter asks: how it was, or what was bad."""
    day, question = branch.day, ratings.at_panel(branch, counter)
    if day is None or question is None:
        return None
    asks_why = ratings.wants_reason(question) and question.source == "panel"
    until = ratings.due(branch, day, question) if question.open else question.until
    if not (question.open or asks_why) or until <= now:
        return None
    visit = branch.visits[question.visit]
    return PanelQuestion(
        id=question.id,
        number=visit.number,
        language=visit.language,
        until=until,
        rated=asks_why,
        again=question.again,
    )


def question_status(branch: Branch, counter: Counter) -> QuestionStatus | None:
    """What has become of the question about the service last finished there."""
    day, question = branch.day, ratings.at_panel(branch, counter)
    if day is None or question is None:
        return None
    return QuestionStatus(
        id=question.id,
        number=branch.visits[question.visit].number,
        state=question.state,
        asked_at=question.asked_at,
        until=ratings.due(branch, day, question) if question.open else None,
        can_repeat=question.score is None and not question.again,
    )


def questions_left(branch: Branch, visit: Visit) -> Iterator[TicketQuestion]:
    """What the panel has asked in vain, and the ticket's link may answer or has answered."""
    for question_id in visit.questions if branch.day else ():
        assert branch.day is not None
        question = branch.day.questions[question_id]
        if question.state != "answered" and not question.open:
            yield TicketQuestion(
                id=question.id,
                counter=question.counter,
                at=question.asked_at,
                rated=question.score is not None,
            )


def of_branch(branch: Branch) -> RatingFigures:
    """The day's ratings."""
    counters = branch.day.ratings_by_counter.values() if branch.day else ()
    names = RatingTally.__struct_fields__
    return RatingFigures(**{name: sum(getattr(one, name) for one in counters) for name in names})


def of_counter(branch: Branch, counter: Counter) -> RatingFigures:
    """The day's ratings of services finished at one counter."""
    tallies = branch.day.ratings_by_counter if branch.day else {}
    return _figures(tallies.get(counter.id, RatingTally()))


def own(branch: Branch, counter: Counter) -> RatingFigures | None:
    """What the teller there has been told; nothing before there are enough of them."""
    tallies = branch.day.ratings_by_staff if branch.day else {}
    told = tallies.get(counter.staff, OwnTally()).told
    return _figures(told) if told.rated else None


COMMENTS_MAX = 20
"""Comments that a board shows, the newest."""


def comments(branch: Branch, known: Known) -> tuple[CommentShown, ...]:
    """What customers have said of services by their links, the newest first."""
    if not known.comments or branch.day is None:
        return ()
    said = (
        CommentShown(
            question=question.id,
            number=branch.visits[question.visit].number,
            counter=question.counter,
            score=question.score,
            at=question.asked_at,
            comment=comment,
        )
        for question in reversed(branch.day.questions.values())
        if question.score and (comment := known.comment(question.visit, question.id))
    )
    return tuple(islice(said, COMMENTS_MAX))


def of_alert(branch: Branch, alert: Alert) -> dict[str, Any]:
    """The bad rating that an alert is about, as fields of `AlertShown`."""
    question = branch.day.questions.get(alert.question or 0) if branch.day else None
    if question is None:
        return {}
    return {"score": question.score, "rating_reason": question.reason}


def _figures(tally: RatingTally) -> RatingFigures:
    return RatingFigures(**asdict(tally))
