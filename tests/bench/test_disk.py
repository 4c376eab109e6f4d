"""The simulated disk forgets what it may forget, and keeps what was synced.

Without this, a power cut that loses nothing would prove nothing.
"""

import random
import sqlite3
from contextlib import closing

import pytest

from bench.disk import FATES, Disk, FileRecorder, Recorder, SmallDisk, tape_in
from bench.vfs import can_watch, watching

pytestmark = pytest.mark.skipif(not can_watch(), reason="this Python hides its SQLite")

ROWS = 50


def write_rows(folder, recorder, synchronous):
    """A careful or a careless database, still open when the power fails: a row a commit."""
    with watching(recorder):
        db = sqlite3.connect(folder / "rows.db", isolation_level=None)
    db.execute("PRAGMA journal_mode = wal")
    db.execute(f"PRAGMA synchronous = {synchronous}")
    db.execute("CREATE TABLE rows (n)")
    for n in range(ROWS):
        db.execute("INSERT INTO rows VALUES (?)", (n,))
    return db


def rows_left(folder):
    with closing(sqlite3.connect(folder / "rows.db")) as db:
        return [n for (n,) in db.execute("SELECT n FROM rows")]


@pytest.fixture
def cut(tmp_path, seed):
    """Rows written with this care, and what a disk with this fate has kept of them."""

    def cut(synchronous, fate):
        before, after = tmp_path / "before", tmp_path / f"after-{fate}"
        before.mkdir(exist_ok=True)
        after.mkdir()
        disk, recorder = Disk(after, "rows.db"), Recorder()
        with closing(write_rows(before, recorder, synchronous)):
            disk.play(recorder.tape)
        disk.lose_power(after, random.Random(seed), fate)
        return rows_left(after)

    return cut


@pytest.mark.parametrize("fate", FATES)
def test_what_was_synced_survives_whatever_else_becomes_of_it(cut, fate):
    assert cut("full", fate) == list(range(ROWS))


def test_what_was_not_synced_can_be_lost(cut):
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        cut("normal", "nothing")


def test_what_was_written_is_all_there_when_only_the_process_dies(cut):
    assert cut("off", "everything") == list(range(ROWS))


def test_half_a_log_ends_between_two_rows(cut):
    kept = cut("normal", "torn")

    assert 0 < len(kept) < ROWS
    assert kept == list(range(len(kept)))


def test_a_tape_outlives_its_process_and_its_last_record_may_be_torn(tmp_path, seed):
    for recorder in (Recorder(), FileRecorder(tmp_path / "tape")):
        folder = tmp_path / type(recorder).__name__
        folder.mkdir()
        write_rows(folder, recorder, "normal").close()
        if isinstance(recorder, FileRecorder):
            break
        in_memory = recorder.tape
    whole = (tmp_path / "tape").read_bytes()

    kept = list(tape_in(tmp_path / "tape"))
    (tmp_path / "torn").write_bytes(whole[:-1])

    assert [type(record) for record in kept] == [type(record) for record in in_memory]
    assert list(tape_in(tmp_path / "torn")) == kept[:-1]


def test_a_small_disk_refuses_to_grow_and_takes_everything_else(tmp_path):
    disk = SmallDisk()
    db = write_rows(tmp_path, disk, "full")
    with closing(db):
        disk.room_bytes = 0

        with pytest.raises(sqlite3.OperationalError, match="full"):
            db.execute("INSERT INTO rows VALUES (-1)")
        assert disk.refused == 1

        disk.room_bytes = None
        db.execute("INSERT INTO rows VALUES (-2)")
        assert rows_left(tmp_path)[-1] == -2
