"""What recorded days have in common: which of them teach, and which are asked about."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final

GZIP_MAGIC: Final = b"\x1f\x8b"
TEACH_SHARE: Final = 0.75
"""Of the days of a file that comes with no dates."""


@dataclass(frozen=True)
class Split:
    """The days that teach, to `learn_until`, and those asked about: all of them included. What is
    not said follows from the rest, and from the days there are."""

    learn_until: date | None = None
    test_from: date | None = None
    test_until: date | None = None

    @property
    def said(self) -> bool:
        """Whether any date was given."""
        return any((self.learn_until, self.test_from, self.test_until))

    def of(self, days: Sequence[date]) -> tuple[list[date], list[date]]:
        """The days that teach and those asked about, each in order."""
        every = sorted(set(days))
        day = timedelta(days=1)
        learn_until, test_from = self.learn_until, self.test_from
        if learn_until is None and test_from is None:
            learn_until = every[max(0, int(len(every) * TEACH_SHARE) - 1)]
        if learn_until is None:
            assert test_from is not None, "one of them is"
            learn_until = test_from - day
        test_from = test_from or learn_until + day
        test_until = self.test_until or every[-1]
        asked = [one for one in every if test_from <= one <= test_until]
        # A day that is asked about has not been seen.
        taught = [one for one in every if one <= learn_until and one < test_from]
        if not asked or not taught:
            there = f"the days are {every[0]} to {every[-1]}"
            raise SystemExit(f"{there}: none to learn from, or none to ask about")
        return taught, asked


def rows(file: Path, columns: Sequence[str]) -> Iterator[dict[str, str]]:
    """The rows of a file, packed or not, that has these columns."""
    with file.open("rb") as start:
        packed = start.read(2) == GZIP_MAGIC
    with gzip.open(file, "rt", encoding="utf-8") if packed else file.open() as lines:
        table = csv.DictReader(lines)
        missing = set(columns) - set(table.fieldnames or ())
        if missing:
            raise SystemExit(f"{file} has no columns {', '.join(sorted(missing))}")
        yield from table
