"""What has happened today, as far as a forecast wants to know it: kept up to date, so that asking
costs what has changed since it was asked last, and not what has happened since the morning.

Nobody tells of changes. A visit that is over stays as it is, unless a counter takes back its last
action: so whoever is not over, or was not when it was looked last, and whose end may be taken back
is all there is to look at again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

from server.domain.state import Branch, Visit
from server.waiting.arrivals import SLOT_MINUTES
from server.waiting.snapshot import Lasted

MINUTE_MS: Final = 60_000


class Today:
    """Who took a number in which quarter of an hour, and which services have ended."""

    def __init__(self) -> None:
        self._branch: Branch | None = None
        self._last_visit = 0
        self._restless: set[int] = set()
        self._begin("", 0, 0.0)

    def look(self, branch: Branch, midnight: int, begins: float) -> None:
        """Take in what has changed. `midnight` (ms) began the day, and tickets are given from
        `begins` on (minutes after it): with other ones everything is taken in again."""
        assert branch.day is not None, "looked at on business days"
        began = (branch.day.date, midnight, begins)
        if branch is not self._branch or began != self._began:
            self._branch = branch
            self._begin(*began)
            self._take_in(branch.visits.values())
        else:
            new = range(self._last_visit + 1, branch.last_visit + 1)
            changed = {*self._restless, *_restless(branch), *new}
            self._take_in(branch.visits[id_] for id_ in sorted(changed) if id_ in branch.visits)
        self._restless, self._last_visit = set(_restless(branch)), branch.last_visit

    def came(self, slots: int) -> tuple[int, ...]:
        """How many came in each of so many quarters of an hour."""
        return tuple(self._came[slot] for slot in range(slots))

    def lasted(self) -> tuple[Lasted, ...]:
        """The services that have ended, in the order in which that was seen."""
        return tuple(self._lasted)

    def _begin(self, day: str, midnight: int, begins: float) -> None:
        self._began = (day, midnight, begins)
        self._midnight, self._begins = midnight, begins
        self._slots: dict[int, int] = {}
        self._came: Counter[int] = Counter()
        self._of_visit: dict[int, tuple[Lasted, ...]] = {}
        self._lasted: list[Lasted] = []

    def _take_in(self, visits: Iterable[Visit]) -> None:
        for visit in visits:
            self._take_in_slot(visit)
            self._take_in_lasted(visit)

    def _take_in_slot(self, visit: Visit) -> None:
        """Who was booked was no surprise, who practises has not come."""
        if (slot := self._slots.pop(visit.id, None)) is not None:
            self._came[slot] -= 1
        if visit.practice or "appointment" in visit.lanes:
            return
        slot = max(0, int((self._minutes(visit.taken_at) - self._begins) / SLOT_MINUTES))
        self._slots[visit.id] = slot
        self._came[slot] += 1

    def _take_in_lasted(self, visit: Visit) -> None:
        before, lasted = self._of_visit.get(visit.id, ()), tuple(self._lasted_of(visit))
        if lasted[: len(before)] != before:
            for one in before:
                self._lasted.remove(one)
            before = ()
        self._lasted += lasted[len(before) :]
        self._of_visit[visit.id] = lasted

    def _lasted_of(self, visit: Visit) -> Iterator[Lasted]:
        """What was parked meanwhile was served in two stretches, and says nothing of how long such
        a service takes at one go; numbers written by hand tell no times."""
        if visit.practice or visit.handwritten:
            return
        for one in visit.transactions:
            began, ended, counter = one.started_at, one.ended_at, one.counter
            if began is None or ended is None or counter is None or began < self._midnight:
                continue
            if one.served_ms == ended - began:
                yield Lasted(
                    service=one.service,
                    counter=counter,
                    minutes=one.served_ms / MINUTE_MS,
                    ended=self._minutes(ended),
                )

    def _minutes(self, at: int) -> float:
        return (at - self._midnight) / MINUTE_MS


def _restless(branch: Branch) -> Iterator[int]:
    """Whose visit may change: whoever is here, and whoever a counter may take back."""
    yield from branch.live.values()
    for counter in branch.counters.values():
        if counter.last_action is not None:
            yield counter.last_action.before.id
