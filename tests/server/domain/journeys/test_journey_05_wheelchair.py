"""A day to live through, 5: a wheelchair, a low counter.

She waits for counter 3 although counter 1 is free; the manager sees why.
"""

from server.domain.refusals import LastCareCounter, NobodyWaiting
from shared.protocol import CallNext, PauseCounter, encode
from tests.server.domain.story import MINUTE


def test_a_wheelchair_waits_for_the_low_counter(tell):
    # Cash could do without counter 3; the care lane cannot.
    story = tell(services={"A": {"keep_open": False}})
    story.open(1, 3)
    story.take("A")
    assert story.serve(3) == "A001"

    story.at("09:02")
    story.take("A", needs=("low_counter",), by="lobby_assistant")

    # Counter 1 is free and has nobody to call; that is no idleness of its teller.
    story.at("09:06")
    story.when(CallNext, counter=1).refused(NobodyWaiting())
    assert story.feed("CounterView:1").line_count == 0
    assert story.alerts() == []

    # The manager sees why: the need, and who is at the low counter since when.
    waiting = story.board.line[0]
    assert (waiting.number, waiting.needs) == ("A002", ("low_counter",))
    low = next(counter for counter in story.board.counters if counter.id == 3)
    assert (low.current.number, low.current.state) == ("A001", "serving")
    assert low.current.started_at == story.moment("09:00")

    # Her own page says that she is next; the public screens say nothing about her.
    assert story.ahead("A002") == 0
    assert b"low" not in encode(story.display)

    # An ordinary customer who comes later goes to counter 1 at once.
    story.at("09:07")
    story.take("A")
    assert story.serve(1) == "A003"
    assert story.visit("A003").why.passed_over == ()  # she could not have been called there

    # The teller of 3 would like a break, but it is the last care counter.
    story.at("09:08")
    story.finish(3)
    story.when(PauseCounter, counter=3, reason="meal").refused(LastCareCounter(3))

    # She is called to 3.
    assert story.serve(3) == "A002"
    assert story.visit("A002").why.rule == "longest_wait"
    assert story.visit("A002").why.waited_ms == 6 * MINUTE
    assert story.display.counters[2].number == "A002"


def test_whoever_waits_too_long_for_the_low_counter_is_noticed(story):
    story.open(1, 3)
    story.take("A")
    story.serve(3)
    story.take("A", "care", needs=("low_counter",))

    story.later(minutes=10)
    assert story.alerts() == []
    story.later(seconds=10)

    assert story.alert("long_wait").service == "A"
