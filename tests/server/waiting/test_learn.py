"""What a model learns, and how slowly it believes it."""

import numpy as np
import pytest

from server.waiting.arrivals import Arrivals, Kind, levels_today, to_come
from server.waiting.chance import uniforms
from server.waiting.forecast import forecast
from server.waiting.laws import learned, lognormal
from server.waiting.learn import learn
from server.waiting.model import prior_model
from server.waiting.seen import Days, Seen
from server.waiting.snapshot import Counter, Snapshot, Waiting

PRIOR = prior_model({"A": 6.0, "F": 12.0})
WEEK = Days(weekdays={day: day % 7 for day in range(10)}, slots=32)


def served(day: int, came: float, *, took: float = 6.0, counter: int = 1, **more) -> Seen:
    called = more.pop("called", came + 4.0)
    return Seen(
        day=day,
        service=more.pop("service", "A"),
        came=came,
        counter=counter,
        called=called,
        started=called + 0.5,
        ended=called + 0.5 + took,
        **more,
    )


def draws(n: int, mean: float, variation: float) -> np.ndarray:
    return lognormal(mean, variation).draws(uniforms(3, "drawn", np.arange(n), 1)[0])


def test_few_observations_hardly_move_the_prior_and_many_replace_it():
    sample = draws(400, 9.0, 0.5)

    few = learned(sample[:5], lognormal(6.0, 0.8))
    many = learned(sample, lognormal(6.0, 0.8))

    assert 6.0 < few.mean < 8.0
    assert many.mean == pytest.approx(sample.mean())


def test_what_is_left_of_a_service_depends_on_its_age():
    law = lognormal(6.0, 0.8)
    u = (np.arange(2_000) + 0.5) / 2_000

    fresh, old = law.rest(u, 0.0).mean(), law.rest(u, 18.0).mean()

    assert fresh == pytest.approx(6.0, rel=0.01)
    assert old > fresh, "a long service of log-normal times is likely to last"
    assert law.rest(u, 1_000.0).mean() > 0.0, "even beyond everything ever seen"


def test_speed_is_learned_from_thirty_ordinary_services_on_and_taken_out_of_the_service():
    seen = [
        served(day, 560.0 + n * 8, took=took, counter=counter)
        for day in range(10)
        for n in range(20)
        for counter, took in ((1, 4.0), (2, 8.0))
    ]

    model = learn(PRIOR, seen, WEEK)

    assert model.speeds[1] == pytest.approx(0.70, abs=0.05)
    assert model.speeds[2] == pytest.approx(1.30, abs=0.05)
    assert model.service("A").mean == pytest.approx(6.0, rel=0.05)
    assert model.finished == {"A": 400}


def test_artefacts_are_no_services():
    model = learn(PRIOR, [served(0, 600.0, took=0.05)] * 40, WEEK)

    assert model.services["A"] == PRIOR.services["A"]


def test_absent_customers_make_the_no_show_rate_slowly():
    absent = Seen(day=0, service="A", came=600.0, counter=1, called=605.0)

    one = learn(PRIOR, [absent], WEEK).no_show
    many = learn(PRIOR, [absent] * 40 + [served(0, 600.0)] * 160, WEEK).no_show

    assert one == pytest.approx((1 + 0.05 * 20) / 21)
    assert many == pytest.approx(0.19, abs=0.01)


def test_the_gap_between_two_customers_is_seen_only_while_somebody_waits():
    seen = [
        served(0, 600.0, called=600.0, took=5.5),  # until 606
        served(0, 605.0, called=606.75, took=1.25),  # was waiting; until 608.5
        served(0, 620.0, called=620.0),  # came later
    ]

    model = learn(PRIOR, seen * 20, WEEK)

    assert model.gap.mean < 1.5


def test_who_leaves_makes_patience_and_who_is_called_counts_as_still_patient():
    left = [Seen(day=0, service="A", came=600.0, left=600.0 + n) for n in range(1, 31)]
    called = [served(0, 600.0, called=601.5) for _ in range(30)]

    patience = learn(PRIOR, left + called, WEEK).patience["A"]

    share = np.interp(15.0, patience.minutes, patience.staying)
    assert 0.3 < share < 0.7, "half, had nobody been called"
    assert share == pytest.approx((59 / 60) * (15 / 29), rel=0.1)


