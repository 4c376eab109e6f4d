"""The journal in sentences, for `lobby show`: what happened, when, and who did it.

Decides nothing and changes nothing. How a journal is read is left to `journal.reading`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct

from server.config import HOUSE_STREAM, names_of
from server.domain.configuration import BranchConfig
from server.domain.events import BranchConfigured, Event
from server.domain.state import Stamp, Visit
from server.house.events import HouseEvent
from server.journal.contract import Row
from server.journal.reading import JournalFile, NothingToShow, opened
from server.journal.upcast import stamp_of, to_event, to_house_event
from shared.i18n import say, text
from shared.protocol import Language, RoleAt

__all__ = ["JournalFile", "Narrator", "NothingToShow", "objects", "opened", "pause", "sentences"]

FOLLOW_SECONDS: Final = 0.5


class Narrator:
    """Tells events in sentences. Remembers the number of each visit, and the names of things."""

    def __init__(
        self, language: Language, config: BranchConfig | None = None, *, house: bool = False
    ) -> None:
        self._language = language
        self._config = config
        self._read: Callable[[Row], Event | HouseEvent] = to_house_event if house else to_event
        self._numbers: dict[int, str] = {}

    def tell(self, row: Row) -> str:
        """One line: when, who, what."""
        event, stamp = self._read(row), stamp_of(row)
        if isinstance(event, BranchConfigured):
            self._config = event.config
        when = datetime.fromtimestamp(row.at / 1000, tz=ZoneInfo(self._zone))
        return f"{when:%Y-%m-%d %H:%M:%S}  {row.seq:>6}  {self._who(stamp):<16}  " + say(
            self._language,
            f"event.{row.type}",
            self._values(event),
            self._zone,
            names_of(self._config) if self._config else None,
            today=row.at,
        )

    @property
    def _zone(self) -> str:
        return self._config.time_zone if self._config else "UTC"

    def _who(self, stamp: Stamp) -> str:
        actor = stamp.actor
        named = "/".join(name for name in (actor.station, actor.staff) if name)
        return named or text(self._language, f"role.{actor.role}")

    def _values(self, event: Event | HouseEvent) -> Mapping[str, object]:
        values = {name: _plain(value) for name, value in msgspec.structs.asdict(event).items()}
        restored = getattr(event, "restored", None)
        if isinstance(restored, Visit):
            values |= {"visit": restored.id, "number": restored.number}
        visit = values.get("visit")
        if isinstance(visit, int):
            number = values.get("number") or self._numbers.get(visit, f"({visit})")
            self._numbers[visit] = str(number)
            values["number"] = number
        return values


def sentences(
    journal: JournalFile, branch: str, rows: Iterator[Row], language: Language
) -> Iterator[str]:
    """Rows of one branch, one line each."""
    narrator: Narrator | None = None
    for row in rows:
        if narrator is None and branch == HOUSE_STREAM:
            narrator = Narrator(language, house=True)
        elif narrator is None:
            narrator = Narrator(language, journal.configuration(branch, row.seq))
        yield narrator.tell(row)


def objects(branch: str, rows: Iterator[Row]) -> Iterator[str]:
    """Rows of one branch, one JSON object a line, for programs."""
    for row in rows:
        line = msgspec.structs.asdict(row)
        line |= {"actor": msgspec.Raw(row.actor.encode()), "data": msgspec.Raw(row.data)}
        yield msgspec.json.encode({"branch": branch, **line}).decode()


def pause() -> None:
    """Between two looks at a journal that is being followed."""
    time.sleep(FOLLOW_SECONDS)


def _plain(value: object) -> object:
    if isinstance(value, tuple) and value and isinstance(value[0], RoleAt):
        return [one.role for one in value]
    return msgspec.structs.asdict(value) if isinstance(value, Struct) else value
