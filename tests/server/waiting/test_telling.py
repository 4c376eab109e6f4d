"""A branch's forecaster: what it says from when on, and what it remembers."""

import msgspec
import pytest

from server.waiting.calibrate import Range
from server.waiting.forecast import RUNS
from server.waiting.model import RANGES_FROM
from server.waiting.pace import pace_of
from server.waiting.seen import Days, Seen
from server.waiting.snapshot import Counter, Snapshot, Waiting
from server.waiting.telling import (
    FEW_RUNS,
    QUICK_SECONDS,
    SLOW_SECONDS,
    TRIAL,
    Ask,
    Ended,
    Learn,
    Remembered,
    Restore,
    Teller,
    loses,
    runs_after,
)

USUAL = {"A": 6.0, "F": 12.0}


def learn(finished, *, priors=False):
    """So many of service A were finished on one day."""
    seen = [
        Seen(day=1, service="A", came=600.0 + n, counter=1, called=n, started=n, ended=n + 5.0)
        for n in range(finished)
    ]
    days = Days(weekdays={1: 0})
    return Learn("main", usual_minutes=USUAL, priors=priors, seen=seen, days=days)


def ask(ended=()):
    """Two wait for A and one for F, at one counter."""
    services = ("A", "A", "F")
    tickets = tuple(Waiting(id=n, service=s, since=600.0) for n, s in enumerate(services, 1))
    counter = Counter(id=1, services=("A", "F"), state="serving", service="A", since=599.0)
    lobby = Snapshot(branch="main", now=605.0, counters=(counter,), tickets=tickets)
    return Ask("main", lobby, list(ended), {1: False})


def taught(finished, **fields):
    teller = Teller()
    teller.learn(learn(finished, **fields))
    return teller


def other_median(answer):
    """What whoever does not speak for the first ticket would have said."""
    other = answer.tickets[1].other
    assert other is not None
    return other.p50


def test_a_service_speaks_from_its_thirtieth_finished_ticket_on():
    before, from_then_on = taught(RANGES_FROM - 1), taught(RANGES_FROM)

    assert before.answer(ask()).tickets == {}
    assert before.answer(ask()).next == []
    assert set(from_then_on.answer(ask()).tickets) == {1, 2}, "of F nothing is known yet"
    assert {one.service for one in from_then_on.answer(ask()).next} == {"A"}


def test_with_priors_every_service_speaks_and_says_what_it_rests_on():
    told = taught(RANGES_FROM, priors=True).answer(ask()).tickets

    assert set(told) == {1, 2, 3}
    assert [told[n].learned for n in (1, 2, 3)] == [True, True, False]


def test_a_range_has_two_ends():
    told = taught(RANGES_FROM).answer(ask()).tickets[2]

    assert 0 <= told.low <= told.p50 <= told.high


def late(n):
    """Waits that were always longer than told."""
    return [Ended(Range(5.0, 10.0, 15.0), 40.0, 20.0) for _ in range(n)]


def test_what_is_remembered_goes_on_as_if_nothing_had_been():
    teller = taught(RANGES_FROM)
    teller.answer(ask(late(60)))

    remembered = msgspec.json.decode(msgspec.json.encode(teller.recall()), type=Remembered)
    again = Teller()
    again.restore(Restore("main", remembered))

    assert again.answer(ask()) == teller.answer(ask())


def test_without_anything_remembered_the_waits_that_ended_teach_the_same():
    teller, again = taught(RANGES_FROM), taught(RANGES_FROM)
    teller.answer(ask(late(60)))

    again.restore(Restore("main", None, late(60)))

    assert again.answer(ask()) == teller.answer(ask())
    assert again.answer(ask()).tickets[2].high > taught(RANGES_FROM).answer(ask()).tickets[2].high


# --- Fallbacks -----------------------------------------------------------------------------------


def in_turn(finishing_at_once: bool) -> Learn:
    """A day of service A: somebody comes every four minutes and waits for some others, five minutes
    each. Whoever finishes every ticket before serving it leaves no times to learn from."""
    seen = [
        Seen(
            day=1,
            service="A",
            came=600.0 + n * 4.0,
            counter=1,
            called=600.0 + n * 5.0,
            started=600.0 + n * 5.0,
            ended=600.0 + n * 5.0 + (0.1 if finishing_at_once else 5.0),
        )
        for n in range(RANGES_FROM + 20)
    ]
    return Learn("main", usual_minutes=USUAL, priors=False, seen=seen, days=Days(weekdays={1: 0}))


