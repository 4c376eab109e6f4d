"""`lobby check` looks at the keys too, and at who else may read them."""

import pytest

from server.config import DEFAULT_BRANCH
from server.upkeep.check import mistakes_in
from tests.server.upkeep.lived import run


def mistakes(folder):
    return [
        (str(error.file).removeprefix(f"{folder}/"), error.key, error.expected)
        for error in mistakes_in(folder)
    ]


def test_a_folder_that_was_lived_in_is_in_order(folder):
    assert mistakes(folder) == []


@pytest.mark.parametrize(
    "name", ["keys/pepper.key", "keys/link.key", "keys/vault.key", "credentials.json"]
)
def test_a_secret_that_others_can_read_is_told(folder, name):
    (folder / name).chmod(0o640)

    ((file, _, expected),) = mistakes(folder)
    assert file == name
    assert "chmod 600" in expected


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("keys/pepper.key", "short"),
        ("keys/link.key", "short"),
        ("keys/vault.key", "no key\n"),
        ("keys/vault.key", ""),
        ("credentials.json", "{"),
    ],
)
def test_a_secret_that_is_none_is_told(folder, name, content):
    (folder / name).write_text(content)

    assert [file for file, _, _ in mistakes(folder)] == [name]


def test_secrets_whose_pepper_is_gone_are_told_before_a_start_makes_another(folder):
    (folder / "keys" / "pepper.key").unlink()

    ((file, _, expected),) = mistakes(folder)
    assert file == "keys/pepper.key"
    assert "copy" in expected


def test_a_name_of_the_journal_that_nobody_could_type_is_told(folder):
    (folder / "lobby.toml").write_text('database = "lobby\\u0007.sqlite"')

    ((file, key, _),) = mistakes(folder)
    assert (file, key) == ("lobby.toml", "database")


@pytest.mark.parametrize(("language", "word"), [("en", "lobby init"), ("zh", "建立数据目录")])
def test_a_folder_that_nobody_has_touched_is_told_how_to_begin(capsys, tmp_path, language, word):
    code, output, _ = run(capsys, "check", "--data", tmp_path, "--language", language)

    assert code == 0
    assert word in output.splitlines()[1]


def test_ax22_letters_that_sound_alike_are_told_and_are_no_mistake(capsys, folder):
    branch = folder / "branches" / "main.toml"
    branch.parent.mkdir(exist_ok=True)
    shipped = DEFAULT_BRANCH.read_text(encoding="utf-8")
    branch.write_text(shipped.replace('series = "F"', 'series = "B"'), encoding="utf-8")

    code, output, _ = run(capsys, "check", "--data", folder, "--language", "en")

    assert code == 0
    assert "B and V" in output


def test_what_is_no_folder_is_told(capsys, tmp_path):
    code, output, errors = run(capsys, "check", "--data", tmp_path / "gone", "--language", "en")

    assert (code, output) == (1, "")
    assert "--data" in errors
