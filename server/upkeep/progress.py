"""How far long work is: one line on a terminal that is written over; elsewhere nothing."""

from __future__ import annotations

import sys
from typing import Final, Literal, TextIO, TypeAlias

from shared.i18n import text
from shared.protocol import Language

Step: TypeAlias = Literal["copying", "structure", "rows", "private_rows"]

CLEAR: Final = "\r\x1b[K"


class Progress:
    """`language` None: say nothing at all."""

    def __init__(self, language: Language | None = None, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._language = language if language and self._stream.isatty() else None
        self._shown = ""

    def at(self, step: Step, done: int = 0, whole: int = 0) -> None:
        """So much is done of it; without `whole` nobody knows how much there is."""
        if self._language is None:
            return
        part = f"{min(99, 100 * done // whole)} %" if whole else "…"
        line = text(self._language, f"upkeep.progress.{step}", part=part)
        if line != self._shown:
            self._write(f"{CLEAR}{line}")
            self._shown = line

    def done(self) -> None:
        """Take the line away."""
        if self._shown:
            self._write(CLEAR)
            self._shown = ""

    def _write(self, shown: str) -> None:
        self._stream.write(shown)
        self._stream.flush()


SILENT: Final = Progress()
