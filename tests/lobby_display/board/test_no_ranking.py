"""AX-32: nothing ranks or targets turning customers away from the counter, least of all the old.

Held by what there is, not by what somebody means: by every field of every view, every report and
every setting, and by what the board draws.
"""

import re
from typing import Literal, get_args, get_origin, get_type_hints

import pytest
from msgspec import Struct

from lobby_display.board.day import FIGURES
from lobby_display.board.verbs import VERBS
from server.domain.configuration import BranchConfig
from server.reports.report import DayReport
from shared import protocol as p
from shared.i18n import catalogue

AWAY = re.compile(r"divert|machine|self_service|kiosk")
"""What sends somebody away from the counter."""

JUDGING = re.compile(r"rate|ratio|share|target|goal|rank|quota|score|best|percent|per_")
"""What a figure is judged by."""

OF_A_PERSON = re.compile(r"staff|teller|lane|care|age")
"""Whom such a figure would be held against, or made of."""


def structs_in(*roots):
    """Every struct that can be reached, with its fields."""
    seen, waiting = {}, list(roots)
    while waiting:
        kind = waiting.pop()
        if isinstance(kind, type) and issubclass(kind, Struct):
            if kind not in seen:
                seen[kind] = get_type_hints(kind)
                waiting += seen[kind].values()
        elif get_origin(kind) is not Literal:
            waiting += [one for one in get_args(kind) if one is not Ellipsis]
    return seen


VIEWS = structs_in(*get_args(p.View))
REPORTS = structs_in(DayReport)
SETTINGS = structs_in(BranchConfig)


@pytest.mark.parametrize(
    "structs", [VIEWS, REPORTS, SETTINGS], ids=["views", "reports", "settings"]
)
def test_nothing_judges_how_many_were_sent_to_a_machine(structs):
    away = [
        (kind, name) for kind, fields in structs.items() for name in fields if AWAY.search(name)
    ]

    assert away, "a rule that finds nothing to look at holds nothing"
    assert [f"{kind.__name__}.{name}" for kind, name in away if JUDGING.search(name)] == []


def test_a_figure_of_it_is_a_plain_count_and_of_nobody_in_particular():
    for kind, fields in REPORTS.items():
        for name, hint in fields.items():
            if AWAY.search(name):
                assert hint is not float, f"{kind.__name__}.{name}"
                assert not any(OF_A_PERSON.search(other) for other in fields), kind.__name__


def test_no_alert_is_about_too_few_at_the_machines():
    kinds = [kind for kind in get_args(p.AlertKind) if AWAY.search(kind)]

    assert kinds == ["machine_faulty"]


def test_the_board_draws_no_figure_of_it():
    drawn = [name for names in FIGURES for name in names]

    assert [name for name in drawn if AWAY.search(name)] == []


def test_showing_somebody_to_a_machine_is_offered_after_everything_that_brings_a_person():
    names = [verb.name for verb in VERBS if verb.about == "ticket"]

    assert names.index("promote") < names.index("divert")
    assert "divert" not in names[:5]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_sentence_of_the_board_asks_for_more_of_it(language):
    about = [key for key in catalogue(language) if key.startswith("board.") and "divert" in key]

    assert sorted(about) == ["board.head.diverted", "board.off.diverted", "board.verb.divert"]
