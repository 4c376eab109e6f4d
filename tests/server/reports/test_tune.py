"""Weights that would have served better are proposed, by the days as they were, and never more."""

import random
import tomllib

import msgspec
import pytest

from server.domain.configuration import CARE, PRESETS, Preset
from server.reports.past import Desk, Job, PastDay, Span
from server.reports.screen_tune import lines_of_tuning
from server.reports.tune import ESCALATIONS, HEAD_STARTS, LONGEST_MAX, P95_MAX, RATES, tune
from shared.columns import cells
from shared.i18n import LANGUAGES, text
from shared.protocol import Lane
from tests.server.domain.story import a_branch

MIX: tuple[tuple[tuple[Lane, ...], float], ...] = (((), 0.75), (("care",), 0.25))


def a_day(seed, *, people=120, counters=2, work=7.0):
    """Eight hours at which people come as chance has it."""
    chance = random.Random(seed)
    jobs = []
    for visit in range(people):
        here = chance.uniform(540, 960)
        lanes = chance.choices([m[0] for m in MIX], [m[1] for m in MIX])[0]
        lane = lanes[0] if lanes else "ordinary"
        took = chance.uniform(0.5, 1.5) * work
        jobs.append(Job(visit, "A", lanes, here, here, took, lane=lane))
    desks = tuple(Desk(n, (Span(540.0, 1200.0, ("A",)),)) for n in range(1, counters + 1))
    return PastDay(f"2026-11-{seed:02}", tuple(jobs), desks)


@pytest.fixture(scope="module")
def busy_days():
    return [a_day(seed) for seed in range(2, 7)]


def tuned(days, preset="simple", **calling):
    return tune(a_branch(calling={"preset": preset, **calling}), days)


@pytest.fixture(scope="module")
def report(busy_days):
    return tuned(busy_days)


def lane(trial, name):
    return next(one for one in trial.lanes if one.lane == name)


def test_every_preset_is_played_beside_first_come_and_what_is_in_force(report):
    names = [trial.name for trial in report.trials]

    assert names == ["first_come", "now", "simple", "balanced", "care", "strict"]
    assert len({lane(trial, "ordinary").wait.n for trial in report.trials}) == 1
    assert report.trials[1].preset == PRESETS["simple"]


def test_strict_priority_has_its_price_and_is_not_allowed(report):
    first, strict = report.trials[0], report.trials[-1]

    assert lane(strict, "care").wait.mean_ms < lane(first, "care").wait.mean_ms
    assert lane(strict, "ordinary").wait.max_ms > lane(first, "ordinary").wait.max_ms
    assert strict.longest_ratio > 1


def test_a_proposal_is_nearer_to_the_targets_and_within_what_ordinary_tickets_may_wait(report):
    now, best = report.trials[1], report.proposal

    assert best is not None
    assert best.short < now.short
    assert best.allowed
    assert best.p95_ratio <= P95_MAX
    assert best.longest_ratio <= LONGEST_MAX


def test_a_proposal_lies_on_the_grid(report):
    best = report.proposal

    care = best.preset.care
    assert best.name in PRESETS or (care.rate in RATES and care.head_start_minutes in HEAD_STARTS)
    assert best.preset.ordinary.escalate_minutes in ESCALATIONS
    assert best.preset.ordinary.rate == 1


def test_the_lane_nobody_is_in_keeps_its_weights(report):
    assert report.proposal.preset.vip in (PRESETS[p].vip for p in PRESETS)


def test_what_is_good_already_is_left_alone():
    quiet = [a_day(seed, people=40, counters=4) for seed in range(2, 7)]

    report = tuned(quiet, "balanced")

    assert report.trials[1].short == 0
    assert report.proposal is None
    assert report.enough


def test_the_same_setting_is_played_once(busy_days):
    report = tuned(busy_days, "care")

    assert report.trials[1].preset == CARE
    assert report.trials[1].lanes == report.trials[4].lanes
    assert report.played < 100


def test_of_too_few_days_nothing_is_concluded(busy_days):
    report = tuned(busy_days[:4])

    assert not report.enough
    assert report.proposal is None
    assert text("en", "report.tune.too_little")[:20] in "\n".join(
        lines_of_tuning(report, "en", text)
    )


def test_the_days_are_left_as_they_are(busy_days):
    before = [day.jobs for day in busy_days]

    assert tuned(busy_days) == tuned(busy_days)
    assert [day.jobs for day in busy_days] == before


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_fits_a_terminal_and_says_what_strict_costs(report, language):
    shown = lines_of_tuning(report, language, text)

    assert max(map(cells, shown)) <= 80
    assert any(text(language, "report.tune.strict")[:8] in line for line in shown)
    assert not any("~" in line for line in shown)


def test_what_is_proposed_can_be_written_into_the_branchs_file(report):
    shown = lines_of_tuning(report, "en", text)
    written = tomllib.loads("\n".join(shown[shown.index("[calling]") :]))

    name = written["calling"]["preset"]
    if name == "tuned":
        preset = msgspec.convert(written["calling"]["presets"]["tuned"], Preset, strict=False)
        assert preset == report.proposal.preset
    else:
        assert PRESETS[name] == report.proposal.preset
