"""A slow day is noticed while it lasts, and an ordinary one is not taken for one."""

import numpy as np
import pytest
from msgspec.structs import replace

from server.waiting.chance import uniforms
from server.waiting.forecast import forecast
from server.waiting.laws import learned, lognormal
from server.waiting.learn import learn
from server.waiting.lobby import snapshot_of
from server.waiting.model import Model, prior_model
from server.waiting.seen import Days, Seen
from server.waiting.snapshot import Counter, Lasted, Snapshot, Waiting
from server.waiting.tempo import draws, likely, mean_today
from shared.protocol import ParkTicket, ResumeTicket, StartService
from tests.server.domain.story import Story, a_branch

LAW = lognormal(6.0, 0.7, count=500)
MODEL = Model(services={"A": LAW}, days=20, priors=True)
OPENS = 540.0


def a_day(until: float, *, slower: float = 1.0, since: float = OPENS, seed: int = 1) -> Snapshot:
    """Six counters at work since nine; from `since` on everything takes so many times as long."""
    lasted, counters = [], []
    for counter in range(1, 7):
        now = OPENS
        for minutes in LAW.draws(uniforms(seed, f"counter {counter}", np.arange(200), 1)[0]):
            took = float(minutes) * (slower if now >= since else 1.0)
            if now + took > until:
                break
            now += took
            lasted.append(Lasted(service="A", counter=counter, minutes=took, ended=now))
        counters.append(
            Counter(id=counter, services=("A",), state="serving", service="A", since=now)
        )
    tickets = tuple(Waiting(id=n, service="A", since=until - 5.0, taken=n) for n in range(1, 13))
    return Snapshot(now=until, lasted=tuple(lasted), counters=tuple(counters), tickets=tickets)


def test_a_slow_morning_is_known_within_an_hour_and_no_ordinary_one_taken_for_one():
    usual = [mean_today(a_day(600.0, seed=seed), MODEL) for seed in range(20)]
    slow = [mean_today(a_day(600.0, slower=1.6, seed=seed), MODEL) for seed in range(20)]

    assert np.mean(usual) == pytest.approx(1.0, abs=0.02)
    assert min(usual) > 0.9
    assert max(usual) < 1.1
    assert np.mean(slow) > 1.4


def test_times_that_are_often_short_and_sometimes_long_are_no_slow_day():
    """Exponential ones: their logarithms are skewed."""
    u = (np.arange(3_000) * 0.6180339887) % 1.0
    minutes = np.maximum(-6.0 * np.log1p(-u), 1 / 6)
    model = replace(MODEL, services={"A": learned(minutes, LAW)}, day_spread=0.2)
    lasted = tuple(
        Lasted(service="A", counter=1, minutes=float(one), ended=600.0 + float(one))
        for one in minutes
    )

    mean = mean_today(Snapshot(now=700.0, lasted=lasted, counters=()), model)

    assert mean == pytest.approx(1.0, abs=0.02)


def test_a_slow_morning_is_forecast_to_last():
    slow = a_day(600.0, slower=1.5)

    by_tempo = forecast(slow, MODEL).tickets[12].mean
    without = forecast(slow, replace(MODEL, days=0)).tickets[12].mean

    assert by_tempo > 1.2 * without


def test_what_still_goes_on_counts_or_only_the_short_would_at_first():
    means = [mean_today(a_day(548.0, seed=seed), MODEL) for seed in range(30)]
    ended_only = [
        mean_today(replace(a_day(548.0, seed=seed), counters=()), MODEL) for seed in range(30)
    ]

    assert np.mean(means) == pytest.approx(1.0, abs=0.02)
    assert np.mean(ended_only) < np.mean(means)


def test_a_system_that_slows_down_at_noon_is_noticed_in_spite_of_the_morning():
    day = a_day(765.0, slower=1.6, since=720.0)

    assert mean_today(replace(day, now=720.0, lasted=day.lasted[:0]), MODEL) < 1.1
    assert mean_today(day, MODEL) > 1.25


def test_what_was_forgotten_at_one_counter_says_little_of_the_others():
    day = a_day(660.0)
    forgotten = Counter(id=7, services=("A",), state="serving", service="A", since=OPENS)

    before, after = (
        mean_today(day, MODEL),
        mean_today(replace(day, counters=(*day.counters, forgotten)), MODEL),
    )

    assert abs(after - before) < 0.05


def test_a_very_busy_day_that_was_never_seen_before_can_be_weighed():
    lasted = [Lasted(service="A", counter=1, minutes=60.0, ended=900.0) for _ in range(5_000)]

    mean = mean_today(Snapshot(now=900.0, lasted=tuple(lasted), counters=()), MODEL)

    assert mean == pytest.approx(3.0, abs=0.05), "the most there is"


def test_a_slow_counter_is_no_slow_day():
    day = a_day(660.0)
    slow = replace(
        day,
        lasted=tuple(
            replace(one, minutes=one.minutes * 1.5) if one.counter <= 3 else one
            for one in day.lasted
        ),
        counters=(),
    )

    known = replace(MODEL, speeds={1: 1.5, 2: 1.5, 3: 1.5})

    assert mean_today(slow, known) < 1.05 < mean_today(slow, MODEL)


def test_before_anything_was_begun_and_on_the_first_day_nothing_is_slow():
    nothing = Snapshot(now=OPENS, counters=())
    first = prior_model({"A": 6.0})

    assert likely(nothing, MODEL) is None
    assert mean_today(nothing, MODEL) == 1.0
    assert draws(nothing, MODEL, 3, 1).tolist() == [1.0] * 3
    assert draws(a_day(600.0, slower=1.6), first, 3, 1).tolist() == [1.0] * 3


def days_of(spread: float) -> list[Seen]:
    """Twenty days, each slower or quicker than the one before by so much."""
    seen = []
    for day in range(20):
        factor = 1.0 + (spread if day % 2 else -spread)
        for n, minutes in enumerate(LAW.draws(uniforms(day, "lasts", np.arange(60), 1)[0])):
            began = OPENS + n
            ended = began + float(minutes) * factor
            seen.append(
                Seen(
                    day=day, service="A", came=began, counter=1,
                    called=began, started=began, ended=ended,
                )
            )  # fmt: skip
    return seen


def test_how_far_days_differ_is_learned():
    week = Days(weekdays={day: day % 5 for day in range(20)})

    alike, apart = (
        learn(prior_model({"A": 6.0}), days_of(spread), week).day_spread for spread in (0.0, 0.25)
    )

    assert alike < 0.05
    assert 0.15 < apart < 0.35


def test_the_lobby_tells_what_has_ended_today_but_not_what_was_parked_meanwhile():
    story = Story(a_branch(), "2026-11-16 09:00")
    story.open(1)
    story.take("A")
    story.take("A")
    story.serve(1)
    story.later(minutes=7)
    story.finish(1)
    story.serve(1)
    story.given(ParkTicket, counter=1, reason="form")
    story.later(minutes=5)
    story.given(ResumeTicket, counter=1, visit=story.visit("A002").id)
    story.later(minutes=1)
    story.given(StartService, counter=1)
    story.later(minutes=2)
    story.finish(1)

    lobby = snapshot_of(story.branch, story.now)

    assert lobby is not None
    assert [(one.service, one.counter, one.minutes) for one in lobby.lasted] == [("A", 1, 7.0)]
