"""`lobby backup`: a whole copy of one moment, proven, or nothing; and never a key in it."""

import asyncio
import json
import os
import re
import subprocess
import sys
import tarfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from server.journal.contract import JournalRefused
from server.journal.sqlite import open_sqlite
from server.journal.sqlite_open import VERSION
from server.upkeep.backup import Place, back_up, place
from server.upkeep.copying import change, check_room, writing
from server.upkeep.errors import CannotDo
from server.upkeep.verify import verify
from tests.server.upkeep.lived import (
    HOUR,
    NAME_IN_THE_VAULT,
    NINE,
    append,
    by_hand,
    clock_stepped,
    content,
    database,
    run,
)

ROOT = Path(__file__).resolve().parents[3]
PATIENCE_SECONDS = 30


def names(folder):
    return sorted(file.name for file in folder.iterdir())


def mode(path):
    return path.stat().st_mode & 0o777


def test_a_backup_is_the_journal_of_that_moment(folder, tmp_path):
    made = back_up(folder, Place(tmp_path / "away"), NINE)

    assert content(made.file) == content(database(folder))
    assert made.file.name == "lobby-2026-11-16T010000Z.sqlite"
    assert verify(made.file).sound
    assert names(tmp_path / "away") == [made.configuration.name, made.file.name]
    assert mode(made.file) == mode(made.configuration) == 0o600
    assert mode(tmp_path / "away") == 0o700


def test_a_backup_has_an_epoch_of_its_own(folder, tmp_path):
    epochs = {back_up(folder, Place(tmp_path), NINE).findings.epoch for _ in range(2)}

    assert len(epochs | {verify(database(folder)).epoch}) == 3


def test_no_key_no_hash_and_no_sealed_name_can_be_read_in_it(folder, tmp_path):
    made = back_up(folder, Place(tmp_path / "away"), NINE)

    written = made.file.read_bytes() + made.configuration.read_bytes()
    secrets = [file.read_bytes().strip() for file in (folder / "keys").iterdir()]
    secrets += re.findall(rb"[0-9a-f]{64}", (folder / "credentials.json").read_bytes())
    assert len(secrets) == 5
    assert [secret for secret in secrets if secret in written] == []
    assert NAME_IN_THE_VAULT.encode() not in written
    assert made.apart == [folder / "keys", folder / "credentials.json"]


def test_the_configuration_lies_beside_it(folder, tmp_path):
    made = back_up(folder, Place(tmp_path), NINE)

    with tarfile.open(made.configuration) as archive:
        assert archive.getnames() == ["lobby.toml", "branches/main.toml"]
        packed = archive.extractfile("branches/main.toml")
        assert packed
        text = packed.read()
    assert text == (folder / "branches" / "main.toml").read_bytes()


def test_a_backup_goes_into_a_file_that_is_named_and_not_over_one(folder, tmp_path):
    made = back_up(folder, Place(tmp_path / "monday.sqlite", is_folder=False), NINE)
    before = made.file.read_bytes()

    with pytest.raises(CannotDo) as caught:
        back_up(folder, Place(made.file, is_folder=False), NINE)

    assert caught.value.code == "exists"
    assert made.file.read_bytes() == before
    assert made.configuration == tmp_path / "monday.config.tar"


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        (None, Place(Path("data/backups"))),
        ("away/", Place(Path("away"))),
        (".", Place(Path())),
        ("away", Place(Path("away"), is_folder=False)),
    ],
)
def test_a_folder_is_what_is_one_or_ends_like_one(typed, expected):
    assert place(typed, Path("data")) == expected


def test_two_backups_of_one_second_have_two_names(folder, tmp_path):
    made = [back_up(folder, Place(tmp_path / "away"), NINE).file.name for _ in range(3)]

    assert made[1:] == [made[0].replace(".", f"-{n}.") for n in (2, 3)]


