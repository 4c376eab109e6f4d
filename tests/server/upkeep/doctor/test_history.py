"""Planted: journals that are damaged, missing, foreign, shared, or of other branches."""

import shutil

import pytest

from server.journal.contract import Entry, Snapshot
from server.upkeep.doctor.checks.history import is_affected
from server.upkeep.doctor.processes import Writer
from tests.server.upkeep.doctor.sound import (
    MB,
    NOW,
    RUNNING,
    append,
    back_up,
    by_hand,
    edit,
    fingerprint,
    found_in,
    killed,
    look,
    notes_in,
    only,
    settings,
)

PAGE_BYTES = 4096
OPENED = {"day": "2026-11-16", "ends_at": 0, "hours": {}}


def flip(file, at):
    """One bit, as a tired disk does."""
    content = bytearray(file.read_bytes())
    content[at] ^= 1
    file.write_bytes(content)


# --- Damage --------------------------------------------------------------------------------------


def test_a_row_that_is_not_as_written_is_a_fault(folder):
    by_hand(folder, "UPDATE events SET data = x'7b7d' WHERE branch = 'main' AND seq = 2")

    assert "row 2" in only(folder, "journal_damaged").values["detail"]


def test_a_row_that_is_gone_is_a_fault(folder):
    by_hand(folder, "DELETE FROM events WHERE branch = 'main' AND seq = 1")

    only(folder, "journal_damaged")


def test_a_last_row_that_is_gone_is_a_fault(folder):
    by_hand(folder, "DELETE FROM events WHERE branch = 'main' AND seq = 2")

    only(folder, "journal_damaged")


def test_a_page_that_is_broken_is_a_fault(folder):
    by_hand(folder, "CREATE INDEX more ON snapshots (schema)")
    size = (folder / "lobby.sqlite").stat().st_size
    flip(folder / "lobby.sqlite", size - PAGE_BYTES)

    only(folder, "journal_damaged")


