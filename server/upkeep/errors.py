"""Why something cannot be done to a data folder, in a sentence that says what to do."""

from __future__ import annotations

from server.upkeep.findings import Fault
from shared.i18n import text
from shared.protocol import Language


class CannotDo(Exception):
    """In English as str(), in any language from `told`. A fault among the values is told too."""

    def __init__(self, code: str, **values: object) -> None:
        self.code = code
        self._values = values
        super().__init__(self.told("en"))

    def told(self, language: Language) -> str:
        """The sentence in that language."""
        said = {
            name: value.told(language) if isinstance(value, Fault) else value
            for name, value in self._values.items()
        }
        return text(language, f"upkeep.cannot.{self.code}", **said)
