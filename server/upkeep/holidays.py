"""`lobby calendar import`: writes a year's public holidays into the file of a branch.

The dates come from the `holidays` library, which is asked here and nowhere else: a server runs
without it. What the operator wrote by hand stays and wins; only the lines between the two marks
are ours. The file is replaced only by one that can be served.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any, Final

from msgspec import Struct

from server.config import branch_faults, write_private
from server.domain.configuration import BranchConfig, Weekday
from server.upkeep.errors import CannotDo
from shared.config import loads

BEGIN: Final = "# >>> lobby calendar import: what stands below is replaced by the next import"
END: Final = "# <<< lobby calendar import"

WEEKEND: Final = 5
"""The number of Saturday in a week from Monday on."""

OURS: Final = re.compile(
    rf"\n*^{re.escape(BEGIN)}$.*?^{re.escape(END)}$\n?", re.MULTILINE | re.DOTALL
)


class Special(Struct, frozen=True):
    """A closed day, or a weekend worked `like` a weekday, and what the library calls it."""

    date: str
    name: str
    like: Weekday | None = None


class Imported(Struct, frozen=True):
    """What was written. `kept` are dates that the file had by hand already; `swaps_missing` says
    that no worked weekends are known for a country that had some the year before."""

    file: Path
    year: int
    closed: int
    worked: int
    kept: tuple[str, ...] = ()
    swaps_missing: bool = False


def import_holidays(
    file: Path, country: str, subdivision: str | None, year: int, like: Weekday
) -> Imported:
    """Put the year's special days into the branch's file. Raises CannotDo and ConfigError."""
    library = _library()
    special = specials(_calendar(library, country, subdivision, year), year, like)
    if not special:
        raise CannotDo("no_holidays", country=country, year=year)
    swapped = any(one.like for one in special)
    before = specials(_calendar(library, country, subdivision, year - 1), year - 1, like)
    return written(
        file, special, year, swaps_missing=not swapped and any(one.like for one in before)
    )


def specials(calendar: Any, year: int, like: Weekday) -> list[Special]:
    """The special days that the library's calendar knows of a year, in order."""
    worked = {day for day in getattr(calendar, "weekend_workdays", ()) if day.year == year}
    closed = [
        Special(day.isoformat(), str(name))
        for day, name in calendar.items()
        if day.year == year and day not in worked
    ]
    open_ = [Special(day.isoformat(), "", like) for day in worked if day.weekday() >= WEEKEND]
    return sorted([*closed, *open_], key=lambda one: one.date)


def written(
    file: Path, special: Iterable[Special], year: int, *, swaps_missing: bool = False
) -> Imported:
    """The file with these days of that year in it; other years' imports stay."""
    text = file.read_text(encoding="utf-8")
    ours = OURS.search(text)
    by_hand = OURS.sub("\n", text).rstrip("\n") + "\n"
    taken = {one["date"] for one in _exceptions(by_hand)}
    others = [
        Special(one["date"], _named(ours[0], one["date"]) if ours else "", one.get("like"))
        for one in (_exceptions(ours[0]) if ours else ())
        if int(one["date"][:4]) != year
    ]
    new = [one for one in special if one.date not in taken]
    wanted = sorted([*others, *new], key=lambda one: one.date)
    content = f"{by_hand}\n{BEGIN}\n{''.join(map(_as_toml, wanted))}\n{END}\n"
    config = loads(content, BranchConfig, file)
    for fault in branch_faults(file, config):
        raise CannotDo("calendar_faulty", file=file, key=fault.key, expected=fault.expected)
    write_private(file, content.encode())
    return Imported(
        file=file,
        year=year,
        closed=sum(one.like is None for one in new),
        worked=sum(one.like is not None for one in new),
        kept=tuple(one.date for one in special if one.date in taken),
        swaps_missing=swaps_missing,
    )


def _exceptions(text: str) -> list[Mapping[str, Any]]:
    hours = tomllib.loads(text).get("hours", {})
    found: list[Mapping[str, Any]] = hours.get("exceptions", [])
    return found


def _named(block: str, day: str) -> str:
    found = re.search(rf'^date = "{day}"  # (.*)$', block, re.MULTILINE)
    return found[1] if found else ""


def _as_toml(one: Special) -> str:
    name = f"  # {' '.join(one.name.split())}" if one.name else ""
    like = f'like = "{one.like}"\n' if one.like else ""
    return f'\n[[hours.exceptions]]\ndate = "{one.date}"{name}\n{like}'


def _library() -> Any:
    try:
        import holidays
    except ImportError:
        raise CannotDo("no_holidays_library") from None
    return holidays


def _calendar(library: Any, country: str, subdivision: str | None, year: int) -> Mapping[date, str]:
    try:
        found: Mapping[date, str] = library.country_holidays(
            country, subdiv=subdivision, years=year
        )
    except NotImplementedError:
        raise CannotDo("no_such_country", country=country) from None
    return found
