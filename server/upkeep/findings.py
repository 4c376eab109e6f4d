"""What a look through a whole journal has found: its streams and where they end, and its faults."""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct

from shared.i18n import text
from shared.protocol import Language

FaultCode: TypeAlias = Literal[
    "structure",
    "altered",
    "missing",
    "added",
    "no_end",
    "unreadable",
    "contradicts",
    "noted",
    "snapshot_damaged",
    "snapshot_differs",
    "snapshot_ahead",
    "private_damaged",
    "private_slots",
]


class Fault(Struct, frozen=True, omit_defaults=True):
    """Something that is not as it was written. `detail` is what SQLite or the decoder said."""

    code: FaultCode
    stream: str = ""
    seq: int = 0
    detail: str = ""

    def told(self, language: Language) -> str:
        """One sentence, with the stream and the row."""
        values = {"stream": self.stream, "seq": self.seq, "detail": self.detail}
        return text(language, f"upkeep.fault.{self.code}", **values)


class End(Struct, frozen=True):
    """The last row of a stream: note it down, and nobody can change what is before unseen. With
    the last ids of visits and appointments that were given up to there, if it was replayed."""

    stream: str
    seq: int
    hash: str
    at: int  # UTC milliseconds
    time_zone: str = "UTC"
    last_visit: int = 0
    last_appointment: int = 0


class Noted(Struct, frozen=True):
    """An end that somebody noted down at some time."""

    stream: str
    seq: int
    hash: str


class Findings(Struct):
    """All of it. Of the private rows some may be `readable`, as no key was there when they came,
    and some `locked`: theirs is not here now."""

    epoch: str
    version: int
    bytes: int
    ends: list[End] = []
    snapshots: int = 0
    private_rows: int = 0
    readable_rows: int = 0
    locked_rows: int = 0
    faults: list[Fault] = []

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong."""
        return not self.faults

    @property
    def reached_at(self) -> int:
        """When its last event happened; 0 for an empty journal."""
        return max((end.at for end in self.ends), default=0)
