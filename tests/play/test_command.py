"""`lobby play` as somebody types it: real processes, real sockets, a clock that runs fast."""

import json
import re

import pytest

import lobby
from tests.test_lobby import a_server, run, set_up

DAY = """\
arrival,service,lane,seconds,leave
09:00:00,A,ordinary,120,
09:00:30,F,care,60,
09:01:00,A,vip,45,
09:01:30,A+F,ordinary,30+40,
09:02:00,A,ordinary,,09:04:00
09:03:00,F,ordinary,,
"""
WANTED = {
    ("A", "ordinary", "done"): 2,
    ("F", "care", "done"): 1,
    ("A", "vip", "done"): 1,
    ("A", "ordinary", "left"): 1,
    ("F", "ordinary", "given_up"): 1,
}


@pytest.fixture
def day(tmp_path):
    file = tmp_path / "day.csv"
    file.write_text(DAY)
    return file


def counted(result):
    lines = result["comparison"]["lines"]
    assert all(line["planned"] == line["played"] for line in lines)
    return {(line["service"], line["lanes"], line["ending"]): line["played"] for line in lines}


def test_a_file_is_played_at_a_server_of_its_own_and_the_journal_agrees(capsys, tmp_path, day):
    folder = tmp_path / "data"

    _, out, _ = run(capsys, "play", "--day", day, "--rate", 300, "--data", folder, "--json")

    result = json.loads(out)
    assert counted(result) == WANTED
    assert result["comparison"]["times"]["services"] == 5
    assert result["findings"]["wrong"] == []
    assert result["verified"] is True
    _, told, _ = run(capsys, "show", "--data", folder, "--branch", "main", "--json")
    left = next(row for row in map(json.loads, told.splitlines()) if row["type"] == "TicketLeft")
    assert left["actor"]["role"] == "customer"
    code, _, error = run(capsys, "play", "--day", day, "--data", folder, "--language", "en")
    assert code == 1
    assert "has been played in before" in error


def test_a_file_is_played_at_a_rehearsal_that_runs(capsys, tmp_path, day):
    folder = tmp_path / "data"
    rehearsal = ("--rehearsal", "--start", "2026-11-16T08:56", "--rate", "60")
    folder.mkdir()
    with a_server(folder, *rehearsal) as (_, address):
        set_up(address, folder)
        there = ["--url", address, "--as", "anna", "--secret-file", folder / "desk.json"]
        there += ["--password-file", folder / "password", "--language", "en"]

        capsys.readouterr()
        _, told, _ = run(capsys, "play", "--day", day, "--data", folder, *there)
        _, out, _ = run(capsys, "report", "day", "--data", folder, "--rehearsal", "--json")

    assert json.loads(out)["tickets"]["issued"] == 6
    assert told.startswith("Playing: the day recorded in day.csv\n")
    assert re.search(r"^09:\d\d:\d\d  Waiting \d", told, re.MULTILINE)
    assert "Played: the day recorded in day.csv, at 60 times the speed of life." in told


def test_real_days_are_never_played_in(capsys, tmp_path, day):
    folder = tmp_path / "data"
    folder.mkdir()
    with a_server(folder) as (_, address):
        set_up(address, folder)
        there = ["--url", address, "--as", "anna", "--secret-file", folder / "desk.json"]
        there += ["--password-file", folder / "password", "--language", "en"]
        capsys.readouterr()

        code, _, error = run(capsys, "play", "--day", day, *there)
        _, told, _ = run(capsys, "show", "--data", folder, "--branch", "house", "--json")

    assert code == 1
    assert "Days are played at a rehearsal only" in error
    assert "StationInvited" not in re.findall(r'"type":"(\w+)"', told)


def test_a_file_that_is_no_day_is_refused_before_anything_is_started(capsys, tmp_path):
    (tmp_path / "day.csv").write_text("arrival,service,lane,seconds\nsoon,A,,60\n")

    code, out, error = run(capsys, "play", "--day", tmp_path / "day.csv", "--language", "en")

    assert (code, out) == (1, "")
    assert "line 2 column arrival: expected a time of the day" in error


def test_files_that_are_not_there_are_named(capsys, tmp_path, day):
    there = ["--url", "ws://127.0.0.1:9/ws", "--as", "anna", "--language", "en"]

    code, _, error = run(capsys, "play", "--day", day, *there, "--password-file", tmp_path / "none")

    assert code == 1
    assert str(tmp_path / "none") in error


@pytest.mark.parametrize(
    "typed",
    [
        ["--rate", "0"],
        ["--rate", "601"],
        ["--counters", "0"],
        ["--url", "ws://x/ws", "--rate", "60", "--as", "anna"],
        ["--url", "ws://x/ws"],
        ["--day", "x.csv", "--generate", "s3"],
    ],
    ids=" ".join,
)
def test_what_makes_no_sense_is_wrong_usage(capsys, typed):
    code, _, _ = run(capsys, "play", *typed)

    assert code == 2


def test_the_usage_names_what_can_be_played(capsys):
    with pytest.raises(SystemExit):
        lobby.main(["play", "--help"])

    assert "docs/play.md" in capsys.readouterr().out
