"""What only a file can suffer: other programs, other servers, full disks, damage, sudden death."""

import asyncio
import os
import random
import resource
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
from contextlib import AsyncExitStack, closing, contextmanager
from pathlib import Path

import pytest

from server.journal.contract import (
    Entry,
    JournalError,
    JournalFailed,
    JournalFull,
    JournalRefused,
    Row,
    Snapshot,
    WrongSeq,
)
from server.journal.sqlite import open_sqlite
from server.journal.sqlite_open import VERSION, network_filesystem, take_over

ROOT = Path(__file__).parents[3]
MONDAY_NINE = 1_793_610_000_000
REFUSED_WITHIN_SECONDS = 2
PATIENCE_SECONDS = 30  # only a broken journal makes a test wait for it


@pytest.fixture
def path(tmp_path):
    return tmp_path / "lobby.db"


@pytest.fixture(autouse=True)
def _no_thread_is_left_behind():
    """aiosqlite's threads would keep a process alive for ever."""
    yield
    for thread in threading.enumerate():
        if "_connection_worker" in thread.name:
            thread.join(PATIENCE_SECONDS)  # one that was told to stop may be on its last step
            assert not thread.is_alive()


@pytest.fixture
async def opened(_no_thread_is_left_behind):
    """`open_sqlite`, but closed at the end of the test, however it ends."""
    async with AsyncExitStack() as journals:

        async def opened(path, **limits):
            journal = await open_sqlite(path, **limits)
            journals.push_async_callback(journal.close)
            return journal

        yield opened


def entry(name="TicketTaken", data=b'{"number":"A001"}', command_id="c-1"):
    return Entry("2026-11-02", MONDAY_NINE, '{"station":"kiosk-1"}', command_id, name, data)


async def fill(path, branches=("main",), appends=10, shape="shape"):
    """A journal that was closed properly: two rows an append, a few snapshots."""
    journal = await open_sqlite(path)
    for branch in branches:
        for seq in range(0, 2 * appends, 2):
            await journal.append(branch, seq, [entry(command_id=f"c-{seq}"), entry("TicketCalled")])
        for seq in (appends, 2 * appends):
            await journal.save_snapshot(branch, Snapshot(seq, shape, b"state" * 2000))
    await journal.close()


async def everything(journal):
    return {
        branch: [row async for row in journal.read(branch)] for branch in await journal.branches()
    }


def by_hand(path, sql, *values):
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        return db.execute(sql, values).fetchall()


async def refusal(path):
    """Opening must fail, soon, and leave the file alone."""
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(JournalRefused) as refused:
        async with asyncio.timeout(REFUSED_WITHIN_SECONDS):
            await open_sqlite(path)
    assert str(path) in str(refused.value)
    assert refused.value.values["path"] == str(path)
    if before is not None:
        assert path.read_bytes() == before
    return refused.value.code


# --- Opening and closing --------------------------------------------------------------------


async def test_a_journal_opened_again_is_the_same_journal(opened, path):
    journal = await opened(path)
    await journal.append("main", 0, [entry(), entry()])
    await journal.save_snapshot("main", Snapshot(2, "shape", b"state"))
    before, epoch = await everything(journal), journal.epoch
    await journal.close()

    journal = await opened(str(path))
    assert journal.epoch == epoch
    assert await everything(journal) == before
    assert await journal.newest_snapshot("main", "shape") == Snapshot(2, "shape", b"state")
    await journal.append("main", 2, [entry()])
    await journal.close()


async def test_only_its_owner_may_read_the_file_and_its_log(opened, path):
    journal = await opened(path)
    await journal.append("main", 0, [entry()])

    files = sorted(path.parent.iterdir())
    assert [file.name for file in files] == [
        "lobby.db",
        "lobby.db-shm",
        "lobby.db-wal",
        "lobby.db.lock",
    ]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    await journal.close()


