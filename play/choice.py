"""Which day is to be played: the file that was named, or one that is generated.

A file that is not where it was said to be is looked for among the data sets too, in the folder
that `LOBBY_DATA` names.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Literal

from msgspec import Struct
from msgspec.structs import replace

from play import branch_file
from play.bank import days_of, is_bank
from play.branch_day import branch_day
from play.csv_day import day_of
from play.errors import CannotPlay
from play.plan import DayPlan, moved
from play.s3_day import s3_day
from play.table import Table
from shared.i18n import text
from shared.protocol import Language

DATA_SETS: Final = Path("../shared/data")

EARLIEST_SECONDS: Final = 3_600.0
LATEST_SECONDS: Final = 22 * 3_600.0
"""Between these a day has room before and after it: for everybody to come to work, and for
whoever still waits to be served before midnight."""


class Chosen(Struct, frozen=True, kw_only=True):
    """A day to play. `made` tells that no branch comes with it: it needs one of its own."""

    plan: DayPlan
    title: str
    made: bool


def recorded(file: Path, date: str | None, language: Language) -> Chosen:
    """The day of a file; raises DayFileError and CannotPlay."""
    table = Table(found(file))
    if is_bank(table):
        days = days_of(table)
        if date not in days:
            some = ", ".join(sorted(days)[:3])
            raise CannotPlay("which_date", some=some, first=min(days), last=max(days))
        title = text(language, "play.title.bank", date=date)
        return Chosen(plan=days[date], title=title, made=True)
    if date is not None:
        raise CannotPlay("no_dates", file=file)
    title = text(language, "play.title.file", file=file.name)
    return Chosen(plan=day_of(table), title=title, made=True)


def generated(kind: Literal["branch", "s3"], seed: int | None, language: Language) -> Chosen:
    """A day of that kind; without a seed any one, and its title tells which."""
    seed = secrets.randbelow(10**6) if seed is None else seed
    plan = branch_day(seed) if kind == "branch" else s3_day(seed)
    title = text(language, f"play.title.{kind}", seed=seed)
    return Chosen(plan=plan, title=title, made=kind == "s3")


def with_counters(plan: DayPlan, counters: int | None) -> DayPlan:
    """The day's own counters, or as many as were asked for, or as it needs."""
    if plan.counters:
        return plan
    if counters is not None:
        return replace(plan, counters=branch_file.counters_of(counters))
    return replace(plan, counters=branch_file.enough_counters(plan.customers))


def fitted(plan: DayPlan) -> tuple[DayPlan, float]:
    """The day moved by whole hours so that it has room before midnight; by how many."""
    hours = 0
    while plan.last_seconds + hours * 3_600 > LATEST_SECONDS:
        hours -= 1
    while plan.first_seconds + hours * 3_600 < EARLIEST_SECONDS:
        hours += 1
    if plan.last_seconds + hours * 3_600 > LATEST_SECONDS:
        raise CannotPlay("too_long", hours=(LATEST_SECONDS - EARLIEST_SECONDS) / 3_600)
    return (moved(plan, hours * 3_600), hours) if hours else (plan, 0)


def found(file: Path, environment: Mapping[str, str] = os.environ) -> Path:
    """Where a file is: as it was named, or among the data sets."""
    data = Path(environment.get("LOBBY_DATA", "") or DATA_SETS)
    for there in (file, data / file):
        if there.is_file():
            return there
    return file
