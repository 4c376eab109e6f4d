"""A voice with clips of tones, a player that takes the time of what it plays, a clock by hand."""

from lobby_display.voice import pcm
from lobby_display.voice.clips import Clips
from lobby_display.voice.player import PlayerFailed
from lobby_display.voice.sentences import CHIME
from lobby_display.voice.speaker import Speaker
from lobby_display.voice.words import clip_words
from shared.protocol import CallShown, CounterShown, DisplayView, Words
from shared.speech.clips import MADE

CLIP_MS = 250


class PlayerByHand:
    """Ends a sound when the test says so, or fails as the test says."""

    def __init__(self, clock):
        self.clock = clock
        self.there = True
        self.fails = False
        self.playing = 0
        self.sounds = []

    def is_there(self):
        return self.there

    async def play(self, wav, seconds):
        if self.fails:
            raise PlayerFailed("unplugged")
        assert not self.playing, "one over the other"
        self.playing += 1
        self.sounds.append(wav)
        self.clock[0] += round(seconds * 1000)
        self.playing -= 1


def clips_in(folder, ms=CLIP_MS, without=()):
    """Every clip of both languages as a tone."""
    tone = pcm.wav(pcm.joined([pcm.chime()])[: pcm.RATE * ms // 1000])
    (folder / MADE).mkdir(parents=True, exist_ok=True)
    (folder / MADE / f"{CHIME}.wav").write_bytes(pcm.wav(pcm.chime()))
    for language in ("zh", "en"):
        for one in clip_words(language):
            if one.name not in without:
                file = folder / MADE / f"{one.name}.wav"
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(tone)
    return Clips(folder)


def speaker(settings, clips, clock, player=None, time="09:41"):
    return Speaker(
        settings,
        clips,
        player or PlayerByHand(clock),
        now=lambda: clock[0],
        time_of_day=lambda: time,
    )


def call(n, at=0, number=None, counter=3, **more):
    return CallShown(id=n, number=number or f"A{n:03d}", counter=counter, at=at, **more)


def view(*calls, at=0, counters=(3,)):
    return DisplayView(
        branch="main",
        seq=1,
        at=at,
        name=Words(),
        calls=tuple(sorted(calls, key=lambda one: -one.id)),
        counters=tuple(CounterShown(id=n, name=Words(), state="open") for n in counters),
        services=(),
    )
