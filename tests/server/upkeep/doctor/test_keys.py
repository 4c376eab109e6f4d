"""Planted: keys that are missing, cut off or of another house."""

import pytest

from server.config import PLAIN_HTTP_WORDS, write_private
from server.journal.contract import Entry
from server.journal.sqlite import open_sqlite
from server.vault.keys import Keys, add_key
from server.vault.rows import PHONE, PrivateRow, of_visit
from server.vault.vault import Vault
from shared.testing import ManualClock
from tests.server.upkeep.doctor.sound import (
    DAY_MS,
    NOW,
    edit,
    found_in,
    only,
)


async def keep_a_phone(folder, purge_at=NOW + DAY_MS):
    """One number in the vault, sealed with its newest key."""
    keys = Keys.load(folder / "keys" / "vault.key")
    journal = await open_sqlite(folder / "lobby.sqlite")
    vault = Vault(journal, keys, ManualClock().token)
    seq = (await journal.head("main")).seq
    (last,) = [row async for row in journal.read("main", seq - 1)]
    row = PrivateRow("main", of_visit(1), PHONE, "13800131234", purge_at)
    entry = Entry(last.day, last.at, last.actor, "", last.type, last.data)
    await journal.append("main", seq, [entry], vault.seal([row]))
    await journal.close()


def test_accounts_without_the_pepper_are_a_fault(folder):
    (folder / "keys" / "pepper.key").unlink()

    only(folder, "pepper_missing")


def test_a_pepper_that_was_cut_off_is_a_fault(folder):
    (folder / "keys" / "pepper.key").write_bytes(b"short")

    only(folder, "pepper_short")


def test_the_pepper_of_another_house_is_a_fault(folder):
    write_private(folder / "keys" / "pepper.key", b"the pepper of some other house, as long")

    only(folder, "pepper_other")


def test_a_missing_key_of_ticket_links_is_a_warning(folder):
    (folder / "keys" / "link.key").unlink()

    assert only(folder, "link_key_missing").grade == "warning"


def test_a_key_of_ticket_links_that_was_cut_off_is_a_fault(folder):
    (folder / "keys" / "link.key").write_bytes(b"short")

    only(folder, "link_key_short")


async def test_private_rows_without_their_key_are_a_fault(folder):
    key = folder / "keys" / "vault.key"
    add_key(key, ManualClock().token)
    await keep_a_phone(folder)
    sound = found_in(folder)
    key.unlink()

    assert sound == {}
    assert len(only(folder, "vault_key_missing").values["key_id"]) == 16


async def test_private_rows_with_another_key_are_a_fault(folder):
    key = folder / "keys" / "vault.key"
    add_key(key, ManualClock().token)
    await keep_a_phone(folder)
    key.unlink()
    add_key(key, lambda: "chance of another house")

    only(folder, "vault_key_missing")


async def test_private_rows_that_were_not_sealed_need_no_key(folder):
    await keep_a_phone(folder)

    assert found_in(folder) == {}


def test_a_vault_that_is_wanted_without_a_key_is_a_warning(folder):
    edit(folder / "lobby.toml", "[listen]", f'vault_without_key = "{PLAIN_HTTP_WORDS}"\n[listen]')

    assert only(folder, "vault_unsealed").grade == "warning"


@pytest.mark.parametrize("content", ["", "not a key\n", "ab" * 31])
def test_keys_of_the_vault_that_cannot_be_read_are_a_fault(folder, content):
    key = folder / "keys" / "vault.key"
    key.write_text(content)
    key.chmod(0o600)

    only(folder, "vault_key_wrong")


def test_credentials_that_cannot_be_read_are_a_fault(folder):
    (folder / "credentials.json").write_text('{"secrets": ')

    only(folder, "credentials_damaged")
