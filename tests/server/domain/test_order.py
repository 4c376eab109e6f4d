"""Who is next, and why. Scores are worked out by hand from the rule

score = head start + rate x minutes, at the top rate of all lanes after so many minutes

           Simple                          Balanced
ordinary   0, rate 1                       0, rate 1, top rate (3) after 45
care       10, rate 1                      5, rate 2, top rate after 25
VIP        8, rate 1                       5, rate 2, top rate after 25
booked     15, rate 1                      6, rate 3, top rate after 15
"""

import pytest

from server.domain import order
from server.domain.configuration import BALANCED, SIMPLE
from shared.protocol import (
    ChangeLanes,
    ChoosePreset,
    CloseCounter,
    LeaveLine,
    PauseCounter,
    PromoteTicket,
    StepBack,
    TransferTicket,
    WhyCalled,
)
from tests.server.domain.story import MINUTE

LANES = ("ordinary", "care", "vip", "appointment")

# --- Scores --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("preset", "lane", "minutes", "score"),
    [
        (SIMPLE, "ordinary", 30, 30),
        (SIMPLE, "ordinary", 60, 60),
        (SIMPLE, "care", 30, 40),
        (SIMPLE, "vip", 30, 38),
        (SIMPLE, "appointment", 30, 45),
        (BALANCED, "ordinary", 0, 0),
        (BALANCED, "ordinary", 45, 45),
        (BALANCED, "ordinary", 50, 60),  # 45 + 3 x 5
        (BALANCED, "care", 10, 25),  # 5 + 2 x 10
        (BALANCED, "care", 25, 55),  # 5 + 2 x 25
        (BALANCED, "care", 30, 70),  # 55 + 3 x 5
        (BALANCED, "vip", 10, 25),
        (BALANCED, "appointment", 10, 36),  # 6 + 3 x 10
        (BALANCED, "appointment", 20, 66),  # 6 + 3 x 15 + 3 x 5
    ],
)
def test_a_score_is_a_head_start_and_a_rate_for_every_minute(preset, lane, minutes, score):
    assert order.lane_score(preset.rule(lane), preset.top_rate, minutes) == score


def test_a_visit_with_several_lanes_has_the_best_score_and_never_the_sum(story):
    story.open(1)
    story.take("A", "care", "appointment")
    story.later(minutes=10)

    story.call(1)

    why = story.visit("Y001").why
    assert (why.lane, why.score) == ("appointment", 36.0)  # not 25 + 36


def test_ordinary_counts_too_when_it_is_the_best(story):
    story.open(1)
    story.take("A", "care")
    story.call(1)

    assert story.visit("A001").why.lane == "care"
    assert story.visit("A001").why.score == 5.0


def test_nobody_has_waited_less_than_nothing_before_the_opening(tell):
    story = tell("2026-11-16 08:45")
    story.open(1)
    story.take("A")
    story.later(minutes=5)
    story.call(1)

    assert story.visit("A001").why == WhyCalled(rule="longest_wait")


# --- The order -----------------------------------------------------------------------------------


def test_a_care_customer_comes_sooner_and_the_board_says_why(story):
    story.open(1)
    story.take("A")
    story.at("09:05")
    story.take("A", "care")

    story.at("09:10")  # ordinary 10; care 5 + 2 x 5 = 15

    assert story.line(1) == ["A002", "A001"]
    assert story.feed("CounterView:1").next_why == WhyCalled(
        rule="lane_advantage",
        lane="care",
        waited_ms=5 * MINUTE,
        score=15.0,
        passed_over=(1,),
        passed_over_count=1,
    )


def test_a_care_customer_who_comes_too_late_does_not_pass(story):
    # Ordinary, after 45 minutes: 45. Care that came after 25.1: 5 + 2 x 19.9 = 44.8.
    story.open(1)
    story.take("A")
    story.later(minutes=24.9)
    story.take("A", "care")
    story.later(minutes=0.2)
    story.take("A", "care")
    story.at("09:45")

    assert story.line(1) == ["A002", "A001", "A003"]
    story.at("10:30")  # ordinary 45 + 3 x 45 = 180; care 5 + 50 + 3 x 40.1 = 175.3
    assert story.line(1) == ["A001", "A002", "A003"]


