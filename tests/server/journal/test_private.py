"""Private rows in a file: gone from it when they are deleted, and there after an upgrade."""

import random
import re
import sqlite3
from contextlib import AsyncExitStack, closing
from pathlib import Path

import pytest

from server.journal import sqlite_open
from server.journal.contract import Entry, JournalFailed, JournalRefused
from server.journal.sqlite import open_sqlite

NAMES = re.compile(rb"SECRET[0-9]{8}\|")
SIZES = (15, 64, 256, 1024, 3900)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "lobby.db"


@pytest.fixture
async def opened():
    async with AsyncExitStack() as journals:

        async def opened(path, **limits):
            journal = await open_sqlite(path, **limits)
            journals.push_async_callback(journal.close)
            return journal

        yield opened


def entry(data=b"{}"):
    return Entry("2026-11-02", 1, "{}", "c-1", "A", data)


def private(n, subject, size=15, purge_at=0):
    value = (b"SECRET%08d|" % n * (size // 15 + 1))[:size]
    return ("main", subject, "name", value, b"", purge_at)


def in_files(path):
    """Every secret whose text stands anywhere in the database or its log."""
    files = [path, path.with_name(path.name + "-wal")]
    return set(NAMES.findall(b"".join(file.read_bytes() for file in files)))


async def kept(journal):
    found, after = set(), ("", "", "")
    while rows := await journal.private_page(after):
        found |= {row.value[:15] for row in rows}
        after = rows[-1][:3]
    return found


# --- Gone means gone ------------------------------------------------------------------------


async def test_what_is_purged_is_gone_from_the_file_and_from_its_log(opened, path):
    journal = await opened(path)
    await journal.append("main", 0, [entry()], [private(1, "visit:1"), private(2, "visit:2", 64)])
    assert len(in_files(path)) == 2

    await journal.purge_private(0)
    assert await journal.clear_log()

    assert in_files(path) == set()


async def test_a_replaced_value_is_gone_too(opened, path):
    journal = await opened(path)
    await journal.append("main", 0, [entry()], [private(1, "visit:1", 64)])

    await journal.append("main", 1, [entry()], [private(2, "visit:1", 256)])
    await journal.clear_log()

    assert in_files(path) == {b"SECRET00000002|"}


async def test_nothing_deleted_is_left_after_a_life_of_changes(opened, path, seed):
    """Rows come, change their sizes and go, among events: no page may keep a copy of one that
    it once held. An ordinary table, even with `secure_delete`, fails for every third seed."""
    journal, chance, seq = await opened(path), random.Random(seed), 0

    for round_ in range(60):
        rows = [
            private(
                n=100 * round_ + k,
                subject=f"visit:{chance.randrange(400)}",
                size=chance.choices(SIZES, (30, 30, 30, 8, 2))[0],
                purge_at=round_ + chance.randrange(20),
            )
            for k in range(40)
        ]
        seq = (await journal.append("main", seq, [entry(bytes(chance.randrange(900)))], rows)).seq
        await journal.purge_private(round_)
        subjects = [f"visit:{chance.randrange(400)}" for _ in range(20)]
        await journal.erase_private("main", subjects)
    await journal.clear_log()

    assert in_files(path) == await kept(journal)
    await journal.purge_private(1000)
    await journal.clear_log()
    assert in_files(path) == set()


async def test_room_that_became_free_is_used_again(opened, path):
    journal = await opened(path)
    for seq in range(30):
        rows = [private(n, f"visit:{n}", 1024) for n in range(50)]
        await journal.append("main", seq, [entry()], rows)
        await journal.purge_private(0)
    await journal.clear_log()

    assert path.stat().st_size < 3 * 50 * 1024  # of 30 times 50 values


async def test_a_log_that_somebody_reads_is_cleared_the_next_time(opened, path):
    journal = await opened(path)
    await journal.append("main", 0, [entry()], [private(1, "visit:1")])
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM events").fetchall()
        await journal.purge_private(0)

        assert not await journal.clear_log()

    await journal.append("main", 1, [entry()])
    assert await journal.clear_log()
    assert in_files(path) == set()


async def test_a_server_that_was_taken_over_tidies_nothing_up(opened, path):
    journal = await opened(path)
    await journal.append("main", 0, [entry()], [private(1, "visit:1")])
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("UPDATE journal SET instance = 'another'")

    for asked in (journal.clear_log, lambda: journal.purge_private(0)):
        with pytest.raises(JournalFailed) as failed:
            await asked()
        assert failed.value.code == "taken_over"

    assert await kept(journal) == {b"SECRET00000001|"}


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM private_slots",
        "UPDATE private_slots SET value = 'text'",
        "UPDATE private SET purge_at = 'tomorrow'",
        "UPDATE private SET slot = 99",
    ],
)
async def test_a_damaged_private_row_is_never_given_out_and_stops_nobody_else(opened, path, change):
    journal = await opened(path)
    await journal.append("main", 0, [entry()], [private(1, "visit:1")])
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute(change)

    for asked in (journal.private_of("main", "visit:1"), journal.private_page()):
        with pytest.raises(JournalFailed) as failed:
            await asked
        assert failed.value.code == "damaged"

    await journal.append("main", 1, [entry()], [private(2, "visit:2")])
    assert [row.type async for row in journal.read("main")] == ["A", "A"]


# --- Files from before there were any -------------------------------------------------------


def make_version_1(path):
    """As the first Lobby made it, with two events."""
    schema = Path(sqlite_open.__file__).with_name("schema.sql").read_text()
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.executescript(schema)
        db.execute("INSERT INTO journal VALUES (1, ?, '')", ("e" * 32,))
        db.execute(f"PRAGMA application_id={sqlite_open.APPLICATION_ID}")
        db.execute("PRAGMA user_version=1")
        db.execute("PRAGMA journal_mode=wal")


def version(path):
    with closing(sqlite3.connect(path)) as db:
        return db.execute("PRAGMA user_version").fetchone()[0]


async def test_a_journal_of_version_1_is_lifted_when_it_is_opened(opened, path):
    make_version_1(path)

    journal = await opened(path)
    await journal.append("main", 0, [entry()], [private(1, "visit:1")])

    assert journal.epoch == "e" * 32
    assert await kept(journal) == {b"SECRET00000001|"}
    await journal.close()
    assert version(path) == sqlite_open.VERSION == 3
    await opened(path)


async def test_a_journal_of_version_1_can_be_looked_at_without_lifting_it(path):
    make_version_1(path)

    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as db:
        assert sqlite_open.check(db, path) == "e" * 32

    assert version(path) == 1


async def test_a_lift_that_fails_leaves_the_file_as_it_was(opened, path):
    make_version_1(path)

    with pytest.raises(JournalRefused) as refused:
        await open_sqlite(path, max_pages=6)

    assert refused.value.code == "full"
    assert version(path) == 1
    journal = await opened(path)
    assert await kept(journal) == set()


async def test_a_journal_of_version_2_without_its_private_tables_is_refused(path):
    make_version_1(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA user_version=2")

    with pytest.raises(JournalRefused) as refused:
        await open_sqlite(path)

    assert refused.value.code == "damaged"
