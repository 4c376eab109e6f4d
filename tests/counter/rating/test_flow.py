"""What a touch means: values in, values out."""

from counter.rating.flow import Explain, Panel, Rate, answered, asked, touched
from shared.protocol import Accepted, PanelQuestion, PanelView, Refused, Words

NOW = 1_000_000


def view(question=7, rated=False, until=NOW + 15_000):
    """Counter 1 asks this, or nothing."""
    shown = question and PanelQuestion(
        id=question, number="A007", language="en", until=until, rated=rated
    )
    return PanelView(
        branch="main",
        seq=1,
        at=NOW,
        name=Words(),
        counter=1,
        counter_name=Words(),
        state="open",
        seconds=20,
        question=shown or None,
    )


def touch(panel, word, shown):
    return touched(panel, word, shown, NOW, 5)


def test_a_face_is_a_score_for_the_question_that_is_asked():
    panel, effect = touch(Panel(), "score:4", view())

    assert effect == Rate(question=7, score=4)
    assert (panel.question, panel.step) == (7, "sending")


def test_nothing_is_sent_twice_nor_where_nothing_is_asked():
    sending, _ = touch(Panel(), "score:4", view())

    for panel, word, shown in (
        (sending, "score:1", view()),
        (Panel(), "score:1", view(question=0)),
        (Panel(), "score:1", None),
        (Panel(), "score:1", view(until=NOW)),
        (Panel(), "reason:skill", view()),
        (Panel(), "leave", view()),
        (Panel(), "score:1", view(rated=True)),
    ):
        assert touch(panel, word, shown) == (panel, None)


def test_after_a_good_score_there_are_thanks_and_after_a_bad_one_the_reason():
    accepted = Accepted(id="0123456789abcdef", seq=1)
    sending, good = touch(Panel(), "score:5", view())
    assert answered(sending, good, accepted, NOW, 5).step == "thanks"

    sending, bad = touch(Panel(), "score:1", view())
    after = answered(sending, bad, accepted, NOW, 5)
    assert asked(after, view(rated=True), NOW) is not None
    after, why = touch(after, "reason:skill", view(rated=True))
    assert why == Explain(question=7, reason="skill")
    assert answered(after, why, accepted, NOW, 5).until == NOW + 5_000


def test_an_answer_that_never_came_may_be_given_again():
    sending, sent = touch(Panel(), "score:5", view())

    assert touch(answered(sending, sent, None, NOW, 5), "score:5", view())[1] == sent


def test_the_answer_to_the_question_before_changes_nothing_of_this_one():
    sending, sent = touch(Panel(), "score:5", view())
    other, _ = touch(sending, "score:3", view(question=8))
    late = Refused(id="0123456789abcdef", code="QuestionOver", text="over")

    assert answered(other, sent, late, NOW, 5) == other
