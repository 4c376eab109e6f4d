"""`lobby accuracy`, as it is typed."""

import json

import pytest

import lobby
from server.accuracy.shown import End
from shared.i18n import text
from tests.server.accuracy.told_ranges import DAY, a_range, a_record, keep, ms


@pytest.fixture
async def folder(tmp_path):
    """A data folder with one wait that was told and has ended."""
    async with a_record(tmp_path / "waits.sqlite") as record:
        await keep(record, [a_range(1)], [End(1, "called", ms(15))])
    return tmp_path


def run(capsys, *arguments):
    code = lobby.main(["accuracy", *map(str, arguments)])
    told = capsys.readouterr()
    return code, told.out, told.err


def test_it_says_how_well_waits_have_held(folder, capsys):
    code, said, _ = run(capsys, "--data", folder, "--language", "en")

    assert code == 0
    assert "100.0%" in said
    assert f"2026-08-24 to {DAY}" in said


def test_programs_get_one_object_for_each_branch(folder, capsys):
    code, said, _ = run(capsys, "--data", folder, "--json", "--from", DAY, "--to", DAY)

    told = json.loads(said)
    assert (code, told["branch"], told["kind"]) == (0, "main", "real")
    assert (told["first_day"], told["tickets"]["covered"]) == (DAY, 1)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_without_a_record_nothing_is_claimed(tmp_path, capsys, language):
    code, said, _ = run(capsys, "--data", tmp_path, "--language", language)

    assert (code, said.strip()) == (0, text(language, "accuracy.nothing"))


async def test_a_record_of_nothing_claims_nothing_either(tmp_path, capsys):
    async with a_record(tmp_path / "waits.sqlite"):
        said = run(capsys, "--data", tmp_path, "--language", "en")
        told = run(capsys, "--data", tmp_path, "--json")

    assert said[:2] == (0, text("en", "accuracy.nothing") + "\n")
    assert told[:2] == (0, "")


def test_other_days_are_other_figures(folder, capsys):
    _, said, _ = run(
        capsys, "--data", folder, "--language", "en", "--from", "2026-01-01", "--to", "2026-02-01"
    )

    assert text("en", "accuracy.nothing") in said


def test_an_unknown_branch_is_refused_and_a_broken_record_said(folder, capsys):
    refused = run(capsys, "--data", folder, "--branch", "nowhere")
    (folder / "waits.sqlite").write_bytes(b"broken" * 1000)
    broken = run(capsys, "--data", folder, "--language", "en")

    assert refused[0] == broken[0] == 1
    assert "main" in refused[2]
    assert "waits.sqlite" in broken[2]
