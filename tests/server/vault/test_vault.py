"""The vault at work: over a journal in memory and over one in a file."""

import asyncio
import sqlite3
from contextlib import closing

import pytest

from server.journal.contract import Entry
from server.journal.memory import MemoryJournal
from server.journal.private import PAGE_ROWS
from server.journal.sqlite import open_sqlite
from server.vault.envelope import key_of, seal
from server.vault.errors import KeyMissing, NotAsSealed
from server.vault.keys import Keys
from server.vault.rows import (
    CONTACT_KEPT_MS,
    NAME,
    NOTE,
    PHONE,
    VISIT,
    PrivateRow,
    form_field,
    of_appointment,
    of_visit,
    visit_value,
)
from server.vault.vault import Vault
from shared.cleaning import clean_text
from shared.testing import ManualClock

MONDAY_NINE = ManualClock().now_ms()
OLD, NEW = Keys([bytes(32)]), Keys([bytes([1]) * 32, bytes(32)])
OLD_ID, NEW_ID = (key_of(seal(keys, ("", "", ""), "", lambda: bytes(12))) for keys in (OLD, NEW))
EVENT = Entry("2026-11-16", MONDAY_NINE, "{}", "c-1", "TicketTaken", b"{}")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "lobby.db"


@pytest.fixture(params=["memory", "sqlite"])
async def journal(request, path):
    journal = await open_sqlite(path) if request.param == "sqlite" else MemoryJournal()
    yield journal
    await journal.close()


@pytest.fixture
async def on_disk(path):
    journal = await open_sqlite(path)
    yield journal
    await journal.close()


@pytest.fixture(params=[Keys(), OLD], ids=["clear", "keyed"])
def vault(request, journal):
    return Vault(journal, request.param, ManualClock().token)


def about(subject_visit, /, branch="main", purge_at=MONDAY_NINE + CONTACT_KEPT_MS, **values):
    """Rows about one visit; `form_amount` stands for the answer `form.amount`."""
    return [
        PrivateRow(branch, of_visit(subject_visit), field.replace("_", "."), value, purge_at)
        for field, value in values.items()
    ]


async def keep(journal, vault, *rows, branch="main"):
    head = await journal.head(branch)
    await journal.append(branch, head.seq, [EVENT], vault.seal(rows))


async def read(vault, branch, subject):
    return {row.field: row.value for row in await vault.show(branch, [subject])}


def in_files(path):
    return path.read_bytes() + path.with_name(path.name + "-wal").read_bytes()


# --- Kept and read ---------------------------------------------------------------------------


async def test_what_was_kept_with_a_visit_is_read_again(journal, vault):
    rows = about(1, name="王小明", phone="138 0013 1234", form_amount="60000")
    await keep(journal, vault, *rows, *about(2, name="李四"))

    assert await read(vault, "main", of_visit(1)) == {
        NAME: "王小明",
        PHONE: "138 0013 1234",
        form_field("amount"): "60000",
    }
    assert await read(vault, "main", of_visit(3)) == {}
    assert await read(vault, "west", of_visit(1)) == {}


async def test_a_corrected_value_takes_the_place_of_the_first(journal, vault):
    await keep(journal, vault, *about(1, phone="13800131234"))
    await keep(journal, vault, *about(1, phone="13900131234"))

    assert await read(vault, "main", of_visit(1)) == {PHONE: "13900131234"}
    assert await vault.find("main", PHONE, "13800131234") == []
    assert await vault.find("main", PHONE, "13900131234") == [of_visit(1)]


@pytest.mark.parametrize(
    ("subject", "field"),
    [("visit", NAME), ("visit:王", NAME), ("visit:1", "Name"), ("visit:1", "")],
)
def test_a_row_without_a_proper_place_is_a_bug(vault, subject, field):
    with pytest.raises(AssertionError):
        vault.seal([PrivateRow("main", subject, field, "x", 0)])


async def test_any_clean_text_of_a_line_can_be_kept(journal, vault):
    worst = clean_text("𝒜\U0001d165\U0001d166\U0001d167\U0001d168" * 300, 190)
    await keep(journal, vault, *about(1, note=worst))

    assert await read(vault, "main", of_visit(1)) == {NOTE: worst}


# --- One person ------------------------------------------------------------------------------


async def test_a_person_is_found_by_a_number_however_it_is_written(journal, vault):
    await keep(journal, vault, *about(1, name="王小明", phone="138 0013 1234"))
    await keep(journal, vault, *about(2, name="李四", phone="13900131234"))
    booked = PrivateRow("main", of_appointment("a7"), PHONE, "+86 13800131234", MONDAY_NINE)
    await keep(journal, vault, booked)

    assert await vault.find("main", PHONE, "138-0013-1234") == [of_appointment("a7"), of_visit(1)]
    assert await vault.find("main", PHONE, "13700131234") == []
    assert await vault.find("west", PHONE, "13800131234") == []
    assert await vault.find("main", PHONE, "nobody") == []


