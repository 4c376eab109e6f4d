"""All the branches of this server: a runner for each, started when it is first asked for.

Also watches the machine's clock for all of them, since they share one. What happens inside a
branch is its runner's affair.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from functools import partial
from typing import Final, Protocol

from server.clock import Clock
from server.domain.commands import StepClock
from server.domain.configuration import BranchConfig
from server.hub import Hub
from server.journal.contract import Journal
from server.metrics import Metrics
from server.runner import BranchRunner, RehearsalMismatch
from server.vault.vault import Vault

log = logging.getLogger(__name__)

WALL_SECONDS: Final = 5.0
"""How often the wall clock is compared with ours."""

STEP_MS: Final = 2_000
"""A change of the distance between them that is a step of its own."""


class SteppingClock(Protocol):
    """A clock that knows how far it is from the wall, and can take over the wall's time."""

    def step_ms(self) -> int: ...

    def adopt(self) -> None: ...


class Branches:
    """The branches by their ids."""

    def __init__(
        self,
        configs: Iterable[BranchConfig],
        journal: Journal,
        vault: Vault,
        hub: Hub,
        clock: Clock,
        metrics: Metrics,
        *,
        rehearsal: bool = False,
        tells: bool = False,
    ) -> None:
        self._make = partial(
            BranchRunner,
            journal=journal,
            vault=vault,
            hub=hub,
            clock=clock,
            metrics=metrics,
            rehearsal=rehearsal,
            tells=tells,
        )
        self._runners = {config.id: self._make(config) for config in configs}
        self._starts: dict[str, asyncio.Task[None]] = {}
        self._step_ms = 0

    async def runner(self, branch: str) -> BranchRunner:
        """The runner of a configured branch, started; KeyError for any other.

        Raises RehearsalMismatch.
        """
        runner = self._runners[branch]
        if branch not in self._starts:
            self._starts[branch] = asyncio.create_task(runner.start(), name=f"start {branch}")
        # Others may be waiting for the same start: one of them leaving must not end it.
        await asyncio.shield(self._starts[branch])
        return runner

    async def add(self, config: BranchConfig) -> BranchRunner:
        """The runner of a branch that was not configured before, started.

        Raises RehearsalMismatch, and then there is no such branch.
        """
        assert config.id not in self._runners, "a branch is added once"
        self._runners[config.id] = self._make(config)
        try:
            return await self.runner(config.id)
        except RehearsalMismatch:
            del self._runners[config.id], self._starts[config.id]
            raise

    async def stop(self) -> None:
        """Let every branch finish what waits, and take nothing new."""
        await asyncio.gather(*self._starts.values(), return_exceptions=True)
        await asyncio.gather(*(runner.stop() for runner in self._started()))

    async def follow_wall(self, clock: SteppingClock) -> None:
        """Look at the wall clock from time to time, for ever."""
        while True:
            await asyncio.sleep(WALL_SECONDS)
            await self.look_at_wall(clock)

    async def look_at_wall(self, clock: SteppingClock) -> None:
        """Record a step of the machine's clock once, in every branch; follow it when nobody is
        here whose wait would jump."""
        step_ms = clock.step_ms()
        by_ms, self._step_ms = step_ms - self._step_ms, step_ms
        if abs(by_ms) >= STEP_MS:
            log.warning("the machine's clock was set by %d ms", by_ms)
            for runner in self._started():
                await runner.ask(StepClock(by_ms))
        if step_ms and all(runner.deserted for runner in self._started()):
            clock.adopt()
            self._step_ms = clock.step_ms()

    def _started(self) -> list[BranchRunner]:
        done = (branch for branch, start in self._starts.items() if start.done())
        return [self._runners[b] for b in done if self._starts[b].exception() is None]
