"""Planted: houses that nobody can look after, and people who cannot sign in."""

import shutil

from server.config import HOUSE_STREAM
from tests.server.upkeep.doctor.sound import (
    MINUTE_MS,
    NOW,
    append,
    by_hand,
    edit,
    found_in,
    keep,
    kept,
    only,
)


def forget_the_house(folder):
    """As in a folder in which nobody has been set up."""
    for table in ("events", "heads"):
        by_hand(folder, f"DELETE FROM {table} WHERE branch = ?", HOUSE_STREAM)
    (folder / "credentials.json").unlink()


def test_a_server_that_nobody_was_set_up_for_is_a_warning(folder):
    forget_the_house(folder)

    assert only(folder, "set_up_needed").grade == "warning"


def test_a_set_up_code_that_waits_is_told(folder):
    forget_the_house(folder)
    keep(folder, {"codes": {"setup": {"hash": "00", "until": NOW + MINUTE_MS}}})

    assert only(folder, "set_up_waits").values["until"] == "2026-11-16 09:11 CST"


def test_a_set_up_code_that_has_ended_is_told(folder):
    forget_the_house(folder)
    keep(folder, {"codes": {"setup": {"hash": "00", "until": NOW - MINUTE_MS}}})

    only(folder, "set_up_needed")


async def test_accounts_without_an_administrator_are_a_fault(folder):
    await append(folder, HOUSE_STREAM, "StaffDisabled", {"staff": "admin"})

    only(folder, "nobody_administers")


def test_a_lost_password_is_a_fault(folder):
    content = kept(folder)
    del content["secrets"]["teller-1"]
    keep(folder, content)

    assert only(folder, "secret_missing").values["staff"] == "teller-1"


def test_credentials_that_are_gone_are_a_fault(folder):
    (folder / "credentials.json").unlink()

    assert "admin" in only(folder, "secret_missing").values["staff"]


async def test_somebody_who_was_disabled_may_have_lost_the_password(folder):
    await append(folder, HOUSE_STREAM, "StaffDisabled", {"staff": "teller-1"})
    content = kept(folder)
    del content["secrets"]["teller-1"]
    keep(folder, content)

    assert found_in(folder) == {}


def test_a_second_factor_that_is_needed_and_missing_is_a_warning(folder):
    content = kept(folder)
    del content["authenticators"]["auditor"]
    keep(folder, content)

    assert only(folder, "authenticator_missing").values["staff"] == "auditor"


def test_administrators_with_a_password_alone_are_a_warning_once_others_can_try(folder):
    edit(folder / "lobby.toml", 'require_totp = ["administrator", "auditor"]', "")

    finding = only(folder, "second_factor_off")

    assert 'require_totp = ["administrator", "auditor"]' in finding.remedy("en")


def test_administrators_with_a_password_alone_are_fine_on_a_machine_of_their_own(folder):
    (folder / "lobby.toml").write_text("")
    shutil.rmtree(folder / "tls")

    assert list(found_in(folder)) == ["public_url_unset"]


async def test_a_house_that_contradicts_itself_is_a_fault(folder):
    await append(folder, HOUSE_STREAM, "StaffDisabled", {"staff": "nobody"})

    assert "contradicts" in only(folder, "journal_damaged").values["detail"]
