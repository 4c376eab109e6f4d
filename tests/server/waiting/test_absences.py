"""What days before tell of when counters are away, and what is expected of today by it."""

from collections.abc import Iterable

import numpy as np
import pytest
from msgspec.structs import replace

from server.waiting.absences import Away, DayBefore, absences_of
from server.waiting.expected import absences_today
from server.waiting.forecast import forecast
from server.waiting.laws import exactly
from server.waiting.learn import learn
from server.waiting.model import Model, prior_model
from server.waiting.seen import Days, Seen
from server.waiting.snapshot import Counter, Lasted, Snapshot, Waiting

NOON, END = 720.0, 750.0
TEN_DAYS = Days(weekdays={day: day % 5 for day in range(10)}, slots=32)


def calls(day: int, counter: int, at: Iterable[float], *, took: float = 5.0, line: float = 20.0):
    """Somebody who had waited in a long line is called at each of these minutes."""
    return [
        Seen(
            day=day,
            service="A",
            came=minute - line,
            counter=counter,
            called=minute,
            started=minute,
            ended=minute + took,
        )
        for minute in at
    ]


def at_lunch(day: int, counter: int, *, off: float = 0.0, **more) -> list[Seen]:
    """A counter that calls every six minutes but between noon and half past."""
    every = [540.0 + off + 6.0 * n for n in range(80)]
    before = [minute for minute in every if minute < NOON]
    return calls(day, counter, [*before, END, *(m for m in every if m > END + 6.0)], **more)


def busy(day: int, counter: int) -> list[Seen]:
    """One that calls every six minutes."""
    return calls(day, counter, (540.0 + 6.0 * n for n in range(80)))


def absences(seen: list[Seen]) -> tuple[DayBefore, ...]:
    return absences_of(sorted(seen, key=lambda one: (one.day, one.came)), TEN_DAYS, range(10))


def test_a_lunch_that_no_plan_tells_of_is_found_although_the_last_service_hides_its_begin():
    seen = [
        one
        for day in range(10)
        for counter in (1, 2)
        for one in at_lunch(day, counter, off=(day * 7 + counter * 3) % 6 / 1.5)
    ]

    found = absences([*seen, *(one for day in range(10) for one in busy(day, 3))])

    assert [len(day.away) for day in found] == [2] * 10
    assert {away.counter for day in found for away in day.away} == {1, 2}
    begins = [away.begins for day in found for away in day.away]
    assert begins == pytest.approx([NOON] * 20, abs=2.5), "the time all intervals have in common"
    assert {away.ends for day in found for away in day.away} == {END}


def test_whoever_has_nobody_to_call_is_not_away():
    idle = [one for day in range(10) for one in at_lunch(day, 1, line=0.5)]

    assert absences(idle) == ()


def test_whoever_cannot_do_what_people_wait_for_is_not_away():
    other = [replace(one, service="F") for day in range(10) for one in at_lunch(day, 1, line=0.5)]

    assert absences([*other, *(one for day in range(10) for one in busy(day, 2))]) == ()


def test_a_counter_for_vips_is_not_away_while_others_wait():
    vips = [replace(one, lanes=("vip",)) for day in range(10) for one in at_lunch(day, 1, line=0.5)]

    assert absences([*vips, *(one for day in range(10) for one in busy(day, 2))]) == ()


def test_a_day_on_which_a_long_service_hides_the_lunch_is_as_the_nearest_one():
    hidden = [
        one for one in at_lunch(4, 1) if one.called is None or not 710.0 < one.called < END
    ] + calls(4, 1, [712.0], took=37.0)
    seen = [one for day in range(10) if day != 4 for one in at_lunch(day, 1)] + hidden

    found = absences([*seen, *(one for day in range(10) for one in busy(day, 2))])

    assert [len(day.away) for day in found] == [1] * 10


def test_an_absence_that_was_once_stays_with_its_day():
    seen = [one for day in range(10) for one in (at_lunch(day, 1) if day == 3 else busy(day, 1))]

    found = absences([*seen, *(one for day in range(10) for one in busy(day, 2))])

    assert [len(day.away) for day in found] == [0, 0, 0, 1, 0, 0, 0, 0, 0, 0]


def test_a_counter_that_leaves_for_good_is_away_for_hours():
    early = [
        one for day in range(10) for one in calls(day, 1, (540.0 + 6.0 * n for n in range(40)))
    ]

    found = absences([*early, *(one for day in range(10) for one in busy(day, 2))])

    assert all(len(day.away) == 1 for day in found)
    assert all(away.ends > 960.0 for day in found for away in day.away)


def test_today_teaches_nothing_before_it_is_over():
    seen = [one for day in range(10) for one in [*at_lunch(day, 1), *busy(day, 2)]]

    model = learn(prior_model({"A": 6.0}), seen, replace(TEN_DAYS, today=9))

    assert [day.day for day in model.absences] == list(range(9))


# --- What is expected of today ------------------------------------------------------------------


def known(days: int = 9, *, without: int = 0, counters: Iterable[int] = (1,)) -> Model:
    """So many days with lunch, and so many without; everything lasts exactly so long."""
    lunch = tuple(Away(counter, NOON, END) for counter in counters)
    each = [lunch] * days + [()] * without
    return Model(
        services={"A": exactly(6.0)},
        walk=exactly(0.0),
        gap=exactly(0.0),
        pause=exactly(5.0),
        no_show=0.0,
        absences=tuple(DayBefore(n, 0, away) for n, away in enumerate(each)),
    )