async def test_closing_leaves_one_file_and_its_lock(path):
    await fill(path)

    assert sorted(file.name for file in path.parent.iterdir()) == ["lobby.db", "lobby.db.lock"]


async def test_a_path_with_strange_characters_is_just_a_path(opened, tmp_path):
    path = tmp_path / "大堂 100%?mode=memory#1.db"
    await fill(path)

    journal = await opened(path)
    assert (await journal.head("main")).seq == 20
    await journal.close()


@pytest.mark.parametrize("steps", [1, 2, 3, 5, 8, 13, 21])
async def test_an_opening_that_is_cancelled_leaves_nothing_open(path, steps):
    opening = asyncio.create_task(open_sqlite(path))
    for _ in range(steps):
        await asyncio.sleep(0)
    opening.cancel()
    outcome = (await asyncio.gather(opening, return_exceptions=True))[0]
    if not isinstance(outcome, BaseException):
        await outcome.close()

    await fill(path)


async def test_an_interrupted_beginning_is_begun_again(path):
    path.with_name("lobby.db.new").write_bytes(b"half a journal")

    await fill(path)

    assert not path.with_name("lobby.db.new").exists()


async def test_a_setting_that_sqlite_ignores_is_refused(path):
    """In memory there is no write-ahead log, and SQLite does not call that an error."""
    with closing(sqlite3.connect(":memory:")) as db, pytest.raises(JournalRefused) as refused:
        take_over(db, path, None)

    assert refused.value.code == "setting_refused"
    assert "journal_mode" in str(refused.value)


# --- Refused --------------------------------------------------------------------------------


async def test_a_second_server_is_refused_and_the_first_unharmed(opened, path):
    first = await opened(path)
    await first.append("main", 0, [entry()])

    assert await refusal(path) == "in_use"

    await first.append("main", 1, [entry()])
    await first.close()


async def test_a_second_server_in_another_process_is_refused_and_the_first_unharmed(opened, path):
    first = await opened(path)
    await first.append("main", 0, [entry()])

    second = await asyncio.to_thread(run_python, OPEN, path)

    assert second.stdout == "in_use\n"
    await first.append("main", 1, [entry()])
    await first.close()


async def test_a_server_that_was_taken_over_stops_writing(opened, path):
    """As when somebody deletes the lock file and starts another one."""
    journal = await opened(path)
    await journal.append("main", 0, [entry()])
    by_hand(path, "UPDATE journal SET instance = 'another'")

    for _ in range(2):
        with pytest.raises(JournalFailed) as failed:
            await journal.append("main", 1, [entry()])
        assert failed.value.code == "taken_over"

    assert (await journal.head("main")).seq == 1
    await journal.close()


@pytest.mark.parametrize("ending", ["", "-wal", "-shm"])
@pytest.mark.parametrize("how", ["moved", "deleted", "another in its place"])
async def test_a_file_that_is_taken_away_is_not_written_to_any_more(opened, path, ending, how):
    journal = await opened(path)
    await journal.append("main", 0, [entry()])
    file = path.with_name(path.name + ending)
    aside = file.rename(file.with_name("aside"))
    if how != "moved":
        aside.unlink()
    if how == "another in its place":
        file.write_bytes(b"")

    with pytest.raises(JournalFailed) as failed:
        await journal.append("main", 1, [entry()])

    assert failed.value.code == "moved"
    assert str(path) in str(failed.value)


