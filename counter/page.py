"""What stands on the desk's screen for a state and a view: one description of all of it. Pure.

Where things go, and how many of them there is room for, is found out in `room`; drawing is left to
the widgets.
"""

from __future__ import annotations

from msgspec import Struct

from counter import words
from counter.state import Desk
from counter.verbs import VERBS, commonest, label_key, seconds_until, why_not
from counter.words import Local, Speaker, TicketLines
from shared.protocol import CounterView
from shared.ui.keys import KeyKind, KeyShown


class ListShown(Struct, frozen=True):
    """One of the lists: its name, its heading, its tickets row by row."""

    name: str
    heading: str
    rows: tuple[tuple[str, ...], ...] = ()


class ListsShown(Struct, frozen=True):
    """The lists, why the first of the line is the first, and which is looked at."""

    lists: tuple[ListShown, ...] = ()
    why: str = ""
    shown: str = "line"
    page: int = 0


class DeskShown(Struct, frozen=True):
    """The desk."""

    head: str = ""
    figures: str = ""
    messages: str = ""
    ticket: TicketLines = TicketLines(number="", state="", lines=())
    lists: ListsShown = ListsShown()
    keys: tuple[KeyShown, ...] = ()
    told: str = ""
    refused: bool = False
    reading: tuple[str, ...] = ()
    page: int = 0


def desk_shown(desk: Desk, view: CounterView, say: Speaker, now: int, local: Local) -> DeskShown:
    """The desk as it is to be seen now (ms of the branch)."""
    return DeskShown(
        head=words.head(view, say, now, local),
        figures=words.figures(view, say),
        messages=words.messages(view, say),
        ticket=words.ticket(view, say, now, local),
        lists=_lists(desk, view, say, now, local),
        keys=tuple(key_shown(verb.word, verb.hotkey, view, say, now) for verb in VERBS),
        told=desk.told,
        refused=desk.refused,
        reading=tuple(words.desk(view, say, now, local)) if desk.reading else (),
        page=desk.page,
    )


def key_shown(word: str, hotkey: str, view: CounterView, say: Speaker, now: int) -> KeyShown:
    """A key with its label: what can be counted down is counted on it."""
    off = why_not(word, view, now) is not None
    label = say(label_key(word, view))
    if word == "recall" and off and (seconds := seconds_until(view.recall_from, now)):
        label = f"{label} {seconds}"
    if word == "missed" and off and (seconds := _until_missed(view, now)):
        label = f"{label} {seconds}"
    if word == "undo" and not off:
        label = f"{label} {seconds_until(view.undo_until, now)}"
    kind: KeyKind = "off" if off else "main" if word == commonest(view) else "plain"
    return KeyShown(word, label, hotkey, kind)


def _until_missed(view: CounterView, now: int) -> int:
    current = view.current
    called = current is not None and current.state == "called"
    return seconds_until(view.miss_from, now) if called else 0


def _lists(desk: Desk, view: CounterView, say: Speaker, now: int, local: Local) -> ListsShown:
    lists = tuple(
        ListShown(
            name=name,
            heading=words.heading(view, name, say),
            rows=tuple(words.rows(view, name, say, now, local)),
        )
        for name in words.lists_of(view)
    )
    return ListsShown(lists, words.why_next(view, say), desk.list_shown, desk.page)
