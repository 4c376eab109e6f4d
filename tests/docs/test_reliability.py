"""The page of the fault tests names tests and benches that there are, and tells what they saw."""

import re
from pathlib import Path

import pytest

from bench import faults
from docs import reliability

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")
SECTIONS = re.findall(r"^## (T-\d.*?)\n(.*?)(?=^## )", PAGE, re.MULTILINE | re.DOTALL)

WANTED = {
    *("T-01", "T-02", "T-03", "T-04", "T-05", "T-07", "T-08", "T-11", "T-12"),
    *("T-16", "T-18", "T-19", "T-20", "T-21", "T-23", "T-25", "T-29", "T-30"),
}


def test_every_fault_that_was_promised_has_its_section():
    assert {name for title, _ in SECTIONS for name in re.findall(r"T-\d\d", title)} == WANTED


@pytest.mark.parametrize(("title", "text"), SECTIONS, ids=[title for title, _ in SECTIONS])
def test_each_section_names_a_test_and_everything_it_names_is_there(title, text):
    named = re.findall(r"`((?:tests|bench)/[\w/]+\.py)`", text)

    assert any(path.startswith("tests/") for path in named)
    assert [path for path in named if not (ROOT / path).is_file()] == []


@pytest.mark.parametrize("bench", faults.FAULTS)
def test_each_bench_is_there_and_nothing_that_was_seen_is_broken(bench):
    seen = reliability.read().get(bench)

    assert (ROOT / "bench" / f"{bench}.py").is_file()
    assert seen is None or not any(check.problems for check in seen.checks)


def test_the_kills_and_the_power_cuts_were_run_for_the_page():
    assert {"kill", "power"} <= set(reliability.read())
