"""docs/accuracy.md says what was measured, and what was not."""

from bench.accuracy_page import COLUMNS, page


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


def test_what_was_not_measured_and_what_was_measured_shortly_is_said():
    said = page({"S3": measured(n=220)})

    assert "Not measured in this run: S1, S2, S4, S5" in said
    assert "below the 1,500 tickets of a full one: S3." in said
    assert "## Recorded days" not in said
    assert "## Where it is weak" in said
