"""Follows the page for operators: what it says to type does what it says."""

import asyncio
import re
import shlex
import tarfile
from pathlib import Path

import pytest

import lobby
from server.config import ServerConfig, server_faults
from shared.config import loads
from tests.server.upkeep.lived import by_hand, database, run, serve_some

PAGE = Path(__file__).resolve().parents[2] / "docs" / "operating.md"
TEXT = PAGE.read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```sh\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
LINES = [line.split("  #")[0].strip() for block in BLOCKS for line in block.splitlines()]
COMMANDS = [shlex.split(line)[1:] for line in LINES]

BESIDE_A_SERVER = {"serve", "setup", "staff", "station", "pair", "kiosk"}
"""Followed in tests/test_lobby.py, where a server runs."""


def test_every_line_is_a_command_that_lobby_understands():
    assert all(line.startswith("lobby ") for line in LINES)
    assert {command[0] for command in COMMANDS} >= BESIDE_A_SERVER | {
        "init",
        "check",
        "doctor",
        "backup",
        "verify",
        "restore",
        "completion",
    }
    for command in COMMANDS:
        lobby._parser().parse_args(command)


def test_whoever_follows_the_page_has_a_journal_on_a_new_machine(capsys, tmp_path):
    """Everything that needs no running server, in the order of the page."""
    here, away, drill = (tmp_path / name for name in ("srv", "mnt", "drill"))
    away.mkdir()
    drill.mkdir()
    codes = {}
    for command in COMMANDS:
        if command[0] in BESIDE_A_SERVER | {"completion", "doctor"}:
            continue
        if command[0] == "backup":
            asyncio.run(serve_some(here))
        line = " ".join(map(shlex.quote, command))
        for written, meant in (
            ("/srv/lobby", here),
            ("/srv/drill", drill),
            ("/mnt/backup/lobby-2026-11-23T013000Z.sqlite", next(away.glob("*.sqlite"), "")),
            ("/mnt/backup/", f"{away}/"),
            ("0123456789abcdef" * 4, first_hash(here) if database(here).exists() else ""),
        ):
            line = line.replace(written, str(meant))
        codes[line] = run(capsys, *shlex.split(line))

    assert {line: (code, errors) for line, (code, _, errors) in codes.items()} == dict.fromkeys(
        codes, (0, "")
    )
    assert len(codes) == 10
    assert database(drill).exists()
    assert list(here.glob("lobby.sqlite.before-*"))


def first_hash(folder):
    ((found,),) = by_hand(
        database(folder), "SELECT hash FROM events WHERE branch = 'main' AND seq = 1"
    )
    return found


def test_the_configuration_of_a_backup_is_unpacked_as_the_page_says(capsys, tmp_path):
    run(capsys, "init", "--data", tmp_path / "srv", "--yes")
    asyncio.run(serve_some(tmp_path / "srv"))
    run(capsys, "backup", "--data", tmp_path / "srv", "--to", f"{tmp_path}/")
    (packed,) = tmp_path.glob("lobby-*.config.tar")

    with tarfile.open(packed) as archive:
        archive.extractall(tmp_path / "drill", filter="data")

    assert run(capsys, "check", "--data", tmp_path / "drill")[0] == 0


@pytest.mark.parametrize("block", re.findall(r"^```toml\n(.*?)^```", TEXT, re.M | re.S))
def test_what_the_page_writes_into_lobby_toml_is_right(tmp_path, block):
    (tmp_path / "tls").mkdir()
    for name in ("certificate.pem", "key.pem"):
        (tmp_path / "tls" / name).touch()

    assert list(server_faults(loads(block, ServerConfig, PAGE), tmp_path)) == []


def test_the_files_to_keep_are_those_that_are_in_no_backup(capsys, tmp_path):
    run(capsys, "init", "--data", tmp_path, "--yes")
    kept = set(re.findall(r"^\| `([\w/.]+)`", TEXT, re.MULTILINE))
    files = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}

    assert {name for name in files if name.startswith(("keys/", "cred"))} <= kept
