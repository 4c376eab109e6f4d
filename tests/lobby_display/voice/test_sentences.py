"""What is said for a call, segment by segment."""

from lobby_display.voice.sentences import (
    CHIME,
    PART_PAUSE_MS,
    Clip,
    Pause,
    announcement,
    names_in,
    paced,
)
from lobby_display.voice.settings import Measured, VoiceSettings, VolumeAt, volume_at
from lobby_display.voice.words import clip_words
from shared.i18n import text
from shared.protocol import Words
from tests.lobby_display.voice.one_voice import call

ZH = ["zh/before", "zh/letter-A", "zh/digit-0", "zh/digit-0", "zh/digit-7", "zh/after"]
EN = ["en/before", "en/letter-A", "en/digit-0", "en/digit-0", "en/digit-7"]


def aloud(language, counters=None):
    return {one.name: one.aloud for one in clip_words(language, counters)}


def test_ax20_a_call_is_a_chime_and_its_sentence_twice_then_english():
    said = announcement(call(1, number="A007"), ("zh", "en"))

    zh, en = [*ZH, "zh/to", "zh/counter-3"], [*EN, "en/to", "en/counter-3"]
    assert names_in(said) == [CHIME, *zh, *zh, *en]
    assert names_in(announcement(call(1, number="A007"), ("en",))) == [CHIME, *en, *en]


def test_ax20_number_and_counter_are_at_least_300_ms_apart():
    for languages in (("zh", "en"), ("en", "zh")):
        said = announcement(call(1, number="A007"), languages)
        before = [n for n, one in enumerate(said) if one in (Clip("zh/to", 1), Clip("en/to"))]
        assert len(before) == 3
        assert all(said[n - 1] == Pause(PART_PAUSE_MS) for n in before)
    assert PART_PAUSE_MS >= 300


def test_ax20_no_sentence_is_faster_than_200_signs_a_minute():
    said = announcement(call(1, number="A007"), ("zh",), tail=True)
    for clip_ms in (20, 120, 400):
        ms = dict.fromkeys(names_in(said), clip_ms)
        slow = paced(said, ms)
        first = slow[2 : slow.index(Clip("zh/tail", 4)) + 1]
        lasts = sum(one.ms if isinstance(one, Pause) else clip_ms for one in first)
        signs = sum(one.signs for one in first if isinstance(one, Clip))

        assert signs == 15
        assert signs / (lasts / 60_000) <= 200
        assert names_in(slow) == names_in(said)


def test_the_end_of_the_sentence_is_said_where_it_is_wanted():
    said = names_in(announcement(call(1), ("zh", "en"), tail=True))

    assert [said.count("zh/tail"), said.count("en/tail")] == [2, 1]


def test_ax22_a_ticket_is_read_sign_by_sign_with_one_as_yao_and_a_counter_as_a_number():
    zh = aloud(
        "zh",
        {
            1: Words(zh=text("zh", "voice.counter", n=1)),
            10: Words(zh=text("zh", "voice.counter", n=10)),
        },
    )

    assert zh["zh/digit-1"] == "yao1"
    assert zh["zh/counter-1"].startswith("yi1 hao4")
    assert zh["zh/counter-10"].startswith("shi2 hao4")
    assert [zh["zh/digit-4"], aloud("en")["en/digit-0"]] == ["si4", "zero"]


def test_ax23_the_volume_follows_the_time_of_day():
    settings = VoiceSettings(
        volume=80,
        times=(
            VolumeAt(since="12:00", until="14:00", volume=50),
            VolumeAt(since="22:00", until="06:00", volume=0),
        ),
    )
    times = {"09:00": 80, "12:00": 50, "13:59": 50, "14:00": 80, "23:00": 0, "05:59": 0}

    assert {time: volume_at(settings, time) for time in times} == times


def test_ax23_what_the_meter_showed_is_enough_or_is_not():
    for ambient, farthest, enough in ((50, 65, True), (40, 60, True), (50, 64, False)):
        shown = Measured(ambient_dba=ambient, farthest_dba=farthest, on="2026-11-16")
        assert shown.enough == enough
