"""What is learned on top of a forecast of recorded days."""

import numpy as np
import pytest

from bench.waiting_layer import LEAF_MIN, fitted
from server.waiting.chance import normal, uniforms


def some(n: int, purpose: str) -> np.ndarray:
    return uniforms(5, purpose, np.arange(n), 1)[0]


def a_forecast(n: int) -> tuple[np.ndarray, np.ndarray]:
    """Two features of `n` tickets, and a forecast that looks at neither."""
    features = np.column_stack([some(n, "hour"), some(n, "queue")])
    return features, np.full(n, 10.0)


def test_what_a_forecast_leaves_over_is_learned_where_features_tell_it():
    features, forecast = a_forecast(4_000)
    noise = normal(some(4_000, "noise"))
    waits = 10.0 + 6.0 * (features[:, 0] > 0.5) * (features[:, 1] > 0.5) + noise
    new, told = features[:1_000], forecast[:1_000]

    layer = fitted(features[1_000:], forecast[1_000:], waits[1_000:], "mean")

    before, after = told - waits[:1_000], layer.corrected(new, told) - waits[:1_000]
    assert np.sqrt(np.mean(after**2)) < 1.1
    assert np.sqrt(np.mean(before**2)) > 2.5


def test_with_nothing_to_learn_it_changes_next_to_nothing():
    features, forecast = a_forecast(4_000)
    waits = 10.0 + normal(some(4_000, "noise"))

    layer = fitted(features[1_000:], forecast[1_000:], waits[1_000:], "mean")

    assert np.abs(layer.corrected(features[:1_000], forecast[:1_000]) - 10.0).mean() < 0.3


def test_medians_are_not_drawn_away_by_a_few_long_waits():
    features, forecast = a_forecast(3_000)
    waits = np.where(some(3_000, "long") < 0.2, 100.0, 10.0)

    mean = fitted(features, forecast, waits, "mean").corrected(features, forecast)
    median = fitted(features, forecast, waits, "median").corrected(features, forecast)

    assert mean.mean() == pytest.approx(28.0, abs=2.0)
    assert np.abs(median - 10.0).max() < 1.0


def test_few_observations_change_nothing():
    features, forecast = a_forecast(LEAF_MIN)

    layer = fitted(features, forecast, forecast, "median")

    assert layer.corrected(features, forecast) == pytest.approx(forecast)


def test_nobody_waits_less_than_nothing():
    features, forecast = a_forecast(500)

    layer = fitted(features, forecast, np.zeros(500), "mean")

    assert layer.corrected(features, np.zeros(500)).min() == 0.0