async def test_everything_that_is_held_of_a_person_can_be_shown(journal, vault):
    rows = about(1, name="王小明", phone="13800131234", note="请小声")
    await keep(journal, vault, *rows, *about(2, phone="13900131234"))

    shown = await vault.show("main", await vault.find("main", PHONE, "138 0013 1234"))

    assert shown == sorted(rows, key=lambda row: row.field)
    assert await vault.show("main", [of_visit(3)]) == []
    assert len(await vault.show("main", [of_visit(1), of_visit(2)])) == 4


async def test_a_person_who_left_no_number_is_found_by_the_visit(journal, vault):
    seven, eight = (visit_value("2026-11-16", number) for number in ("A007", "A008"))
    await keep(journal, vault, *about(1, name="王小明", visit=seven), *about(2, visit=eight))

    assert await vault.find("main", VISIT, seven) == [of_visit(1)]
    assert await vault.find("main", VISIT, visit_value("2026-11-17", "A007")) == []
    assert await vault.find("main", NAME, "王小明") == []  # nobody is looked for by name


async def test_a_person_can_be_erased_and_nobody_else_is(journal, vault):
    await keep(journal, vault, *about(1, name="王小明", phone="13800131234"))
    await keep(journal, vault, *about(2, name="李四", phone="13900131234"))
    await keep(journal, vault, *about(3, name="王小明"))

    assert await vault.erase("main", [of_visit(1)]) == 2
    assert await vault.erase("main", [of_visit(3)]) == 1
    assert await vault.erase("main", [of_visit(1)]) == 0

    assert await vault.show("main", [of_visit(1)]) == []
    assert await read(vault, "main", of_visit(2)) == {NAME: "李四", PHONE: "13900131234"}


async def test_those_who_share_a_handle_are_told_apart(journal, vault):
    """Two bytes: of a thousand numbers some are bound to fall together."""
    phones = [f"138{n:08}" for n in range(1000)]
    rows = [row for n, phone in enumerate(phones) for row in about(n, phone=phone)]
    await keep(journal, vault, *rows)

    handles = [vault.seal(about(1, phone=phone))[0].handle for phone in phones]
    twins = [n for n, handle in enumerate(handles) if handles.count(handle) > 1]

    assert twins
    for n in twins:
        assert await vault.find("main", PHONE, phones[n]) == [of_visit(n)]


# --- Time ------------------------------------------------------------------------------------


async def test_what_is_past_its_time_is_purged_and_the_rest_is_kept(journal, vault):
    closes = MONDAY_NINE + 8 * 3_600_000
    await keep(
        journal,
        vault,
        *about(1, note="请小声", purge_at=closes),
        *about(1, name="王小明", purge_at=MONDAY_NINE + CONTACT_KEPT_MS),
    )

    assert await vault.purge(closes - 1) == 0
    assert await vault.purge(closes) == 1
    assert await read(vault, "main", of_visit(1)) == {NAME: "王小明"}
    assert await vault.purge(MONDAY_NINE + CONTACT_KEPT_MS) == 1
    assert await read(vault, "main", of_visit(1)) == {}


@pytest.mark.parametrize("forget", ["purge", "erase"])
async def test_what_is_gone_is_gone_from_the_disk(on_disk, path, forget):
    vault = Vault(on_disk, Keys(), ManualClock().token)
    await keep(on_disk, vault, *about(1, name="王小明", phone="13800131234"))
    assert "王小明".encode() in in_files(path)
    assert b"13800131234" in in_files(path)

    if forget == "purge":
        await vault.purge(MONDAY_NINE + CONTACT_KEPT_MS)
    else:
        await vault.erase("main", [of_visit(1)])

    assert "王小明".encode() not in in_files(path)
    assert b"13800131234" not in in_files(path)


async def test_the_log_is_left_alone_while_nothing_is_deleted(on_disk, path):
    vault = Vault(on_disk, OLD, ManualClock().token)
    await vault.purge(MONDAY_NINE)  # what a crash may have left is cleared once
    await keep(on_disk, vault, *about(1, name="王小明"))
    before = path.with_name(path.name + "-wal").stat().st_size

    assert await vault.purge(MONDAY_NINE) == 0

    assert path.with_name(path.name + "-wal").stat().st_size == before > 0


