"""Reads a TOML file into a struct, strictly. Everything wrong is a ConfigError.

The error names the file, the key as it is written in TOML, and what was expected there, in
plain words: whoever reads it has the file open and no interest in Python. The structs carry
the rules (types, bounds, no unknown keys); what fits together is asked by whoever loads.
"""

from __future__ import annotations

import re
import tomllib
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec

FILE_BYTES_MAX: Final = 1_048_576
"""More than any configuration a person writes; a file beyond it is some other file."""

Configured = TypeVar("Configured")


class ConfigError(Exception):
    """What is wrong in a configuration file: the file, the key, and what was expected there.

    `key` is empty when the fault is of the whole file, "line 3, column 5" when the file is not
    TOML.
    """

    def __init__(self, file: str | Path, key: str, expected: str) -> None:
        super().__init__(
            ": ".join(part for part in (str(file), key, f"expected {expected}") if part)
        )
        self.file = file
        self.key = key
        self.expected = expected


def load(path: str | Path, struct: type[Configured]) -> Configured:
    """What the file says, as that struct."""
    try:
        with Path(path).open("rb") as file:
            content = file.read(FILE_BYTES_MAX + 1)
    except FileNotFoundError:
        raise ConfigError(path, "", "a file, but there is none") from None
    except IsADirectoryError:
        raise ConfigError(path, "", "a file, but this is a folder") from None
    except PermissionError:
        raise ConfigError(path, "", "a file that this user may read") from None
    except OSError as error:
        raise ConfigError(path, "", f"a file that can be read ({error.strerror})") from None
    if len(content) > FILE_BYTES_MAX:
        raise ConfigError(path, "", f"a file of at most {FILE_BYTES_MAX} bytes")
    return loads(_decoded(content, path), struct, path)


def loads(text: str, struct: type[Configured], name: str | Path) -> Configured:
    """What the text says, as that struct; `name` stands for the file in errors."""
    try:
        # A byte order mark is what some editors put first; nobody sees it there.
        values = tomllib.loads(text.removeprefix("\ufeff"))
    except RecursionError:
        raise ConfigError(name, "", "fewer brackets within brackets") from None
    except ValueError as error:  # TOMLDecodeError is one; a number of 5,000 digits is another
        raise _not_toml(str(error), text, name) from None
    try:
        return msgspec.convert(values, struct, builtin_types=(datetime, date, time))
    except msgspec.ValidationError as error:
        from shared.config_words import expected_at  # it knows much, and is hardly ever asked

        key, expected = expected_at(values, struct, str(error))
        raise ConfigError(name, key, expected) from None


def _decoded(content: bytes, path: str | Path) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ConfigError(path, f"line {line}", "text in UTF-8") from None


def _not_toml(problem: str, text: str, name: str | Path) -> ConfigError:
    found: Any = re.fullmatch(r"(.*) \(at (line \d+, column \d+|end of document)\)", problem, re.S)
    what, where = found.groups() if found else (problem, "")
    if where == "end of document":
        lines = text.split("\n")
        where = f"line {len(lines)}, column {len(lines[-1]) + 1}"
    return ConfigError(name, where, f"valid TOML ({what[:1].lower()}{what[1:]})")
