"""The one entry: what it says of small lobbies, and what holds for all."""

import numpy as np
import pytest
from msgspec.structs import replace

from server.waiting.chance import uniforms
from server.waiting.forecast import effects, fan, forecast, prior_model, sampled
from server.waiting.laws import exactly
from server.waiting.model import Model, Patience
from server.waiting.snapshot import Booked, Counter, Snapshot, Waiting


def a_model(**changes) -> Model:
    """Everything lasts exactly so long, and everybody comes."""
    still = {
        "services": {"A": exactly(6.0), "F": exactly(12.0)},
        "walk": exactly(0.0),
        "gap": exactly(0.0),
        "no_show": 0.0,
        "booked_no_show": 0.0,
        "late": exactly(0.0),
    }
    return replace(Model(), **{**still, **changes})


def a_lobby(*tickets: Waiting, **changes) -> Snapshot:
    """Ten o'clock; one counter has been serving for two minutes."""
    counter = Counter(id=1, services=("A",), state="serving", service="A", since=598.0)
    return replace(Snapshot(now=600.0, counters=(counter,), tickets=tickets), **changes)


def a_ticket(n: int, *lanes, service: str = "A", waited: float = 5.0, **more) -> Waiting:
    since = 600.0 - waited
    return Waiting(id=n, service=service, lanes=lanes, since=since, taken=since, **more)


def test_a_ticket_waits_for_the_one_in_hand_and_for_those_before_it():
    told = forecast(a_lobby(a_ticket(1, waited=9), a_ticket(2)), a_model())

    assert told.tickets[1].p50 == pytest.approx(4.0)
    assert told.tickets[2].p90 == pytest.approx(10.0)
    assert told.next["A", "ordinary"].mean == pytest.approx(16.0)


def test_the_next_ticket_of_a_better_lane_passes_those_it_would_pass():
    told = forecast(a_lobby(a_ticket(1), a_ticket(2)), a_model())

    assert told.next["A", "appointment"].p50 == pytest.approx(4.0)
    assert told.next["A", "ordinary"].p50 == pytest.approx(16.0)


def test_with_nobody_waiting_and_a_free_counter_the_wait_is_nothing():
    free = Counter(id=1, services=("A",))

    told = forecast(a_lobby(counters=(free,)), a_model())

    assert told.next["A", "ordinary"].p50 == 0.0


def test_a_service_nobody_serves_has_no_forecast():
    told = forecast(a_lobby(a_ticket(1, service="F")), a_model(), services=("A", "F"))

    assert 1 not in told.tickets
    assert ("F", "ordinary") not in told.next
    assert ("A", "ordinary") in told.next


def test_the_same_arguments_give_the_same_forecast_and_another_seed_another_one():
    model = prior_model({"A": 6.0})
    lobby = a_lobby(a_ticket(1), a_ticket(2))

    assert forecast(lobby, model) == forecast(lobby, model)
    assert forecast(lobby, model, seed=1) != forecast(lobby, model, seed=2)


def test_what_a_counter_away_does_is_known_only_when_it_has_said_when_it_returns():
    back = Counter(id=1, services=("A",), state="away", since=595.0, until=607.0)

    told = forecast(a_lobby(a_ticket(1), counters=(back,)), a_model())

    assert told.tickets[1].p50 == pytest.approx(7.0)


def test_an_absence_to_come_delays_who_would_have_been_called_in_it():
    lunch = Counter(
        id=1, services=("A",), state="serving", service="A", since=598.0, away=((602.0, 632.0),)
    )

    told = forecast(a_lobby(a_ticket(1), counters=(lunch,)), a_model())

    assert told.tickets[1].p50 == pytest.approx(32.0)


def test_a_booked_customer_passes_from_the_time_of_the_slot_on():
    booked = Booked(id=9, service="A", slot=603.0)

    told = forecast(a_lobby(a_ticket(1, waited=1), booked=(booked,)), a_model())

    assert told.tickets[1].p50 == pytest.approx(10.0)


def test_who_is_early_for_an_appointment_is_called_before_it_only_where_nobody_else_waits():
    early = Waiting(
        id=1, service="A", lanes=("appointment",), since=630.0, taken=595.0, booked_at=630.0
    )

    alone = forecast(a_lobby(early), a_model())
    behind = forecast(a_lobby(early, a_ticket(2), a_ticket(3)), a_model())

    assert alone.tickets[1].p50 == pytest.approx(4.0)
    assert behind.tickets[1].p50 == pytest.approx(16.0)
    assert behind.tickets[3].p50 == pytest.approx(10.0)


def test_two_who_are_early_are_called_in_the_order_of_their_times():
    def booked(n: int, at: float) -> Waiting:
        return Waiting(id=n, service="A", lanes=("appointment",), since=at, taken=590, booked_at=at)

    told = forecast(a_lobby(booked(1, 640.0), booked(2, 625.0)), a_model())

    assert told.tickets[2].p50 == pytest.approx(4.0)
    assert told.tickets[1].p50 == pytest.approx(10.0)


