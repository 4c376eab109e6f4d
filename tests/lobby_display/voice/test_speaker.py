"""Calls are spoken in their order, to their end, and never late; and what becomes of faults."""

import asyncio
import io
import itertools
import logging
import wave

from hypothesis import given, settings
from hypothesis import strategies as st

from lobby_display.stage import FRESH_MS
from lobby_display.voice import pcm
from lobby_display.voice.clips import Clips
from lobby_display.voice.line import CallsToSpeak
from lobby_display.voice.player import FilePlayer, PlayerFailed, ProgramPlayer, player_of
from lobby_display.voice.sentences import CHIME, Clip, Pause
from lobby_display.voice.settings import VoiceSettings, VolumeAt
from shared.speech.clips import RECORDED
from tests.lobby_display.voice.one_voice import PlayerByHand, call, clips_in, speaker, view


async def spoken(one, *rounds):
    """Each round is a view and its news; what is spoken of all of them."""
    running = asyncio.create_task(one.run())
    for shown, news in rounds:
        one.heard(shown, news)
        for _ in range(50):
            await asyncio.sleep(0)
    running.cancel()
    return one.spoken


async def test_ax20_the_log_has_every_segment_with_the_pauses_that_were_played(tmp_path):
    clock = [1_000]
    one = speaker(VoiceSettings(), clips_in(tmp_path), clock)
    (said,) = await spoken(one, (view(call(1)), (call(1),)))

    assert said.segments[0] == Clip(CHIME)
    lasts = sum(
        s.ms if isinstance(s, Pause) else (900 if s.name == CHIME else 250) for s in said.segments
    )
    assert abs(said.ended - said.began - lasts) <= len(said.segments)


def test_ax20_the_chime_lasts_at_least_half_a_second_and_is_no_silence():
    chime = pcm.chime()

    assert pcm.ms_of(chime) >= 500
    assert 8_000 < max(chime) <= pcm.LARGEST
    assert abs(chime[0]) + abs(chime[-1]) < 500, "neither begins nor ends with a crack"


async def test_ax23_the_sound_is_as_loud_as_the_hour_wants_and_silent_at_zero(tmp_path):
    quiet = VoiceSettings(times=(VolumeAt(since="12:00", until="13:00", volume=20),))
    off = VoiceSettings(volume=0)
    loudest = {}
    for name, chosen, time in (("usual", quiet, "09:00"), ("noon", quiet, "12:30")):
        clock = [0]
        player = PlayerByHand(clock)
        one = speaker(chosen, clips_in(tmp_path), clock, player, time)
        (said,) = await spoken(one, (view(call(1)), (call(1),)))
        loudest[name] = max(pcm.read(player.sounds[0]))
        assert said.volume == (80 if name == "usual" else 20)
    assert loudest["noon"] * 3.5 < loudest["usual"]

    assert await spoken(speaker(off, clips_in(tmp_path), [0]), (view(call(1)), (call(1),))) == []


async def test_two_calls_in_one_second_are_both_spoken_in_order_and_a_recall_again(tmp_path):
    clock = [0]
    one = speaker(VoiceSettings(languages=("zh",)), clips_in(tmp_path), clock)
    again = call(3, at=20_000, number="A001", again=True)
    said = await spoken(
        one,
        (view(call(1), call(2)), (call(1), call(2))),
        (view(call(1), call(2), again), (again,)),
    )

    assert [s.call.number for s in said] == ["A001", "A002", "A001"]


def test_ax21_a_number_called_elsewhere_before_its_turn_is_spoken_as_it_is_now():
    waiting = CallsToSpeak()
    waiting.put([call(1, counter=1), call(2)])
    waiting.put([call(3, number="A001", counter=5)])

    assert [(c.number, c.counter) for c in iter(lambda: waiting.next(0), None)] == [
        ("A002", 3),
        ("A001", 5),
    ]


def test_ax21_a_call_that_was_taken_back_is_not_spoken():
    waiting = CallsToSpeak()
    waiting.put([call(1), call(2), call(3)])
    waiting.heard(view(call(1), call(3), call(4, number="A003", counter=9)))

    assert [c.number for c in iter(lambda: waiting.next(0), None)] == ["A001"]


