"""What a forecast looks at: a lobby at one moment, as plain values.

Times are minutes since the midnight that began the business day, so that a notebook can read and
write them: 555.5 is half a minute past a quarter past nine. `lobby.py` makes one of a branch.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct

from server.domain.configuration import BALANCED, Preset
from shared.protocol import Lane

State: TypeAlias = Literal["free", "called", "serving", "away", "closed"]


class Waiting(Struct, frozen=True, kw_only=True):
    """A ticket in the line. `since` is what its wait counts from, `taken` breaks ties.

    `held_places` and `held_until`: it stands back until so many others of its service were
    called, or until then; `strict` not before then: it named a time, or is still on the way.
    `only_counter`: nobody else may call it.
    `booked_at` is the time of an appointment: before it, it is called only where nobody else
    waits, and its wait counts from then.
    """

    id: int
    service: str
    lanes: tuple[Lane, ...] = ()
    since: float
    taken: float = 0.0
    low: bool = False
    only_counter: int | None = None
    promoted: float | None = None
    held_places: int = 0
    held_until: float | None = None
    strict: bool = False
    booked_at: float | None = None


class Counter(Struct, frozen=True, kw_only=True):
    """A counter. With a ticket in hand: its `service`, and `since` when it is called or served.

    `until` is when it opens or comes back where that is known; `closing` takes nobody more;
    `away` are absences to come, from and to.
    """

    id: int
    services: tuple[str, ...]
    when_idle: tuple[str, ...] = ()
    state: State = "free"
    service: str = ""
    since: float = 0.0
    until: float | None = None
    closing: bool = False
    low: bool = False
    vip: bool = False
    care_first: bool = False
    calls_since_vip: int = 0
    away: tuple[tuple[float, float], ...] = ()


class Booked(Struct, frozen=True, kw_only=True):
    """An appointment that has not checked in yet."""

    id: int
    service: str
    slot: float
    lanes: tuple[Lane, ...] = ("appointment",)


class Lasted(Struct, frozen=True, kw_only=True):
    """A service that ended today: how long it took, at which counter, and when it ended."""

    service: str
    counter: int
    minutes: float
    ended: float


class Snapshot(Struct, frozen=True, kw_only=True):
    """A lobby at `now`.

    `weekday` counts from Monday, 0; `names` are those of the day (pay day). `begins` is when
    tickets are first given, `last_tickets` when each service gives the last one. `came` counts
    who took a number in each quarter of an hour since `begins`, the present one included.
    `lasted` are the services that have ended today. `low_services` are those that some low counter
    offers.
    """

    branch: str = ""
    day: str = ""
    weekday: int = 0
    names: tuple[str, ...] = ()
    now: float
    begins: float = 540.0
    last_tickets: dict[str, float] = {}
    came: tuple[int, ...] = ()
    lasted: tuple[Lasted, ...] = ()
    tickets: tuple[Waiting, ...] = ()
    counters: tuple[Counter, ...]
    booked: tuple[Booked, ...] = ()
    preset: Preset = BALANCED
    vip_ahead_one_in: int = 0
    low_services: tuple[str, ...] = ()