def test_an_expected_customer_who_comes_early_does_not_pass_who_waits():
    booked = Booked(id=9, service="A", slot=606.0)
    model = a_model(late=exactly(-5.0))

    told = forecast(a_lobby(a_ticket(1), a_ticket(2), booked=(booked,)), model)

    assert told.tickets[1].p50 == pytest.approx(4.0)
    assert told.tickets[2].p50 == pytest.approx(16.0), "passed from the slot on"


def test_a_counter_closing_after_this_one_calls_nobody_more():
    closing = Counter(id=1, services=("A",), state="serving", service="A", since=598, closing=True)

    assert forecast(a_lobby(a_ticket(1), counters=(closing,)), a_model()).tickets == {}


def test_who_stands_back_for_two_places_is_called_after_two_others():
    back = a_ticket(1, waited=30, held_places=2, held_until=690.0)
    others = [a_ticket(n, waited=10 - n) for n in (2, 3, 4)]

    told = forecast(a_lobby(back, *others), a_model())

    assert [told.tickets[n].p50 for n in (2, 3, 1, 4)] == pytest.approx([4.0, 10.0, 16.0, 22.0])


def test_who_named_a_time_is_not_called_before_it():
    told = forecast(a_lobby(a_ticket(1, held_places=1, held_until=625.0, strict=True)), a_model())

    assert told.tickets[1].p50 == pytest.approx(25.0)


def test_those_ahead_who_lose_patience_shorten_the_wait():
    impatient = {"A": Patience((0.0, 6.0, 7.0), (1.0, 1.0, 0.0))}
    lobby = a_lobby(a_ticket(1, waited=5), a_ticket(2, waited=5))

    patient = sampled(lobby, a_model(), [], runs=50)
    hasty = sampled(lobby, a_model(patience=impatient), [], runs=50)

    assert np.all(patient.tickets[2] == 10.0)
    assert np.all(hasty.tickets[2] == 4.0), "if it stays itself"


def test_who_may_lose_patience_is_told_the_waits_that_are_worth_staying_for():
    half = {"A": Patience((0.0, 7.0, 12.0, 90.0), (1.0, 1.0, 0.5, 0.0))}
    lobby = a_lobby(a_ticket(1, waited=5))
    slow_or_quick = a_model(services={"A": prior_model({"A": 6.0}).service("A")})

    staying = forecast(lobby, slow_or_quick).tickets[1]
    told = forecast(lobby, replace(slow_or_quick, patience=half)).tickets[1]

    assert told.mean < staying.mean, "who has to wait long is called less often"
    assert told.p90 <= staying.p90


def test_who_has_outlasted_all_who_ever_left_is_taken_to_stay():
    impatient = {"A": Patience((0.0, 6.0, 20.0), (1.0, 0.5, 0.0))}
    slow_or_quick = a_model(
        services={"A": prior_model({"A": 6.0}).service("A")}, patience=impatient
    )
    morning = a_lobby(*(a_ticket(n, waited=90.0 - n) for n in range(1, 5)))

    told = forecast(morning, slow_or_quick)

    assert told.tickets[4].p50 > told.tickets[1].p50 + 8.0, "nobody ahead is thought to be gone"
    assert told.tickets[4].p10 < told.tickets[4].p50 < told.tickets[4].p90


def test_opening_a_counter_shortens_waits_and_closing_one_lengthens_them():
    lobby = a_lobby(
        *(a_ticket(n, waited=9 - n) for n in range(1, 7)),
        counters=(
            Counter(id=1, services=("A",), state="serving", service="A", since=598.0),
            Counter(id=2, services=("A",), state="serving", service="A", since=599.0),
            Counter(id=3, services=("A",), state="closed"),
        ),
    )
    model = prior_model({"A": 6.0})

    found = effects(lobby, model, {3: True, 2: False})

    opened, closed = found[3], found[2]
    assert opened.mean < -2.0
    assert closed.mean > 2.0
    assert all(minutes <= 0.0 for minutes in opened.tickets.values())
    assert closed.next["A"] > 5.0
    assert effects(lobby, model, {2: False}) == {2: closed}, "each is asked about by itself"


def test_no_minutes_are_spoken_of_before_enough_are_finished_unless_configured():
    assert not prior_model({"A": 6.0}).speaks_for("A")
    assert prior_model({"A": 6.0}, priors=True).speaks_for("A")
    assert replace(prior_model({"A": 6.0}), finished={"A": 30}).speaks_for("A")
    assert not replace(prior_model({"A": 6.0}), finished={"A": 29}).speaks_for("A")


def test_a_ticket_taken_now_is_behind_all_who_came_at_this_very_moment():
    told = forecast(a_lobby(a_ticket(1, waited=0), a_ticket(2, waited=0)), a_model())

    assert told.next["A", "ordinary"].p50 == pytest.approx(16.0)


@pytest.mark.parametrize("runs", [1, 2, 3, 50, 191, 200])
def test_quantiles_are_those_of_numpy_to_the_last_bit(runs):
    waits = uniforms(7, "waits", np.arange(1), runs)[:, 0] * 30.0
    many_alike = np.floor(waits)

    for some in (waits, many_alike):
        told = fan(some)

        assert told is not None
        assert (told.p10, told.p50, told.p80, told.p90) == tuple(
            np.quantile(some, (0.1, 0.5, 0.8, 0.9))
        )
