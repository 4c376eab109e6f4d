"""The real machine: it speaks, and is quiet at once."""

import wave

import pytest

from shared.speech.espeak import Espeak


def seconds(file):
    with wave.open(str(file)) as sound:
        return sound.getnframes() / sound.getframerate()


pytestmark = pytest.mark.skipif(not Espeak.is_there(), reason="needs espeak-ng")
"""Where it is missing people can develop all the same; `.ci/run` installs it."""


@pytest.mark.parametrize(
    ("language", "words"), [("zh", "请A零零七号，到三号窗口。"), ("en", "Ticket A007")]
)
async def test_a_sentence_becomes_sound(tmp_path, language, words):
    voice = Espeak("-w", str(tmp_path / "said.wav"))

    voice.say([words], language)
    await voice.finished()

    assert seconds(tmp_path / "said.wav") > 0.5


async def test_whoever_wants_quiet_has_it_at_once(tmp_path):
    voice = Espeak("-w", str(tmp_path / "said.wav"))

    voice.say(["请稍候"] * 50, "zh")
    reading = voice._reading
    assert reading is not None
    voice.stop()

    with pytest.raises(BaseException):  # noqa: B017 - cancelled, whatever it was doing
        await reading
    assert voice._reading is None


async def test_without_the_machine_nothing_is_read_and_nothing_fails(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))

    voice = Espeak()
    voice.say(["请稍候"], "zh")
    await voice.finished()

    assert not Espeak.is_there()
