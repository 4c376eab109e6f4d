"""What was told is kept, and judged anew with the same figures."""

import json
from math import isnan

import pytest

from bench import waits
from bench.waiting_figures import Told
from bench.waiting_sample import Sample, judged, keep, kept, with_optimum_of


def told(day: int, minute: float, wait: float, branch: str = "") -> Told:
    return Told(day, "ordinary", 3, 600.0 + minute, wait, 10.0, (6.0, 10.0, 14.0), branch=branch)


def a_sample(*branches: str, first: bool = False, unit: str = "minutes") -> Sample:
    """Ten days of forty tickets a branch; in each branch but the first they wait twice as long."""
    waits = {name: 10.0 + 10.0 * (n > 0) for n, name in enumerate(branches)}
    every = [
        told(day, 10.0 * n, usual - 4.0 + n % 9, name)
        for day in range(10)
        for n in range(40)
        for name, usual in waits.items()
    ]
    head = {"scenario": "S3", "unit": unit}
    return Sample(head, every, {"ms_per_refresh": 1.0}, first=first)


def test_what_was_kept_is_judged_as_it_was_the_first_time(tmp_path):
    sample = a_sample("")
    sample.told[0].best, sample.told[0].best_width = 11.0, 5.0
    found = judged(sample)

    keep(sample, tmp_path)
    again = kept(tmp_path, "S3")

    assert again is not None
    assert isnan(again.told[1].best)
    assert judged(again) == found
    assert found["n_optimum"] == 1
    assert found["n"] == 400
    assert kept(tmp_path, "S4") is None


def test_the_optimum_of_the_same_tickets_need_not_be_asked_for_again():
    before, anew = a_sample(""), a_sample("")
    before.told[0].best, before.told[0].others = 11.0, {"QL": 3.0}
    anew.told[0].mean = 9.0

    found = with_optimum_of(before, anew)

    assert (found.told[0].mean, found.told[0].best) == (9.0, 11.0)
    assert found.told[0].others == {"QL": 3.0}
    before.told[0].wait += 1.0
    with pytest.raises(AssertionError, match="not the same tickets"):
        with_optimum_of(before, anew)


def test_each_branch_is_calibrated_by_its_own_waits():
    apart, pooled = a_sample("Wola", "Ursus"), a_sample("Wola", "Ursus")
    for one in pooled.told:
        one.branch = ""

    judged(apart), judged(pooled)

    low, high = apart.told[-2].told, apart.told[-1].told
    assert low[1] < high[1], "the branch where people wait longer is told more"
    assert pooled.told[-2].told == pooled.told[-1].told


def test_a_first_day_knows_nothing_of_other_days():
    sample = a_sample("", "Wola", first=True)
    judged(sample)

    begun = [one for one in sample.told if one.at == 600.0]

    assert len(begun) == 20
    assert {one.told for one in begun} == {(6.0, 14.0)}, "as it was forecast"


def test_lanes_and_depths_are_told_with_their_tickets_and_the_least_of_them_by_itself():
    found = judged(a_sample(""))

    assert found["groups"]["ordinary 3+"]["n"] == 400
    assert found["coverage80_worst"] == found["groups"]["ordinary 3+"]["coverage80"]


def test_what_is_of_seconds_is_told_in_seconds():
    minutes, seconds = judged(a_sample("")), judged(a_sample("", unit="seconds"))

    assert seconds["mae"] == round(60 * minutes["mae"], 2)
    assert seconds["coverage80"] == minutes["coverage80"]


def test_what_was_kept_can_be_judged_again_without_asking_anything(tmp_path, monkeypatch, capsys):
    keep(a_sample(""), tmp_path)
    asked_for = ["--again", "--keep", str(tmp_path), "--scenario", "S3", "S4", "--json"]
    monkeypatch.setattr("sys.argv", ["bench.waits", *asked_for])

    assert waits.main() == 0

    said = capsys.readouterr()
    assert json.loads(said.out)["n"] == 400
    assert "Nothing was kept of S4" in said.out + said.err
    assert json.loads((tmp_path / "S3.json").read_text())["scenario"] == "S3"
