"""A day to live through, 10: a bad rating.

2, for the long wait; the manager knows at once, and closes it as solved here; the teller sees
totals and never this one; and what was asked adds up.
"""

import json

from shared import protocol as p
from tests.journeys.hall import hall, lobby_prints
from tests.journeys.ledger import rows_of

DAY = "2026-11-16"


async def serve_one(lobby, counter=1):
    """Somebody is called, served and finished with; the number."""
    await lobby.kiosk.take("A")
    number = await lobby.teller(counter).serve_next()
    await lobby.later(minutes=2)
    await lobby.teller(counter).finish()
    return number


async def test_a_bad_rating(tmp_path):
    async with hall(f"{DAY}T10:00", tmp_path, panels=(1, 2)) as lobby:
        await lobby.manager.do(p.SignOnDuty, staff="manager")
        await lobby.counters(1, 2)
        panel, teller = await lobby.panel(1), lobby.teller(1)

        # A001 is served. Nobody asks for it: the panel shows the question by itself.
        assert panel.asks() is None
        number = await serve_one(lobby)
        question = await panel.shows()
        assert (question.number, question.rated) == (number, False)
        assert question.until - panel.view.at >= 15_000
        assert teller.view.question.state == "shown"

        # It is the customer's to answer, and nobody else's.
        rate = {"counter": 1, "question": question.id, "score": 5}
        for somebody in (teller, lobby.manager, lobby.head, lobby.kiosk, lobby.display):
            assert (await somebody.refused(p.RateService, **rate)).code == "NotAllowed"
        other = await lobby.panel(2)
        assert (await other.refused(p.RateService, **rate)).code == "NotYourCounter"

        # 不满意. The manager's board has it with the answer itself, in the same moment.
        await panel.rate(2)
        alert = lobby.manager.alert("bad_rating")
        rated_at = next(
            at for at, data in rows_of(tmp_path, DAY) if data["type"] == "RatingAnswered"
        )
        assert alert.at - rated_at <= 2_000
        assert (alert.number, alert.counter, alert.score) == (number, 1, 2)

        # 等候太久, by one touch; then the panel is blank.
        assert panel.asks().rated
        await panel.explain("long_wait")
        assert lobby.manager.alert("bad_rating").rating_reason == "long_wait"
        assert panel.asks() is None

        # The teller knows that there is an answer, and nothing of what it was.
        assert teller.view.question.state == "answered"
        assert teller.view.own_ratings is None
        assert "score" not in p.encode(teller.view).decode()
        assert (await teller.cannot(p.UndoAction)).code == "ServiceRated"
        assert (await teller.cannot(p.RepeatQuestion)).code == "AlreadyRated"

        # It does not close by itself, nor without something having been done.
        await lobby.later(minutes=20)
        refused = await lobby.manager.refused(p.CloseAlert, alert=alert.id, outcome="no_action")
        assert refused.code == "OutcomeNeeded"
        await lobby.manager.do(p.CloseAlert, alert=alert.id, outcome="solved")
        assert "bad_rating" not in lobby.manager.alerts

        # Four more are content: of five the teller sees the total.
        for _ in range(4):
            await serve_one(lobby)
            await panel.shows()
            await panel.rate(5)
        assert teller.view.own_ratings == p.RatingFigures(answered=5, satisfied=4, dissatisfied=1)

        # One does not answer, though asked twice.
        await serve_one(lobby)
        question = await panel.shows()
        await lobby.later(seconds=20)
        assert teller.view.question.can_repeat
        await teller.press(p.RepeatQuestion)
        assert panel.asks().again
        await lobby.later(seconds=20)
        assert (await teller.cannot(p.RepeatQuestion)).code == "RepeatedBefore"

        # The next customer is there before another has answered, and cannot answer for her.
        cut = await serve_one(lobby)
        question = await panel.shows()
        await lobby.kiosk.take("A")
        await teller.serve_next()
        assert panel.asks() is None
        late = {"counter": 1, "question": question.id, "score": 1}
        assert (await panel.refused(p.RateService, **late)).code == "QuestionOver"
        await teller.finish()  # and of this one no panel shows anything
        await lobby.later(seconds=20)

        # She answers by phone, on the way home.
        phone = await lobby.phone(cut)
        (left,) = phone.view.questions
        await phone.do(p.RateVisit, visit=phone.view.visit, question=left.id, score=4)
        assert phone.view.questions[0].rated

        # What was asked adds up: on the board, in the journal, and in what is reported.
        ratings = p.RatingFigures(
            answered=5,
            not_rated=1,
            cut_short=1,
            panel_offline=1,
            by_phone=1,
            satisfied=5,
            dissatisfied=1,
        )
        assert lobby.head.view.ratings == ratings
        assert lobby.head.counter(1).ratings == ratings
        finished = lobby.head.counter(1).figures.finished
        assert 5 + 1 + 1 + 1 == finished == 8
        happened = [data["type"] for _, data in rows_of(tmp_path, DAY)]
        assert happened.count("RatingAsked") == happened.count("ServiceFinished") == 8
        assert happened.count("RatingAnswered") == 5 + 1

    report = json.loads(await lobby_prints("report", "day", "--json", data=tmp_path))["ratings"]
    assert (report["finished"], report["asked"], report["answered"]) == (8, 7, 5)
    assert (report["satisfaction"], report["participation"]) == (5 / 6, 5 / 7)
    monthly = await lobby_prints("report", "ratings", "--month", "2026-11", data=tmp_path)
    assert "71.4%" in monthly