def test_an_ordinary_customer_escalates_and_is_gained_on_no_more(story):
    story.open(1)
    story.take("A")
    story.later(minutes=46)
    story.take("A", "appointment")
    for _ in range(10):
        assert story.line(1) == ["A001", "Y001"]
        story.later(minutes=6)


def test_a_care_customer_who_waited_beyond_25_minutes_is_called_as_escalated(story):
    story.open(1)
    story.take("A")
    story.at("09:02")
    story.take("A", "care")
    story.at("09:28")  # 26 minutes: 5 + 50 + 3

    story.call(1)

    assert story.visit("A002").why == WhyCalled(
        rule="escalated",
        lane="care",
        waited_ms=26 * MINUTE,
        score=58.0,
        passed_over=(1,),
        passed_over_count=1,
    )


def test_the_simple_preset_gives_head_starts_only(story):
    story.given(ChoosePreset, preset="simple")
    story.open(1)
    story.take("A")
    story.at("09:09")
    story.take("A", "care")
    story.at("09:11")
    story.take("A", "care")

    assert story.line(1) == ["A002", "A001", "A003"]  # 9 + ten minutes, 11 without, 0 + ten


def test_the_same_score_goes_to_the_earlier_arrival(story):
    story.given(ChoosePreset, preset="simple")
    story.open(1)
    story.take("A")
    story.at("09:10")
    story.take("A", "care")  # 10 minutes later, 10 minutes ahead: the same score for ever

    story.at("09:20")

    assert story.line(1) == ["A001", "A002"]


def test_the_same_score_and_arrival_goes_to_the_first_taken(story):
    story.open(1)
    for _ in range(3):
        story.take("A")

    assert story.line(1) == ["A001", "A002", "A003"]


def test_at_most_twenty_passed_over_are_named_and_all_are_counted(story):
    story.open(1)
    for _ in range(25):
        story.take("A")
    story.later(minutes=1)
    story.take("A", "appointment")
    story.call(1)

    why = story.visit("Y001").why
    assert why.passed_over == tuple(range(1, 21))
    assert why.passed_over_count == 25


def test_who_stands_back_is_not_passed_over(story):
    story.open(1)
    story.take("A")
    story.later(minutes=1)
    story.take("A")
    story.given(StepBack, visit="A001", places=3)
    story.call(1)

    assert story.visit("A002").why.rule == "longest_wait"
    assert story.visit("A002").why.passed_over_count == 0


# --- What a counter serves -----------------------------------------------------------------------


def test_a_counter_calls_the_services_of_its_work_in_one_line(story):
    story.open(5)
    story.take("A")
    story.take("F")
    story.later(minutes=1)
    story.take("W")
    story.take("Q")

    assert story.line(5) == ["F001", "W001"]


def test_a_wheelchair_waits_for_a_low_counter_though_another_is_free(story):
    story.open(1, 3)
    story.take("A", needs=("low_counter",))

    assert (story.line(1), story.line(3)) == ([], ["A001"])


def test_the_care_counter_calls_the_care_lane_first(story):
    story.open(1, 3)
    story.take("A")
    story.at("09:40")
    story.take("A", "care")

    assert story.line(1) == ["A001", "A002"]  # 40 against 5
    assert story.line(3) == ["A002", "A001"]
    story.call(3)
    assert story.visit("A002").why.rule == "care_first"


def test_the_care_counter_serves_everybody_when_nobody_of_the_care_lane_waits(story):
    story.open(3)
    story.take("A")
    story.call(3)

    assert story.visit("A001").why.rule == "longest_wait"


def test_promoted_is_before_all_scores_at_the_care_counter_too(story):
    story.open(3)
    story.take("A", "care")
    story.take("A")
    story.given(PromoteTicket, visit="A002", reason="manager_decision")
    story.call(3)

    assert story.visit("A002").why.rule == "promoted"


# --- VIP -----------------------------------------------------------------------------------------


