"""What a teller can do, key by key, and why not yet. Pure.

`why_not` knows what the view tells: a key that cannot work now says so without asking the server,
in the words the server would use. The server decides all the same; this only saves the way.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeAlias

from msgspec import Struct

from shared.protocol import CounterView

Why: TypeAlias = tuple[str, Mapping[str, Any]]
"""The key of a sentence, and its values."""


class Verb(Struct, frozen=True):
    """A key of the desk: its word, and the key of the keyboard."""

    word: str
    hotkey: str


VERBS: Final[tuple[Verb, ...]] = (
    Verb("next", "F2"),
    Verb("recall", "F3"),
    Verb("start", "F4"),
    Verb("finish", "F5"),
    Verb("finish_next", "F6"),
    Verb("missed", "F7"),
    Verb("park", "F8"),
    Verb("transfer", "F9"),
    Verb("authorise", "H"),
    Verb("more", "M"),
    Verb("number", "N"),
    Verb("list", "L"),
    Verb("outcome", "O"),
    Verb("add", "A"),
    Verb("pause", "P"),
    Verb("booking", "D"),
    Verb("undo", "U"),
    Verb("rate", "R"),
    Verb("assist", "J"),
    Verb("return", "B"),
    Verb("closing", "C"),
    Verb("close", "X"),
    Verb("sign_out", "Q"),
    Verb("words", "F1"),
    Verb("language", "G"),
    Verb("theme", "T"),
)
"""The commonest first: where there is little room the others are behind `more`."""

ALWAYS: Final = frozenset({"more", "words", "language", "theme", "sign_out"})
"""What needs neither a day nor a server."""

WITH_CALLED: Final = frozenset({"recall", "start", "missed", "return"})
WITH_SERVING: Final = frozenset({"finish", "finish_next", "outcome", "add"})
WITH_EITHER: Final = frozenset({"park", "transfer"})
WITH_NOBODY: Final = frozenset({"next", "number", "list", "close", "pause"})


def why_not(word: str, view: CounterView, now: int) -> Why | None:
    """What stands in the way of a key now (ms of the branch); None: nothing that is seen here."""
    if word in ALWAYS:
        return None
    if word == "booking":
        return None if view.booking is not None else ("counter.not.booking", {})
    if view.day is None:
        return "refusal.DayNotOpen", {}
    match word:
        case "undo":
            return _why_not_undo(view, now)
        case "rate":
            return _why_not_rate(view)
        case "authorise" | "assist" if view.help is not None:
            return None
        case "next" if view.state != "open" and view.current is None:
            return None  # opens, or resumes
        case "pause" if view.state == "paused":
            return None
    return _why_not_open(word, view) or _why_not_with(word, view, now)


def label_key(word: str, view: CounterView) -> str:
    """The key of what stands on it: some keys do the opposite of what is."""
    match word:
        case "next" if view.current is None and view.state != "open":
            return "counter.key.open" if view.state == "closed" else "counter.key.resume"
        case "pause" if view.state == "paused":
            return "counter.key.resume"
        case "closing" if view.closing:
            return "counter.key.stay_open"
        case "authorise" | "assist" if view.help is not None:
            return "counter.key.end_help"
        case _:
            return f"counter.key.{word}"


def seconds_until(moment: int | None, now: int) -> int:
    """Whole seconds, rounded up; 0 when it has come."""
    return 0 if moment is None else max(0, -(-(moment - now) // 1000))


def commonest(view: CounterView) -> str:
    """The key most wanted in this state."""
    if view.current is None:
        return "next"
    return "finish_next" if view.current.state == "serving" else "start"


def _why_not_open(word: str, view: CounterView) -> Why | None:
    if word == "close" and view.state == "paused":
        return None
    if view.state == "closed":
        return "refusal.CounterNotOpen", {"counter": view.counter}
    if view.state == "paused":
        return "refusal.CounterIsPaused", {"counter": view.counter}
    return None


def _why_not_with(word: str, view: CounterView, now: int) -> Why | None:
    current = view.current
    if current is None:
        if word in WITH_CALLED | WITH_SERVING | WITH_EITHER:
            return "refusal.NoTicketInHand", {"counter": view.counter}
        return _why_not_call(word, view)
    if word in WITH_NOBODY:
        return "refusal.TicketInHand", {"number": current.number}
    if current.state == "called" and word in WITH_SERVING:
        return "refusal.TicketNotInService", {"number": current.number}
    if current.state == "serving" and word in WITH_CALLED:
        return "counter.not.serving", {"number": current.number}
    return _why_not_yet(word, view, now)


def _why_not_call(word: str, view: CounterView) -> Why | None:
    if word == "next" and view.line_count == 0:
        return "refusal.NobodyWaiting", {}
    if word == "list" and not (view.missed or view.parked):
        return "counter.not.lists_empty", {}
    return None


def _why_not_yet(word: str, view: CounterView, now: int) -> Why | None:
    current = view.current
    assert current is not None, "asked for with a ticket in hand"
    if word == "recall" and (seconds := seconds_until(view.recall_from, now)):
        return "refusal.RecallTooSoon", {"seconds": seconds}
    if word != "missed":
        return None
    seconds = seconds_until(view.miss_from, now)
    if current.calls < view.calls_min:
        return "refusal.TooEarlyToMiss", {
            "calls": current.calls,
            "calls_min": view.calls_min,
            "gap_seconds": view.calls_gap_seconds,
        }
    return ("counter.not.miss_wait", {"seconds": seconds}) if seconds else None


def _why_not_undo(view: CounterView, now: int) -> Why | None:
    if view.undo is None or (view.undo_until is not None and now > view.undo_until):
        return "refusal.NothingToUndo", {"counter": view.counter}
    return None


def _why_not_rate(view: CounterView) -> Why | None:
    question = view.question
    if question is None:
        return "refusal.NothingToRepeat", {"counter": view.counter}
    return None if question.can_repeat else ("counter.not.rate", {"number": question.number})
