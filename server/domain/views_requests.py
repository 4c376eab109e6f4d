"""What of customers' requests staff see: a part of `views`, which alone calls it."""

from __future__ import annotations

from msgspec.structs import asdict

from server.domain.state import Branch, Counter, Request
from shared.protocol import RequestShown

REQUESTS_MAX = 20
"""Open requests that are shown, the newest."""


def newest(branch: Branch) -> tuple[RequestShown, ...]:
    """What is open, for those who steer."""
    return tuple(map(_shown, _newest(branch)))


def at_counter(branch: Branch, counter: Counter) -> tuple[RequestShown, ...]:
    """What the customer in hand has asked for, and what whoever works there owns."""
    today = branch.day.date if branch.day else ""
    return tuple(
        _shown(one)
        for one in _newest(branch)
        if one.owner == (counter.staff or None)
        or (one.visit, one.day) == (counter.visit or 0, today)
    )


def _newest(branch: Branch) -> list[Request]:
    return list(branch.requests.values())[-REQUESTS_MAX:]


def _shown(one: Request) -> RequestShown:
    return RequestShown(**asdict(one))
