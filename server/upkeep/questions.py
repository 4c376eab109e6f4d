"""What `lobby init` asks, one question at a time; whoever presses Enter gets what is in brackets.

Questions go to where errors go, so that the output stays what a program may read.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from server.upkeep.errors import CannotDo
from server.upkeep.init import Wishes, mistake_in
from shared.cleaning import clean_text
from shared.i18n import text
from shared.protocol import Language

NAME_CELLS_MAX: Final = 60
"""A name has to fit on a screen beside other things."""

ASKED: Final = ("id", "name_zh", "name_en", "time_zone")


def ask(
    wishes: Wishes,
    questions: list[str],
    language: Language,
    read: Callable[[], str],
    tell: Callable[[str], None],
) -> Wishes:
    """The wishes with the answers to these questions, each asked until it can be."""
    for question in questions:
        wishes = _answered(wishes, question, language, read, tell)
    return wishes


def _answered(
    wishes: Wishes,
    question: str,
    language: Language,
    read: Callable[[], str],
    tell: Callable[[str], None],
) -> Wishes:
    usual = getattr(wishes, question)
    while True:
        tell(f"{text(language, f'upkeep.init.ask.{question}')} [{usual}] ")
        line = read()
        if not line:
            raise CannotDo("no_answer")
        answered = with_answer(wishes, question, line)
        if mistake_in(answered) is None:
            return answered
        tell(f"{text(language, f'upkeep.init.wrong.{question}')}\n")


def with_answer(wishes: Wishes, question: str, typed: str) -> Wishes:
    """With this answer, unless nothing was typed."""
    cleaned = clean_text(typed, NAME_CELLS_MAX).strip()
    return replace(wishes, **{question: cleaned}) if cleaned else wishes


def zone_of_machine(
    environment: Mapping[str, str] = os.environ, local: Path = Path("/etc/localtime")
) -> str | None:
    """The machine's time zone, if it is that of a place: many machines are told nothing better
    than UTC, and no branch lives by that."""
    name = (
        environment.get("TZ", "").removeprefix(":")
        or str(local.resolve()).partition("zoneinfo/")[2]
    )
    if "/" not in name or name.startswith("Etc/"):
        return None
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None
    return name
