"""Sums up what happened at counters: pieces in, the same figures out for any part of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Literal, NamedTuple, TypeAlias, TypeVar

from msgspec import Struct

from server.domain.state import Branch
from server.reports.report import Share, Spread, Work
from shared.protocol import CounterId, VisitId

What: TypeAlias = Literal[
    "called",
    "recalled",
    "missed",
    "transferred",
    "wait",
    "transfer_wait",
    "walk",
    "serve",
    "wrap_up",
]

T = TypeVar("T")
Key = TypeVar("Key", bound=int | str)


class Desk(NamedTuple):
    """A counter and whoever sat there; "" where nobody had signed in."""

    counter: CounterId
    staff: str


def desk_of(branch: Branch, counter: CounterId) -> Desk:
    """A counter as it is manned now."""
    return Desk(counter, branch.counters[counter].staff)


class Piece(Struct, frozen=True):
    """One thing that happened to a ticket at a counter: what, whose, when, and how long it took.

    `on_time` is of waits only.
    """

    what: What
    visit: VisitId
    service: str
    desk: Desk
    at: int
    ms: int = 0
    on_time: bool = False


def split(things: Iterable[T], key: Callable[[T], Key]) -> dict[Key, list[T]]:
    """The things by their key, each of them once."""
    parts: dict[Key, list[T]] = {}
    for thing in things:
        parts.setdefault(key(thing), []).append(thing)
    return parts


def work(pieces: Iterable[Piece]) -> Work:
    """All figures of these pieces."""
    parts = split(pieces, lambda piece: piece.what)
    waits = parts.get("wait", ())

    def times(what: What) -> int:
        return len(parts.get(what, ()))

    def of(what: What) -> Spread:
        return spread(piece.ms for piece in parts.get(what, ()))

    return Work(
        called=times("called"),
        recalled=times("recalled"),
        missed=times("missed"),
        transferred=times("transferred"),
        finished=times("serve"),
        wait=of("wait"),
        on_time=share(sum(wait.on_time for wait in waits), len(waits)),
        transfer_wait=of("transfer_wait"),
        walk=of("walk"),
        serve=of("serve"),
        wrap_up=of("wrap_up"),
    )


def spread(durations: Iterable[int]) -> Spread:
    """Mean, median, percentiles and maximum of durations (ms)."""
    ordered = sorted(durations)
    n = len(ordered)
    if n == 0:
        return Spread()
    return Spread(
        n=n,
        total_ms=sum(ordered),
        mean_ms=round(sum(ordered) / n),
        median_ms=round((ordered[(n - 1) // 2] + ordered[n // 2]) / 2),
        p90_ms=_percentile(ordered, 90),
        p95_ms=_percentile(ordered, 95),
        max_ms=ordered[-1],
    )


def _percentile(ordered: Sequence[int], percent: int) -> int:
    """The smallest of them that so many percent do not exceed (nearest rank)."""
    rank = -(-len(ordered) * percent // 100)
    return ordered[rank - 1]


def share(within: int, out_of: int) -> Share:
    """So many out of so many."""
    return Share(within=within, out_of=out_of, share=ratio(within, out_of))


def ratio(part: int, whole: int) -> float | None:
    """The part of the whole, to a hundredth of a percent; nothing has no parts."""
    return round(part / whole, 4) if whole else None
