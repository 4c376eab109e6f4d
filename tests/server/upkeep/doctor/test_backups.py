"""Planted: backups that are missing, old, spoilt or of something else."""

import os
import shutil
from pathlib import Path

import pytest

from tests.server.upkeep.doctor.sound import (
    DAY_MS,
    HOUR_MS,
    NOW,
    THREE_AT_NIGHT,
    append,
    back_up,
    by_hand,
    edit,
    found_in,
    only,
    set_time,
    settings,
)


def the_backup(folder):
    (file,) = (folder / "backups").glob("*.sqlite")
    return file


def test_a_journal_without_any_backup_is_a_fault(folder):
    shutil.rmtree(folder / "backups")

    assert only(folder, "backup_none", now_ms=NOW + DAY_MS + 2 * HOUR_MS).grade == "fault"


def test_a_new_journal_without_a_backup_is_a_warning(folder):
    shutil.rmtree(folder / "backups")

    assert only(folder, "backup_awaited").grade == "warning"


def test_a_backup_of_the_day_before_yesterday_is_a_fault(folder):
    assert found_in(folder, now_ms=THREE_AT_NIGHT + 26 * HOUR_MS) == {}

    finding = only(folder, "backup_late", now_ms=THREE_AT_NIGHT + 27 * HOUR_MS)

    assert (finding.values["hours"], finding.values["made"]) == (27, "2026-11-16 03:00 CST")


def test_how_old_a_backup_may_be_is_configured(folder):
    settings(folder, backup_hours_max=5)

    only(folder, "backup_late")


def test_the_age_of_a_backup_is_that_of_its_name_and_else_that_of_the_file(folder):
    file = the_backup(folder)
    set_time(file, NOW - 9 * DAY_MS)
    by_name = found_in(folder)
    file.rename(file.with_name("by-hand.sqlite"))

    assert by_name == {}
    assert only(folder, "backup_late").values["hours"] == 9 * 24


def test_the_newest_backup_counts(folder):
    shutil.copy(the_backup(folder), folder / "backups" / "lobby-2026-11-01T190000Z.sqlite")

    assert found_in(folder) == {}


def test_a_backup_that_was_cut_off_is_a_fault(folder):
    file = the_backup(folder)
    os.truncate(file, file.stat().st_size - 8192)

    only(folder, "backup_damaged")


def test_a_backup_that_is_no_journal_is_a_fault(folder):
    the_backup(folder).write_bytes(b"holiday pictures" * 1000)

    only(folder, "backup_damaged")


async def test_a_backup_of_another_journal_is_a_warning(folder):
    by_hand(folder, "DELETE FROM events WHERE branch = 'main'")
    by_hand(folder, "DELETE FROM heads WHERE branch = 'main'")
    await append(folder, "main", "DayOpened", {"day": "2026-11-16", "ends_at": 0, "hours": {}})

    only(folder, "backup_foreign")


async def test_a_backup_from_before_the_last_events_is_fine(folder):
    await append(folder, "main", "StepNoted")

    assert found_in(folder) == {}


def test_a_backup_that_others_can_read_is_a_warning(folder):
    the_backup(folder).chmod(0o644)

    only(folder, "file_open")


async def test_a_number_of_a_person_in_a_backup_is_a_fault(folder):
    the_backup(folder).unlink()
    await append(folder, "main", "StepNoted", {"text": "13800131234"})
    file = back_up(folder)

    assert found_in(folder)["personal_data_in_file"].values["file"] == str(file)


def test_backups_on_the_same_disk_are_noted(folder):
    assert "backups_beside" in found_in(folder, grades=("fine",))


@pytest.mark.skipif(not Path("/dev/shm").is_dir(), reason="needs a second disk")
def test_backups_on_another_disk_are_fine(folder, tmp_path):
    other = Path("/dev/shm") / tmp_path.name
    (folder / "backups").rename(tmp_path / "moved")
    shutil.copytree(tmp_path / "moved", other)
    edit(folder / "lobby.toml", "[listen]", f'backups = "{other}"\n\n[listen]')

    found = found_in(folder, grades=("fault", "warning", "fine"))
    shutil.rmtree(other)

    if other.parent.stat().st_dev != folder.stat().st_dev:
        assert found == {}
