"""When customers' pages are told what has changed: once a second at most, and after everybody else.

A branch has hundreds of phones and a dozen stations, and it is the stations that people stand at.
So what happened within a second is told in one go, in pieces so small that a teller does not notice
them, and none is begun while a command is on its way. What a page is told is the hub's.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping
from typing import Final

from server.hub import Build, Hub
from server.runner import BranchRunner, somebody_waits

PIECE_SECONDS: Final = 0.000_25
"""How long pages are told before others have their turn; sending takes about as long again."""

LOOK_AGAIN_SECONDS: Final = 0.002
"""How soon it is looked again whether the commands on their way have been answered."""

HOLD_SECONDS: Final = 0.05
"""A piece is put off for so long at most: where commands never cease, pages are told all the same.
Where a write takes longer than this, they are told with the publication after it."""

VIEWS_SECONDS: Final = 0.05
"""The pieces within this time show one and the same moment, which is worked out once."""


class Phones:
    """The pages of all branches."""

    def __init__(self, hub: Hub, runners: Mapping[str, BranchRunner], pause_seconds: float) -> None:
        self._hub = hub
        self._runners = runners
        self._pause_seconds = pause_seconds
        self._telling: set[str] = set()
        self._told: dict[str, int] = {}

    def vouched(self, branch: str) -> int:
        """Up to which sequence all pages of this branch have been told."""
        if branch in self._telling or self._hub.is_behind(branch):
            return self._told.get(branch, 0)
        return self._runners[branch].vouched

    async def tell_for_ever(self) -> None:
        """Tell the pages of whichever branch falls behind, with a pause after each time."""
        loop = asyncio.get_running_loop()
        while True:
            began = await self.tell_next()
            await asyncio.sleep(max(0.0, began + self._pause_seconds - loop.time()))

    async def tell_next(self) -> float:
        """Tell those who are behind, as soon as somebody is; when it began (s of the loop)."""
        branches = await self._hub.next_behind()
        began = asyncio.get_running_loop().time()
        self._telling.update(branches)
        try:
            for branch in branches:
                await self._tell(branch)
        finally:
            self._telling.difference_update(branches)
        return began

    async def _tell(self, branch: str) -> None:
        loop, runner = asyncio.get_running_loop(), self._runners[branch]
        seq, moment = runner.published.seq, _Moment(runner)
        pages = deque(self._hub.customers(branch))
        while pages:
            build = await self._turn(moment)
            if build is None:
                # Where a slow disk is never at rest there is no moment in between.
                self._hub.tell_with_next(branch)
                return
            until = loop.time() + PIECE_SECONDS
            while pages and loop.time() < until:
                self._hub.tell_customer(branch, pages.popleft(), build)
        self._told[branch] = seq

    async def _turn(self, moment: _Moment) -> Build | None:
        """Let everybody else go first; what shows the newest, None where it is not durable yet."""
        loop = asyncio.get_running_loop()
        patience = loop.time() + HOLD_SECONDS
        await asyncio.sleep(0)
        runners = self._runners.values()
        while somebody_waits(runners) and loop.time() < patience:  # noqa: ASYNC110 - of many branches
            await asyncio.sleep(LOOK_AGAIN_SECONDS)
        return moment.build()


class _Moment:
    """What shows a branch, used again for as long as it is true."""

    def __init__(self, runner: BranchRunner) -> None:
        self._runner = runner
        self._published = runner.published
        self._build: Build | None = None
        self._until = 0.0

    def build(self) -> Build | None:
        """The builder of views; None while anything is on its way to the disk."""
        now, runner = asyncio.get_running_loop().time(), self._runner
        if not runner.can_be_shown:
            return None
        if self._build is None or self._published is not runner.published or now >= self._until:
            self._build, self._until = runner.look(), now + VIEWS_SECONDS
            self._published = runner.published
        return self._build
