"""Planted: what others may read or change, and what was left lying about."""

import os
from dataclasses import replace

import pytest
from msgspec.structs import replace as changed

from server.upkeep.doctor.checks import files
from server.upkeep.doctor.folder import read, server_config
from tests.server.upkeep.doctor.sound import (
    MINUTE_MS,
    NOW,
    found_in,
    machine,
    only,
    set_time,
)


@pytest.mark.parametrize(
    "secret", ["keys/pepper.key", "keys/link.key", "credentials.json", "tls/key.pem"]
)
def test_a_secret_that_others_can_read_is_a_fault(folder, secret):
    (folder / secret).chmod(0o640)

    assert only(folder, "secret_open").values["file"] == str(folder / secret)


def test_the_remedy_for_an_open_secret_closes_it(folder):
    key = folder / "keys" / "pepper.key"
    key.chmod(0o644)
    remedy = only(folder, "secret_open").remedy("en")

    os.system(remedy.split("`")[1])

    assert found_in(folder) == {}


def test_a_folder_that_others_can_look_into_is_a_warning(folder):
    folder.chmod(0o755)

    assert only(folder, "folder_open").grade == "warning"


@pytest.mark.parametrize("inside", ["", "keys", "branches"])
def test_a_folder_that_others_can_write_to_is_a_fault(folder, inside):
    (folder / inside).chmod(0o777)

    assert only(folder, "folder_writable").values["folder"] == str(folder / inside)


def test_a_journal_that_others_can_read_is_a_warning(folder):
    (folder / "lobby.sqlite").chmod(0o644)

    only(folder, "file_open")


@pytest.mark.parametrize("file", ["lobby.toml", "branches/main.toml"])
def test_a_configuration_that_others_can_change_is_a_fault(folder, file):
    (folder / file).chmod(0o666)

    only(folder, "file_writable")


def test_a_file_of_another_owner_is_a_warning(folder):
    config = server_config(folder)
    assert config
    with read(folder, config) as sound:
        strangers = [
            changed(file, owner=file.owner + 1) if file.path.name == "lobby.sqlite" else file
            for file in sound.files
        ]
        found = files.owners(replace(sound, files=strangers), machine())

    assert [(one.code, one.values["file"]) for one in found] == [
        ("owner_differs", str(folder / "lobby.sqlite"))
    ]


@pytest.mark.parametrize("name", ["credentials.json.new", "lobby.sqlite.new-wal", "x.sqlite.tmp"])
def test_a_draft_that_nobody_finished_is_a_warning(folder, name):
    (folder / name).touch(mode=0o600)
    set_time(folder / name, NOW - 61 * MINUTE_MS)

    only(folder, "leftover")


def test_a_draft_that_is_being_written_is_none(folder):
    (folder / "credentials.json.new").touch(mode=0o600)
    set_time(folder / "credentials.json.new", NOW - MINUTE_MS)

    assert found_in(folder) == {}