async def test_a_log_that_cannot_be_cleared_is_told_and_cleared_the_next_time(
    on_disk, path, caplog
):
    vault = Vault(on_disk, Keys(), ManualClock().token)
    await keep(on_disk, vault, *about(1, name="王小明"))
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM events").fetchall()
        assert await vault.purge(MONDAY_NINE + CONTACT_KEPT_MS) == 1
    assert "stay in its log" in caplog.text
    assert "王" not in caplog.text

    await vault.purge(MONDAY_NINE)

    assert "王小明".encode() not in in_files(path)


# --- Keys ------------------------------------------------------------------------------------


async def test_with_a_key_nothing_can_be_read_from_the_disk(on_disk, path):
    vault = Vault(on_disk, OLD, ManualClock().token)

    await keep(on_disk, vault, *about(1, name="王小明", phone="13800131234"))

    assert vault.encrypts
    assert "王小明".encode() not in in_files(path)
    assert b"13800131234" not in in_files(path)
    assert await vault.find("main", PHONE, "13800131234") == [of_visit(1)]


async def test_a_value_is_never_sealed_with_the_same_nonce_twice(journal):
    vault = Vault(journal, OLD, ManualClock().token)

    nonces = {row.value[9:21] for n in range(500) for row in vault.seal(about(n, name="王"))}

    assert len(nonces) == 500


@pytest.mark.parametrize("keys", [Keys(), Keys([bytes([7]) * 32])], ids=["no key", "wrong key"])
async def test_without_its_key_nothing_is_given_out(journal, keys):
    await keep(journal, Vault(journal, OLD, ManualClock().token), *about(1, phone="13800131234"))
    locked = Vault(journal, keys, ManualClock().token)

    for asked in (
        locked.show("main", [of_visit(1)]),
        locked.check(),
    ):
        with pytest.raises(KeyMissing, match=OLD_ID):
            await asked
    assert await locked.erase("main", [of_visit(1)]) == 1
    await locked.check()


async def test_the_key_can_be_changed(journal):
    clear, old, new = (Vault(journal, keys, ManualClock().token) for keys in (Keys(), OLD, NEW))
    await keep(journal, clear, *about(1, name="王小明", phone="13800131234"))
    await keep(journal, old, *about(2, name="李四", phone="13900131234"))
    await keep(journal, new, *about(3, name="张三"))
    before = [await new.show("main", [of_visit(n)]) for n in (1, 2, 3)]
    assert await new.find("main", PHONE, "13800131234") == [of_visit(1)]
    assert await new.find("main", PHONE, "13900131234") == [of_visit(2)]

    assert await new.reseal() == 4
    assert await new.reseal() == 0

    assert await new.key_ids() == {NEW_ID: 5}
    only_new = Vault(journal, Keys([bytes([1]) * 32]), ManualClock().token)
    await only_new.check()
    assert [await only_new.show("main", [of_visit(n)]) for n in (1, 2, 3)] == before
    assert await only_new.find("main", PHONE, "13900131234") == [of_visit(2)]


async def test_encrypting_later_leaves_no_clear_text_on_the_disk(on_disk, path):
    clear = Vault(on_disk, Keys(), ManualClock().token)
    rows = [row for n in range(PAGE_ROWS) for row in about(n, name=f"王小明{n:05}", note="请小声")]
    await keep(on_disk, clear, *rows)

    resealed = await Vault(on_disk, OLD, ManualClock().token).reseal()

    assert resealed == len(rows)
    assert "王小明".encode() not in in_files(path)


async def test_what_changes_while_the_key_is_changed_is_not_lost(journal):
    """Read before it, written after it: the newer value and the erasure must win."""
    old, new = (Vault(journal, keys, ManualClock().token) for keys in (OLD, NEW))
    for n in range(20):
        await keep(journal, old, *about(n, name=f"name {n}"))

    resealing = asyncio.create_task(new.reseal())
    for n in range(10):
        await keep(journal, new, *about(n, name=f"newer {n}"))
        await new.erase("main", [of_visit(10 + n)])
    await resealing

    for n in range(10):
        assert await read(new, "main", of_visit(n)) == {NAME: f"newer {n}"}
        assert await read(new, "main", of_visit(10 + n)) == {}
    assert set(await new.key_ids()) == {NEW_ID}


async def test_a_value_that_was_tampered_with_is_refused(on_disk, path):
    vault = Vault(on_disk, OLD, ManualClock().token)
    await keep(on_disk, vault, *about(1, name="王小明"), *about(2, name="李四"))
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        one, two = (slot for (slot,) in other.execute("SELECT slot FROM private ORDER BY subject"))
        other.execute("UPDATE private SET slot = ? WHERE slot = ?", (two, one))

    with pytest.raises(NotAsSealed, match="visit:1"):
        await read(vault, "main", of_visit(1))
    assert await read(vault, "main", of_visit(2)) == {NAME: "李四"}
