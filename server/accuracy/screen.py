"""The figures for a terminal: lines of at most 80 cells, in Chinese or English."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from server.accuracy.figures import Accuracy, Held, Part
from shared.columns import cells as cells_of
from shared.columns import fit, plain
from shared.i18n import text
from shared.printing.paper import broken
from shared.protocol import Language, Words

WIDTH: Final = 80
NAME_CELLS: Final = 24
CELLS: Final = (NAME_CELLS, 8, 8, 10, 10, 8)
HEADS: Final = ("tickets", "coverage", "in_time", "error", "bias")
NOTHING: Final = "-"


def lines(
    one: Accuracy, name: Words, services: Mapping[str, Words], language: Language
) -> list[str]:
    """The whole page."""
    every = (plain(line) for line in _page(one, name, services, language))
    return [row for line in every for row in _fitting(line)]


def _fitting(line: str) -> list[str]:
    if cells_of(line) <= WIDTH:
        return [line.rstrip()]
    return list(broken(line, lambda part: cells_of(part) <= WIDTH))


def percent(share: float | None) -> str:
    """A share in whole and tenths of a percent."""
    return NOTHING if share is None else f"{share * 100:.1f}%"


def minutes(value: float | None) -> str:
    """Minutes and tenths of them."""
    return NOTHING if value is None else f"{value:.1f}"


def cells(held: Held) -> list[str]:
    """What a line of a table says of some ranges."""
    return [
        str(held.counted),
        percent(held.coverage),
        percent(held.in_time_share),
        minutes(held.mean_error_minutes),
        minutes(held.bias_minutes),
    ]


def named(service: str, services: Mapping[str, Words], language: Language) -> str:
    """A service by its name; one that is not configured any more by its id."""
    words = services.get(service)
    return (getattr(words, language) if words is not None else "") or service


def _page(
    one: Accuracy, name: Words, services: Mapping[str, Words], language: Language
) -> Iterator[str]:
    shown = getattr(name, language) or one.branch
    days = {"first": one.first_day, "last": one.last_day}
    yield text(language, "accuracy.title", name=shown, **days)
    if one.kind == "rehearsal":
        yield text(language, "report.rehearsal")
    if not one.every.shown:
        yield text(language, "accuracy.nothing")
        return
    yield ""
    yield _row([text(language, f"accuracy.head.{head}") for head in ("what", *HEADS)])
    yield _row([text(language, "accuracy.tickets"), *cells(one.tickets)])
    yield _row([text(language, "accuracy.every"), *cells(one.every)])
    parts: tuple[tuple[str, Sequence[Part], Callable[[str], str]], ...] = (
        ("services", one.services, lambda service: named(service, services, language)),
        ("lanes", one.lanes, lambda lane: text(language, f"lane.{lane}")),
        ("weeks", one.weeks, str),
    )
    for title, some, said in parts:
        yield ""
        yield text(language, f"accuracy.{title}")
        for part in some:
            yield _row([said(part.name), *cells(part.held)])
    yield ""
    yield from _notes(one, language)


def _notes(one: Accuracy, language: Language) -> Iterator[str]:
    held = one.tickets
    yield text(language, "accuracy.targets")
    yield text(language, "accuracy.left_out", open=held.open, left=held.left, changed=held.changed)
    if held.slipped:
        yield text(language, "accuracy.slipped", n=one.every.slipped)
    if held.learned < held.shown:
        yield text(language, "accuracy.by_priors", n=held.shown - held.learned)


def _row(content: Sequence[str]) -> str:
    first, *others = zip(content, CELLS, strict=True)
    return " ".join([fit(*first), *(fit(one, width, right=True) for one, width in others)])
