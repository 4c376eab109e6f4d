"""What the clock alone brings about, and when it wants to be asked again."""

import pytest

from server.domain.events import (
    CounterClosed,
    MessageCleared,
    ParkEnded,
    TicketGivenUp,
    TicketMissed,
    TicketReinstated,
)
from server.domain.timers import next_wakeup
from shared.protocol import (
    CloseAfterThis,
    CloseDay,
    ParkTicket,
    RecallTicket,
    ReinstateTicket,
    SendMessage,
)
from tests.server.domain.story import MINUTE, SECOND


def last_events(story, count):
    return [event for event, _ in story.history[-count:]]


# --- Calls ---------------------------------------------------------------------------------------


def test_a_call_that_nobody_ends_runs_out_after_five_minutes(story):
    story.open(1)
    story.take("A")
    story.call(1)

    story.later(minutes=4, seconds=59)
    assert story.state("A001") == "called"
    story.later(seconds=1)

    assert last_events(story, 1) == [TicketMissed(visit=1, counter=1)]
    assert story.counter(1).visit is None


def test_a_recall_gives_the_call_its_time_again(story):
    story.open(1)
    story.take("A")
    story.call(1)
    story.later(minutes=4)
    story.given(RecallTicket, counter=1)

    story.later(minutes=4, seconds=59)
    assert story.state("A001") == "called"


def test_nobody_loses_a_call_to_the_servers_absence(story):
    story.open(1)
    story.take("A")
    story.call(1)

    story.away_until("2026-11-16 10:00")
    story.later(minutes=4, seconds=59)

    assert story.state("A001") == "called"
    story.later(seconds=1)
    assert story.state("A001") == "missed"


def test_a_customer_whom_a_call_may_not_reach_has_at_least_the_three_minutes(tell):
    story = tell(limits={"call_expires_minutes": 1})
    story.open(1)
    story.take("A", needs=("visual_call",))
    story.call(1)

    story.later(minutes=2, seconds=59)
    assert story.state("A001") == "called"
    story.later(seconds=1)

    # It is put back near the head, and its counter is free.
    assert last_events(story, 2)[0] == TicketReinstated(
        visit=1, places=3, until=story.now + 15 * MINUTE
    )


def test_a_closing_counter_closes_when_its_call_of_a_flagged_ticket_runs_out(story):
    story.open(1, 2)
    story.take("A", needs=("escort",))
    story.call(1)
    story.given(CloseAfterThis, counter=1)

    story.later(minutes=5)

    events = [event for event, _ in story.history]
    assert CounterClosed(counter=1) in events
    assert story.state("A001") == "waiting"


def test_calls_run_for_ever_where_the_branch_wants_it_so(tell):
    story = tell(limits={"call_expires_minutes": 0})
    story.open(1)
    story.take("A")
    story.call(1)

    story.later(hours=1)

    assert story.state("A001") == "called"


# --- The missed list -----------------------------------------------------------------------------


def test_a_missed_ticket_is_given_up_after_an_hour(story):
    story.open(1)
    story.take("A")
    story.call(1)
    story.miss(1)

    story.later(minutes=59, seconds=59)
    assert story.state("A001") == "missed"
    story.later(seconds=1)

    assert TicketGivenUp(visit=1) in last_events(story, 2)
    assert story.state("A001") == "given_up"


def test_the_servers_absence_does_not_shorten_the_missed_list(story):
    story.open(1)
    story.take("A")
    story.call(1)
    story.miss(1)

    story.away_until("2026-11-16 10:30")

    assert story.state("A001") == "missed"
    story.given(ReinstateTicket, visit="A001")


def test_missed_tickets_stay_all_day_where_the_branch_wants_it_so(tell):
    story = tell(limits={"missed_kept_minutes": 0})
    story.open(1)
    story.take("A")
    story.call(1)
    story.miss(1)

    story.later(hours=5)

    assert story.state("A001") == "missed"


# --- Park and messages ---------------------------------------------------------------------------


def test_a_park_ends_at_its_time_even_when_the_server_was_away(story):
    story.open(1)
    story.take("A")
    story.call(1)
    story.given(ParkTicket, counter=1, reason="form", until=story.moment("09:20"))

    story.away_until("2026-11-16 09:45")

    assert ParkEnded(visit=1) in [event for event, _ in story.history]
    assert story.line(1) == ["A001"]


def test_a_park_without_a_time_ends_by_hand_only(story):
    story.open(1)
    story.take("A")
    story.call(1)
    story.given(ParkTicket, counter=1, reason="form")

    story.later(hours=5)

    assert story.state("A001") == "parked"


def test_a_message_ends_at_its_time(story):
    story.given(SendMessage, zh="好", en="Good", minutes=1)
    story.given(SendMessage, zh="早", en="Early", minutes=2)

    story.later(minutes=1)

    assert last_events(story, 1) == [MessageCleared(message=1)]


# --- When the clock wants to be asked ------------------------------------------------------------


def test_an_open_day_is_looked_at_every_ten_seconds(story):
    assert next_wakeup(story.branch, story.now) == story.now + 10 * SECOND


@pytest.mark.parametrize("seconds", [1, 9])
def test_a_deadline_is_met_to_the_instant(story, seconds):
    story.open(1)
    story.take("A")
    story.call(1)
    story.given(ParkTicket, counter=1, reason="form", until=story.now + seconds * SECOND)

    assert next_wakeup(story.branch, story.now) == story.now + seconds * SECOND


def test_what_is_overdue_is_due_now_and_not_in_the_past(story):
    story.open(1)
    story.take("A")
    story.call(1)

    assert next_wakeup(story.branch, story.now + 10 * MINUTE) == story.now + 10 * MINUTE


def test_the_end_of_the_day_is_met_to_the_instant(story):
    story.open(1)
    story.at("19:59:55")

    assert next_wakeup(story.branch, story.now) == story.moment("20:00")


def test_a_closed_branch_sleeps_until_the_next_opening(story):
    story.given(CloseDay)

    assert next_wakeup(story.branch, story.now) == story.moment("2026-11-17 08:00")


def test_a_branch_without_hours_sleeps_for_ever(tell):
    story = tell("2026-11-16 08:00", hours={"rules": ()})

    assert next_wakeup(story.branch, story.now) is None


def test_several_things_due_at_once_all_happen(story):
    story.open(1, 2)
    for _ in range(2):
        story.take("A")
    story.call(1)
    story.call(2)
    story.given(SendMessage, zh="好", en="Good", minutes=5)

    story.later(minutes=5)

    assert last_events(story, 3) == [
        TicketMissed(visit=1, counter=1),
        TicketMissed(visit=2, counter=2),
        MessageCleared(message=1),
    ]