def taught_in_turn(*, finishing_at_once=False) -> Teller:
    teller = Teller()
    teller.learn(in_turn(finishing_at_once))
    return teller


def waits_by(teller, wait):
    """Sixty waits, each told as the first of the line is now, that took so long."""
    told = teller.answer(ask()).tickets[1]
    return [
        Ended(told.range, wait + n % 3, wait, other=told.other, by_pace=told.by_pace)
        for n in range(TRIAL)
    ]


def test_where_the_model_knows_too_little_minutes_for_each_who_is_ahead_are_told():
    answer = taught_in_turn(finishing_at_once=True).answer(ask())

    assert set(answer.tickets) == {1, 2}, "of F nobody knows anything"
    assert all(told.by_pace for told in answer.tickets.values())
    assert answer.tickets[2].p50 > answer.tickets[1].p50 > 1.0


def test_where_both_are_known_the_simulation_speaks_and_the_pace_is_kept_beside_it():
    told = taught_in_turn().answer(ask()).tickets[2]

    assert not told.by_pace
    assert told.other is not None


def test_a_simulation_that_has_lost_by_more_than_the_interval_falls_silent_until_it_wins():
    teller = taught_in_turn()
    right, before = other_median(teller.answer(ask())), teller.answer(ask()).effects

    teller.answer(ask(waits_by(teller, right)[:-1]))
    assert not teller.answer(ask()).tickets[1].by_pace, "too few to say so"
    teller.answer(ask(waits_by(teller, right)[:1]))

    lost = teller.answer(ask())
    assert lost.tickets[1].by_pace
    assert before
    assert lost.effects == {}, "what a counter would do is simulated, too"

    simulated = other_median(lost)
    assert simulated != right
    teller.answer(ask(waits_by(teller, simulated)))
    assert not teller.answer(ask()).tickets[1].by_pace


def test_one_bad_hour_is_no_proof_against_the_simulation():
    assert not loses([0.1, -0.1] * 25 + [20.0] * 10)
    assert loses([1.0, 1.2, 0.9] * 20)


def test_a_pace_counts_those_of_the_same_service_who_had_come_before_and_still_waited():
    def one(n, service, came, called=None, **more):
        return Seen(day=n, service=service, came=came, called=called, **more)

    seen = [
        one(1, "A", 600.0, 610.0),
        one(1, "A", 601.0, left=603.0),
        one(1, "A", 602.0, 620.0),
        one(1, "A", 604.0, 630.0),
        one(1, "F", 603.0, 604.0),
        one(2, "A", 605.0, 606.0),
        one(1, "A", 640.0, missed=True),
    ]

    pace = pace_of(seen)

    assert pace.waits == {"A": 2}
    assert pace.minutes("A", 1.0) == pytest.approx(6.0), "18 with two ahead, 26 with two ahead"


def test_what_speaks_is_remembered_with_the_rest():
    teller = taught_in_turn()
    right = other_median(teller.answer(ask()))
    teller.answer(ask(waits_by(teller, right)))

    again = Teller()
    kept = msgspec.json.decode(msgspec.json.encode(teller.recall()), type=Remembered)
    again.restore(Restore("main", kept))

    assert again.answer(ask()) == teller.answer(ask())
    assert again.answer(ask()).tickets[1].by_pace


def test_a_slow_machine_simulates_fewer_lobbies_until_it_is_quick_again():
    assert runs_after(RUNS, 0.2) == RUNS
    assert runs_after(RUNS, SLOW_SECONDS + 0.1) == FEW_RUNS
    assert runs_after(FEW_RUNS, 0.2) == FEW_RUNS, "with all of them it would be slow again"
    assert runs_after(FEW_RUNS, QUICK_SECONDS / 2) == RUNS


def test_few_lobbies_say_nearly_the_same():
    teller = taught_in_turn()
    few = msgspec.structs.replace(ask(), runs=FEW_RUNS)

    assert teller.answer(few).tickets[2].p50 == pytest.approx(
        teller.answer(ask()).tickets[2].p50, abs=1.5
    )
