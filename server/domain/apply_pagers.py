"""What the events about pagers do to the state: a part of `apply`, which alone calls it."""

from __future__ import annotations

from typing import TypeAlias, assert_never

from msgspec.structs import replace

from server.domain import events as e
from server.domain.state import LIVE_STATES, Branch, Pager, Visit

OF_PAGER: TypeAlias = e.PagerBound | e.PagerReleased | e.PagerReported | e.PagerCallConfirmed


def apply_pager(branch: Branch, event: OF_PAGER, at: int) -> None:
    """Change what is known of one pager."""
    pagers = branch.pagers
    match event:
        case e.PagerBound():
            pagers[event.pager] = Pager(event.pager, event.visit, event.number, since=at)
        case e.PagerReleased():
            del pagers[event.pager]
        case e.PagerReported():
            pagers[event.pager] = replace(pagers[event.pager], state=event.state)
        case e.PagerCallConfirmed():
            # Whatever vibrates is working.
            told = replace(pagers[event.pager], state="working", confirmed=event.call)
            pagers[event.pager] = told
        case _:
            assert_never(event)


def note_end(branch: Branch, visit: Visit) -> None:
    """A visit has come into another state: when it is over, its pager is to be given back."""
    over_since = None if visit.state in LIVE_STATES else branch.at
    for out in branch.pagers.values():
        if out.visit == visit.id and out.over_since != over_since:
            branch.pagers[out.id] = replace(out, over_since=over_since)
