"""Which appointment a customer means: from a link or a code to its id, and the secrets that its
holder is given.

A code is short enough to be guessed, so wrong ones are counted like those of tickets; whoever
brings the link is not affected. What is then done with the appointment is decided elsewhere.
"""

from __future__ import annotations

import hmac
import logging
from collections.abc import Iterable
from typing import TypeAlias, TypeVar

from msgspec.structs import replace

from server import ics
from server.allowances import Allowances
from server.callers import Caller
from server.clock import Clock
from server.domain.refusals import CodeNotKnown, RateLimited, Refused
from server.domain.state import Appointment
from server.limits import Kept
from server.links import TicketLinks
from server.runner import BranchRunner
from server.vault.errors import VaultError
from server.vault.phones import normal_phone
from server.vault.rows import PHONE, of_person
from server.vault.vault import Vault
from shared.protocol import Accepted, AppointmentFound, CheckIn, FindAppointment, OwnAppointment

log = logging.getLogger(__name__)

Own = TypeVar("Own", bound=OwnAppointment)

Proof: TypeAlias = OwnAppointment | FindAppointment
"""What may bring a link or a code."""

DIGITS = 4


class Bookings:
    """See above."""

    def __init__(
        self,
        links: TicketLinks,
        vault: Vault,
        allowances: Allowances,
        clock: Clock,
        public_url: str = "",
    ) -> None:
        self._links = links
        self._vault = vault
        self._allowances = allowances
        self._clock = clock
        self._public_url = public_url
        self._alone: Kept[list[str]] = Kept(list)

    async def meant(self, command: Own, caller: Caller) -> Own:
        """The command with the appointment's id, and without what proved it. Raises Refused."""
        if isinstance(command, CheckIn) and (visit := self._on_the_way(command, caller)):
            return replace(command, visit=visit, link="", code="", digits="")
        found = await self._proved(command, caller)
        if found is None:
            found = command.appointment or caller.actor.appointment or None
        return replace(command, appointment=found, link="", code="", digits="")

    async def found(self, query: FindAppointment, caller: Caller) -> AppointmentFound:
        """The appointment somebody means, or the ticket that was taken before coming. Raises
        Refused."""
        runner = caller.runner
        if visit := self._on_the_way(query, caller):
            return runner.ticket_found(query.id, visit)
        found = await self._proved(query, caller)
        one = runner.appointment(found) if found is not None else None
        if one is None:
            raise Refused(CodeNotKnown())
        return AppointmentFound(
            id=query.id,
            seq=runner.published.seq,
            appointment=one.id,
            service=one.service,
            slot=one.slot,
            state=one.state,
            needs=one.needs,
            language=one.language,
            speaks=one.speaks,
        )

    def _on_the_way(self, said: Proof | CheckIn, caller: Caller) -> int:
        """Which ticket that was taken before coming a link or a code proves; 0: none of them. A
        code that is none is counted where it turns out to be no appointment's either."""
        runner = caller.runner
        if said.link:
            secret = _secret_of(said.link)
            visit = self._links.visit(secret, runner.id, runner.published.visits)
            return visit if visit is not None and runner.is_remote(visit) else 0
        if not said.code or said.digits:
            return 0
        tries = self._allowances.wrong_codes_at_terminals(runner.id, caller.actor.station)
        if max(bucket.wait(self._clock.monotonic()) for bucket in tries):
            raise Refused(RateLimited())
        for visit in runner.on_the_way():
            if hmac.compare_digest(self._links.short_code(runner.id, visit), said.code):
                return visit
        return 0

    async def _proved(self, said: Proof, caller: Caller) -> int | None:
        """Which appointment a link or a code proves; None: neither was brought."""
        runner = caller.runner
        if said.link:
            appointments = runner.published.appointments
            found = self._links.appointment(_secret_of(said.link), runner.id, appointments)
            if found is None or not runner.link_is_good(found):
                raise Refused(CodeNotKnown())
            return found
        return await self._by_code(said, runner, caller.actor.station) if said.code else None

    def with_its_time(self, accepted: Accepted, runner: BranchRunner) -> Accepted:
        """With the time that was booked, where the events of the command did not say it."""
        one = runner.appointment(accepted.appointment or 0)
        if one is None or accepted.slot is not None:
            return accepted
        return replace(accepted, slot=one.slot)

    def with_its_secrets(self, accepted: Accepted, branch: str) -> Accepted:
        """With the code, and with the private link where phones have an address."""
        appointment = accepted.appointment
        if appointment is None:
            return accepted
        secret = self._links.appointment_secret(branch, appointment)
        return replace(
            accepted,
            link=f"{self._public_url}/a/{secret}" if self._public_url else None,
            short_code=self._links.appointment_code(branch, appointment),
        )

    def calendar(self, name: str, runners: Iterable[BranchRunner]) -> str | None:
        """The file for the calendar of whoever has this link; None where there is no such."""
        secret = _secret_of(name)
        for runner in runners:
            appointments = runner.published.appointments
            found = self._links.appointment(secret, runner.id, appointments)
            if found is not None and runner.link_is_good(found):
                one, view = runner.appointment(found), runner.appointment_view(found)
                assert one is not None and view is not None, "a good link has an appointment"
                return ics.calendar(view, one.language)
        return None

    async def _by_code(self, said: Proof, runner: BranchRunner, station: str) -> int:
        """A terminal asks with the code alone first, and for the digits when that is not enough.
        Whether the code is one is not told, so that it counts as wrong; the right digits take
        that one back."""
        now = self._clock.monotonic()
        tries = self._allowances.wrong_codes_at_terminals(runner.id, station)
        alone = self._alone.of((runner.id, station))
        if max(bucket.wait(now) for bucket in tries):
            raise Refused(RateLimited())
        for one in runner.appointments_to_come():
            code = self._links.appointment_code(runner.id, one.id)
            if hmac.compare_digest(code, said.code) and await self._fits(
                one, said.digits, runner.id
            ):
                if alone == [code]:
                    alone.clear()
                    for bucket in tries:
                        bucket.give_back()
                return one.id
        alone[:] = [] if said.digits else [said.code]
        for bucket in tries:
            bucket.take(now)
        raise Refused(CodeNotKnown())

    async def _fits(self, one: Appointment, digits: str, branch: str) -> bool:
        """Whether those are the last digits of the number that was left, or none was."""
        phone = await self._phone(one.person, branch) if one.person else ""
        return hmac.compare_digest(phone[-DIGITS:], digits)

    async def _phone(self, person: str, branch: str) -> str:
        try:
            rows = await self._vault.show(branch, [of_person(person)])
        except VaultError as error:
            log.error("branch %s: %s", branch, error)
            return ""
        return next((normal_phone(row.value) for row in rows if row.field == PHONE), "")


def _secret_of(link: str) -> str:
    """A QR code holds the whole address."""
    return link.rstrip("/").rpartition("/")[2].removesuffix(".ics")