async def test_two_backups_at_once_are_both_whole(folder, tmp_path):
    code = "import sys, lobby; sys.exit(lobby.main(sys.argv[1:]))"
    command = [sys.executable, "-c", code, "backup", "--data", folder, "--to", f"{tmp_path}/away/"]
    both = [
        await asyncio.create_subprocess_exec(
            *map(str, command), cwd=ROOT, stdout=subprocess.DEVNULL
        )
        for _ in range(2)
    ]

    async with asyncio.timeout(PATIENCE_SECONDS):
        codes = [await one.wait() for one in both]

    made = list((tmp_path / "away").glob("*.sqlite"))
    assert (codes, len(made)) == ([0, 0], 2)
    assert [content(file) for file in made] == [content(database(folder))] * 2
    assert not list((tmp_path / "away").glob("*.part"))


async def test_a_backup_under_writes_is_whole_and_of_one_moment(folder, tmp_path):
    journal = await open_sqlite(database(folder))
    head = await journal.head("main")
    written = asyncio.Event()

    async def write():
        for seq in range(head.seq, head.seq + 400):
            await journal.append("main", seq, [clock_stepped()])
            written.set()

    writing = asyncio.create_task(write())
    await written.wait()
    ends = []
    while not writing.done():
        made = await asyncio.to_thread(back_up, folder, Place(tmp_path / "away"), NINE)
        ends.append(made.findings.ends[-1].seq)
    await writing
    await journal.close()

    backups = sorted((tmp_path / "away").glob("*.sqlite"))
    assert len(backups) == len(ends) >= 1
    assert all(verify(file).sound for file in backups)
    assert ends == sorted(ends)
    assert all(head.seq < end <= head.seq + 400 for end in ends)
    assert verify(database(folder)).sound


# --- Keeping a few ---------------------------------------------------------------------------


def test_only_the_newest_are_kept_and_nothing_else_is_touched(folder, tmp_path):
    for foreign in ("lobby-holiday.sqlite", "other-2026-11-16T010000Z.sqlite", "notes.txt"):
        (tmp_path / foreign).write_text("mine")
    made = [back_up(folder, Place(tmp_path), NINE + n * HOUR, keep=2) for n in range(4)]

    there = names(tmp_path)
    kept = [file.name for one in made[2:] for file in (one.file, one.configuration)]
    assert [len(one.removed) for one in made] == [0, 0, 1, 1]
    assert made[3].removed == [made[1].file]
    assert set(there) == {*kept, "data", "lobby-holiday.sqlite", "notes.txt"} | {
        "other-2026-11-16T010000Z.sqlite"
    }


def test_what_a_killed_backup_left_is_tidied_up_a_day_later(folder, tmp_path):
    left = tmp_path / "lobby-2026-11-15T010000Z.sqlite.4711.part"
    foreign = tmp_path / "holiday.part"
    for file in (left, foreign):
        file.write_bytes(b"half")
        os.utime(file, (NINE / 1000, NINE / 1000))

    back_up(folder, Place(tmp_path), NINE + 23 * HOUR)
    assert left.exists()
    back_up(folder, Place(tmp_path), NINE + 25 * HOUR)
    assert not left.exists()
    assert foreign.exists()


# --- When it cannot be done ------------------------------------------------------------------


def test_too_little_room_is_found_out_before_anything_is_written(folder, tmp_path):
    with pytest.raises(CannotDo) as caught:
        back_up(folder, Place(tmp_path / "away"), NINE, left_free_bytes=2**60)

    assert caught.value.code == "no_room"
    assert names(tmp_path / "away") == []
    check_room(tmp_path, needed_bytes=1, left_free_bytes=0)


def test_a_disk_that_is_full_halfway_leaves_nothing_behind(folder, tmp_path):
    """The system's limit on the size of files stands in for the disk's."""
    limit = database(folder).stat().st_size // 2
    code = (
        "import resource, sys, lobby;"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}));"
        "sys.exit(lobby.main(sys.argv[1:]))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code, "backup", "--data", folder, "--to", f"{tmp_path}/away/"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        env={**os.environ, "LC_ALL": "C"},
    )

    assert (ended.returncode, ended.stdout) == (1, "")
    assert "There was no room left to write" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert names(tmp_path / "away") == []
    assert verify(database(folder)).sound


