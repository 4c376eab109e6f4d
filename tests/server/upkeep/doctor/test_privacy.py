"""Planted: numbers of people where none may be, and data that nobody has deleted in time."""

import pytest

from server.journal.contract import Snapshot
from server.journal.sqlite import open_sqlite
from tests.server.upkeep.doctor.sound import (
    DAY_MS,
    NOW,
    append,
    found_in,
    look,
    notes_in,
    only,
    settings,
)
from tests.server.upkeep.doctor.test_keys import keep_a_phone

MOBILE, IDENTITY, CARD = "13800131234", "11010519491231002X", "6222021234567890128"


@pytest.mark.parametrize(
    ("number", "kind"), [(MOBILE, "mobile"), (IDENTITY, "identity"), (CARD, "card")]
)
async def test_a_number_of_a_person_in_the_journal_is_a_fault(folder, number, kind):
    await append(folder, "main", "StepNoted", {"text": f"call {number}"})

    finding = only(folder, "personal_data_in_journal")

    assert finding.values["number"] == kind
    assert finding.values["seq"] == 3
    assert number not in finding.sentence("en")


async def test_how_often_it_is_there_is_told(folder):
    for _ in range(3):
        await append(folder, "main", "StepNoted", {"text": MOBILE})

    assert only(folder, "personal_data_in_journal").values["count"] == 3


async def test_a_number_of_a_person_in_a_snapshot_is_a_fault(folder):
    journal = await open_sqlite(folder / "lobby.sqlite")
    await journal.save_snapshot("main", Snapshot(1, "old shape", MOBILE.encode()))
    await journal.close()

    assert only(folder, "personal_data_in_snapshot").values["seq"] == 1


@pytest.mark.parametrize("name", ["lobby.log", "lobby.log.1", "logs/server.log"])
def test_a_number_of_a_person_in_a_log_is_a_fault(folder, name):
    log = folder / name
    log.parent.mkdir(exist_ok=True, mode=0o700)
    log.write_text(f"10:15:03 info {MOBILE} wants a ticket\n")

    assert only(folder, "personal_data_in_file").values["file"] == str(log)


async def test_what_the_vault_keeps_is_where_it_belongs(folder):
    await keep_a_phone(folder)

    assert found_in(folder) == {}


async def test_what_should_have_been_deleted_is_a_warning(folder):
    await keep_a_phone(folder, purge_at=NOW - 2 * DAY_MS)

    assert only(folder, "private_overdue").values["count"] == 1


def test_of_a_large_log_only_a_part_is_searched_unless_everything_is_wanted(folder):
    settings(folder, search_mb_max=1)
    (folder / "lobby.log").write_text("all is well\n" * 100_000 + MOBILE)

    partly = notes_in(folder)
    faults = found_in(folder)
    whole = {one.code for one in look(folder, everything=True).findings}

    assert (partly, faults) == (["personal_data_partly"], {})
    assert whole == {"personal_data_in_file", "backups_beside"}


async def test_of_a_long_journal_the_newest_is_searched_first(folder):
    settings(folder, search_mb_max=1)
    await append(folder, "main", "StepNoted", *[{"text": "all is well " * 100}] * 1000)
    await append(folder, "main", "StepNoted", {"text": MOBILE})

    only(folder, "personal_data_in_journal")
    assert notes_in(folder) == ["personal_data_partly"]
