"""A day to live through, 8: the peak.

A threshold alert, window 4 opens, the line shrinks; a lunch pause is refused for the last cash
counter.
"""

from server.domain.events import CounterPaused
from server.domain.refusals import LastCounter
from shared.protocol import (
    CloseAfterThis,
    CloseAlert,
    OpenCounter,
    PauseCounter,
    ResumeCounter,
)


def serve_for(story, minutes, *counters):
    """These counters call, serve six minutes each, and call again."""
    for _ in range(minutes // 6):
        for counter in counters:
            if story.feed(f"CounterView:{counter}").line_count:
                story.serve(counter)
        story.later(minutes=6)
        for counter in counters:
            if story.counter(counter).visit is not None:
                story.finish(counter)


def test_the_peak(tell):
    story = tell(counters={n: {"rating_panel": False} for n in (1, 2, 3, 4)})
    story.open(1, 2, 3)
    story.at("10:30")
    for _ in range(3):
        story.take("A")
    for counter in (1, 2, 3):
        story.serve(counter)
    for n in range(12):
        story.take("AAF"[n % 3])
    story.later(seconds=10)
    assert story.alerts() == []  # twelve are a full line, not a long one

    # One more, and the board suggests the elastic window.
    story.take("A")
    story.later(seconds=10)
    assert story.alerts() == ["long_line", "elastic_suggested"]
    assert story.alert("elastic_suggested").counter == 4
    before = story.ahead("A012")
    assert (story.visit("A012").number, before) == ("A012", 8)

    # The supervisor opens it; it takes the next at once, and the suggestion is over.
    story.given(OpenCounter, counter=4, by="operations_supervisor")
    assert story.serve(4) == "A004"
    story.later(seconds=10)
    assert story.alerts() == ["long_line"]
    assert next(c for c in story.board.counters if c.id == 4).elastic
    assert story.ahead("A012") == before - 1

    # The manager notes that something was done; the alert stays closed while the line shrinks.
    story.given(CloseAlert, alert=story.alert("long_line").id, outcome="solved")
    story.at("10:36")
    for counter in (1, 2, 3, 4):
        story.finish(counter)
    serve_for(story, 18, 1, 2, 3, 4)
    assert story.board.line_count == 0
    assert story.alerts() == []

    # Lunch in halves. 4 closes after its last customer, 1 and 2 go first.
    story.at("11:30")
    story.take("A")
    assert story.serve(4) == "A013"
    story.given(CloseAfterThis, counter=4)
    story.at("11:36")
    story.finish(4)
    assert story.counter(4).state == "closed"
    story.when(PauseCounter, counter=1, reason="meal").then(CounterPaused(counter=1, reason="meal"))
    story.when(PauseCounter, counter=2, reason="meal").then(CounterPaused(counter=2, reason="meal"))

    # 3 is the last one for cash: not now. It stays open, and the board shows who is at lunch.
    story.when(PauseCounter, counter=3, reason="meal").refused(LastCounter("A"))
    assert story.counter(3).state == "open"
    shown = {c.id: (c.state, c.pause_reason) for c in story.board.counters}
    assert shown[1] == shown[2] == ("paused", "meal")
    assert {c.id: c.state for c in story.display.counters}[1] == "paused"

    # When the first half is back, it may.
    story.at("12:30")
    story.given(ResumeCounter, counter=1)
    story.given(ResumeCounter, counter=2)
    story.when(PauseCounter, counter=2, reason="meal").then(CounterPaused(counter=2, reason="meal"))


def test_a_line_that_grows_again_rings_again(story):
    story.open(1)
    for _ in range(13):
        story.take("A")
    story.later(seconds=10)
    serve_for(story, 24, 1)
    story.later(seconds=10)
    assert "long_line" not in story.alerts()
    for _ in range(4):
        story.take("A")
    story.later(seconds=10)

    assert story.alerts().count("long_line") == 1
