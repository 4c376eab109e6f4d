"""The simulator reaches what is known of simple lines, to the hundredth and a half that the
specification asks for: a million customers and more, always the same ones."""

import numpy as np
import pytest

from server.waiting.simulate import Ghosts, Lines, Windows, simulate
from tests.server.waiting.closed_forms import accumulating, first_come, simulated, strict

CASES = {
    "one counter": (
        1,
        5.0,
        (0.04, 0.07, 0.03),
        11.667,
        (4.375, 9.722, 25.926),
        (7.706, 11.523, 17.284),
    ),
    "four counters": (
        4,
        5.6,
        (0.15, 0.25, 0.10),
        2.000,
        (0.760, 1.726, 4.546),
        (1.336, 2.001, 2.997),
    ),
    "six counters": (
        6,
        6.4,
        (0.20, 0.40, 0.15),
        2.761,
        (0.702, 1.950, 7.671),
        (1.657, 2.697, 4.407),
    ),
}
SLOPES = (4.0, 2.0, 1.0)
SCORES = {
    "strict": [(2e5, 1.0), (1e5, 1.0), (0.0, 1.0)],
    "by slope": [(0.0, slope) for slope in SLOPES],
}
RUNS = {1: 1_200, 4: 1_600, 6: 3_600}
"""Of lobbies of a thousand customers, by counters: the fuller the line, the more it takes."""


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_the_formulas_give_the_vectors_of_the_specification(case):
    counters, mean, rates, fcfs, by_class, by_slope = case

    assert first_come(counters, mean, rates) == pytest.approx(fcfs, abs=6e-4)
    assert strict(counters, mean, rates) == pytest.approx(by_class, abs=6e-4)
    assert accumulating(counters, mean, rates, SLOPES) == pytest.approx(by_slope, abs=6e-4)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
@pytest.mark.parametrize("rule", ["strict", "by slope"])
def test_simulated_means_are_those_of_the_formulas_and_waiting_is_only_moved(case, rule):
    counters, mean, rates, fcfs, by_class, by_slope = case
    waits = {"strict": by_class, "by slope": by_slope}

    found = simulated(
        counters, mean, rates, SCORES[rule], runs=RUNS[counters], people=1_000, warm=300
    )

    assert found == pytest.approx(waits[rule], rel=0.015)
    moved = sum(rate * wait for rate, wait in zip(rates, found, strict=True))
    assert moved / sum(rates) == pytest.approx(fcfs, rel=0.01)


def test_one_counter_first_come_first_served_is_exact():
    came = np.array([[0.0, 1.0, 2.0, 20.0, np.inf]])
    work = np.array([[5.0, 4.0, 3.0, 1.0, 0.0]])
    flat = np.zeros((2, 1, 1))
    lines = Lines(
        begin=np.array([0]),
        since=came,
        here=came,
        work=work,
        fixed=np.zeros_like(work),
        intercept=flat,
        slope=flat + 1.0,
        extra=np.zeros((1, 1)),
        service=np.zeros(1, dtype=np.int64),
    )
    windows = Windows(
        free=np.zeros((1, 1)),
        day=np.zeros(1, dtype=np.int64),
        speed=np.ones(1),
        away=np.full((1, 1, 1, 2), np.inf),
        vip=np.zeros(1, dtype=bool),
        since_vip=np.zeros(1, dtype=np.int64),
    )
    ghosts = Ghosts(np.array([2.5]), flat, flat + 1.0, np.zeros((1, 1)))

    called = simulate(lines, windows, ghosts, np.arange(4))

    assert called.tickets[0, :4].tolist() == [0.0, 5.0, 9.0, 20.0]
    assert called.ghosts.tolist() == [[12.0]], "after all who came before it, delaying nobody"
