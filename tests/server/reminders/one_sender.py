"""A branch with bookable times, a sender that is asked to look, and a channel that keeps what it is
given: or takes nothing, where a test says so."""

from contextlib import asynccontextmanager

from msgspec.structs import replace

from server.domain.configuration import Appointments, Bookable
from server.journal.memory import MemoryJournal
from server.links import TicketLinks
from server.metrics import Metrics
from server.reminders.channels import Channels
from server.reminders.sender import Sender
from server.vault.rows import of_person
from shared.protocol import (
    Accepted,
    BookAppointment,
    CancelAppointment,
    HoldSlot,
    MoveAppointment,
    Words,
)
from shared.testing import ManualClock
from tests.server.one_branch import DAY, KIOSK, branch_config, new_id, running, vault_of

KEY = b"the key of all ticket links"
PHONE, MAIL, NAME = "13800138000", "wang@example.com", "王小明"
PUBLIC = "https://queue.example.com"
MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS


class Receiver:
    """A channel. `failing` holds what is raised for the next messages instead of taking them."""

    def __init__(self):
        self.taken = []
        self.failing = []

    def send(self, message):
        if self.failing:
            raise self.failing.pop(0)
        self.taken.append(message)

    def reach(self, patience_seconds=0.0):
        """Always there."""

    @property
    def kinds(self):
        return [message.kind for message in self.taken]


def bookable(**rules):
    """The second service is booked, in every slot at each of the two counters."""
    config = branch_config()
    first, second = config.services
    bring = (Words(zh="身份证", en="Identity card"),)
    booking = Bookable(share=1.0, length_minutes=15, lead_minutes=0)
    appointments = Appointments(
        **{"buffer_every": 0, "overbooking": False, "per_person_and_day": 20, **rules}
    )
    return replace(
        config,
        services=(first, replace(second, booking=booking, bring=bring)),
        appointments=appointments,
    )


class House:
    """The branch, and whoever books there."""

    def __init__(self, runner, sender, journal, clock, channel, metrics):
        self.runner, self.sender, self.journal = runner, sender, journal
        self.clock, self.channel, self.metrics = clock, channel, metrics

    async def book(self, hours=26, **said):
        """Somebody books a time so many hours from now; the appointment."""
        said = said or {"phone": PHONE}
        slot = self.clock.now_ms() + round(hours * HOUR_MS)
        hold = HoldSlot(id=new_id(), day=DAY, service="B", slot=slot)
        held = await self.runner.submit(hold, KIOSK)
        assert isinstance(held, Accepted), held
        assert held.appointment is not None
        command = BookAppointment(id=new_id(), day=DAY, appointment=held.appointment, **said)
        answer = await self.runner.submit(command, KIOSK)
        assert isinstance(answer, Accepted), answer
        return held.appointment

    async def move(self, appointment, hours):
        slot = self.clock.now_ms() + hours * HOUR_MS
        command = MoveAppointment(id=new_id(), day=DAY, appointment=appointment, slot=slot)
        assert isinstance(await self.runner.submit(command, KIOSK), Accepted)

    async def cancel(self, appointment):
        command = CancelAppointment(id=new_id(), day=DAY, appointment=appointment)
        assert isinstance(await self.runner.submit(command, KIOSK), Accepted)

    async def later(self, **span):
        """So much later the sender looks again."""
        self.clock.advance(**span)
        return await self.sender.look()

    async def kept(self, appointment):
        """What the vault has of whoever booked it."""
        person = self.runner.appointment(appointment).person
        rows = await vault_of(self.journal).show("main", [of_person(person)])
        return {row.field: row.value for row in rows if row.value}

    async def outbox(self):
        """What became of each notice: its kind, state, reason and tries."""
        rows = await self.journal.outbox_of("main")
        return {row.notice: (row.state, row.reason, row.tries) for row in rows}


def sender_of(runner, journal, channel, clock, metrics=None, public_url=PUBLIC):
    return Sender(
        {"main": runner},
        vault_of(journal),
        journal,
        TicketLinks(KEY),
        Channels(webhook=channel),
        clock,
        metrics or Metrics(),
        public_url,
    )


@asynccontextmanager
async def house(config=None, journal=None, clock=None, public_url=PUBLIC):
    """On Monday at nine unless the clock says otherwise."""
    journal, clock, channel = journal or MemoryJournal(), clock or ManualClock(), Receiver()
    metrics = Metrics()
    async with running(journal, clock, config=config or bookable(), tells=True) as runner:
        sender = sender_of(runner, journal, channel, clock, metrics, public_url)
        yield House(runner, sender, journal, clock, channel, metrics)