async def test_a_file_that_another_program_holds_is_refused(path):
    await fill(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")

        assert await refusal(path) == "locked"


async def test_a_database_of_another_program_is_refused(path):
    by_hand(path, "CREATE TABLE events (branch, seq)")

    assert await refusal(path) == "not_a_journal"


@pytest.mark.parametrize("content", [b"Dear diary", b"SQLite format 3\0", bytes(8192)])
async def test_a_file_that_is_no_database_is_refused(path, content):
    path.write_bytes(content)

    assert await refusal(path) == "not_a_journal"


async def test_what_is_neither_file_nor_folder_is_refused(path):
    os.mkfifo(path)

    assert await refusal(path) == "not_a_journal"


async def test_an_empty_file_is_refused_rather_than_begun(path):
    """A journal that was cut to nothing must not come back as a new one."""
    path.touch()

    assert await refusal(path) == "damaged"


async def test_a_log_without_its_file_is_refused_rather_than_lost(path):
    path.with_name("lobby.db-wal").write_bytes(b"the only copy of this morning")

    assert await refusal(path) == "damaged"

    assert path.with_name("lobby.db-wal").read_bytes() == b"the only copy of this morning"
    assert not path.exists()


async def test_a_journal_of_a_newer_version_is_refused(path):
    await fill(path)
    by_hand(path, f"PRAGMA user_version = {VERSION + 1}")

    assert await refusal(path) == "newer_version"


async def test_a_newer_version_that_is_still_in_the_log_is_refused(path):
    await fill(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as newer:
        newer.execute(f"PRAGMA user_version = {VERSION + 1}")

        assert await refusal(path) == "newer_version"


@pytest.mark.parametrize(
    "change",
    [
        "DROP TABLE heads",
        "ALTER TABLE events ADD COLUMN note",
        "DELETE FROM journal",
        "UPDATE journal SET epoch = 'yesterday'",
        "PRAGMA user_version = 0",
    ],
)
async def test_a_journal_of_other_tables_is_refused(path, change):
    await fill(path)
    by_hand(path, change)

    assert await refusal(path) == "damaged"


async def test_tables_of_others_beside_ours_are_welcome(opened, path):
    await fill(path)
    by_hand(path, "CREATE TABLE vault (person)")

    await opened(path)


async def test_a_folder_is_refused(tmp_path):
    assert await refusal(tmp_path) == "is_a_directory"


async def test_a_missing_folder_is_refused(tmp_path):
    assert await refusal(tmp_path / "nowhere" / "lobby.db") == "missing_folder"

    assert not (tmp_path / "nowhere").exists()


async def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path):
    (tmp_path / "data").write_text("not a folder")

    assert await refusal(tmp_path / "data" / "lobby.db") == "missing_folder"


async def test_a_place_that_cannot_be_written_is_refused(path):
    """A folder stands where the lock belongs: that stops even root, whom no mode stops."""
    path.with_name("lobby.db.lock").mkdir()

    assert await refusal(path) == "unwritable"


@pytest.mark.parametrize(
    ("device", "kind"),
    [(os.makedev(0, 52), "nfs4"), (os.makedev(254, 0), None), (os.makedev(7, 7), None)],
)
def test_a_network_file_system_is_known_by_its_mount(device, kind):
    mountinfo = (
        "22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw\n"
        "40 22 0:52 / /srv/data rw,relatime shared:9 master:1 - nfs4 files:/data rw,vers=4.2\n"
    )

    assert network_filesystem(device, mountinfo) == kind


# --- Damage ---------------------------------------------------------------------------------


async def test_a_changed_row_among_the_last_is_found_when_opening(path):
    await fill(path)
    by_hand(path, "UPDATE events SET at = at + 1 WHERE seq = 15")

    assert await refusal(path) == "damaged"


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE events SET data = '{}' WHERE seq = 15",
        "UPDATE events SET type = CAST(x'ff' AS TEXT) WHERE seq = 15",
        "UPDATE events SET hash = '' WHERE seq = 15",
        "DELETE FROM events WHERE seq = 15",
        "UPDATE events SET branch = 'east' WHERE seq = 15",
    ],
)
async def test_a_row_changed_long_ago_is_found_when_it_is_read(opened, path, change):
    await fill(path, appends=100)
    by_hand(path, change)
    by_hand(path, "DELETE FROM events WHERE branch = 'east'")

    journal = await opened(path)
    with pytest.raises(JournalFailed) as failed:
        await everything(journal)
    assert failed.value.code == "damaged"
    with pytest.raises(JournalFailed):
        await journal.command_spans("main", 0)

    # From the next row on the chain is sound again, but it hangs on a row that is not.
    assert [row.seq async for row in journal.read("main", after=16)] == list(range(17, 201))
    await journal.close()


