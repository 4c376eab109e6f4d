"""Since when each page of a branch should have shown what, by the journal, and when it did.

A page is late for as long as it shows what is not true any more. What is true is built from the
journal after each event with the product's own views; ranges of waiting time are left out, since a
forecast is no event.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TypeAlias

import msgspec
from msgspec.structs import replace

from bench.audit import rows_of
from bench.phone_crowd import Seen
from server.domain.apply import apply
from server.domain.configuration import BranchConfig
from server.domain.state import Branch, new_branch
from server.domain.views import Views
from server.journal.upcast import stamp_of, to_event
from shared.protocol import TicketView, decode_from_server

Truth: TypeAlias = list[tuple[int, float, TicketView]]
"""Each change of what one page shows: the sequence, the server's time (s), the view."""


def truths(folder: Path, config: BranchConfig, after: int) -> tuple[dict[int, Truth], Branch]:
    """What the page of each visit should have shown since this sequence; and how it ended."""
    branch, found = new_branch(config), dict[int, Truth]()
    for row in rows_of(folder, stream=config.id):
        stamp = stamp_of(row)
        apply(branch, to_event(row), stamp)
        if row.seq < after:
            continue
        views = Views(branch, stamp.at)
        for visit in branch.visits:
            _note(found.setdefault(visit, []), row.seq, stamp.at, _page(views, visit))
    return found, branch


def _note(truth: Truth, seq: int, at: int, view: TicketView) -> None:
    if not truth or truth[-1][2] != view:
        truth.append((seq, at / 1000, view))


def _page(views: Views, visit: int) -> TicketView:
    view = views.build(f"TicketView:{visit}")
    assert isinstance(view, TicketView), visit
    return _plain(view)


def _plain(view: TicketView) -> TicketView:
    """Without what changes by itself."""
    return replace(view, seq=0, at=0, wait=None, step_back=None)


def late_seconds(seen: Seen, truth: Truth) -> Iterable[float]:
    """How long after each change of the truth the page showed it, or it was no more true."""
    seqs = [seq for seq, _ in seen.views]
    for n, (seq, at, _) in enumerate(truth):
        if n == 0:
            continue  # what was true before anything was looked at
        first = bisect_right(seqs, seq - 1)
        shown = seen.views[first][1] + seen.server_began if first < len(seqs) else float("inf")
        before = _shown_before(seqs, first, truth)
        over = next((t for _, t, view in truth[n + 1 :] if view == before), float("inf"))
        yield max(0.0, min(shown, over) - at)


def _shown_before(seqs: Sequence[int], first: int, truth: Truth) -> TicketView:
    last = seqs[first - 1] if first else 0
    return [view for seq, _, view in truth if seq <= last or seq == truth[0][0]][-1]


def differs(seen: Seen, branch: Branch) -> str | None:
    """What is wrong with what the page shows at the end; None where it is right."""
    shown: TicketView = decode_from_server(seen.newest)
    right = _page(Views(branch, shown.at), shown.visit)
    if _plain(shown) == right:
        return None
    a, b = (msgspec.json.encode(one).decode() for one in (_plain(shown), right))
    return f"{seen.branch}: shows {a}, and {b} is right"