@settings(max_examples=60)
@given(
    gaps=st.lists(st.integers(0, 15_000), min_size=1, max_size=30),
    lasts=st.integers(2_000, 20_000),
)
def test_ax21_in_order_one_at_a_time_none_cut_off_none_older_than_a_minute(gaps, lasts):
    waiting, clock, busy_until, began = CallsToSpeak(), 0, 0, []
    calls = []

    def speak_until(end):
        nonlocal busy_until
        while (start := max(busy_until, clock)) <= end and len(waiting):
            chosen = waiting.next(start)
            if chosen is None:
                return
            began.append((chosen, start))
            busy_until = start + lasts

    for n, gap in enumerate(gaps, start=1):
        speak_until(clock + gap)
        clock += gap
        calls.append(call(n, at=clock))
        waiting.put([calls[-1]])
    speak_until(clock + 10_000_000)

    order = [chosen.id for chosen, _ in began]
    assert order == sorted(order)
    assert len(set(order)) == len(order)
    starts = [start for _, start in began]
    assert all(later - earlier >= lasts for earlier, later in itertools.pairwise(starts))
    assert all(0 <= start - chosen.at < FRESH_MS for chosen, start in began)
    # Whoever was left out was too old when its turn came.
    for one in calls:
        if one.id not in order:
            assert any(start - one.at < FRESH_MS <= start + lasts - one.at for start in starts)


async def test_ax21_without_sound_it_warns_once_goes_on_and_is_well_again(tmp_path, caplog):
    clock = [0]
    player = PlayerByHand(clock)
    one = speaker(VoiceSettings(), clips_in(tmp_path), clock, player)
    player.fails = True
    with caplog.at_level(logging.WARNING):
        await spoken(one, (view(call(1)), (call(1),)), (view(call(1), call(2)), (call(2),)))
    assert (one.state, one.spoken) == ("no_sound", [])
    assert len([r for r in caplog.records if "not spoken" in r.message]) == 1

    player.fails = False
    await spoken(one, (view(call(3)), (call(3),)))
    assert (one.state, len(one.spoken)) == ("speaking", 1)


async def test_without_a_clip_there_is_the_chime_and_it_is_known_before_the_first_call(tmp_path):
    clock = [0]
    one = speaker(VoiceSettings(), clips_in(tmp_path, without=("zh/counter-3",)), clock)
    one.check(view())
    assert one.state == "no_clips"

    (said,) = await spoken(one, (view(call(1)), (call(1),)))
    assert said.segments == (Clip(CHIME),)
    assert one.state == "no_clips"

    well = speaker(VoiceSettings(), clips_in(tmp_path / "all"), clock)
    well.check(view(counters=(1, 2, 20)))
    assert well.state == "speaking"


async def test_a_player_that_is_not_there_is_known_at_once(tmp_path):
    clock = [0]
    player = PlayerByHand(clock)
    player.there = False

    assert speaker(VoiceSettings(), clips_in(tmp_path), clock, player).state == "no_sound"


# --- Clips and players -----------------------------------------------------------------------


async def test_a_recording_comes_before_what_the_machine_made_in_any_rate(tmp_path):
    clips_in(tmp_path)
    recorded = tmp_path / RECORDED / "zh" / "to.wav"
    recorded.parent.mkdir(parents=True)
    with wave.open(str(recorded), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(44_100)
        file.writeframes(b"\x10\x20" * 2 * 44_100)
    _, sound = Clips(tmp_path).spoken([Clip("zh/to")], 100)

    assert pcm.ms_of(sound) == 1_000
    assert set(sound) == {0x2010}


def test_a_name_from_outside_leads_nowhere_else(tmp_path):
    (tmp_path / "secret.wav").write_bytes(pcm.wav(pcm.silence(10)))
    clips = Clips(tmp_path / "voice")
    bad = ["zh/../../secret", "/etc/passwd", "zh/digit-7.wav", "fr/to", ""]

    assert clips.missing(bad) == bad


async def test_a_program_plays_to_its_end_or_says_why_not(tmp_path):
    heard = tmp_path / "heard.wav"
    sound = pcm.wav(pcm.chime())
    await ProgramPlayer(["dd", "status=none", f"of={heard}"]).play(sound, 0.9)
    with wave.open(io.BytesIO(heard.read_bytes())) as file:
        assert file.getnframes() == len(pcm.chime())

    for command in (["false"], [str(tmp_path / "none")]):
        try:
            await ProgramPlayer(command).play(sound, 0.1)
        except PlayerFailed:
            continue
        raise AssertionError(f"{command} has played")
    assert not ProgramPlayer([str(tmp_path / "none")]).is_there()


async def test_the_player_for_tests_keeps_each_sound(tmp_path):
    player = player_of([f"file:{tmp_path / 'kept'}"])
    assert isinstance(player, FilePlayer)
    for _ in range(2):
        await player.play(b"RIFF", 1.0)

    assert [f.name for f in sorted((tmp_path / "kept").iterdir())] == ["00001.wav", "00002.wav"]
