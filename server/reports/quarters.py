"""The day by quarters of an hour, as the clock on the branch's wall shows them."""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Iterable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from server.domain.state import Branch, Visit
from server.reports.replay import Subject
from server.reports.report import Quarter
from server.reports.shares import Piece, split, spread

MINUTE_MS = 60_000
QUARTER_MS = 15 * MINUTE_MS


class Lines(Subject):
    """Looks at the line whenever a quarter of an hour begins."""

    def __init__(self, zone: ZoneInfo) -> None:
        self.waiting: dict[int, int] = {}
        self._zone = zone
        self._next: int | None = None

    def passes(self, branch: Branch, since: int, until: int) -> None:
        if self._next is None:
            self._next = quarter_of(since, self._zone) + QUARTER_MS
        while self._next <= until:
            # What happens at the very instant belongs to the quarter that begins.
            self.waiting[self._next] = sum(not visit.practice for visit in branch.waiting())
            self._next += QUARTER_MS


def quarter_of(at: int, zone: ZoneInfo) -> int:
    """The beginning of the quarter of an hour in which an instant lies (ms)."""
    local = _local(at, zone)
    into_it = (local.minute % 15) * MINUTE_MS + local.second * 1000 + at % 1000
    return at - into_it


def quarters(
    visits: Iterable[Visit], pieces: Iterable[Piece], lines: Lines, zone: ZoneInfo
) -> tuple[Quarter, ...]:
    """Every quarter from the first in which anything happened, or anybody waited, to the last."""
    parts = split(pieces, lambda piece: piece.what)
    arrivals = Tally(quarter_of(visit.taken_at, zone) for visit in visits)
    calls = Tally(quarter_of(piece.at, zone) for piece in parts.get("called", ()))
    waits = split(parts.get("wait", ()), lambda piece: quarter_of(piece.at, zone))
    busy = {*arrivals, *calls, *waits, *(at for at, people in lines.waiting.items() if people)}
    if not busy:
        return ()
    return tuple(
        Quarter(
            at=at,
            start=f"{_local(at, zone):%H:%M}",
            arrivals=arrivals[at],
            calls=calls[at],
            line=lines.waiting.get(at, 0),
            mean_wait_ms=spread(piece.ms for piece in waits.get(at, ())).mean_ms,
        )
        for at in range(min(busy), max(busy) + 1, QUARTER_MS)
    )


def _local(at: int, zone: ZoneInfo) -> datetime:
    return datetime.fromtimestamp(at / 1000, tz=UTC).astimezone(zone)
