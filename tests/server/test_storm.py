"""Clients drop right after sending: done once or not at all, and nothing is stuck.

The small form of `bench/storm.py`.
"""

import sqlite3
from contextlib import closing

from bench.audit import Audit
from bench.branch import BRANCH, branch_config, furnish_house
from bench.storm import TERMINALS, Storm, open_counters, sent_again
from server.app import running
from server.clock import SystemClock
from server.config import Listen, ServerConfig
from server.credentials import Credentials
from server.journal.sqlite import open_sqlite
from server.links import TicketLinks
from shared.testing import ManualClock
from tests.server.one_branch import DAY, vault_of
from tests.server.one_house import hashing
from tests.server.one_server import KEY, QUIET, eventually

DROPS = 300


async def test_after_a_storm_of_dropped_connections_everything_is_done_once(tmp_path, seed):
    journal = await open_sqlite(tmp_path / "lobby.sqlite")
    await furnish_house(journal, TERMINALS)
    async with running(
        ServerConfig(listen=Listen(port=0), connections_per_address_max=5_000),
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
        await open_counters(server.address, DAY)
        storm = Storm(server.port, DAY, DROPS, seed)
        await storm.blow()
        before = {row.command_id.partition(".")[0] async for row in journal.read(BRANCH)}

        assert await sent_again(server.address, storm, len(storm.sent)) == []
        await eventually(lambda: not server.room.taken)
        with closing(sqlite3.connect(tmp_path / "lobby.sqlite", timeout=1)) as other:
            other.execute("BEGIN IMMEDIATE")  # nobody has left a transaction open
            other.execute("ROLLBACK")

    audit = Audit()
    audit.read([row async for row in journal.read(BRANCH)])
    await journal.close()
    assert audit.problems == []
    assert set(storm.sent) - before  # some were cut off before they were understood
    assert set(storm.sent) & before  # and some were not