@pytest.mark.parametrize(
    "loss",
    [
        "DELETE FROM events WHERE seq = 20",
        "DELETE FROM events WHERE branch = 'main'",
        "DELETE FROM heads WHERE branch = 'main'",
        "UPDATE heads SET seq = 18 WHERE branch = 'main'",
        "UPDATE heads SET branch = 'mair' WHERE branch = 'main'",
    ],
)
async def test_lost_last_rows_do_not_pass_for_a_shorter_journal(path, loss):
    await fill(path, branches=["main", "east"])
    by_hand(path, loss)

    assert await refusal(path) == "damaged"


async def test_damage_done_while_open_stops_the_next_append(opened, path):
    journal = await opened(path)
    await journal.append("main", 0, [entry(), entry()])
    by_hand(path, "DELETE FROM events WHERE seq = 2")

    with pytest.raises(JournalFailed) as failed:
        await journal.append("main", 2, [entry()])
    assert failed.value.code == "damaged"
    await journal.close()


async def test_a_damaged_snapshot_gives_way_to_the_one_before_it(opened, path):
    await fill(path, appends=10)
    by_hand(path, "UPDATE snapshots SET data = x'00' WHERE seq = 20")

    journal = await opened(path)
    assert await journal.newest_snapshot("main", "shape") == Snapshot(10, "shape", b"state" * 2000)
    await journal.close()


async def test_a_snapshot_that_changed_places_is_not_used(opened, path):
    await fill(path, branches=["main", "east"], appends=10)
    by_hand(path, "DELETE FROM snapshots WHERE branch = 'east'")
    by_hand(path, "UPDATE snapshots SET branch = 'east'")

    journal = await opened(path)
    assert await journal.newest_snapshot("east", "shape") is None
    await journal.close()


async def whatever_is_given_is_true(path, truth):
    """Refused, failed, or right; never wrong, never another error. Says which."""
    try:
        journal = await open_sqlite(path)
    except JournalRefused as refused:
        return refused.code
    outcome = "right"
    seen: list[Row] = []
    try:
        for branch, rows in truth.items():
            try:
                seen.clear()
                async for row in journal.read(branch):
                    seen.append(row)  # noqa: PERF401 - kept when reading fails half-way
                assert seen == rows
                assert (await journal.head(branch)).hash == rows[-1].hash
            except JournalFailed as failed:
                outcome = failed.code
                assert seen == rows[: len(seen)]
            try:
                snapshot = await journal.newest_snapshot(branch, "shape")
                assert snapshot is None or snapshot.data == b"state" * 2000
            except JournalFailed as failed:
                outcome = failed.code
            try:
                await journal.append(branch, len(rows), [entry()])
            except (JournalFailed, JournalFull) as failed:
                outcome = failed.code
        return outcome
    finally:
        await journal.close()


async def test_flipped_bytes_are_never_served_as_truth(opened, path, tmp_path, seed):
    """LOBBY_SEED plays other places."""
    await fill(path, branches=["main", "east", "house"], appends=60)
    journal = await opened(path)
    truth = await everything(journal)
    await journal.close()
    sound, chance = path.read_bytes(), random.Random(seed)

    outcomes = []
    for n in range(150):
        # Every other time in the first page, which steers all others.
        where = chance.randrange(4096 if n % 2 else len(sound))
        flipped = bytearray(sound)
        flipped[where] ^= chance.randrange(1, 256)
        copy = tmp_path / f"copy-{where}.db"
        copy.write_bytes(flipped)
        outcomes.append(await whatever_is_given_is_true(copy, truth))

    assert {"damaged", "right"} <= set(outcomes)


