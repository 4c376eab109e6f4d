"""Reads a table of text (CSV, also packed with gzip) strictly; everything wrong says where it is.

Columns are known by their names, in any order. Bounded: a file somebody sends by mistake, or on
purpose, costs no more than the largest day. What the cells mean is left to `csv_day` and `bank`.
"""

from __future__ import annotations

import csv
import gzip
import io
import re
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, TypeAlias, TypeVar

from shared.i18n import text
from shared.protocol import Language

FILE_BYTES_MAX: Final = 32 * 2**20
"""Unpacked. Two months of a busy bank are 5 MB."""

CELL_CHARACTERS_MAX: Final = 200
SHOWN_CHARACTERS: Final = 40
"""So much of a cell that is wrong is repeated in the message."""

TIME_EXAMPLE: Final = "09:05:30"

GZIP_MAGIC: Final = b"\x1f\x8b"

Row: TypeAlias = Mapping[str, str]
Cell = TypeVar("Cell")


class DayFileError(Exception):
    """What is wrong in a file: where, and what was expected there. `says` puts it into words."""

    def __init__(
        self, file: Path, key: str, line: int = 0, column: str = "", **values: object
    ) -> None:
        super().__init__(f"{file}: {key}")
        self.file = file
        self.key = key
        self.line = line
        self.column = column
        self.values = values

    def says(self, language: Language) -> str:
        """The sentence: the file, the line, the column, and what was expected."""
        where = [str(self.file)]
        if self.line:
            where.append(text(language, "play.at_line", line=self.line))
        if self.column:
            where.append(text(language, "play.at_column", column=self.column))
        what = text(language, f"play.expected.{self.key}", example=TIME_EXAMPLE, **self.values)
        return text(language, "play.not_as_expected", where=" ".join(where), what=what)


class Table:
    """A file with a header. Iterating gives each row with its line number."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._reader = csv.reader(io.StringIO(_content(file)), strict=True)
        self.header = self._header()

    def rows(self) -> Iterator[tuple[int, Row]]:
        """Every row that is not empty, with the line it begins at."""
        while True:
            line = self._reader.line_num + 1
            row = self._next()
            if row is None:
                return
            if row:
                yield line, self._named(line, row)

    def _named(self, line: int, row: Sequence[str]) -> Row:
        if len(row) != len(self.header):
            raise self.error("cells", line, wanted=len(self.header), found=len(row))
        named = {name: cell.strip() for name, cell in zip(self.header, row, strict=True)}
        for name, cell in named.items():
            if len(cell) > CELL_CHARACTERS_MAX:
                raise self.error("short_cell", line, name, most=CELL_CHARACTERS_MAX)
        return named

    def error(self, key: str, line: int = 0, column: str = "", **values: object) -> DayFileError:
        """What is wrong at that place."""
        return DayFileError(self.file, key, line, column, **values)

    def require(self, needed: Sequence[str], allowed: Sequence[str]) -> None:
        """Refuse a header that lacks a column, or has one nobody would read."""
        for name in needed:
            if name not in self.header:
                raise self.error("column_there", 1, wanted=name, columns=", ".join(allowed))
        for name in self.header:
            if name not in allowed:
                raise self.error("column_known", 1, shown(name), columns=", ".join(allowed))

    def cell(self, line: int, row: Row, column: str, read: Callable[[str], Cell], key: str) -> Cell:
        """One cell, read; ValueError becomes what was expected there."""
        try:
            return read(row[column])
        except ValueError:
            raise self.error(key, line, column, found=shown(row[column])) from None

    def _header(self) -> list[str]:
        names = [name.strip() for name in self._next() or []]
        if not names:
            raise self.error("header", 1)
        for n, name in enumerate(names):
            if name in names[:n]:
                raise self.error("column_once", 1, shown(name))
        return names

    def _next(self) -> list[str] | None:
        try:
            return next(self._reader, None)
        except csv.Error:
            raise self.error("csv", self._reader.line_num) from None


def _content(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            content = opened.read(FILE_BYTES_MAX + 1)
        if content.startswith(GZIP_MAGIC):
            with gzip.open(io.BytesIO(content)) as packed:
                content = packed.read(FILE_BYTES_MAX + 1)
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise DayFileError(file, "gzip") from None
    except OSError as error:
        raise DayFileError(file, "readable", why=error.strerror or "") from None
    if len(content) > FILE_BYTES_MAX:
        raise DayFileError(file, "small_file", most=FILE_BYTES_MAX // 2**20)
    try:
        # A byte order mark is what spreadsheets put first; nobody sees it there.
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise DayFileError(file, "utf8", line) from None


def shown(cell: str) -> str:
    """A cell as it may be repeated on a terminal: short, and nothing in it that steers one."""
    plain = re.sub(r"[^\w .,:;+/@()-]", "?", cell)
    return plain if len(plain) <= SHOWN_CHARACTERS else f"{plain[:SHOWN_CHARACTERS]}…"
