"""How a wait is told in words, on every screen and on paper alike."""

from __future__ import annotations

from shared.i18n import text
from shared.protocol import Language, WaitShown


def told(language: Language, wait: WaitShown | None) -> str:
    """The range; "" where nothing is known."""
    if wait is None:
        return ""
    if wait.low == 0:
        return text(language, "wait.within", minutes=wait.high)
    if wait.low == wait.high:
        return text(language, "wait.about", minutes=wait.high)
    return text(language, "wait.range", low=wait.low, high=wait.high)
