"""Who listens to which view of which branch, and what waits to be sent to each connection.

The hub builds a view once for all who listen to it, and never waits for any of them: it leaves
bytes in their outboxes. A view replaces the one before it, so a slow client is at most one view
behind and costs no memory. Sending, deadlines and heartbeats are the session's; when there is
something to publish is the runner's.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
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

    def __init__(self) -> None:
        self.listeners: dict[Outbox, None] = {}
        self.view: View | None = None
        self.data = b""

    def tells(self, view: View) -> bool:
        """Whether this is news. The mere time of day is not: heartbeats carry it."""
        told = self.view
        if told is None or told.seq != view.seq:
            return True
        return msgspec.structs.replace(view, at=told.at) != told


class Hub:
    """The feeds of all branches. Only feeds with listeners exist."""

    def __init__(self) -> None:
        self._branches: dict[str, dict[str, _Feed]] = {}
        self._heard: dict[Outbox, list[tuple[str, str]]] = {}

    def listen(self, branch: str, feed: str, outbox: Outbox) -> None:
        """From now on, leave every new view of this feed in the outbox.

        Where others listen already, the view they were told last is left at once. The first
        listener gets one with the next `publish` or `introduce`.
        """
        found = self._branches.setdefault(branch, {}).setdefault(feed, _Feed())
        found.listeners[outbox] = None
        self._heard.setdefault(outbox, []).append((branch, feed))
        if found.view is not None:
            outbox.view(feed, found.data)

    def leave(self, outbox: Outbox) -> None:
        """Stop listening, to everything."""
        for branch, name in self._heard.pop(outbox, ()):
            feeds = self._branches[branch]
            if name in feeds:
                feeds[name].listeners.pop(outbox, None)
                if not feeds[name].listeners:
                    del feeds[name]

    def publish(self, branch: str, build: Build) -> None:
        """Tell every listener what is new to it. `build` shows what is durable."""
        for name, feed in self._branches.get(branch, {}).items():
            _tell(branch, name, feed, build)

    def told(self, branch: str, feed: str) -> View | None:
        """What the listeners of this feed were told last."""
        found = self._branches.get(branch, {}).get(feed)
        return None if found is None else found.view

    def introduce(self, branch: str, feed: str, build: Build) -> None:
        """Build one feed for its first listener; nothing, if it was built before."""
        found = self._branches.get(branch, {}).get(feed)
        if found is not None and found.view is None:
            _tell(branch, feed, found, build)


def _tell(branch: str, name: str, feed: _Feed, build: Build) -> None:
    try:
        view = build(name)
    except Exception:
        # The command that led here is durable and must be answered, and the other views are
        # sound. Whoever listens to this one sees from the heartbeat that it has fallen behind.
        log.exception("view %s of branch %s cannot be built", name, branch)
        return
    if view is None:
        feed.view = None
        return
    if not feed.tells(view):
        return
    feed.view, feed.data = view, encode(view)
    for outbox in feed.listeners:
        outbox.view(name, feed.data)
