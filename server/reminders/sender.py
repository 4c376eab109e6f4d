"""Sends what there is to be told to customers: at least once, and never twice under two names.

What is to be told follows from the appointments; what became of it is in the journal's outbox. Each
notice is looked at again at the very moment of its sending, and only then is a number or an address
read. It is sent, and then written down: after a crash in between it is sent again with the same id,
and whoever has it knows it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from functools import partial
from typing import Final, NoReturn

from msgspec.structs import replace

from server.clock import Clock
from server.domain.reminders import Notice, send_at
from server.domain.state import Appointment
from server.journal.contract import Journal, JournalError
from server.links import TicketLinks
from server.metrics import Metrics
from server.reminders.channels import Channel, Channels, NotDelivered
from server.reminders.messages import Message, Offered, worded
from server.reminders.threads import in_thread
from server.reminders.told import Told
from server.runner import BranchRunner
from server.vault.errors import VaultError
from server.vault.phones import normal_phone
from server.vault.rows import MAIL, PHONE, of_person
from server.vault.vault import Vault

log = logging.getLogger(__name__)

LOOK_SECONDS: Final = 2.0
"""What was booked a moment ago is told a moment later."""

AT_ONCE_MAX: Final = 4
"""Messages on their way, of all branches: a gateway is not to be flooded at ten in the morning."""

PURGE_MS: Final = 3_600_000

FAR: Final = 2**62


class _Branch:
    """What is known here of one branch, and when to look at it again if nothing happens there."""

    def __init__(self, told: Told) -> None:
        self.told = told
        self.seq = -1
        self.next_at = 0
        self.purge_at = 0


class Sender:
    """All branches of a server, and the channels there are."""

    def __init__(
        self,
        runners: Mapping[str, BranchRunner],
        vault: Vault,
        journal: Journal,
        links: TicketLinks,
        channels: Channels,
        clock: Clock,
        metrics: Metrics,
        public_url: str,
    ) -> None:
        self._runners = runners
        self._vault = vault
        self._journal = journal
        self._links = links
        self._channels = channels
        self._clock = clock
        self._metrics = metrics
        self._public_url = public_url
        self._branches: dict[str, _Branch] = {}
        self._at_once = asyncio.Semaphore(AT_ONCE_MAX)

    async def send_for_ever(self) -> NoReturn:
        """Look at every branch from time to time; ends only when cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK_SECONDS)

    async def look(self) -> int:
        """Send whatever is due; how many notices that were."""
        count = 0
        for runner in list(self._runners.values()):
            try:
                count += await self._look_at(runner)
            except JournalError as error:
                log.error("branch %s: its notices have to wait: %s", runner.id, error)
        return count

    async def _look_at(self, runner: BranchRunner) -> int:
        branch = await self._branch(runner)
        await branch.told.save()
        now, seq = runner.now, runner.published.seq
        if branch.seq == seq and now < branch.next_at:
            return 0
        notices = runner.notices()
        if notices is None:
            return 0
        await branch.told.forget_unwanted(notices)
        due = await self._due(runner, branch, notices, now)
        branch.seq = seq
        await asyncio.gather(*(self._send(runner, branch, notice) for notice in due))
        return len(due)

    async def _branch(self, runner: BranchRunner) -> _Branch:
        branch = self._branches.get(runner.id)
        if branch is None:
            told = Told(runner.id, self._journal, self._clock.uniform)
            await told.load()
            branch = self._branches[runner.id] = _Branch(told)
        if runner.now >= branch.purge_at:
            branch.purge_at = runner.now + PURGE_MS
            await branch.told.purge(runner.now)
        return branch

    async def _due(
        self, runner: BranchRunner, branch: _Branch, notices: list[Notice], now: int
    ) -> list[Notice]:
        """Those to be sent now, the most urgent ones first; notes when to look again."""
        due, branch.next_at = [], FAR
        for notice in notices:
            if branch.told.is_over(notice):
                continue
            row = branch.told.row(notice)
            again_at = row.next_at if row else now
            at = send_at(runner.published.config, notice, max(now, again_at))
            if isinstance(at, str):
                await self._drop(runner, branch, notice, row.reason if row else at)
            elif at <= now:
                due.append(notice)
            else:
                branch.next_at = min(branch.next_at, at)
        return sorted(due, key=lambda notice: notice.until)

    # --- One notice ----------------------------------------------------------------------------

    async def _send(self, runner: BranchRunner, branch: _Branch, notice: Notice) -> None:
        async with self._at_once:
            await self._send_now(runner, branch, notice)

    async def _send_now(self, runner: BranchRunner, branch: _Branch, notice: Notice) -> None:
        try:
            channel, message = await self._addressed(runner, notice)
        except VaultError as error:
            log.error("branch %s: %s", runner.id, error)
            await self._failed(runner, branch, notice, "vault")
            return
        if channel is None or message is None:
            await self._drop(runner, branch, notice, "no_address")
            return
        if not _still_so(runner, notice):
            branch.next_at = 0  # something has changed, or time has passed: to be looked at again
            return
        try:
            await in_thread(partial(channel.send, message))
        except NotDelivered as error:
            if error.for_good:
                await self._drop(runner, branch, notice, error.reason)
            else:
                await self._failed(runner, branch, notice, error.reason)
        except Exception as error:  # noqa: BLE001 - one message must not keep back all the others
            # Not its text, which may hold what was to be sent.
            log.error("branch %s: a channel failed: %s", runner.id, type(error).__name__)
            await self._failed(runner, branch, notice, "fault")
        else:
            await self._sent(runner, branch, notice)

    async def _addressed(
        self, runner: BranchRunner, notice: Notice
    ) -> tuple[Channel | None, Message | None]:
        """The message and how it goes; nothing where nobody can be reached."""
        rows = await self._vault.show(runner.id, [of_person(notice.person)])
        kept = {row.field: row.value for row in rows}
        phone, mail = normal_phone(kept.get(PHONE, "")), kept.get(MAIL, "")
        channel = self._channels.reaching(phone, mail)
        one = runner.appointment(notice.appointment)
        view = runner.appointment_view(notice.appointment)
        if channel is None or one is None or view is None:
            return None, None
        zone = runner.published.config.time_zone
        message = worded(notice, view, one.language, zone, self._offered(runner.id, one))
        return channel, replace(message, phone=phone, mail=mail)

    def _offered(self, branch: str, one: Appointment) -> Offered:
        """The links that make sense, where phones have an address, and the code for the kiosk."""
        if one.state != "booked":
            return Offered()
        links = {}
        if self._public_url:
            base, own = f"{self._public_url}/a", (branch, one.id, one.sequence)
            links["show"] = f"{base}/{self._links.appointment_secret(branch, one.id)}"
            if not one.confirmed:
                links["confirm"] = f"{base}/confirm/{self._links.action('confirm', *own)}"
            links["cancel"] = f"{base}/cancel/{self._links.action('cancel', *own)}"
        return Offered(links, self._links.appointment_code(branch, one.id))

    # --- What became of it -----------------------------------------------------------------------

    async def _sent(self, runner: BranchRunner, branch: _Branch, notice: Notice) -> None:
        await branch.told.sent(notice, runner.now)
        await self._over(runner, notice, "sent", "")

    async def _drop(
        self, runner: BranchRunner, branch: _Branch, notice: Notice, reason: str
    ) -> None:
        await branch.told.dropped(notice, reason, runner.now)
        await self._over(runner, notice, "dropped", reason)

    async def _failed(
        self, runner: BranchRunner, branch: _Branch, notice: Notice, reason: str
    ) -> None:
        self._metrics.notices.labels(runner.id, notice.kind, "failed").inc()
        facts = {"branch": runner.id, "notice": notice.name, "reason": reason}
        log.warning("a notice was not delivered", extra=facts)
        if not await branch.told.failed(notice, reason, runner.now):
            await self._over(runner, notice, "dropped", reason)
        elif row := branch.told.row(notice):
            branch.next_at = min(branch.next_at, row.next_at)

    async def _over(self, runner: BranchRunner, notice: Notice, outcome: str, reason: str) -> None:
        self._metrics.notices.labels(runner.id, notice.kind, outcome).inc()
        facts = {"branch": runner.id, "notice": notice.name, "reason": reason}
        log.info("a notice was %s", outcome, extra=facts)
        if notice.kind != "cancelled":
            return
        # Nothing else is kept of whoever has cancelled, and this only until it was told.
        try:
            await self._vault.erase(runner.id, [of_person(notice.person)])
        except JournalError as error:
            log.error("branch %s: what is due is deleted later: %s", runner.id, error)
        runner.forget([of_person(notice.person)])


def _still_so(runner: BranchRunner, notice: Notice) -> bool:
    """Whether the notice is as true as it was when it was looked up, and may be sent now: others
    may have taken long."""
    one, state = runner.appointment(notice.appointment), "booked"
    if notice.kind == "cancelled":
        state = "cancelled"
    if one is None or (one.state, one.slot, one.sequence) != (state, notice.slot, notice.sequence):
        return False
    at = send_at(runner.published.config, notice, runner.now)
    return isinstance(at, int) and at <= runner.now
