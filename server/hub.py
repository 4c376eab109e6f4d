"""Who listens to which view of which branch, and what waits to be sent to each connection.

The hub builds a view once for all who listen to it, and never waits for any of them: it leaves
bytes in their outboxes. A view replaces the one before it, so a slow client is at most one view
behind and costs no memory. Sending, deadlines and heartbeats are the session's; when there is
something to publish is the runner's.

Stations are told with every publication, whoever asked for something a little before. Customers'
pages, hundreds in a branch, only fall behind by it; when they catch up is decided in
`server.phones`.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Container, Iterable
from typing import Final, TypeAlias

import msgspec

from shared.protocol import View, encode

log = logging.getLogger(__name__)

Build: TypeAlias = Callable[[str], View | None]
"""From the name of a feed to its view now; None where there is no such thing."""

REPLIES_MAX: Final = 64
"""Replies one connection may leave unread. A client that goes on sending commands without
reading their answers is broken or hostile, and is cut off."""

HEARTBEAT: Final = "heartbeat"

OF_CUSTOMERS: Final = ("TicketView:", "AppointmentView:")
"""How the names of the feeds of customers' pages begin."""


class OutboxClosed(Exception):
    """Nothing more will come out of this outbox."""


class Outbox:
    """What waits to be sent to one connection.

    At most one view of each feed, one heartbeat and `REPLIES_MAX` replies, in the order in which
    they came; a newer view takes the place of the older one. So a sender always has the view
    before its reply, and a stream of views never keeps a reply waiting.
    """

    def __init__(self) -> None:
        self._waiting: dict[str | int, bytes] = {}
        self._replies = 0
        self._last_reply = 0
        self._closed = False
        self._something = asyncio.Event()

    def view(self, feed: str, data: bytes) -> None:
        """Leave a view, in place of an older one that was not sent yet."""
        self._put(feed, data)

    def reply(self, data: bytes) -> None:
        """Leave a reply. One too many cuts the connection off."""
        if self._replies == REPLIES_MAX:
            self._waiting.clear()
            self.close()
            return
        self._replies += 1
        self._last_reply += 1
        self._put(self._last_reply, data)

    def heartbeat(self, data: bytes) -> None:
        """Leave a heartbeat, behind every view it vouches for."""
        self._waiting.pop(HEARTBEAT, None)
        self._put(HEARTBEAT, data)

    def forget_views(self) -> None:
        """Send none of the views that wait: whoever they were for is not there any more."""
        for key in [key for key in self._waiting if isinstance(key, str) and key != HEARTBEAT]:
            del self._waiting[key]

    def close(self) -> None:
        """Take nothing more; what waits is still handed out."""
        self._closed = True
        self._something.set()

    async def next(self) -> bytes:
        """What to send next; `OutboxClosed` when there is nothing left and nothing to come."""
        while not self._waiting:
            if self._closed:
                raise OutboxClosed
            self._something.clear()
            await self._something.wait()
        key = next(iter(self._waiting))
        if isinstance(key, int):
            self._replies -= 1
        return self._waiting.pop(key)

    def _put(self, key: str | int, data: bytes) -> None:
        if not self._closed:
            self._waiting[key] = data
            self._something.set()


class _Feed:
    """One view of one branch: who listens, and what they were told last."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.listeners: dict[Outbox, None] = {}
        self.view: View | None = None
        self.data = b""

    def is_news(self, view: View) -> bool:
        """Whether to tell it. The mere time of day is no news: heartbeats carry it."""
        told = self.view
        if told is None or told.seq != view.seq:
            return True
        return msgspec.structs.replace(view, at=told.at) != told

    def shows_more(self, view: View) -> bool:
        """Whether it shows anything else. That something has happened elsewhere does not count:
        a phone in a pocket is not woken for it."""
        told = self.view
        return told is None or msgspec.structs.replace(view, at=told.at, seq=told.seq) != told


class _Feeds:
    """The feeds of one branch. Customers' pages stand apart, so that hundreds of them cost a
    publication nothing."""

    def __init__(self) -> None:
        self.stations: dict[str, _Feed] = {}
        self.customers: dict[str, _Feed] = {}
        self._new: set[str] = set()

    def find(self, name: str) -> _Feed | None:
        """One of them; None where nobody listens."""
        return self._of_kind(name).get(name)

    def find_or_begin(self, name: str) -> _Feed:
        """One of them, for somebody who is going to listen."""
        feeds = self._of_kind(name)
        if name not in feeds:
            feeds[name] = _Feed(name)
            if feeds is self.customers:
                self._new.add(name)
        return feeds[name]

    def told_nothing(self) -> set[str]:
        """The customers' pages that wait for their first view."""
        self._new = {name for name in self._new if self.customers[name].view is None}
        return self._new

    def end(self, name: str) -> None:
        """Nobody listens to it any more."""
        self._of_kind(name).pop(name, None)
        self._new.discard(name)

    def _of_kind(self, name: str) -> dict[str, _Feed]:
        return self.customers if name.startswith(OF_CUSTOMERS) else self.stations


