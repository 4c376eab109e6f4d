"""How well told waits have held: the figures of a branch over some days. Pure.

A ticket counts once, by what it was told first: so a long wait, of which much is told, weighs no
more than a short one. All ranges that were shown have a line of their own beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from typing import Final, Literal, TypeAlias

from msgspec import Struct

from server.accuracy.rows import Bin, Sum, Sums

Kind: TypeAlias = Literal["real", "rehearsal"]

WEEKS_SHOWN: Final = 13
"""A quarter of a year, unless other days are asked for."""


class Held(Struct, frozen=True, kw_only=True):
    """Some ranges, and how well they held.

    `coverage` is the share of `counted` whose wait ended within the 80 % range: who left before
    its end is not counted, who left after it counts as a miss. `in_time_share` is the share of
    `promised` that were called by the latest time they were promised. `mean_error_minutes` is how
    far the median was off, `bias_minutes` in which direction (above 0: told too long), both over
    those `called`. Nothing that could be counted: no share.
    """

    shown: int = 0
    open: int = 0
    left: int = 0
    changed: int = 0
    counted: int = 0
    covered: int = 0
    coverage: float | None = None
    promised: int = 0
    in_time: int = 0
    in_time_share: float | None = None
    called: int = 0
    mean_error_minutes: float | None = None
    bias_minutes: float | None = None
    mean_wait_minutes: float | None = None
    learned: int = 0
    slipped: int = 0


class Part(Struct, frozen=True, kw_only=True):
    """One service, lane or week (by its Monday)."""

    name: str
    held: Held


class SaidAndWaited(Struct, frozen=True, kw_only=True):
    """Tickets that were told about as long a wait: what they were told in the mean, and what it
    was in the mean."""

    tickets: int
    said_minutes: float
    waited_minutes: float


class Accuracy(Struct, frozen=True, kw_only=True):
    """One branch, from the first day to the last."""

    branch: str
    kind: Kind
    first_day: str
    last_day: str
    days: int
    tickets: Held
    """By what each was told first."""
    every: Held
    """All that was shown to tickets, and to whoever was next where somebody was."""
    services: tuple[Part, ...]
    lanes: tuple[Part, ...]
    weeks: tuple[Part, ...]
    said: tuple[SaidAndWaited, ...]


def accuracy(branch: str, kind: Kind, first_day: str, last_day: str, found: Sums) -> Accuracy:
    """The figures of these sums."""
    firsts = [one for one in found.sums if one.kind == "first"]
    return Accuracy(
        branch=branch,
        kind=kind,
        first_day=first_day,
        last_day=last_day,
        days=len({one.day for one in found.sums}),
        tickets=held(firsts),
        every=held(found.sums),
        services=_parts(firsts, lambda one: one.service),
        lanes=_parts(firsts, lambda one: one.lane),
        weeks=_parts(firsts, lambda one: monday_of(one.day)),
        said=tuple(_said(found.bins)),
    )


def held(sums: Iterable[Sum]) -> Held:
    """These sums together."""
    every = list(sums)

    def total(name: str) -> float:
        return float(sum(getattr(one, name) for one in every))

    counted, due, called = total("counts"), total("due"), total("called")
    return Held(
        shown=int(total("shown")),
        open=int(total("open")),
        left=int(total("left")),
        changed=int(total("changed")),
        counted=int(counted),
        covered=int(total("covered")),
        coverage=_share(total("covered"), counted),
        promised=int(due),
        in_time=int(total("in_time")),
        in_time_share=_share(total("in_time"), due),
        called=int(called),
        mean_error_minutes=_share(total("error"), called),
        bias_minutes=_share(total("bias"), called),
        mean_wait_minutes=_share(total("wait"), called),
        learned=int(total("learned")),
        slipped=int(total("slipped")),
    )


def monday_of(day: str) -> str:
    """The Monday of the week that a day is in."""
    one = date.fromisoformat(day)
    return (one - timedelta(days=one.weekday())).isoformat()


def weeks_before(day: str, weeks: int = WEEKS_SHOWN) -> str:
    """The Monday with which so many weeks begin, the last of them that of the day."""
    return (date.fromisoformat(monday_of(day)) - timedelta(weeks=weeks - 1)).isoformat()


def _parts(sums: Iterable[Sum], name: Callable[[Sum], str]) -> tuple[Part, ...]:
    parts: dict[str, list[Sum]] = {}
    for one in sums:
        parts.setdefault(name(one), []).append(one)
    return tuple(Part(name=part, held=held(parts[part])) for part in sorted(parts))


def _share(part: float, whole: float) -> float | None:
    return round(part / whole, 4) if whole else None


def _said(bins: Iterable[Bin]) -> Iterator[SaidAndWaited]:
    alike: dict[int, list[Bin]] = {}
    for one in bins:
        alike.setdefault(one.number, []).append(one)
    for number in sorted(alike):
        tickets = sum(one.n for one in alike[number])
        yield SaidAndWaited(
            tickets=tickets,
            said_minutes=round(sum(one.said for one in alike[number]) / tickets, 2),
            waited_minutes=round(sum(one.waited for one in alike[number]) / tickets, 2),
        )
