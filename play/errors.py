"""What stops a day from being played, in words that say what to do."""

from __future__ import annotations

from shared.i18n import text
from shared.protocol import Language


class CannotPlay(Exception):
    """The day cannot be played, and why: a sentence of the catalogue, or the server's own."""

    def __init__(self, key: str, **values: object) -> None:
        super().__init__(f"{key} {values}" if values else key)
        self.key = key
        self.values = values

    def says(self, language: Language) -> str:
        """The sentence."""
        return text(language, f"play.cannot.{self.key}", **self.values)
