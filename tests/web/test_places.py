"""Which stations are served where, and what `lobby web` says when it cannot."""

import pytest

import lobby
from shared.i18n import text
from tests.web.one_web import keep_secret
from web.places import PLACES_MAX, PROGRAMS, CannotServe, places, programs

NOWHERE = "ws://127.0.0.1:9/ws"


def run(capsys, *arguments):
    """Exit code, output and errors of one command."""
    try:
        code: object = lobby.main([str(argument) for argument in arguments])
    except SystemExit as leaving:
        code = leaving.code
    output = capsys.readouterr()
    return code, output.out, output.err


def test_every_program_that_is_here_can_be_served():
    there = [program.name for program in programs()]

    assert "kiosk" in there
    assert set(there) <= {program.name for program in PROGRAMS}


def test_two_of_one_program_are_told_apart_in_the_order_they_were_named(tmp_path):
    files = [keep_secret(tmp_path, NOWHERE, f"kiosk-{n}") for n in (1, 2)]
    files[1].with_suffix(".toml").write_text('language = "en"')

    served = places([f"kiosk={file}" for file in files], "en")

    assert [place.path for place in served] == ["kiosk", "kiosk-2"]
    assert served[0].command == ("kiosk", "--secret-file", str(files[0]))
    assert served[1].command[-2:] == ("--settings", str(tmp_path / "kiosk-2.toml"))


def test_a_program_alone_has_the_secret_that_its_command_would_read(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    keep_secret(tmp_path, NOWHERE).rename(tmp_path / "lobby-kiosk.json")

    [place] = places(["kiosk"], "en")

    assert place.secret_file == tmp_path / "lobby-kiosk.json"


def test_what_cannot_be_served_is_told_in_a_sentence(tmp_path):
    kiosk = keep_secret(tmp_path, NOWHERE)
    display = keep_secret(tmp_path, NOWHERE, "display-1", "display")
    there = ", ".join(program.name for program in programs())
    wrong = {
        (): text("en", "web.which", there=there),
        ("toaster",): text("en", "web.no_program", name="toaster", there=there),
        (f"kiosk={kiosk}", f"kiosk={kiosk}"): text("en", "web.same_station", file=kiosk),
        ("kiosk",) * (PLACES_MAX + 1): text("en", "web.too_many", n=PLACES_MAX),
        (f"kiosk={tmp_path / 'none'}",): text("en", "pairing.no_key", file=tmp_path / "none"),
        (f"kiosk={display}",): "is the secret of a lobby display, not of a kiosk.",
    }

    for words, sentence in wrong.items():
        with pytest.raises(CannotServe) as refused:
            places(words, "en")
        assert sentence in str(refused.value)


def test_the_programs_are_listed(capsys):
    code, output, _ = run(capsys, "web", "--list", "--language", "en")

    assert code == 0
    assert [line.split()[0] for line in output.splitlines()] == [one.name for one in programs()]


def test_a_network_is_trusted_in_words_only(capsys, tmp_path):
    kiosk = keep_secret(tmp_path, NOWHERE)
    asked = ["web", f"kiosk={kiosk}", "--language", "en"]

    code, output, errors = run(capsys, *asked, "--address", "0.0.0.0")

    assert (code, output) == (1, "")
    assert errors.count("\n") == 1
    assert "--trusted-network" in errors


def test_what_is_no_origin_and_what_cannot_be_listened_at_is_told(capsys, tmp_path):
    kiosk = keep_secret(tmp_path, NOWHERE)
    asked = ["web", f"kiosk={kiosk}", "--language", "en"]

    origin = run(capsys, *asked, "--allowed-origin", "kiosk.example.com")
    address = run(capsys, *asked, "--address", "192.0.2.1", "--trusted-network")

    assert [one[0] for one in (origin, address)] == [1, 1]
    assert "kiosk.example.com is not an address" in origin[2]
    assert "There is no listening at 192.0.2.1" in address[2]


@pytest.mark.parametrize(
    "options",
    [("--port", "70000"), ("--columns", "10"), ("--font", "x; } body {"), ("--font", "")],
    ids=" ".join,
)
def test_wrong_usage_ends_with_2(capsys, options):
    assert run(capsys, "web", "kiosk", *options)[0] == 2