@pytest.mark.parametrize("kept", [0, 50, 100, 4096, 10_000, 65_536, -4096])
async def test_a_truncated_file_is_never_served_as_truth(opened, path, kept):
    await fill(path, appends=200)
    journal = await opened(path)
    truth = await everything(journal)
    await journal.close()
    path.write_bytes(path.read_bytes()[:kept])

    assert await whatever_is_given_is_true(path, truth) in ("damaged", "not_a_journal")


# --- A full disk ----------------------------------------------------------------------------


async def fill_up(journal):
    seq = 0
    try:
        while True:
            seq = (await journal.append("main", seq, [entry(data=bytes(1000)), entry()])).seq
    except JournalFull as full:
        assert full.code == "full"  # noqa: PT017 - the loop must end here, and with its count
    return seq


async def test_a_full_disk_stops_writing_only_and_only_until_there_is_room(opened, path):
    journal = await opened(path, max_pages=60)
    await journal.append("east", 0, [entry()])
    await journal.save_snapshot("east", Snapshot(1, "shape", bytes(50_000)))

    last = await fill_up(journal)

    assert len((await everything(journal))["main"]) == last
    with pytest.raises(JournalFull):
        await journal.append("main", last, [entry(data=bytes(5000))])
    with pytest.raises(JournalFull):
        await journal.save_snapshot("main", Snapshot(last, "shape", bytes(50_000)))
    assert (await journal.head("main")).seq == last

    await journal.drop_snapshots("east")
    await journal.append("main", last, [entry(data=bytes(5000))])
    await journal.close()


async def test_a_full_journal_goes_on_when_the_limit_is_lifted(opened, path):
    journal = await opened(path, max_pages=20)
    last = await fill_up(journal)
    await journal.close()

    journal = await opened(path)
    assert (await journal.head("main")).seq == last
    await journal.append("main", last, [entry(data=bytes(5000))])
    await journal.close()


@contextmanager
def file_limit(size):
    """As with a quota, the system says that a file may not grow; not that the disk is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


async def test_a_share_of_the_disk_that_is_used_up_is_a_full_disk(opened, path):
    journal = await opened(path)
    await journal.append("east", 0, [entry()])
    log = path.with_name(f"{path.name}-wal")

    with file_limit(log.stat().st_size + 100_000):
        last = await fill_up(journal)
        assert not await journal.has_room()
        assert len((await everything(journal))["main"]) == last

    await journal.append("main", last, [entry(data=bytes(5000))])
    assert await journal.has_room()
    await journal.close()


async def test_a_journal_that_may_not_be_longer_is_refused_in_those_words(path):
    with file_limit(8192), pytest.raises(JournalRefused) as refused:
        await open_sqlite(path)

    assert refused.value.code == "full"


async def test_everyone_who_waited_for_the_same_write_is_told_that_the_disk_is_full(opened, path):
    journal = await opened(path, max_pages=20)

    outcomes = await asyncio.gather(
        *(journal.append(f"branch-{n}", 0, [entry(data=bytes(8000))]) for n in range(20)),
        return_exceptions=True,
    )

    assert {type(outcome) for outcome in outcomes} == {JournalFull}
    assert await journal.branches() == []
    await journal.append("branch-1", 0, [entry()])
    await journal.close()


# --- Sudden death ---------------------------------------------------------------------------

OPEN = """
import asyncio, sys
from server.journal.contract import JournalRefused
from server.journal.sqlite import open_sqlite

async def main():
    try:
        await (await open_sqlite(sys.argv[1])).close()
    except JournalRefused as refused:
        print(refused.code)

asyncio.run(main())
"""

APPEND = """
import asyncio, sys
from server.journal.contract import Entry
from server.journal.sqlite import open_sqlite

async def live(journal, branch):
    seq = (await journal.head(branch)).seq
    while True:
        rows = [Entry("", 0, "{}", "", "A", b"{}"), Entry("", 0, "{}", "", "B", b"{}")]
        seq = (await journal.append(branch, seq, rows)).seq
        print(branch, seq, flush=True)

