"""What was observed of the past: transactions, and the days they were on, as plain values.

`history.py` makes them of a journal, `learn.py` a model of them.
"""

from __future__ import annotations

from msgspec import Struct

from shared.protocol import Lane


class Seen(Struct, frozen=True, kw_only=True):
    """One transaction of the past, in minutes of its day; None for what did not happen.

    `booked` is the time of its appointment, `late` how much later its customer was there
    (negative: earlier); `missed`: nobody came for it.
    """

    day: int
    service: str
    came: float
    lanes: tuple[Lane, ...] = ()
    counter: int | None = None
    called: float | None = None
    started: float | None = None
    ended: float | None = None
    left: float | None = None
    booked: float | None = None
    late: float | None = None
    missed: bool = False
    first: bool = True


class Days(Struct, frozen=True, kw_only=True):
    """The days looked at, by their numbers in `Seen`: `weekdays[day]`, `names[day]`. `begins` is
    when tickets are first given, `slots` the quarters of an hour of a day."""

    weekdays: dict[int, int]
    names: dict[int, tuple[str, ...]] = {}
    begins: float = 540.0
    slots: int = 32
    today: int | None = None