def vip_and_ordinary(story):
    """A001 since 09:00, V001 since 09:05, both for cash; now 09:10."""
    story.open(1, 8)
    story.take("A")
    story.at("09:05")
    story.take("A", "vip")
    story.at("09:10")


def test_a_vip_is_ordinary_at_a_shared_counter(story):
    vip_and_ordinary(story)

    assert story.line(1) == ["A001", "V001"]


def test_a_vip_is_called_ahead_at_the_vip_counter_for_any_service(story):
    vip_and_ordinary(story)
    story.take("L")

    assert story.line(8) == ["V001", "L001"]
    story.call(8)
    assert story.visit("V001").why.lane == "vip"
    assert story.visit("V001").why.score == 15.0  # 5 + 2 x 5


def test_a_vip_with_care_has_the_care_score_everywhere(story):
    story.open(1)
    story.take("A")
    story.at("09:05")
    story.take("A", "vip", "care")
    story.at("09:10")

    assert story.line(1) == ["V001", "A001"]


def test_vips_may_be_ahead_at_shared_counters_at_most_one_call_in_n(tell):
    story = tell(calling={"vip_ahead_one_in": 3})
    story.open(1)
    for _ in range(6):
        story.take("A")
    story.at("09:05")
    for _ in range(3):
        story.take("A", "vip")
    story.at("09:20")  # ordinary 20, VIP 5 + 2 x 15 = 35

    called = []
    for _ in range(6):
        called.append(story.serve(1))
        story.finish(1)

    assert called == ["A001", "A002", "V001", "A003", "A004", "V002"]


def test_one_call_in_one_lets_vips_ahead_always(tell):
    story = tell(calling={"vip_ahead_one_in": 1})
    vip_and_ordinary(story)

    assert story.line(1) == ["V001", "A001"]


def test_an_idle_vip_counter_helps_everyone_only_when_nobody_waits_for_its_own(story):
    story.open(8)
    story.take("A")
    story.take("L")

    assert story.line(8) == ["L001"]
    story.serve(8)
    story.finish(8)
    assert story.line(8) == ["A001"]
    story.take("W")
    assert story.line(8) == ["A001"]  # of what it helps with


# --- People ahead --------------------------------------------------------------------------------


def test_people_ahead_are_those_of_the_service_who_score_higher_now(story):
    story.take("A")
    story.at("09:05")
    story.take("A", "care")
    story.take("F")
    assert [story.ahead(n) for n in ("A001", "A002", "F001")] == [0, 1, 0]  # 5 and 5, 0

    story.at("09:06")
    story.take("A")

    assert [story.ahead(n) for n in ("A001", "A002", "A003")] == [1, 0, 2]  # 6, 7, 0


def test_who_stands_back_is_ahead_of_nobody(story):
    for _ in range(3):
        story.take("A")
    story.given(StepBack, visit="A001", places=2)

    assert [story.ahead(n) for n in ("A001", "A002", "A003")] == [2, 0, 1]
    story.given(LeaveLine, visit="A002")
    assert story.ahead("A001") == 1  # there is only one to let go first


def test_who_named_a_time_is_behind_everybody(story):
    for _ in range(4):
        story.take("A")
    story.given(StepBack, visit="A001", minutes=30)

    assert story.ahead("A001") == 3


def test_people_ahead_of_one_ticket_alone_are_the_same(story):
    for lane in LANES:
        story.take("A", lane)
        story.later(minutes=2)

    for visit in story.branch.visits.values():
        alone = order.people_ahead(story.branch, visit, story.now)
        assert alone == story.ahead(visit.number)


# --- Which of several counters -------------------------------------------------------------------


def best(story):
    return [n for n in range(1, 9) if story.feed(f"CounterView:{n}").best_here]


def test_of_several_free_counters_the_one_with_the_fewest_skills_calls(tell):
    story = tell(counters={2: {"services": ("A",)}})
    story.open(1, 2)
    story.take("A")

    assert best(story) == [2]


def test_of_equal_counters_the_first_calls(story):
    story.open(1, 2, 3)
    story.take("A")

    assert best(story) == [1]


