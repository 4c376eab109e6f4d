"""Draws the life of a ticket from `TICKET_TRANSITIONS`: two diagrams and a table.

Events that leave a ticket in its state are a note, not a loop; endings that are open to most
states have a picture of their own. Otherwise the arrows would hide the drawing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Final, TypeAlias

from docs.wire import first_sentence, table
from server.domain.apply import UNDOABLE
from server.domain.configuration import Limits
from server.domain.events import EVENT_TYPES
from server.domain.state import LIVE_STATES, TICKET_TRANSITIONS

START: Final = "[*]"
"""Mermaid's name for before the first and after the last state."""

COMMON_ENDING: Final = 3
"""An event that ends a ticket from at least so many states goes into the second drawing."""

LIMITS_TOLD: Final = (
    "call_expires_minutes",
    "calls_min",
    "calls_gap_seconds",
    "flagged_calls_span_seconds",
    "flagged_reinstatements_max",
    "missed_kept_minutes",
    "reinstate_places",
    "reinstatements_max",
    "step_back_minutes_max",
    "step_back_places_max",
    "step_backs_max",
    "undo_seconds",
)
"""Numbers of the rules that the page tells, with their defaults."""

LIVE_STATES_IN_ORDER: Final = [state for state in TICKET_TRANSITIONS if state in LIVE_STATES]

Move: TypeAlias = tuple[str | None, str, str]
"""From a state (None: from nothing), by an event, to a state."""


def gaps() -> dict[str, str]:
    """What the life of a ticket puts into its template."""
    return {
        "diagram": diagram(),
        "everywhere": everywhere(),
        "endings": endings_diagram(),
        "undoable": undoable(),
        "table": transitions_table(),
        **{name: str(getattr(Limits(), name)) for name in LIMITS_TOLD},
    }


def moves() -> list[Move]:
    """Every entry of the table."""
    return [
        (state, event, target)
        for state, events in TICKET_TRANSITIONS.items()
        for event, target in events.items()
    ]


def diagram() -> str:
    """The life of a ticket, without the endings common to most states."""
    arrows = [m for m in moves() if m[0] != m[2] and not _is_common_ending(m)]
    lines = [f"{state or START} --> {target}: {events}" for state, target, events in _merge(arrows)]
    ends = dict.fromkeys(target for _, _, target in arrows if target not in LIVE_STATES)
    return _mermaid([*lines, *(f"{end} --> {START}" for end in ends), *_notes()])


def endings_diagram() -> str:
    """The endings that are open to most states; states with the same ones share a box."""
    boxes: dict[tuple[tuple[str, str], ...], list[str]] = defaultdict(list)
    for state in LIVE_STATES_IN_ORDER:
        ways = tuple(m[1:] for m in moves() if m[0] == state and _is_common_ending(m))
        boxes[ways].append(state)
    lines: list[str] = []
    for number, (ways, states) in enumerate(boxes.items(), start=1):
        lines.append(f'state "{", ".join(states)}" as box{number}')
        lines += [f"box{number} --> {target}: {event}" for event, target in ways]
    ends = dict.fromkeys(target for ways in boxes for _, target in ways)
    return _mermaid([*lines, *(f"{end} --> {START}" for end in ends)])


def everywhere() -> str:
    """The events that touch a ticket in every live state and leave it there."""
    return ", ".join(f"`{event}`" for event in _everywhere())


def transitions_table() -> str:
    """Every event of a ticket: where it may happen, where it leads, what it says."""
    rows: dict[tuple[str, str], list[str]] = defaultdict(list)
    for state, event, target in moves():
        kept = state == target
        rows[event, "" if kept else target].append(state or "–")
    return table(
        ("event", "from", "to", "what happened"),
        (
            (
                f"`{event}`",
                ", ".join(states),
                target or "the same state",
                first_sentence(EVENT_TYPES[event]),
            )
            for (event, target), states in rows.items()
        ),
    )


def undoable() -> str:
    """The events a counter can take back."""
    return ", ".join(f"`{event.__name__}`" for event in UNDOABLE.__args__)


def _is_common_ending(move: Move) -> bool:
    _, event, target = move
    return target not in LIVE_STATES and sum(m[1] == event for m in moves()) >= COMMON_ENDING


def _merge(arrows: list[Move]) -> Iterator[tuple[str | None, str, str]]:
    """One arrow for all events that lead from one state to the same other."""
    merged: dict[tuple[str | None, str], list[str]] = defaultdict(list)
    for state, event, target in arrows:
        merged[state, target].append(event)
    for (state, target), events in merged.items():
        yield state, target, ", ".join(events)


def _notes() -> Iterator[str]:
    for state, events in TICKET_TRANSITIONS.items():
        loops = [event for event, target in events.items() if target == state]
        own = [event for event in loops if event not in _everywhere()]
        if own:
            yield f"note right of {state}"
            yield f"    stays {state}:"
            yield from (f"    {event}" for event in own)
            yield "end note"


def _everywhere() -> list[str]:
    loops = [event for state, event, target in moves() if state == target]
    return [e for e in dict.fromkeys(loops) if loops.count(e) == len(LIVE_STATES_IN_ORDER)]


def _mermaid(lines: list[str]) -> str:
    body = "\n".join(f"    {line}" for line in lines)
    return f"```mermaid\nstateDiagram-v2\n{body}\n```"