def a_lobby(now: float, **counter) -> Snapshot:
    own = Counter(id=1, services=("A",), **counter)
    waits = Waiting(id=1, service="A", since=now - 1.0)
    return Snapshot(now=now, counters=(own,), tickets=(waits,))


def share_away(lobby: Snapshot, model: Model) -> float:
    """Of the runs: in how many the counter has an absence."""
    away, day = absences_today(lobby, model, lobby.counters, 400, 1)
    return float(np.isfinite(away[day, 0, 0, 0]).mean())


def test_who_is_called_next_waits_until_lunch_is_over():
    serving = a_lobby(NOON - 2.0, state="serving", service="A", since=NOON - 4.0)

    assert forecast(serving, known()).tickets[1].p50 == pytest.approx(END - NOON + 2.0)
    assert forecast(serving, known(0)).tickets[1].p50 == pytest.approx(4.0)


def test_a_habit_is_believed_as_often_as_it_was_seen_and_a_little_less():
    before = a_lobby(NOON - 30.0)

    assert share_away(before, known(9)) == pytest.approx(0.9, abs=0.01)
    assert share_away(before, known(1)) == pytest.approx(0.5, abs=0.01)
    assert share_away(before, known(1, without=18)) == pytest.approx(1 / 20, abs=0.02)


def test_days_of_the_same_weekday_are_drawn_before_others():
    lunch = (Away(1, NOON, END),)
    five = tuple(DayBefore(n, n % 5, lunch if n % 5 else ()) for n in range(20))
    model = replace(known(), absences=five)
    before = a_lobby(NOON - 30.0)

    assert share_away(before, model) < 0.4
    assert share_away(replace(before, weekday=1), model) > 0.8


def test_a_plan_is_gone_by_before_any_habit():
    planned = a_lobby(NOON - 2.0, away=((NOON + 10.0, END + 10.0),))

    away, day = absences_today(planned, known(), planned.counters, 50, 1)

    assert {tuple(gap) for gap in away[day, 0, 0]} == {(NOON + 10.0, END + 10.0)}


def test_whoever_is_away_as_on_other_days_comes_back_as_on_them():
    gone = a_lobby(NOON + 5.0, state="away", since=NOON + 2.0)

    assert forecast(gone, known()).tickets[1].p50 == pytest.approx(END - NOON - 5.0)
    assert forecast(gone, known(0)).tickets[1].p50 == pytest.approx(2.0)


def test_whoever_vanished_before_a_planned_lunch_need_not_be_back_when_it_ends():
    model = replace(known(0), pause=exactly(100.0))
    gone = a_lobby(NOON + 5.0, state="away", since=NOON - 5.0, away=((NOON, END),))

    assert forecast(gone, model).tickets[1].p50 == pytest.approx(90.0)


def test_whoever_still_calls_well_after_lunch_should_have_begun_does_not_leave_as_on_other_days():
    late = a_lobby(NOON + 8.0, state="serving", service="A", since=NOON + 7.0)
    later = a_lobby(NOON + 18.0, state="serving", service="A", since=NOON + 17.0)

    assert forecast(late, known()).tickets[1].p50 == pytest.approx(END - NOON - 8.0)
    assert forecast(later, known()).tickets[1].p50 == pytest.approx(5.0)


def test_whoever_has_come_back_from_an_early_lunch_does_not_go_again():
    around = [(NOON - 60.0, NOON - 40.0), (NOON - 10.0, NOON - 5.0)]
    served = (
        Lasted(service="A", counter=1, minutes=ended - began, ended=ended)
        for began, ended in around
    )
    back = replace(a_lobby(NOON - 4.0), lasted=tuple(served))

    assert share_away(back, known()) == 0.0
    assert share_away(replace(back, lasted=back.lasted[:0]), known()) > 0.8


def test_all_who_went_at_once_come_back_at_once():
    model = replace(known(0), pause=prior_model({}).pause)
    gone = tuple(
        Counter(id=n, services=("A",), state="away", since=600.0 + n / 10) for n in range(1, 7)
    )
    apart = tuple(replace(one, since=600.0 - 10.0 * one.id) for one in gone)
    waits = (Waiting(id=1, service="A", since=600.0),)

    def median(counters: tuple[Counter, ...]) -> float:
        return forecast(Snapshot(now=601.0, counters=counters, tickets=waits), model).tickets[1].p50

    assert median(gone) == pytest.approx(median(gone[:1]), abs=1.0)
    assert median(apart) < 0.6 * median(gone), "by chance of their own, one is back soon"


def test_a_counter_that_finds_nobody_is_at_lunch_all_the_same_when_somebody_comes():
    alone = a_lobby(NOON - 5.0, away=((NOON, END),))
    comes = Waiting(
        id=2, service="A", since=NOON + 3.0, taken=590.0, held_until=NOON + 3.0, strict=True
    )

    told = forecast(replace(alone, tickets=(comes,)), known(0))

    assert told.tickets[2].p50 == pytest.approx(END - NOON + 5.0)
