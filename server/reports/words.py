"""How a report's lines get their words: looked up by whoever calls, as this package reads no
files."""

from __future__ import annotations

from typing import Protocol

from shared.protocol import Language


class Text(Protocol):
    """Looks up a sentence."""

    def __call__(self, lang: Language, key: str, **values: object) -> str: ...