def test_the_usual_day_follows_the_hours_and_the_kinds():
    seen = [served(day, 545.0 + 60 * n, lanes=("care",)) for day in range(10) for n in range(3)]
    seen += [served(day, 546.0, service="F") for day in range(10) for _ in range(9)]

    arrivals = learn(PRIOR, seen, WEEK).arrivals

    expected = arrivals.expected(0, ())
    assert expected.sum() == pytest.approx(12.0, rel=0.05)
    assert expected[:2].sum() > expected[10:].sum()
    shares = dict(zip(arrivals.kinds, arrivals.shares, strict=True))
    assert shares[Kind("F", ())][0] > shares[Kind("A", ("care",))][0]
    assert sum(share[0] for share in arrivals.shares) == pytest.approx(1.0)


def test_a_named_day_is_learned_apart_from_the_usual():
    names: dict[int, tuple[str, ...]] = {4: ("pension",), 9: ("pension",)}
    seen = [
        served(day, 545.0 + n % 400)
        for day in range(10)
        for n in range(300 if day in names else 100)
    ]

    arrivals = learn(PRIOR, seen, Days(weekdays=dict(WEEK.weekdays), names=names)).arrivals

    assert 1.8 < arrivals.named["pension"] < 3.0, "two of two days, but shrunk"
    assert arrivals.expected(2, ()).sum() == pytest.approx(100, rel=0.1)


def test_booked_customers_and_second_services_are_not_among_those_to_come():
    seen = [served(day, 600.0, booked=600.0) for day in range(10)]
    seen += [served(day, 600.0, first=False) for day in range(10)]

    assert learn(PRIOR, seen, WEEK).arrivals.expected(0, ()).sum() == 0.0


# --- Today ----------------------------------------------------------------------------------------


def test_a_day_as_usual_stays_as_usual():
    expected = np.full(32, 13.0)

    assert levels_today(expected, [13] * 10, 1.0, 500.0).mean == pytest.approx(1.0, abs=0.02)
    assert levels_today(expected, [], 0.0, 500.0).mean == 1.0


def test_half_as_many_again_since_an_hour_is_noticed():
    expected = np.full(32, 13.0)

    levels = levels_today(expected, [13] * 8 + [20] * 5, 1.0, 500.0)

    assert levels.mean == pytest.approx(1.5, abs=0.15)


def test_a_quarter_that_has_just_begun_says_little():
    expected = np.full(32, 13.0)

    assert levels_today(expected, [13] * 8 + [0], 0.05, 500.0).mean == pytest.approx(1.0, abs=0.05)


def test_people_come_as_often_as_expected():
    rates = np.array([6.0, 0.0, 12.0, 6.0])

    times = to_come(1, 1, rates, 545.0, 540.0, 600.0, np.ones(2_000))

    came = np.isfinite(times)
    assert came.sum() / 2_000 == pytest.approx(22.0, rel=0.02)
    assert not ((times > 555.0) & (times < 570.0)).any(), "nobody in the empty quarter"
    assert np.all(np.diff(np.where(came, times, 1e9), axis=1) >= 0)


def test_an_unknown_branch_expects_nobody():
    assert Arrivals().expected(0, ()).size == 0


def test_on_the_first_day_people_go_on_coming_as_they_came_so_far():
    days = Days(weekdays={1: 0}, begins=540.0, slots=32, today=1)
    seen = [Seen(day=1, service="A", came=541.0 + 5 * n) for n in range(12)]
    model = learn(prior_model({"A": 6.0}), seen, days)
    counter = Counter(id=1, services=("A",))
    tickets = (Waiting(id=1, service="A", since=600.0),)

    told = forecast(Snapshot(now=600.0, counters=(counter,), tickets=tickets), model)

    assert 1.5 < model.arrivals.expected(0, ())[8] < 3.0
    assert set(told.tickets) == {1}
