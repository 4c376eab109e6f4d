"""Reads a table of appointments, as a spreadsheet or another system writes it: every line or none.

What is wrong is found all at once, each with its line and column: whoever mends a table of a
thousand lines wants to do it once. Whether the times are free is asked of the rules afterwards.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from msgspec import Struct

from server.domain import hours
from server.domain.configuration import BranchConfig
from server.domain.slots import slots
from server.free_text import fitting
from server.reports.tables import FORMULA_STARTS
from server.upkeep.errors import CannotDo
from server.vault.phones import is_phone
from shared.i18n import text
from shared.mail_addresses import is_mail
from shared.protocol import Language

LINES_MAX: Final = 5_000
"""More than a branch can take within its horizon."""

BYTES_MAX: Final = 4 * 1_048_576

NEEDED: Final = ("date", "time", "service")
LENGTHS: Final = {"name": 60, "phone": 32, "mail": 100, "note": 60, "amount": 12}
SAID_BY_EXPORT: Final = ("state", "confirmed", "moved", "id")
"""Columns of an export that say nothing of a new appointment; one that is over is not imported."""

COLUMNS: Final = (*NEEDED, *LENGTHS, "language", "low_counter", "speaks", *SAID_BY_EXPORT)

_DATE: Final = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")
_TIME: Final = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_AMOUNT: Final = re.compile(r"[0-9]{1,12}")


class Line(Struct, frozen=True):
    """One appointment to be, from line `number`; `said` is what it says of a person."""

    number: int
    service: str
    slot: int
    said: Mapping[str, str]
    language: Language = "zh"
    low_counter: bool = False
    speaks: Language | None = None

    def __repr__(self) -> str:
        return f"Line({self.number})"


class Wrong(Struct, frozen=True):
    """What is wrong in a line, and where; `code` is a key of the catalogue, or `text` the words of
    the rules."""

    line: int
    column: str
    code: str = ""
    said: Mapping[Language, str] = {}

    def told(self, language: Language) -> str:
        """In a sentence, without what stands there: it may be somebody's number."""
        words = self.said[language] if self.said else text(language, f"upkeep.line.{self.code}")
        return text(
            language, "upkeep.appointments.wrong", line=self.line, column=self.column, words=words
        )


def read(file: Path, branch: BranchConfig) -> tuple[list[Line], list[Wrong]]:
    """The lines, or what is wrong with them. Raises CannotDo where it is no table at all."""
    try:
        content = file.read_bytes()[: BYTES_MAX + 1].decode("utf-8-sig")
    except OSError as error:
        raise CannotDo("unreadable", file=file, why=error.strerror) from None
    except UnicodeDecodeError:
        raise CannotDo("not_utf8", file=file) from None
    if len(content.encode()) > BYTES_MAX:
        raise CannotDo("too_many_lines", file=file, most=LINES_MAX)
    reader = csv.DictReader(io.StringIO(content, newline=""), strict=True)
    try:
        return _lines(file, reader, branch)
    except csv.Error as error:
        raise CannotDo("not_csv", file=file, line=reader.line_num, why=error) from None


def _lines(
    file: Path, reader: csv.DictReader[str], branch: BranchConfig
) -> tuple[list[Line], list[Wrong]]:
    columns = [name.strip() for name in reader.fieldnames or ()]
    reader.fieldnames = columns
    for name in NEEDED:
        if name not in columns:
            raise CannotDo("column_missing", file=file, column=name)
    if unknown := [name for name in columns if name not in COLUMNS]:
        raise CannotDo("column_unknown", file=file, column=unknown[0], known=", ".join(COLUMNS))
    if len(set(columns)) < len(columns):
        raise CannotDo("column_twice", file=file)
    lines: list[Line] = []
    wrong: list[Wrong] = []
    for cells in reader:
        number = reader.line_num
        if len(lines) + len(wrong) >= LINES_MAX:
            raise CannotDo("too_many_lines", file=file, most=LINES_MAX)
        if None in cells or None in cells.values():
            wrong.append(Wrong(number, columns[-1], "cells"))
            continue
        said = {name: _plain(value) for name, value in cells.items()}
        if found := list(_mistakes(number, said, branch)):
            wrong += found
        else:
            lines.append(_line(number, said, branch))
    return lines, wrong


def _plain(cell: str) -> str:
    """Without the apostrophe that keeps a spreadsheet from taking it for a formula."""
    cell = cell.strip()
    return cell[1:] if cell[:1] == "'" and cell[1:].startswith(FORMULA_STARTS) else cell


def _mistakes(number: int, said: Mapping[str, str], branch: BranchConfig) -> Iterator[Wrong]:
    service = branch.service(said["service"])
    if service is None:
        yield Wrong(number, "service", "service")
    elif service.booking is None:
        yield Wrong(number, "service", "not_bookable")
    if not _DATE.fullmatch(said["date"]):
        yield Wrong(number, "date", "date")
    if not _TIME.fullmatch(said["time"]):
        yield Wrong(number, "time", "time")
    elif _DATE.fullmatch(said["date"]) and service and service.booking and not _slot(said, branch):
        yield Wrong(number, "time", "no_slot")
    for column, length in LENGTHS.items():
        if len(said.get(column, "")) > length:
            yield Wrong(number, column, "too_long")
    if (phone := said.get("phone", "")) and not is_phone(phone):
        yield Wrong(number, "phone", "phone")
    if (mail := said.get("mail", "")) and not is_mail(mail):
        yield Wrong(number, "mail", "mail")
    if (amount := said.get("amount", "")) and not _AMOUNT.fullmatch(amount):
        yield Wrong(number, "amount", "amount")
    for column in ("language", "speaks"):
        if said.get(column, "") not in ("", "zh", "en"):
            yield Wrong(number, column, "language")
    if said.get("low_counter", "") not in ("", "0", "1"):
        yield Wrong(number, "low_counter", "yes_or_no")
    if said.get("state", "") not in ("", "booked"):
        yield Wrong(number, "state", "over")


def _slot(said: Mapping[str, str], branch: BranchConfig) -> int | None:
    """The instant of a time that can be booked."""
    service = branch.service(said["service"])
    try:
        at = hours.instant(branch, said["date"], said["time"])
    except ValueError:  # the thirtieth of February
        return None
    offered = slots(branch, service, said["date"]) if service else []
    return at if any(slot.at == at for slot in offered) else None


def _line(number: int, said: Mapping[str, str], branch: BranchConfig) -> Line:
    slot = _slot(said, branch)
    assert slot is not None, "it was looked for before"
    return Line(
        number=number,
        service=said["service"],
        slot=slot,
        said={n: fitting(said[n], length) for n, length in LENGTHS.items() if said.get(n)},
        language="en" if said.get("language") == "en" else "zh",
        low_counter=said.get("low_counter") == "1",
        speaks={"zh": "zh", "en": "en"}.get(said.get("speaks", "")),  # type: ignore[arg-type]
    )
