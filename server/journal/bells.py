"""Wakes whoever follows a branch when it grows. Within one process; rows are always re-read."""

import asyncio
from collections.abc import AsyncIterator

from server.journal.contract import Journal, Row


class Bells:
    """One bell per branch that somebody waits for; a rung bell is thrown away."""

    def __init__(self) -> None:
        self._bells: dict[str, asyncio.Event] = {}

    def next_ring(self, branch: str) -> asyncio.Event:
        return self._bells.setdefault(branch, asyncio.Event())

    def ring(self, branch: str) -> None:
        if bell := self._bells.pop(branch, None):
            bell.set()

    def ring_all(self) -> None:
        for branch in list(self._bells):
            self.ring(branch)


async def follow(journal: Journal, bells: Bells, branch: str, after: int) -> AsyncIterator[Row]:
    """Read to the end, wait for the bell, read on."""
    while True:
        # Taken before reading: a row appended between the reading and the waiting still rings it.
        bell = bells.next_ring(branch)
        async for row in journal.read(branch, after):
            yield row
            after = row.seq
        await bell.wait()
