"""The figures of told waits, in a terminal and as a page."""

import re

import pytest

from server.accuracy import page, screen
from server.accuracy.figures import accuracy, monday_of, weeks_before
from server.accuracy.rows import Sums
from server.accuracy.shown import End
from server.accuracy_pages import html
from shared.columns import cells
from shared.i18n import LANGUAGES
from shared.protocol import Words
from tests.server.accuracy.told_ranges import DAY, a_range, a_record, keep, ms

NAME = Words(zh="<b>", en="Branch <b>")
SERVICES = {"A": Words(zh="A", en="Cash & more")}
LAST_WEEK = "2026-11-09"


@pytest.fixture
async def told():
    """Four tickets: three this week, one the week before; one called too late, one who left."""
    async with a_record() as record:
        notes = [
            a_range(1, day=LAST_WEEK, lane="care"),
            a_range(2),
            a_range(3, service="F"),
            a_range(4),
        ]
        ends = [End(1, "called", ms(15)), End(2, "called", ms(15)), End(3, "called", ms(30))]
        await keep(record, notes, [*ends, End(4, "left", ms(2))])
        found = await record.sums("main", LAST_WEEK, DAY)
    return accuracy("main", "real", LAST_WEEK, DAY, found)


def test_shares_are_of_those_that_count(told):
    held = told.tickets

    assert (held.shown, held.counted, held.covered, held.left) == (4, 3, 2, 1)
    assert held.coverage == pytest.approx(2 / 3, abs=1e-4)
    assert held.in_time_share == pytest.approx(2 / 3, abs=1e-4)
    assert held.mean_error_minutes == pytest.approx(5)
    assert held.bias_minutes == pytest.approx(-5)


def test_every_part_adds_up_to_the_whole(told):
    for parts in (told.services, told.lanes, told.weeks):
        assert sum(part.held.counted for part in parts) == told.tickets.counted
        assert sum(part.held.covered for part in parts) == told.tickets.covered
    assert [part.name for part in told.services] == ["A", "F"]
    assert [part.name for part in told.lanes] == ["care", "ordinary"]
    assert [part.name for part in told.weeks] == [LAST_WEEK, DAY]
    assert sum(one.tickets for one in told.said) == told.tickets.called


def test_weeks_begin_on_a_monday():
    assert monday_of("2026-11-22") == "2026-11-16"
    assert weeks_before("2026-11-22") == "2026-08-24"
    assert weeks_before("2026-11-22", weeks=1) == "2026-11-16"


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_line_is_wider_than_a_terminal(told, language):
    shown = screen.lines(told, NAME, SERVICES, language)

    assert any("66.6%" in line or "66.7%" in line for line in shown)
    assert len(shown) > 12
    assert max(map(cells, shown)) <= 80


@pytest.mark.parametrize("language", LANGUAGES)
def test_with_nothing_known_nothing_is_claimed(language):
    nothing = accuracy("main", "real", DAY, DAY, Sums([], []))
    branch = page.Branch("main", NAME, {})

    assert len(screen.lines(nothing, NAME, {}, language)) == 2
    for one in (nothing, None):
        shown = html(page.Page(one, branch, [branch], language)).decode()
        assert "%" not in shown
        assert "<table" not in shown
        assert "<svg" not in shown


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_needs_nothing_from_elsewhere_and_takes_names_for_words(told, language):
    branch = page.Branch("main", NAME, SERVICES)
    other = page.Branch("east", Words(), {})

    shown = html(page.Page(told, branch, [branch, other], language)).decode()

    assert "<b>" not in shown
    assert "&lt;b&gt;" in shown
    assert "<script" not in shown
    assert "style=" not in shown
    assert shown.count("<svg") == 2
    assert set(re.findall(r'(?:href|src)="([^"]*)"', shown)) == {
        page.STYLE,
        f"/accuracy?branch=main&amp;language={'en' if language == 'zh' else 'zh'}",
        f"/accuracy?branch=east&amp;language={language}",
    }
    if language == "en":
        assert "Cash &amp; more" in shown


def test_the_plots_say_in_words_what_they_show(told):
    branch = page.Branch("main", NAME, SERVICES)

    shown = html(page.Page(told, branch, [branch], "en")).decode()

    assert shown.count('role="img"') == 2
    for label in re.findall(r'role="img" aria-label="([^"]*)"', shown):
        assert f"<title>{label}</title>" in shown
