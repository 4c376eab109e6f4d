"""The power fails at any moment of a morning: what was acknowledged is there, and nothing is half.

The small form of `bench/power.py`; what a disk may hold after a cut is said in `bench/disk.py`.
"""

import asyncio

import pytest

from bench import power
from bench.disk import BrokenDisk, Synced
from bench.morning import record_morning
from bench.vfs import can_watch, watching
from server.batch import Unanswerable
from server.journal.contract import JournalFailed
from server.journal.sqlite import open_sqlite
from shared.protocol import TakeTicket
from tests.server.one_branch import KIOSK, running, take

pytestmark = pytest.mark.skipif(not can_watch(), reason="this Python hides its SQLite")

CUTS = 10
STEPS = 24


async def test_after_power_cuts_the_journal_is_the_beginning_of_what_happened(tmp_path, seed):
    behind, problems = await power.cut_mornings(tmp_path, CUTS, seed)

    assert problems == []
    assert behind > 0


async def test_killed_at_every_write_and_sync_round_a_checkpoint(tmp_path, seed):
    steps, problems = await power.kill_at_every_step(tmp_path, STEPS, seed)

    assert problems == []
    assert steps > STEPS / 2


async def test_a_morning_has_commits_a_checkpoint_and_a_log_begun_anew(tmp_path, seed):
    """Or the cuts would miss the very moments at which a journal can be lost."""
    morning = await record_morning(tmp_path / "morning", seed)

    synced = [record.name for record in morning.tape if isinstance(record, Synced)]
    checkpoint = synced.index("lobby.sqlite")
    assert checkpoint > 100
    assert "lobby.sqlite-wal" in synced[checkpoint:]
    assert {len(rows) > 20 for rows in morning.rows.values()} == {True}


@pytest.mark.parametrize("at_sync", range(1, 4))
async def test_a_sync_that_fails_stops_the_branch_and_a_new_start_finds_all_that_was_answered(
    tmp_path, at_sync, caplog
):
    disk = BrokenDisk(at_sync=at_sync + 3)  # the first few are the opening's own
    with watching(disk):
        journal = await open_sqlite(tmp_path / "lobby.sqlite")
    answers: dict[TakeTicket, object] = {}
    async with running(journal) as runner:
        while not runner.stopped:
            ticket = take()
            [answers[ticket]] = await asyncio.gather(
                runner.submit(ticket, KIOSK), return_exceptions=True
            )
    with pytest.raises(JournalFailed):
        await journal.drop_snapshots("main")
    await journal.close()

    journal = await open_sqlite(tmp_path / "lobby.sqlite")
    async with running(journal) as runner:
        again = {ticket: await runner.submit(ticket, KIOSK) for ticket in answers}
    await journal.close()

    *answered, failed = answers
    assert [again[ticket] for ticket in answered] == [answers[ticket] for ticket in answered]
    assert isinstance(answers[failed], Unanswerable)
    assert again[failed].number == f"A{len(answers):03}"