def test_a_journal_that_was_cut_off_is_a_fault(folder):
    content = (folder / "lobby.sqlite").read_bytes()
    (folder / "lobby.sqlite").write_bytes(content[: len(content) // 2])

    only(folder, "journal_damaged")


def test_an_empty_journal_is_a_fault(folder):
    (folder / "lobby.sqlite").write_bytes(b"")

    only(folder, "journal_damaged")


def test_a_file_that_is_no_journal_is_a_fault_and_left_alone(folder):
    (folder / "lobby.sqlite").write_bytes(b"holiday pictures" * 1000)
    before = fingerprint(folder)

    only(folder, "not_a_journal")
    assert fingerprint(folder) == before


def test_a_folder_in_place_of_the_journal_is_a_fault(folder):
    (folder / "lobby.sqlite").unlink()
    (folder / "lobby.sqlite").mkdir(mode=0o700)

    only(folder, "journal_unreadable")


def test_a_journal_of_a_newer_lobby_is_a_fault(folder):
    by_hand(folder, "PRAGMA user_version = 99")

    assert only(folder, "journal_newer").values["newer"] == 99


def test_another_journal_that_was_copied_over_this_one_is_a_fault(folder):
    by_hand(folder, "UPDATE journal SET epoch = ?", "f" * 32)

    assert only(folder, "journal_swapped").grade == "fault"


def test_a_restore_that_was_interrupted_is_a_fault(folder):
    (folder / "lobby.sqlite").rename(folder / "lobby.sqlite.restored")
    (folder / "lobby.sqlite").touch(mode=0o600)

    only(folder, "restore_unfinished")


def test_accounts_without_a_journal_are_a_fault(folder):
    (folder / "lobby.sqlite").unlink()

    only(folder, "journal_missing")


def test_a_log_without_its_journal_is_a_fault(folder):
    (folder / "credentials.json").unlink()
    (folder / "lobby.sqlite").rename(folder / "lobby.sqlite-wal")

    only(folder, "journal_missing")


def test_a_large_journal_beside_a_server_is_looked_at_in_part(folder):
    with (folder / "lobby.sqlite").open("r+b") as file:
        file.truncate(600 * MB)  # a hole: no disk is filled

    assert notes_in(folder, server=4711, answer=RUNNING) == ["journal_partly_checked"]


# --- Others --------------------------------------------------------------------------------------


def test_another_program_that_may_write_to_the_journal_is_a_warning(folder):
    finding = only(folder, "journal_shared", writers=(Writer(7, "litestream"),))

    assert finding.grade == "warning"
    assert "litestream" in finding.sentence("en")


def test_with_an_sqlite_that_loses_commits_it_is_a_fault(folder):
    facts = {"sqlite": "3.40.1", "writers": (Writer(7, "litestream"),)}

    assert only(folder, "journal_at_risk", **facts).grade == "fault"


def test_such_an_sqlite_alone_is_only_noted(folder):
    assert found_in(folder, sqlite="3.40.1") == {}
    assert notes_in(folder, sqlite="3.40.1") == ["sqlite_affected"]


@pytest.mark.parametrize(
    ("version", "affected"),
    [
        ("3.6.23", False),
        ("3.7.0", True),
        ("3.40.1", True),
        ("3.44.5", True),
        ("3.44.6", False),
        ("3.50.6", True),
        ("3.50.7", False),
        ("3.51.1", True),
        ("3.51.2", True),
        ("3.51.3", False),
        ("3.53.4", False),
    ],
)
def test_the_versions_that_lose_commits_are_known(version, affected):
    assert is_affected(version) == affected


def test_a_log_that_grew_too_large_is_a_warning(folder):
    with (folder / "lobby.sqlite-wal").open("wb") as log:
        log.truncate(65 * MB)
    (folder / "lobby.sqlite-wal").chmod(0o600)

    assert only(folder, "log_large").values["mb"] == 65


async def test_how_large_the_log_may_be_is_configured(folder, tmp_path):
    settings(folder, log_mb_max=0)
    async with killed(folder, tmp_path / "left") as journal:
        await journal.save_snapshot("main", Snapshot(2, "shape", b"state"))

    only(tmp_path / "left", "log_large")


# --- Branches ----------------------------------------------------------------------------------


async def test_a_branch_of_the_journal_that_no_file_configures_is_a_warning(folder):
    await append(folder, "west", "DayOpened", OPENED)

    assert only(folder, "branch_unconfigured").values["branch"] == "west"


def test_a_branch_without_history_is_a_warning(folder):
    main = (folder / "branches" / "main.toml").read_text(encoding="utf-8")
    east = folder / "branches" / "east.toml"
    east.write_text(main.replace('id = "main"', 'id = "east"'), encoding="utf-8")

    assert only(folder, "branch_new").values["file"] == str(east)


def test_a_branch_by_a_new_name_is_told_from_both_sides(folder):
    main = folder / "branches" / "main.toml"
    edit(main, 'id = "main"', 'id = "chief"')
    main.rename(main.with_name("chief.toml"))

    assert set(found_in(folder)) == {"branch_unconfigured", "branch_new"}


async def test_a_rehearsal_where_customers_come_is_a_warning(folder):
    edit(folder / "branches" / "main.toml", 'id = "main"', 'id = "play"')
    (folder / "branches" / "main.toml").rename(folder / "branches" / "play.toml")
    for table in ("events", "heads", "snapshots"):
        by_hand(folder, f"DELETE FROM {table} WHERE branch = 'main'")
    await append(folder, "play", "RehearsalMarked")
    shutil.rmtree(folder / "backups")
    back_up(folder)

    assert only(folder, "rehearsal").values["branch"] == "play"


async def test_a_rehearsal_on_a_machine_of_its_own_is_fine(tmp_path):
    tmp_path.chmod(0o700)
    await append(tmp_path, "main", "RehearsalMarked")

    assert set(found_in(tmp_path)) == {
        "public_url_unset",
        "set_up_needed",
        "link_key_missing",
        "backup_awaited",
    }


# --- Reading --------------------------------------------------------------------------------------


async def test_what_a_killed_server_left_is_read_with_its_log_and_left_alone(folder, tmp_path):
    left = tmp_path / "left"
    async with killed(folder, left) as journal:
        entry = Entry("", NOW, '{"role":"clock"}', "", "DayOpened", b"{}")
        await journal.append("west", 0, [entry])
    before = fingerprint(left)

    only(left, "branch_unconfigured")
    assert fingerprint(left) == before
    assert (left / "lobby.sqlite-wal").stat().st_size > 0


def test_a_journal_that_was_closed_is_read_without_making_a_log(folder):
    look(folder)

    assert not list(folder.glob("lobby.sqlite-*"))
