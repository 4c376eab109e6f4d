"""What the base of the pagers and the board see of them: a part of `views`, which alone calls it.

Which ticket has one is told to staff and to the base, and to nobody else: that a customer does not
hear or see is nobody's business.
"""

from __future__ import annotations

from collections.abc import Iterator

from server.domain import pagers
from server.domain.state import Branch
from shared.protocol import PagerCall, PagerShown


def out(branch: Branch) -> tuple[PagerShown, ...]:
    """Every pager that is out, in the order of their numbers."""
    return tuple(
        PagerShown(
            pager=one.id,
            number=one.number,
            state=one.state,
            since=one.since,
            over_since=one.over_since,
        )
        for _, one in sorted(branch.pagers.items())
    )


def calls(branch: Branch) -> Iterator[PagerCall]:
    """The calls that pagers have to tell now, and those they have told of tickets still called."""
    for _, one in sorted(branch.pagers.items()):
        visit = pagers.called(branch, one)
        if visit is None or visit.call is None or visit.counter is None:
            continue
        yield PagerCall(
            pager=one.id,
            call=visit.call,
            number=visit.number,
            counter=visit.counter,
            at=visit.last_call_at or 0,
            again=visit.calls > 1,
            long="visual_call" in visit.needs,
            confirmed=one.confirmed == visit.call,
        )