class Hub:
    """The feeds of all branches. Only feeds with listeners exist."""

    def __init__(self) -> None:
        self._branches: defaultdict[str, _Feeds] = defaultdict(_Feeds)
        self._heard: dict[Outbox, list[tuple[str, _Feed]]] = {}
        self._behind: set[str] = set()
        self._overdue: set[str] = set()
        self._falls_behind = asyncio.Event()

    def listen(self, branch: str, feed: str, outbox: Outbox) -> None:
        """From now on, leave every new view of this feed in the outbox.

        Where others listen already, the view they were told last is left at once. The first
        listener gets one with the next `publish` or `introduce`.
        """
        found = self._branches[branch].find_or_begin(feed)
        found.listeners[outbox] = None
        self._heard.setdefault(outbox, []).append((branch, found))
        if found.view is not None:
            outbox.view(feed, found.data)

    def leave(self, outbox: Outbox) -> None:
        """Stop listening, to everything."""
        for branch, feed in self._heard.pop(outbox, ()):
            feed.listeners.pop(outbox, None)
            if not feed.listeners:
                self._branches[branch].end(feed.name)

    def tell(self, branch: str, build: Build, feeds: Iterable[str]) -> None:
        """Tell whoever listens to these feeds what is new on them, customers' pages too. `build`
        shows what is durable; the others are told by `publish`."""
        for name in feeds:
            if (feed := self._branches[branch].find(name)) is not None:
                _tell(branch, feed, build, feed.is_news)

    def publish(self, branch: str, build: Build, told: Container[str] = ()) -> None:
        """Tell every station what is new to it, but for the feeds that were told already. `build`
        shows what is durable.

        Customers' pages are told where nothing was told yet; the others are behind now, unless they
        are overdue.
        """
        feeds = self._branches[branch]
        for name, feed in feeds.stations.items():
            if name not in told:
                _tell(branch, feed, build, feed.is_news)
        new = feeds.told_nothing()
        for name in new:
            self.tell_customer(branch, name, build)
        if branch in self._overdue:
            self._overdue.discard(branch)
            for name in feeds.customers:
                self.tell_customer(branch, name, build)
        elif any(name not in told and name not in new for name in feeds.customers):
            self._behind.add(branch)
            self._falls_behind.set()

    def told(self, branch: str, feed: str) -> View | None:
        """What the listeners of this feed were told last."""
        found = self._branches[branch].find(feed)
        return None if found is None else found.view

    def introduce(self, branch: str, feed: str, build: Build) -> None:
        """Build one feed for its first listener; nothing, if it was built before."""
        found = self._branches[branch].find(feed)
        if found is not None and found.view is None:
            _tell(branch, found, build, found.is_news)

    # --- Customers' pages ----------------------------------------------------------------------

    def is_behind(self, branch: str) -> bool:
        """Whether customers' pages of this branch have not been told the newest yet."""
        return branch in self._behind or branch in self._overdue

    async def next_behind(self) -> list[str]:
        """The branches whose customers' pages are behind, as soon as there are any. They count as
        told from now on: whoever asks tells them."""
        await self._falls_behind.wait()
        self._falls_behind.clear()
        behind = sorted(self._behind)
        self._behind.clear()
        return behind

    def tell_with_next(self, branch: str) -> None:
        """Tell all pages of this branch with its next publication."""
        self._overdue.add(branch)

    def customers(self, branch: str) -> list[str]:
        """The feeds of all customers' pages of a branch that are open now."""
        return list(self._branches[branch].customers)

    def tell_customer(self, branch: str, feed: str, build: Build) -> None:
        """Tell one customer's page what has changed on it; nothing, if it was closed meanwhile."""
        found = self._branches[branch].find(feed)
        if found is not None:
            _tell(branch, found, build, found.shows_more)


def _tell(branch: str, feed: _Feed, build: Build, wanted: Callable[[View], bool]) -> None:
    try:
        view = build(feed.name)
    except Exception:
        # The command that led here is durable and must be answered, and the other views are
        # sound. Whoever listens to this one sees from the heartbeat that it has fallen behind.
        log.exception("view %s of branch %s cannot be built", feed.name, branch)
        return
    if view is None:
        feed.view = None
        return
    if not wanted(view):
        return
    feed.view, feed.data = view, encode(view)
    for outbox in feed.listeners:
        outbox.view(feed.name, feed.data)
