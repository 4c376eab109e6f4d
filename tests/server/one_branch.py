"""One small branch at work, for the tests of the runner and of what stands round it."""

import asyncio
import itertools
from contextlib import asynccontextmanager

from server.branches import Branches
from server.domain.configuration import (
    BranchConfig,
    CounterConfig,
    Hours,
    HoursRule,
    ServiceConfig,
)
from server.domain.state import Actor
from server.hub import Hub
from server.journal.memory import MemoryJournal
from server.loading import SCHEMA
from server.metrics import Metrics
from server.runner import BranchRunner
from server.vault.keys import Keys
from server.vault.vault import Vault
from shared.protocol import (
    Accepted,
    CallNext,
    FinishService,
    OpenCounter,
    StartService,
    TakeTicket,
    Words,
    decode_from_server,
)
from shared.testing import ManualClock

DAY = "2026-11-16"  # the Monday of ManualClock
KIOSK = Actor(role="kiosk", station="kiosk-1")
HEAD = Actor(role="branch_head", station="board-head", staff="wang")


def teller(counter):
    return Actor(role="teller", station=f"counter-{counter}", staff="li", counter=counter)


def branch_config(branch="main", counters=2, **changes):
    name = Words(zh="支行", en="Branch")
    rule = HoursRule(
        days=("mon", "tue", "wed", "thu", "fri"),
        opens="09:00",
        closes="17:00",
        tickets_from="08:45",
        tickets_until="16:45",
    )
    return BranchConfig(
        id=branch,
        name=name,
        services=tuple(ServiceConfig(id=s, series=s, name=name) for s in "AB"),
        counters=tuple(
            CounterConfig(id=n, name=name, services=("A", "B")) for n in range(1, counters + 1)
        ),
        hours=Hours(rules=(rule,)),
        duty_required=False,
        **changes,
    )


class SlowJournal(MemoryJournal):
    """A journal whose disk is stopped and let go by hand, and which counts its writes."""

    def __init__(self):
        super().__init__()
        self.appends = 0
        self.writing = asyncio.Event()
        self._go = asyncio.Event()
        self._go.set()

    def hold(self):
        self._go.clear()
        self.writing.clear()

    def let_go(self):
        self._go.set()

    async def append(self, branch, expected_seq, entries, private_rows=()):
        self.appends += 1
        self.writing.set()
        await self._go.wait()
        return await super().append(branch, expected_seq, entries, private_rows)


KEYS = Keys([b"the key that seals all of it....."[:32]])


def vault_of(journal):
    return Vault(journal, KEYS, ManualClock().token)


_ids = itertools.count(1)


def new_id():
    return f"command-{next(_ids):012d}"


def take(service="A", day=DAY, command_id=None):
    return TakeTicket(id=command_id or new_id(), day=day, service=service)


def take_anyway(service="A"):
    """By the branch head, also when so many wait that the kiosk gives no more tickets."""
    return TakeTicket(id=new_id(), day=DAY, service=service, reason="peak")


def call(counter=1, command_id=None):
    return CallNext(id=command_id or new_id(), day=DAY, counter=counter)


def start(counter=1):
    return StartService(id=new_id(), day=DAY, counter=counter)


def finish(counter=1):
    return FinishService(id=new_id(), day=DAY, counter=counter)


async def open_counter(runner, counter=1):
    command = OpenCounter(id=new_id(), day=DAY, counter=counter)
    assert isinstance(await runner.submit(command, teller(counter)), Accepted)


async def take_tickets(runner, count):
    return [await runner.submit(take(), KIOSK) for _ in range(count)]


@asynccontextmanager
async def running(journal, clock=None, hub=None, config=None, rehearsal=False, tells=False):
    """A runner from its start to its stop."""
    runner = BranchRunner(
        config or branch_config(),
        journal,
        vault_of(journal),
        hub or Hub(),
        clock or ManualClock(),
        Metrics(),
        rehearsal=rehearsal,
        tells=tells,
    )
    await runner.start()
    try:
        yield runner
    finally:
        await runner.stop()


@asynccontextmanager
async def running_all(journal, configs, clock=None):
    """The branches of a server, each started when it is asked for."""
    vault = vault_of(journal)
    branches = Branches(configs, journal, vault, Hub(), clock or ManualClock(), Metrics())
    try:
        yield branches
    finally:
        await branches.stop()


async def everybody_told(runner):
    """Whoever asked was answered first; come back when all others have been told too."""
    while runner.vouched < runner.published.seq:  # noqa: ASYNC110 - a matter of turns, not of time
        await asyncio.sleep(0)


async def rows(journal, branch="main"):
    return [row async for row in journal.read(branch)]


async def types(journal, branch="main"):
    return [row.type for row in await rows(journal, branch)]


async def newest_snapshot(journal):
    return await journal.newest_snapshot("main", SCHEMA)


async def next_view(outbox):
    """What the connection would be sent next, which must be a view."""
    return decode_from_server(await outbox.next())
