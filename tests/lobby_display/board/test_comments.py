"""What customers have said in their own words, as the board shows it."""

from msgspec.structs import replace

from lobby_display.board import day, happenings
from shared.protocol import AlertShown, CommentShown
from tests.lobby_display.board.desks import desk_of
from tests.lobby_display.board.halls import quiet


def said(question, score, comment):
    return CommentShown(
        question=question, number=f"A{question:03d}", counter=1, score=score, at=0, comment=comment
    )


def test_the_newest_comments_stand_with_the_ratings_and_none_after_them():
    story = quiet()
    comments = tuple(said(n, 4, f"words {n}") for n in (5, 4, 3, 2))
    desk = desk_of(story, language="en", view=replace(story.board, comments=comments))

    lines = [row.cells[0] for row in day.ratings(desk).rows]

    assert lines[1:] == [f"A00{n}, Satisfied: “words {n}”" for n in (5, 4, 3)]
    assert len(day.ratings(desk_of(story)).rows) == 1


def test_a_bad_ratings_alert_says_what_the_customer_has_said():
    story = quiet()
    alerts = tuple(
        AlertShown(id=n, kind="bad_rating", at=story.now, question=n, score=1, number=f"A00{n}")
        for n in (1, 2)
    )
    view = replace(story.board, alerts=alerts, comments=(said(2, 1, "[bold]rude[/]"),))

    rows = happenings.alerts(desk_of(story, language="en", view=view), frozenset()).rows

    assert "[bold]rude[/]" in rows[0].cells[2]
    assert rows[1].cells[2].endswith("Very dissatisfied")
