"""The newest view of each feed, and everyone who waits for one.

A view replaces the one before it; nothing is queued, so a slow reader costs no memory and sees
the newest. Where views come from is left to `shared/link.py`.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Self

from shared.protocol import BranchView

if TYPE_CHECKING:
    from shared.protocol import View


def feed_of(view: View) -> str:
    """The name of a view's feed, as in `Hello.views`: `DisplayView`, `CounterView:3`."""
    name = type(view).__name__
    if not isinstance(view, BranchView) or not view.feed_by:
        return name
    return f"{name}:{getattr(view, view.feed_by)}"


class Bell:
    """Wakes everyone who waits, each time it rings; they look for themselves what is new."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def ring(self) -> None:
        """Wake all who wait now."""
        self._event.set()
        self._event = asyncio.Event()

    async def wait(self) -> None:
        """Wait for the next ring."""
        await self._event.wait()


class Feeds:
    """The newest view of each feed of one branch."""

    def __init__(self) -> None:
        self._newest: dict[str, tuple[int, View]] = {}
        self._taken = 0
        self._seq = -1
        self._lives = 0
        self._end: Exception | None = None
        self._bell = Bell()

    def take(self, view: View) -> None:
        """Keep a view, unless a later one of its feed is here already."""
        feed = feed_of(view)
        known = self.newest(feed)
        if known is not None and view.seq < known.seq:
            return
        self._taken += 1
        self._newest[feed] = (self._taken, view)
        if isinstance(view, BranchView):  # that of the house has a sequence of its own
            self._seq = max(self._seq, view.seq)
        self._bell.ring()

    def forget(self) -> None:
        """Forget all views: the journal is another one now, its sequence starts anew."""
        self._newest.clear()
        self._seq = -1
        self._lives += 1
        self._bell.ring()

    def end(self, why: Exception) -> None:
        """No view will come any more: end every iterator, and fail whoever waits."""
        self._end = why
        self._bell.ring()

    @property
    def seq(self) -> int:
        """The sequence of the newest view of any feed; -1 before the first."""
        return self._seq

    def newest(self, feed: str) -> View | None:
        """The newest view of a feed."""
        known = self._newest.get(feed)
        return known[1] if known else None

    async def until(self, seq: int) -> None:
        """Wait for any view of that sequence or later, or for views of another journal."""
        life = self._lives
        while self._seq < seq and life == self._lives:
            if self._end is not None:
                raise self._end
            await self._bell.wait()

    async def after(self, taken: int) -> tuple[int, View] | None:
        """The earliest taken of the views that are newer than `taken`; None at the end."""
        while True:
            newer = [one for one in self._newest.values() if one[0] > taken]
            if newer:
                return min(newer, key=lambda one: one[0])
            if self._end is not None:
                return None
            await self._bell.wait()


class Views:
    """One reader of all feeds: the views there are, then the newest of each as they come."""

    def __init__(self, feeds: Feeds) -> None:
        self._feeds = feeds
        self._taken = 0

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> View:
        found = await self._feeds.after(self._taken)
        if found is None:
            raise StopAsyncIteration
        self._taken, view = found
        return view
