"""Fifty tellers press "call next" at the same instant: nobody is called twice, nobody unanswered.

The small form of `bench/race.py`.
"""

from bench import race
from bench.audit import Audit
from bench.branch import BRANCH, Terminals, branch_config, furnish_house, hello
from server.app import running
from server.clock import SystemClock
from server.config import Listen, ServerConfig
from server.credentials import Credentials
from server.journal.memory import MemoryJournal
from server.links import TicketLinks
from shared.testing import ManualClock
from tests.server.one_branch import DAY, vault_of
from tests.server.one_house import hashing
from tests.server.one_server import KEY, QUIET

CALLS = 2_000

# As many kiosks as people who come between two waves, or the tellers would wait for them.
TERMINALS = Terminals(counters=race.TELLERS, kiosks=25)


def hello_of(station):
    # One view that all tellers share: fifty different ones would only cost time here.
    return hello(station, *["DisplayView"] * station.startswith("counter"))


async def test_no_ticket_is_at_two_counters_and_every_press_has_one_true_answer():
    journal = MemoryJournal()
    await furnish_house(journal, TERMINALS)
    async with running(
        ServerConfig(listen=Listen(port=0)),
        {BRANCH: branch_config(TERMINALS)},
        Credentials(),
        hashing(),
        TicketLinks(KEY),
        journal,
        vault_of(journal),
        ManualClock(),
        house_clock=SystemClock(),
        deadlines=QUIET,
    ) as server:
        run, _ = await race.run_race(server.address, CALLS, DAY, hello_of, TERMINALS.kiosks)

    audit = Audit()
    audit.read([row async for row in journal.read(BRANCH)])
    assert race.problems(run, audit) == []
    assert run.called >= CALLS
    assert audit.counted["ServiceFinished"] == run.called