def test_what_is_served_only_when_idle_is_the_last_resort(story):
    story.open(8)
    story.take("A")
    assert best(story) == [8]

    story.open(2)
    assert best(story) == [2]


def test_a_counter_that_is_paused_or_has_a_ticket_does_not_call(story):
    story.open(1, 2, 3)
    story.take("A")
    story.take("A")
    story.call(1)
    story.given(PauseCounter, counter=2, reason="away")

    assert best(story) == [3]


def test_a_wheelchair_is_not_forgotten_where_no_low_counter_offers_the_service(story):
    story.open(6)
    story.take("Q", needs=("low_counter",))

    assert best(story) == [6]


def test_a_low_counter_calls_the_wheelchair(story):
    story.open(1, 2, 3)
    story.take("A", needs=("low_counter",))

    assert best(story) == [3]


# --- The bound on overtaking ---------------------------------------------------------------------

STEP = 0.125  # minutes; a power of two, so that sums are exact


def scores(rule, top, minutes):
    """The score of a lane at every step, from the definition."""
    found = []
    for n in range(round(minutes / STEP) + 1):
        wait = n * STEP
        normal, beyond = min(wait, rule.escalate_minutes), max(0, wait - rule.escalate_minutes)
        found.append(rule.head_start_minutes + rule.rate * normal + top * beyond)
    return found


def longest_overtaking_delay(preset, ahead, behind):
    """By trying: the longest delay with which one of lane `ahead` still scores higher at some
    time than one of lane `behind`; -1 when it never does."""
    top = max(preset.rule(lane).rate for lane in LANES)
    theirs = scores(preset.rule(ahead), top, 150)
    mine = scores(preset.rule(behind), top, 150)
    for late in range(round(60 / STEP), -1, -1):
        # `>`: with the same score the earlier arrival is called first.
        if any(their > own for their, own in zip(theirs, mine[late:], strict=False)):
            return late * STEP
    return -1


@pytest.mark.parametrize("behind", LANES)
@pytest.mark.parametrize("ahead", LANES)
@pytest.mark.parametrize("preset", [SIMPLE, BALANCED], ids=["simple", "balanced"])
def test_the_overtaking_window_is_what_trying_every_delay_finds(preset, ahead, behind):
    window = order.overtaking_window(preset, ahead, behind)

    found = longest_overtaking_delay(preset, ahead, behind)

    assert found <= window
    assert window <= max(0, found + STEP)


@pytest.mark.parametrize(
    ("preset", "ahead", "behind", "minutes"),
    [
        (SIMPLE, "care", "ordinary", 10),
        (SIMPLE, "vip", "ordinary", 8),
        (SIMPLE, "appointment", "ordinary", 15),
        (SIMPLE, "appointment", "care", 5),
        (SIMPLE, "ordinary", "care", 0),
        (BALANCED, "care", "ordinary", 25),  # 45 x (1 - 1/2) + 5/2
        (BALANCED, "vip", "ordinary", 25),
        (BALANCED, "appointment", "ordinary", 32),  # 45 x (1 - 1/3) + 6/3
        (BALANCED, "appointment", "care", 26 / 3),  # 25 x (1 - 2/3) + 1/3
        (BALANCED, "ordinary", "care", 0),
    ],
)
def test_the_overtaking_windows_of_the_two_presets(preset, ahead, behind, minutes):
    assert order.overtaking_window(preset, ahead, behind) == pytest.approx(minutes)


# --- Who was sent where --------------------------------------------------------------------------


def test_who_was_sent_to_a_counter_is_called_there_and_by_others_once_it_closes(story):
    story.open(1, 2)
    story.take("A")
    story.call(1)
    story.given(TransferTicket, counter=1, to_counter=2)
    assert best(story) == [2]

    story.given(CloseCounter, counter=2)

    assert best(story) == [1]


def test_a_lane_given_at_any_time_counts_from_the_arrival(story):
    story.open(1)
    story.take("A")
    story.take("A")
    story.at("09:10")
    story.given(ChangeLanes, visit="A002", lanes=("care",), reason="agreed_with_customer")

    assert story.call(1) == "A002"
    assert story.visit("A002").why.score == 25.0
