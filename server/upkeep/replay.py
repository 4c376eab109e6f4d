"""Makes the state of a stream from its rows once more, as a start without snapshots would."""

from __future__ import annotations

from typing import Protocol

import msgspec

from server import housekeeper, loading
from server.config import DEFAULT_BRANCH, HOUSE_STREAM
from server.domain.apply import apply
from server.domain.configuration import BranchConfig
from server.domain.state import new_branch
from server.house.apply import apply as apply_to_house
from server.house.state import House
from server.journal.contract import Row
from server.journal.upcast import stamp_of, to_event, to_house_event
from shared.config import load


class Replay(Protocol):
    """A state in the making. `schema` is the shape of the snapshots that can be compared."""

    schema: str

    def take(self, row: Row) -> None:
        """Apply the next row; raises JournalFailed when it cannot be read."""

    def state(self) -> bytes:
        """As a snapshot would hold it."""

    @property
    def time_zone(self) -> str:
        """For showing instants."""

    @property
    def last_ids(self) -> tuple[int, int]:
        """Of the last visit and the last appointment."""


def replay_of(stream: str) -> Replay:
    """From the very beginning."""
    return _House() if stream == HOUSE_STREAM else _Branch()


class _Branch:
    schema = loading.SCHEMA

    def __init__(self) -> None:
        # Serves only until the first event, which brings the branch's own.
        self._branch = new_branch(load(DEFAULT_BRANCH, BranchConfig))

    def take(self, row: Row) -> None:
        apply(self._branch, to_event(row), stamp_of(row))

    def state(self) -> bytes:
        return loading.snapshot_of(self._branch).data

    @property
    def time_zone(self) -> str:
        return self._branch.config.time_zone

    @property
    def last_ids(self) -> tuple[int, int]:
        return self._branch.last_visit, self._branch.last_appointment


class _House:
    schema = housekeeper.SCHEMA
    time_zone = "UTC"
    last_ids = (0, 0)

    def __init__(self) -> None:
        self._house = House()

    def take(self, row: Row) -> None:
        stamp_of(row)
        apply_to_house(self._house, to_house_event(row), row.at, row.command_id)

    def state(self) -> bytes:
        return msgspec.json.encode(self._house)
