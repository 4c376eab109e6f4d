"""The doctor as a whole: a sound folder, no folder, and that nothing is changed."""

import json
import os

import lobby
from server.upkeep.doctor import report
from server.upkeep.doctor.examine import CHECKS
from server.upkeep.doctor.findings import GRADES, found
from shared.i18n import LANGUAGES, catalogue
from tests.server.upkeep.doctor.sound import (
    RUNNING,
    fingerprint,
    look,
    only,
)


def run(capsys, *arguments):
    code = lobby.main([str(argument) for argument in arguments])
    return code, capsys.readouterr().out


def test_in_a_sound_folder_nothing_is_found(folder):
    examination = look(folder)

    assert [finding.code for finding in examination.findings] == ["backups_beside"]
    unasked = {"channels", "configuration_in_force", "server", "write_ahead_log"}
    assert set(examination.fine) == set(CHECKS) - unasked - {"backup_disk"}


def test_beside_a_sound_server_nothing_is_found_either(folder):
    examination = look(folder, answer=RUNNING, server=4711)

    assert [finding.grade for finding in examination.findings] == ["fine"]
    assert {"configuration_in_force", "server"} <= set(examination.fine)


def test_a_new_folder_has_no_faults(tmp_path):
    tmp_path.chmod(0o700)

    assert [finding.code for finding in look(tmp_path).findings] == ["public_url_unset"]


def test_a_folder_that_does_not_exist_is_a_fault(tmp_path):
    only(tmp_path / "nowhere", "folder_missing")


def test_a_file_in_place_of_the_folder_is_a_fault(tmp_path):
    (tmp_path / "file").write_text("")

    only(tmp_path / "file", "folder_missing")


def test_looking_changes_nothing(folder):
    before = fingerprint(folder)

    look(folder, everything=True)

    assert fingerprint(folder) == before


def test_nothing_is_made_where_nothing_is(tmp_path):
    look(tmp_path)

    assert list(tmp_path.iterdir()) == []


# --- The command -------------------------------------------------------------------------------


def test_the_command_ends_with_1_where_something_is_wrong(capsys, folder):
    (folder / "keys" / "pepper.key").unlink()

    code, output = run(capsys, "doctor", "--data", folder, "--language", "en")

    assert code == 1
    assert f"[fault] {folder}/keys/pepper.key is missing" in output
    assert "  → Put it back from your copy of the keys" in output


def test_the_gravest_comes_first(folder):
    (folder / "keys" / "pepper.key").unlink()
    folder.chmod(0o755)

    lines = list(report.lines(folder, look(folder, sqlite="3.40.1"), "en"))

    grades = [line[1 : line.index("]")] for line in lines if line.startswith("[")]
    assert grades[:3] == ["fault", "warning", "fine"]
    assert lines[-1] == "Faults: 1, warnings: 1."


def test_the_command_speaks_both_languages(capsys, tmp_path):
    said = {
        language: run(capsys, "doctor", "--data", tmp_path / "nowhere", "--language", language)
        for language in LANGUAGES
    }

    assert {code for code, _ in said.values()} == {1}
    assert catalogue("zh")["doctor.grade.fault"] in said["zh"][1]
    assert "[fault] There is no folder" in said["en"][1]


def test_programs_get_one_json_object(capsys, folder):
    (folder / "keys" / "pepper.key").unlink()

    code, output = run(capsys, "doctor", "--data", folder, "--json", "--language", "zh")

    told = json.loads(output)
    fault = told["findings"][0]
    assert code == 1
    assert output.count("\n") == 1
    assert (fault["code"], fault["grade"]) == ("pepper_missing", "fault")
    assert fault["values"] == {"file": str(folder / "keys" / "pepper.key")}
    assert catalogue("zh")["doctor.remedy.pepper_missing"] == fault["remedy"]
    assert told["faults"] == sum(one["grade"] == "fault" for one in told["findings"])
    assert "permissions" in told["fine"]


def test_what_others_wrote_does_not_steer_the_terminal():
    finding = found("journal_shared", program="\x1b]0;evil\x07", pid=7)

    assert "\x1b" not in finding.sentence("en")


def test_a_path_can_be_typed_as_it_is_shown():
    finding = found("secret_open", file="/srv/our bank/keys/link.key")

    assert "`chmod 600 '/srv/our bank/keys/link.key'`" in finding.remedy("en")


def test_a_name_that_is_no_text_can_be_told(folder):
    (folder / "keys" / os.fsdecode(b"\xff.key")).touch(mode=0o644)

    only(folder, "secret_open")
    assert '"secret_open"' in report.json(folder, look(folder), "en")


def test_what_cannot_be_read_is_a_fault(folder):
    loop = folder / "keys" / "loop.key"
    loop.symlink_to(loop)

    assert only(folder, "file_unreadable").values["file"] == str(loop)


def test_every_code_is_one_of_the_catalogue_and_the_other_way_round():
    for language in LANGUAGES:
        for table in ("found", "remedy"):
            keys = {key.split(".")[2] for key in catalogue(language) if f"doctor.{table}." in key}
            assert keys == set(GRADES)
        fine = {key.split(".")[2] for key in catalogue(language) if "doctor.fine." in key}
        assert fine == set(CHECKS)
