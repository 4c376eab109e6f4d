"""Tables of figures for a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from shared.columns import cells, fit, plain
from shared.printing.paper import broken

NOTHING = "-"

SECOND_MS = 1_000


def row(content: Sequence[str], widths: Sequence[int]) -> str:
    """One line of a table: the first column to the left, the others to the right."""
    first, *others = zip(content, widths, strict=True)
    shown = [fit(*first), *(fit(text, width, right=True) for text, width in others)]
    return " ".join(shown).rstrip()


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], widths: Sequence[int]) -> list[str]:
    """A line of heads, and the rows below it."""
    return [row(heads, widths), *(row(content, widths) for content in rows)]


def wrapped(sentence: str, width: int) -> list[str]:
    """A sentence in lines that fit, those below the first one moved in."""
    first, *rest = list(broken(plain(sentence), lambda part: cells(part) <= width - 2)) or [""]
    return [first, *(f"  {line}" for line in rest)]


def duration(ms: int | None) -> str:
    """Minutes and seconds, also beyond the hour, as targets are in minutes: 6:05, 90:00."""
    if ms is None:
        return NOTHING
    minutes, seconds = divmod(round(ms / SECOND_MS), 60)
    return f"{minutes}:{seconds:02}"


def percent(share: float | None) -> str:
    """A share in percent. Only everything is shown as 100 %: nothing is rounded up to it."""
    return NOTHING if share is None else f"{int(share * 1000 + 1e-9) / 10:g}%"