async def main():
    journal = await open_sqlite(sys.argv[1])
    await asyncio.gather(*(live(journal, f"branch-{n}") for n in range(5)))

asyncio.run(main())
"""


def run_python(program, path):
    return subprocess.run(
        [sys.executable, "-c", program, str(path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )


def kill_after(path, answers):
    """Let another process write; kill it once it has told of that many appends."""
    told = {}
    with subprocess.Popen(
        [sys.executable, "-c", APPEND, str(path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        for _ in range(answers):
            branch, seq = process.stdout.readline().split()
            told[branch] = int(seq)
        process.send_signal(signal.SIGKILL)
        for line in process.stdout:
            if line.endswith("\n"):
                branch, seq = line.split()
                told[branch] = int(seq)
    return told


async def test_nothing_that_was_answered_is_lost_when_the_server_is_killed(opened, path, seed):
    chance = random.Random(seed)

    for _ in range(5):
        told = await asyncio.to_thread(kill_after, path, chance.randrange(1, 400))

        journal = await opened(path)
        found = await everything(journal)
        await journal.close()
        for branch, seq in told.items():
            rows = found[branch]
            assert len(rows) >= seq
            assert [row.seq for row in rows] == list(range(1, len(rows) + 1))
            assert [row.type for row in rows] == ["A", "B"] * (len(rows) // 2)


async def test_a_log_cut_by_a_power_failure_ends_between_two_appends(opened, path, tmp_path, seed):
    """What had reached the disk is there, without half an append."""
    journal = await opened(path)
    for seq in range(0, 60, 3):
        await journal.append("main", seq, [entry(), entry(), entry()])
    log = path.with_name("lobby.db-wal").read_bytes()  # nobody is writing now
    shutil.copyfile(path, tmp_path / "frozen.db")
    await journal.close()

    heads, chance = set(), random.Random(seed)
    for kept in [0, *sorted(chance.sample(range(len(log)), 12)), len(log)]:
        copy = tmp_path / f"cut-{kept}.db"
        shutil.copyfile(tmp_path / "frozen.db", copy)
        copy.with_name(copy.name + "-wal").write_bytes(log[:kept])
        journal = await opened(copy)
        head = (await journal.head("main")).seq
        assert len([row async for row in journal.read("main")]) == head
        await journal.close()
        heads.add(head)

    assert {head % 3 for head in heads} == {0}
    assert max(heads) == 60


# --- Errors ---------------------------------------------------------------------------------


def test_a_wrong_number_says_what_was_expected_and_what_is():
    assert str(WrongSeq(3, 5)) == "expected the journal to end at 3, but it ends at 5"


def test_an_error_has_a_code_and_values_to_translate_and_a_sentence_to_read():
    error = JournalRefused("in_use", path="/data/lobby.db")

    assert isinstance(error, JournalError)
    assert (error.code, error.values) == ("in_use", {"path": "/data/lobby.db"})
    assert str(error).startswith("/data/lobby.db is in use by another Lobby server.")


async def test_a_first_page_that_was_torn_while_the_log_was_written_back_is_healed(
    opened, path, tmp_path
):
    journal = await opened(path)
    for seq in range(200):
        await journal.append("main", seq, [entry(data=b"{}" + b" " * 500)])
    cut = tmp_path / "cut" / path.name
    cut.parent.mkdir()
    shutil.copy(f"{path}-wal", f"{cut}-wal")
    torn = bytearray(path.read_bytes())
    torn[:512] = random.Random(1).randbytes(512)
    cut.write_bytes(torn)

    healed = await opened(cut)

    assert (await healed.head("main")).seq == 200


async def test_a_foreign_file_is_no_journal_whatever_log_lies_beside_it(opened, path):
    path.write_bytes(random.Random(1).randbytes(8192))
    log = path.with_name(f"{path.name}-wal")
    log.write_bytes(random.Random(2).randbytes(50_000))

    with pytest.raises(JournalRefused, match="is not a Lobby journal"):
        await opened(path)
