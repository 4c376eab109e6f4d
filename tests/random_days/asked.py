"""Audits the questions of a day from its events alone: each finished service is asked about once,
nobody rates what was somebody else's, and what is counted adds up."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from server.domain import events as e
from server.domain import views
from server.domain.state import Branch, Stamp
from shared import protocol as p


@dataclass
class Asked:
    """One question, as the events tell it."""

    visit: int
    counter: int
    staff: str
    practice: bool
    result: str = ""
    score: int = 0
    phone: bool = False


class Questions:
    """The questions of the open day."""

    def __init__(self) -> None:
        self._asked: dict[int, Asked] = {}
        self._at_panel: dict[int, int] = {}

    def happened(self, happened: e.Event, before: Branch) -> None:
        """One event, and the state it found."""
        match happened:
            case e.DayOpened():
                self._asked, self._at_panel = {}, {}
            case e.DayClosed():
                assert all(one.result for one in self._asked.values()), (
                    "a question is open for ever"
                )
            case e.RatingAsked():
                self._ask(happened, before)
            case e.ServiceStarted():
                number = self._at_panel.pop(happened.counter, None)
                assert number is None or self._asked[number].result, "the next one could answer"
            case e.RatingRepeated():
                one = self._asked[happened.question]
                assert (one.score, self._at_panel[one.counter]) == (0, happened.question)
                one.result = ""
            case e.RatingAnswered():
                one = self._asked[happened.question]
                assert one.score == 0, "rated twice"
                one.score, one.phone = happened.score, happened.source == "phone"
                assert one.phone == bool(one.result)
                if not one.phone:
                    assert self._at_panel[one.counter] == happened.question
                    one.result = "answered"
            case e.RatingExplained():
                assert 1 <= self._asked[happened.question].score <= 2
            case e.RatingEnded():
                assert not self._asked[happened.question].result, "it ends once"
                self._asked[happened.question].result = happened.result
            case e.RatingWithdrawn():
                one = self._asked.pop(happened.question)
                assert one.score == 0
                del self._at_panel[one.counter]
            case _:
                pass

    def _ask(self, happened: e.RatingAsked, before: Branch) -> None:
        visit = before.visits[happened.visit]
        one = Asked(visit.id, happened.counter, happened.staff, visit.practice)
        same = [(q.visit, q.counter, q.staff) for q in self._asked.values()]
        assert (one.visit, one.counter, one.staff) not in same, "asked once"
        self._asked[happened.question] = one
        self._at_panel[one.counter] = happened.question

    def decided(self, events: list[e.Event], stamp: Stamp, before: dict[int, str]) -> None:
        """Whoever was finished with has been asked about the teller who did it. `before` has the
        tellers of the counters."""
        for happened in events:
            if not isinstance(happened, e.ServiceFinished | e.TicketTransferred):
                continue
            if happened.outcome == "transferred":
                continue  # perhaps it was not served, or comes back
            teller = stamp.actor.role == "teller"
            staff = stamp.actor.staff if teller else before[happened.counter]
            asked = [(q.visit, q.counter, q.staff) for q in self._asked.values()]
            assert asked.count((happened.visit, happened.counter, staff)) == 1, happened

    def check(self, branch: Branch, now: int) -> None:
        """What the board and the tellers see is what the events tell."""
        if branch.day is None:
            return
        real = [q for q in self._asked.values() if not q.practice]
        board = views.build(branch, "BoardView", now)
        assert isinstance(board, p.BoardView)
        assert board.ratings == counted(real)
        for status in board.counters:
            assert status.ratings == counted([q for q in real if q.counter == status.id])
        for counter in branch.counters.values():
            view = views.build(branch, f"CounterView:{counter.id}", now)
            assert isinstance(view, p.CounterView)
            self._check_own(view, [q for q in real if q.staff == counter.staff])

    def _check_own(self, view: p.CounterView, own: list[Asked]) -> None:
        scores = sum(1 for q in own if q.score)
        if scores < 5:
            assert view.own_ratings is None
            return
        assert view.own_ratings is not None
        told = view.own_ratings.answered + view.own_ratings.by_phone
        assert told == scores - scores % 5, "no single score can be told from two totals"


def counted(questions: list[Asked]) -> p.RatingFigures:
    """The figures of these questions."""
    results = Counter(q.result for q in questions if q.result)
    return p.RatingFigures(
        **results,
        by_phone=sum(q.phone for q in questions),
        satisfied=sum(q.score >= 4 for q in questions),
        dissatisfied=sum(1 <= q.score <= 2 for q in questions),
    )
