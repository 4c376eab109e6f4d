"""Two hundred want the last place at a time: one gets it, and the others hear what is free nearby.

The small form of `bench/slots.py`.
"""

import tomllib

import msgspec

from bench.branch import BRANCH, Terminals, branch_toml, furnish_house
from bench.slots import BOOKABLE_TOML, CLIENTS, FIRST_MS, Slots, given_twice, times
from server.app import running
from server.clock import SystemClock
from server.config import Listen, ServerConfig
from server.credentials import Credentials
from server.domain.configuration import BranchConfig
from server.journal.memory import MemoryJournal
from server.links import TicketLinks
from shared.testing import ManualClock
from tests.server.one_branch import DAY, vault_of
from tests.server.one_house import hashing
from tests.server.one_server import KEY, QUIET, UNLIMITED

ROUNDS = 20
TERMINALS = Terminals(counters=1, kiosks=CLIENTS)


def branch():
    text = f"{branch_toml(TERMINALS)}{BOOKABLE_TOML}"
    return msgspec.convert(tomllib.loads(text), BranchConfig)


async def test_of_two_hundred_one_gets_the_last_place_and_the_others_hear_what_is_free():
    journal = MemoryJournal()
    await furnish_house(journal, TERMINALS)
    async with running(
        ServerConfig(listen=Listen(port=0), rate_limits=UNLIMITED),
        {BRANCH: branch()},
        Credentials(),
        hashing(),
        TicketLinks(KEY),
        journal,
        vault_of(journal),
        ManualClock(),
        house_clock=SystemClock(),
        deadlines=QUIET,
    ) as server:
        race = Slots(server.address, DAY)
        await race.run(times(FIRST_MS, ROUNDS))

    rows = [(row.type, row.data) async for row in journal.read(BRANCH)]
    booked = [data for kind, data in rows if kind == "AppointmentBooked"]
    assert race.problems == given_twice(rows) == []
    assert (race.rounds, len(booked)) == (ROUNDS, ROUNDS)
