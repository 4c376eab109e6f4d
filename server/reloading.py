"""The configuration files put in force while the server runs: first previewed, then as previewed.

The only place that reads configuration after the start. What differs is worked out in
`reload_plan`, what stands in the way in `server/domain`; whoever may ask was asked in `auth`
before. In all branches or in none: see decision 0013.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping, MutableMapping
from typing import Final

import msgspec
from msgspec import Struct

from server.config import DataFolder, ServerConfig, names_of
from server.domain.configuration import BranchConfig
from server.domain.refusals import Refusal, Refused
from server.domain.state import Actor
from server.house import refusals as r
from server.house.decide import RecordReload
from server.house.state import holds
from server.people import People
from server.reload_plan import Plan, changed_keys, plan_of, told, with_at_once
from server.runner import BranchRunner
from shared import protocol as p
from shared.i18n import say
from shared.protocol import Language

log = logging.getLogger(__name__)

CHANGES_MAX: Final = 200
"""Changes told one by one. Beyond that it is another configuration, to be read in its file."""


class Source(Struct, frozen=True):
    """Where the configuration comes from: `lobby.toml` as it was at the start, and how to read
    the folder again (from a thread: it is on a disk)."""

    server: ServerConfig
    read: Callable[[], DataFolder]


class Reloading:
    """See above. `branches` and `runners` are those that the whole server looks at."""

    def __init__(
        self,
        source: Source,
        branches: MutableMapping[str, BranchConfig],
        runners: Mapping[str, BranchRunner],
        open_branch: Callable[[BranchConfig], Awaitable[None]],
        people: People,
    ) -> None:
        self._server = source.server
        self._read = source.read
        self._branches = branches
        self._runners = runners
        self._open_branch = open_branch
        self._people = people
        self._lock = asyncio.Lock()

    async def preview(self, command: p.PreviewReload, language: Language) -> p.ReloadPreview:
        """What would change, and what stands in the way."""
        files = await asyncio.to_thread(self._read)
        if files.errors:
            faults = (
                p.FaultShown(file=str(one.file), key=one.key, expected=one.expected)
                for one in files.errors
            )
            return p.ReloadPreview(id=command.id, faults=tuple(faults)[:CHANGES_MAX])
        plan = self._plan(files)
        changes = list(told(plan, language))
        return p.ReloadPreview(
            id=command.id,
            digest=plan.digest,
            changes=tuple(changes[:CHANGES_MAX]),
            more=max(0, len(changes) - CHANGES_MAX),
            obstacles=tuple(
                p.ObstacleShown(
                    branch=branch,
                    code=type(obstacle).__name__,
                    text=_in_words(obstacle, language, plan.before[branch]),
                )
                for branch, obstacle in self._obstacles(plan)
            ),
            appointments=tuple(self._hit_by(plan, language))[:CHANGES_MAX],
        )

    async def reload(self, command: p.Reload, actor: Actor) -> p.HouseAccepted:
        """Put it in force. Raises Refused."""
        # Shielded: whoever hangs up in the middle must not leave half of it behind.
        return await asyncio.shield(self._reload(command, actor))

    async def _reload(self, command: p.Reload, actor: Actor) -> p.HouseAccepted:
        async with self._lock:
            files = await asyncio.to_thread(self._read)
            for error in files.errors:
                raise Refused(r.ConfigurationFaulty(str(error.file), error.key, error.expected))
            plan = self._plan(files)
            if plan.digest != command.digest:
                raise Refused(r.ConfigurationChanged())
            await self._put_in_force(plan, actor)
            if changed := changed_keys(plan):
                branches = (*plan.configured, *plan.new)
                record = RecordReload(
                    branches, tuple(changed[:CHANGES_MAX]), len(changed[CHANGES_MAX:])
                )
                await self._people.keeper.carry_out(record, actor)
        return p.HouseAccepted(id=command.id, seq=self._people.keeper.house.seq)

    async def _put_in_force(self, plan: Plan, actor: Actor) -> None:
        # Nothing is waited for between these questions and the orders, which go to the head of
        # every queue: what was found free is free when it is decided.
        if not holds(self._people.keeper.house, actor.staff, actor.station, actor.role):
            raise Refused(r.NobodySignedIn())
        for _, obstacle in self._obstacles(plan):
            raise Refused(obstacle)
        orders = [
            self._runners[branch].configure(config, actor)
            for branch, config in plan.configured.items()
        ]
        answers = await asyncio.gather(*orders)
        for branch, answer in zip(plan.configured, answers, strict=True):
            if isinstance(answer, Refusal):
                # A disk that is full, say. The next reload puts in force what is missing.
                log.error("branch %s was not configured: %s", branch, answer)
                raise Refused(answer)
            self._branches[branch] = plan.configured[branch]
        self._server = with_at_once(self._server, plan.server)
        self._people.configure(self._server.require_totp, self._server.idle_lock_minutes)
        for config in plan.new.values():
            await self._open_branch(config)

    def _hit_by(self, plan: Plan, language: Language) -> Iterator[p.HitShown]:
        for branch, config in plan.configured.items():
            for one in self._runners[branch].hit_by(config):
                before = plan.before[branch]
                values = {"id": one.id, "service": one.service, "booked_at": one.slot}
                said = say(language, "reload.hit", values, before.time_zone, names_of(before))
                yield p.HitShown(branch=branch, appointment=one.id, slot=one.slot, text=said)

    def _plan(self, files: DataFolder) -> Plan:
        in_force = {branch: one.published.config for branch, one in self._runners.items()}
        stopped = frozenset(branch for branch, one in self._runners.items() if one.stopped)
        return plan_of(files, self._server, in_force, stopped)

    def _obstacles(self, plan: Plan) -> list[tuple[str, Refusal]]:
        return [
            (branch, obstacle)
            for branch, config in plan.configured.items()
            for obstacle in self._runners[branch].obstacles(config)
        ]


def _in_words(obstacle: Refusal, language: Language, config: BranchConfig) -> str:
    key = f"refusal.{type(obstacle).__name__}"
    values = msgspec.structs.asdict(obstacle)
    return say(language, key, values, config.time_zone, names_of(config))
