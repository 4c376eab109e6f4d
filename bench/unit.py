"""Reads a unit file of systemd: what a service manager is told to do. No more of it than is used.

A key may come several times; an empty value forgets the ones before. Comments and lines that are
continued are understood.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

SECONDS: Final = {"": 1.0, "s": 1.0, "ms": 0.001, "min": 60.0}


class Unit:
    """One file; `%i` and `%I` stand for the instance."""

    def __init__(self, path: Path, instance: str = "") -> None:
        self.sections: dict[str, dict[str, list[str]]] = {}
        section = ""
        for line in path.read_text(encoding="utf-8").replace("\\\n", " ").splitlines():
            line = line.strip()
            if not line or line[0] in "#;":
                continue
            if line.startswith("["):
                section = line.strip("[]")
                self.sections.setdefault(section, {})
                continue
            key, _, value = line.partition("=")
            values = self.sections[section].setdefault(key.strip(), [])
            if not value.strip():
                values.clear()
            values.append(re.sub(r"%[iI]", instance, value.strip()))

    def all(self, key: str, section: str = "Service") -> Sequence[str]:
        """Every value of the key."""
        return [value for value in self.sections.get(section, {}).get(key, ()) if value]

    def one(self, key: str, default: str = "", section: str = "Service") -> str:
        """The last value of the key."""
        return next(iter(reversed(self.all(key, section))), default)

    def words(self, key: str) -> Sequence[str]:
        """All values of a key that is a list."""
        return [word for value in self.all(key) for word in value.split()]

    def seconds(self, key: str, default: str) -> float:
        """A value that is a time."""
        found = re.fullmatch(r"([0-9.]+)\s*(ms|s|min|)", self.one(key, default))
        assert found is not None, f"{key}={self.one(key)}"
        return float(found[1]) * SECONDS[found[2]]

    def command(self) -> Sequence[str]:
        """What it starts, word by word."""
        return shlex.split(self.one("ExecStart").lstrip("@-:+!"))

    def environment(self) -> Mapping[str, str]:
        """What it sets for the command."""
        pairs = [word.partition("=") for value in self.all("Environment") for word in value.split()]
        return {name: value for name, _, value in pairs}
