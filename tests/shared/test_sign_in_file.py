"""The file that carries who is signed in at a terminal over a power cut."""

import stat

import pytest

from shared.sign_in_file import SignInFile

TOKEN = "a token of some length"


@pytest.fixture
def file(tmp_path):
    return tmp_path / "state" / "sign-in"


def test_what_was_kept_is_read_again_by_its_owner_only(file):
    SignInFile(file, "counter-1").write(TOKEN)

    assert SignInFile(file, "counter-1").read() == TOKEN
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(file.parent.iterdir()) == [file]


def test_nobody_signed_in_leaves_nothing_behind(file):
    kept = SignInFile(file, "counter-1")
    kept.write(TOKEN)

    kept.write("")

    assert kept.read() == ""
    assert list(file.parent.iterdir()) == []


def test_the_sign_in_of_another_station_is_not_ours(file):
    SignInFile(file, "counter-2").write(TOKEN)

    assert SignInFile(file, "counter-1").read() == ""


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"null", b"[" * 70_000])
def test_a_damaged_file_costs_a_secret_typed_again_and_nothing_else(file, caplog, content):
    file.parent.mkdir()
    file.write_bytes(content)

    assert SignInFile(file, "counter-1").read() == ""
    assert "cannot be read" in caplog.text


def test_a_folder_that_takes_nothing_stops_nobody_from_signing_in(tmp_path, caplog):
    (tmp_path / "state").write_text("a file, where the folder should be")

    SignInFile(tmp_path / "state" / "sign-in", "counter-1").write(TOKEN)

    assert "cannot be kept" in caplog.text
    assert TOKEN not in caplog.text
