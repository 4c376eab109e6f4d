"""A branch's forecaster: what it says from when on, and what it remembers."""

import msgspec

from server.waiting.calibrate import Range
from server.waiting.learn import Days, Seen
from server.waiting.model import RANGES_FROM
from server.waiting.snapshot import Counter, Snapshot, Waiting
from server.waiting.telling import Ask, Ended, Learn, Remembered, Restore, Teller

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
