"""The units that ship, as far as a machine without them can tell: what they start is there, and
what their words promise is in them."""

import argparse
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from textual import constants

import lobby
from bench.unit import Unit
from docs import services
from shared.arguments import LEFT

FOLDER = services.FOLDER
TERMINALS = sorted(FOLDER.glob("lobby-*@.service"))
UNITS = [*TERMINALS, FOLDER / "lobby-server.service"]
INSTALLED = "/opt/lobby/.venv/bin/lobby"


def commands():
    """Every command of `lobby`."""
    actions = lobby._parser()._actions
    return next(a.choices for a in actions if isinstance(a, argparse._SubParsersAction))


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.stem)
def test_what_a_unit_starts_is_understood_by_lobby(path):
    program, command, *arguments = Unit(path, "tty1").command()

    if command not in commands():
        pytest.skip(f"`lobby {command}` is not there yet")
    assert program == INSTALLED
    assert commands()[command].parse_args(arguments)


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.stem)
def test_systemd_finds_nothing_wrong(path, tmp_path):
    if shutil.which("systemd-analyze") is None:
        pytest.skip("needs systemd-analyze")
    here = path.read_text().replace(INSTALLED, sys.executable)
    copy = tmp_path / path.name.replace("@", "@tty1")
    copy.write_text(here)

    said = subprocess.run(
        ["systemd-analyze", "verify", copy], capture_output=True, text=True, check=False
    )

    assert (said.returncode, said.stderr) == (0, "")


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.stem)
def test_whatever_ends_a_program_it_is_started_again_for_ever(path):
    unit = Unit(path, "tty1")

    assert unit.one("Restart") == "always"
    assert unit.seconds("RestartSec", "") <= 1
    assert unit.one("StartLimitIntervalSec", section="Unit") == "0"
    assert unit.one("TimeoutStopSec") == "15"


@pytest.mark.parametrize("path", TERMINALS, ids=lambda path: path.stem)
def test_only_staff_end_a_terminal_and_a_frozen_one_is_noticed(path):
    unit = Unit(path, "tty1")

    assert unit.words("RestartPreventExitStatus") == [str(LEFT)]
    assert (unit.one("Type"), unit.seconds("WatchdogSec", "0")) == ("notify", 20)
    assert f'"$EXIT_STATUS" != {LEFT} ]' in unit.one("ExecStopPost")


@pytest.mark.parametrize("path", TERMINALS, ids=lambda path: path.stem)
def test_a_terminal_draws_on_its_console_and_logs_elsewhere(path):
    unit = Unit(path, "tty1")

    streams = [unit.one(f"Standard{stream}") for stream in ("Input", "Output", "Error")]
    assert streams == ["tty", "tty", "journal"]
    assert unit.one("TTYPath") == "/dev/tty1"
    assert {unit.one(key) for key in ("TTYReset", "TTYVHangup", "TTYVTDisallocate")} == {"yes"}
    assert unit.one("Conflicts", section="Unit") == "getty@tty1.service"


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.stem)
def test_a_program_writes_where_it_has_to_and_may_nothing_else(path):
    unit = Unit(path, "tty1")

    writable = [*unit.words("ReadWritePaths"), *unit.words("StateDirectory")]
    assert len(writable) == 1
    assert unit.one("ProtectSystem") == "strict"
    assert unit.one("CapabilityBoundingSet", "none") == "none"
    for key in ("NoNewPrivileges", "ProtectHome", "PrivateTmp", "ProtectKernelTunables"):
        assert unit.one(key) == "yes", key
    assert unit.one("LimitCORE") == "0"


@pytest.mark.parametrize("path", TERMINALS, ids=lambda path: path.stem)
def test_every_file_of_a_terminal_is_in_the_folder_it_may_write(path):
    unit = Unit(path, "tty1")

    folder = f"/var/lib/{unit.one('StateDirectory')}"
    files = [word for word in unit.command() if word.startswith("/var")]
    assert files
    assert all(Path(file).parent == Path(folder) for file in files)
    assert unit.one("WorkingDirectory") == folder


def test_every_user_of_a_unit_is_made_without_a_shell():
    made = (FOLDER / "sysusers.d" / "lobby.conf").read_text().splitlines()

    users = {line.split()[1]: line for line in made if line.startswith("u ")}
    assert {Unit(path).one("User") for path in UNITS} == set(users)
    assert all(line.endswith("/usr/sbin/nologin") for line in users.values())


def test_nothing_from_outside_tells_textual_to_write_or_to_press():
    dangerous = {"LOG", "PRESS", "SCREENSHOT", "DRIVER", "SHOW_RETURN", "DEBUG"}

    source = Path(constants.__file__).read_text()
    assert all(f'"TEXTUAL_{name}"' in source for name in dangerous), "it has other names now"
    for path in TERMINALS:
        assert {f"TEXTUAL_{name}" for name in dangerous} <= {*Unit(path).words("UnsetEnvironment")}
