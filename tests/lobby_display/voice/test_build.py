"""`lobby voice build` with the real espeak-ng, and the sheet for whoever records."""

import shutil

import pytest

from lobby import main
from lobby_display.voice import pcm
from lobby_display.voice.clips import Clips
from lobby_display.voice.sentences import Pause, announcement, names_in
from server.config import DEFAULT_BRANCH
from tests.lobby_display.voice.one_voice import call

needs_espeak = pytest.mark.skipif(
    shutil.which("espeak-ng") is None, reason="espeak-ng is not installed"
)


@needs_espeak
def test_the_clips_of_the_model_branch_say_every_call_of_it(tmp_path, capsys):
    assert (
        main(["voice", "build", "--to", str(tmp_path), "--branch-file", str(DEFAULT_BRANCH)]) == 0
    )
    assert str(tmp_path) in capsys.readouterr().out

    clips = Clips(tmp_path)
    for counter in range(1, 9):
        said = announcement(call(1, number="Y1234567890"[:8], counter=counter), ("zh", "en"))
        assert clips.missing(names_in(said)) == []
    said, sound = clips.spoken(announcement(call(1, number="A007"), ("zh",)), 80)
    # From the number's first sign to the counter's last, twice, at most 200 signs a minute.
    lasts = pcm.ms_of(sound) - pcm.ms_of(pcm.chime())
    assert 2 * 11 / (lasts / 60_000) <= 200
    assert sum(isinstance(one, Pause) and one.ms >= 300 for one in said) >= 3
    assert 2_500 < lasts < 20_000


def test_the_sheet_names_every_recording_and_what_is_said_in_it(capsys):
    assert main(["voice", "list", "--language", "en"]) == 0

    listed = dict(line.split("\t") for line in capsys.readouterr().out.splitlines())
    assert listed["recorded/en/to.wav"] == "please go to"
    assert listed["recorded/en/counter-3.wav"] == "Counter 3"
    assert len(listed) == 1 + 3 + 36 + 20


def test_a_file_that_is_no_branch_is_named(tmp_path, capsys):
    file = tmp_path / "branch.toml"
    file.write_text("counters = 7")

    assert main(["voice", "build", "--to", str(tmp_path), "--branch-file", str(file)]) == 1
    assert str(file) in capsys.readouterr().err
