"""docs/accuracy.md says what was measured, and what was not."""

from bench.accuracy_page import COLUMNS, LAYER, page
from bench.waiting_world import SCENARIOS


def measured(**changes) -> dict[str, object]:
    figures: dict[str, object] = {key: 0.5 for key, _ in COLUMNS}
    rules = {"QL": {"mae": 1.0, "rmse": 2.0, "ratio": 3.0}}
    return {
        **figures,
        "n": 1_500,
        "days": 8,
        "ratio_ci": [1.0, 1.25],
        "baselines": rules,
        **changes,
    }


def test_what_was_measured_stands_in_a_row_with_its_interval():
    said = page({"S3": measured(ratio=1.0046)})

    assert "| S3 | 1500 | 8 | 1.005 | 1.000–1.250 |" in said
    assert "| S3 | 1.005 | 3.00 |" in said
    assert "{{" not in said


def test_a_limit_that_was_missed_is_said_with_its_tickets_and_its_interval():
    held = {"ratio": 1.01, "coverage80": 0.8, "coverage80_worst": 0.8, "latest_share": 0.9}

    good = page({"S3": measured(**held)})
    bad = page({"S3": measured(**{**held, "ratio": 1.03})})

    assert "was not" not in good
    assert "| S3 | ratio | 1500 | 1.030 | 1.000–1.250 | at most 1.02 |" in bad


def test_every_scenario_that_can_be_measured_is_explained():
    said = page({})

    assert [name for name in SCENARIOS if f"{name} " not in said] == []


def test_what_was_not_measured_and_what_was_measured_shortly_is_said():
    said = page({"S3": measured(n=220)})

    assert "Not measured in this run: S1, S2, S4, S5" in said
    assert "below the 1,500 tickets of a full one: S3." in said
    assert "## Recorded days" not in said
    assert "## Where it is weak" in said


def test_the_group_that_held_least_is_named_with_its_tickets():
    few = {"n": 210, "coverage80": 0.76, "coverage80_ci": [0.7, 0.82], "latest_share": 0.9}
    many = {**few, "n": 900, "coverage80": 0.8}

    said = page({"S6": measured(groups={"vip 0": few, "ordinary 0": many})})

    assert "| S6 | 2 | 210 | vip 0 | 210 | 0.760 | 0.700–0.820 | 0.900 |" in said


def test_what_a_layer_gained_is_said_and_whether_it_wins():
    layer = {**dict.fromkeys(LAYER, 1.5), "scenario": "S3", "n": 6_000, "wins": False}

    assert "| S3 | 6000 | 1.500 |" in page({"layer.S3": layer})
    assert "| no |" in page({"layer.S3": layer})
