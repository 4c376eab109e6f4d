"""Turns events into journal entries and rows back into events, lifting the shapes of old rows.

The only place that knows how an event is written down. A row that cannot be read stops its
branch: a journal with a hole in its meaning must not be served.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

import msgspec

from server.domain.events import EVENT_TYPES, Event, decode_event, encode_event
from server.domain.state import Actor, Stamp
from server.house.events import HOUSE_EVENT_TYPES, HouseEvent, HouseHappening, decode_house_event
from server.journal.contract import Entry, JournalFailed, Row

Lift: TypeAlias = Callable[[dict[str, Any]], dict[str, Any]]
"""From the decoded event of any earlier shape to today's; today's comes out as it went in."""

LIFTS: Final[dict[str, Lift]] = {}
"""Old event type → lift. A lift may rename the type. None is needed so far."""

_encode_actor = msgspec.json.Encoder().encode
_decode_actor = msgspec.json.Decoder(Actor).decode


def to_entry(event: Event | HouseHappening, stamp: Stamp, day: str) -> Entry:
    """The event as it is appended; `day` is the business day it belongs to, "" for none."""
    return Entry(
        day=day,
        at=stamp.at,
        actor=_encode_actor(stamp.actor).decode(),
        command_id=stamp.command_id,
        type=type(event).__name__,
        data=encode_event(event),
    )


def to_event(row: Row, lifts: Mapping[str, Lift] = LIFTS) -> Event:
    """The event of a row, in today's shape; JournalFailed when it cannot be read."""
    try:
        event: Event = decode_event(_lifted(row, lifts))
    except (msgspec.MsgspecError, ValueError, KeyError, RecursionError) as error:
        raise _damaged(row, f"its {row.type} cannot be read ({error})") from error
    if row.type not in lifts and type(event).__name__ != row.type:
        raise _damaged(row, f"it says {row.type} and holds {type(event).__name__}")
    return event


def to_house_event(row: Row) -> HouseEvent:
    """The same for a row of the stream `house`; no shape of it is old so far."""
    try:
        if row.type not in HOUSE_EVENT_TYPES:
            raise ValueError("this Lobby knows no such event")
        event: HouseEvent = decode_house_event(row.data)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise _damaged(row, f"its {row.type} cannot be read ({error})") from error
    if type(event).__name__ != row.type:
        raise _damaged(row, f"it says {row.type} and holds {type(event).__name__}")
    return event


def stamp_of(row: Row) -> Stamp:
    """When, by whom and by which command the row was written."""
    try:
        actor = _decode_actor(row.actor)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise _damaged(row, f"its actor cannot be read ({error})") from error
    return Stamp(at=row.at, actor=actor, command_id=row.command_id)


def _lifted(row: Row, lifts: Mapping[str, Lift]) -> bytes:
    lift = lifts.get(row.type)
    if lift is not None:
        return msgspec.json.encode(lift(msgspec.json.decode(row.data)))
    if row.type not in EVENT_TYPES:
        raise ValueError("this Lobby knows no such event")
    return row.data


def _damaged(row: Row, problem: str) -> JournalFailed:
    return JournalFailed(
        "damaged", path="The journal", detail=f"row {row.seq}: {problem}", seq=row.seq
    )