def test_a_full_disk_is_called_so_and_changes_nothing(folder, tmp_path):
    """What SQLite says of a full disk, by its own limit; what the system says, by its device."""
    copied = back_up(folder, Place(tmp_path), NINE).file
    before = content(copied)

    def fill(db):
        db.execute("PRAGMA max_page_count=1")
        db.execute("INSERT INTO private_slots (value) VALUES (zeroblob(1000000))")

    for write in (lambda: change(copied, fill), write_to_full_device):
        with pytest.raises(CannotDo) as caught:
            write()
        assert caught.value.code == "full"
    assert content(copied) == before


def write_to_full_device():
    with writing(Path("/dev/full")), open("/dev/full", "wb", buffering=0) as device:
        device.write(b"something")


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE events SET at = at + 1 WHERE branch = 'main' AND seq = 2",
        "DELETE FROM events WHERE branch = 'house' AND seq = 1",
        "UPDATE private SET slot = 999",
    ],
)
def test_a_faulty_journal_makes_no_backup(folder, tmp_path, damage):
    by_hand(database(folder), damage)

    with pytest.raises(CannotDo) as caught:
        back_up(folder, Place(tmp_path / "away"), NINE)

    assert caught.value.code == "copy_faulty"
    assert names(tmp_path / "away") == []


def test_a_torn_file_makes_no_backup(folder, tmp_path):
    path = database(folder)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])

    with pytest.raises((CannotDo, JournalRefused)):
        back_up(folder, Place(tmp_path / "away"), NINE)

    assert names(tmp_path / "away") == []


def test_a_folder_that_cannot_be_made_is_told_in_a_sentence(folder, tmp_path):
    (tmp_path / "away").write_text("a file")

    with pytest.raises(CannotDo) as caught:
        back_up(folder, Place(tmp_path / "away" / "deeper"), NINE)

    assert caught.value.code == "not_written"


# --- As a command ----------------------------------------------------------------------------


async def test_a_journal_of_the_first_version_is_backed_up_as_it_is(folder, tmp_path):
    path = database(folder)
    for table in ("private", "private_slots", "private_free", "outbox"):
        by_hand(path, f"DROP TABLE {table}")
    by_hand(path, "PRAGMA user_version=1")

    made = back_up(folder, Place(tmp_path), NINE)

    assert (made.findings.version, VERSION) == (1, 3)
    journal = await open_sqlite(made.file)
    await journal.close()


def test_the_command_says_where_it_is_and_what_is_not_in_it(capsys, folder):
    code, output, errors = run(capsys, "backup", "--data", folder, "--language", "en")

    (made,) = (folder / "backups").glob("*.sqlite")
    assert (code, errors) == (0, "")
    assert f"Backed up and proven: {made}" in output
    assert str(folder / "keys") in output
    assert "1 values about people" in output


def test_programs_get_one_object(capsys, folder, tmp_path):
    code, output, _ = run(capsys, "backup", "--data", folder, "--to", f"{tmp_path}/", "--json")

    made = json.loads(output)
    assert code == 0
    assert Path(made["file"]).exists()
    assert made["findings"]["private_rows"] == 3
    assert datetime.fromtimestamp(made["findings"]["ends"][1]["at"] / 1000, tz=UTC).year == 2026


def test_keeping_a_few_needs_a_folder(capsys, folder, tmp_path):
    file = tmp_path / "monday.sqlite"

    assert run(capsys, "backup", "--data", folder, "--to", file, "--keep", "3")[0] == 2
    assert run(capsys, "backup", "--data", folder, "--keep", "0")[0] == 2


async def test_an_event_after_the_backup_is_not_in_it(folder, tmp_path):
    before = content(database(folder))
    made = back_up(folder, Place(tmp_path), NINE)
    await append(folder)

    assert content(made.file) == before != content(database(folder))
