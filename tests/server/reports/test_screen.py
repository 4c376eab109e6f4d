"""The report as people read it on a terminal."""

import pytest
from msgspec.structs import replace
from rich.cells import cell_len

from server.reports import screen
from server.reports.columns import duration, percent, row
from server.reports.day import figures
from shared.i18n import LANGUAGES, text
from shared.protocol import (
    AskHelp,
    CallNumber,
    CloseAlert,
    PauseCounter,
    SetCounterServices,
    SignOffDuty,
    SignOnDuty,
    UndoAction,
    Words,
)
from tests.random_days.random_day import seeded
from tests.server.reports.lived import dates, lived
from tests.server.reports.told import report_of, serve, until


@pytest.fixture
def report(story):
    """A day with something in every section."""
    story.open(1, 3)
    for _ in range(3):
        story.take("A")
    story.take("A", "care")
    story.given(AskHelp, counter=1, kind="authorise")
    story.given(CloseAlert, alert=1, outcome="solved")
    serve(story, 1, "09:10", "09:11", "09:17")
    story.call(1)
    story.given(UndoAction, counter=1)
    story.given(PauseCounter, counter=1, reason="meal", by="operations_supervisor")
    story.given(SetCounterServices, counter=6, services=("Q", "F"), reason="peak")
    story.given(CallNumber, counter=3, number="A003", reason="agreed_with_customer")
    story.at("12:00")
    story.given(SignOffDuty, staff="li")
    story.at("12:05")
    story.given(SignOnDuty, staff="li")
    until(story, "12:30")
    return report_of(story)


def shown(report, language):
    return screen.lines(report, language, text)


def line_of(report, begins, language="en", nth=0):
    """The cells of a line, by how it begins."""
    found = [line for line in shown(report, language) if line.startswith(begins)]
    return found[nth].removeprefix(begins).split()


def test_figures_stand_where_their_heads_say(report):
    assert line_of(report, "Tickets") == "issued done left given up unserved here".split()
    assert line_of(report, "all") == ["4", "1", "0", "1", "0", "2"]
    assert line_of(report, "Times  ") == "number mean median P90 P95 longest".split()
    assert line_of(report, "wait") == ["1", *["10:00"] * 5]
    assert line_of(report, "walk") == ["1", *["1:00"] * 5]
    assert line_of(report, "wait after a transfer") == ["0", *"-----"]
    assert line_of(report, "meal") == ["1", "193:00"]
    assert line_of(report, "09:15") == ["0", "1", "3", "-"]
    assert line_of(report, "Calls by rule") == ["number"]


def test_every_section_is_there(report):
    told = "\n".join(shown(report, "en"))

    for words in (
        "Report of the day: Model branch, 2026-11-16",
        "Opened 08:00; still open, figures up to 12:30.",
        "Nobody on duty from 12:00 to 12:05.",
        "covered 220:00 (97.7%)",
        "a counter asks for authorisation",
        "Call a number                     agreed with the customer",
        "Change counter services           peak hours",
        "Taken back",
    ):
        assert words in told


def test_both_languages_have_the_same_lines(report):
    zh, en = shown(report, "zh"), shown(report, "en")

    assert len(zh) == len(en)
    assert [line == "" for line in zh] == [line == "" for line in en]


@pytest.mark.parametrize("language", LANGUAGES)
def test_columns_stand_one_below_the_other(report, language):
    lines = shown(report, language)
    waits = [n for n, line in enumerate(lines) if line.startswith(("wait", "\u7b49\u5019 "))]

    # The head of the means, and every row below it, end at the same cell.
    begin = waits[0] + 6
    table = lines[begin : lines.index("", begin)]
    assert len(table) > 15
    assert len({cell_len(line) for line in table}) == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_line_is_wider_than_a_terminal(report, language):
    long = replace(report, name=Words(zh="\u884c" * 200, en="branch " * 28))

    for line in (*shown(report, language), *shown(long, language)):
        assert cell_len(line) <= screen.WIDTH
        assert line == line.rstrip()


@pytest.mark.parametrize("seed", range(12))
def test_any_day_can_be_shown(seed):
    history, kind = lived(seeded(seed))

    for day in dates(history):
        for language in LANGUAGES:
            lines = shown(figures(history, day, kind), language)
            assert max(map(cell_len, lines)) <= screen.WIDTH


def test_a_rehearsal_a_late_closing_and_practice_are_told(report):
    odd = replace(report, kind="rehearsal", closed_at=report.until, late=True, practice=3)

    head = shown(odd, "en")[1:4]

    assert head[0].startswith("A rehearsal")
    assert "closed afterwards (12:30)" in head[1]
    assert "Practice visits, counted nowhere below: 3." in head[2]


def test_a_branch_that_asks_for_no_duty_is_not_told_of_gaps(report):
    free = replace(report, duty=replace(report.duty, required=False))

    assert not any(line.startswith(("Duty", "Nobody on duty")) for line in shown(free, "en"))


# --- Cells -----------------------------------------------------------------------------------


def test_figures_stand_at_the_right_whatever_the_script():
    assert row(["\u53f7", "1", "22"], (4, 3, 3)) == "\u53f7     1  22"


@pytest.mark.parametrize(
    ("ms", "told"),
    [
        (None, "-"),
        (0, "0:00"),
        (499, "0:00"),
        (59_600, "1:00"),
        (365_000, "6:05"),
        (5_400_000, "90:00"),
    ],
)
def test_durations_are_minutes_and_seconds(ms, told):
    assert duration(ms) == told


@pytest.mark.parametrize(
    ("share", "told"),
    [(None, "-"), (0.0, "0%"), (0.6667, "66.6%"), (0.85, "85%"), (0.9999, "99.9%"), (1.0, "100%")],
)
def test_only_everything_is_a_hundred_percent(share, told):
    assert percent(share) == told
