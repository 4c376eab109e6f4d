"""Speaks the calls of one display, one after the other, each to its end.

Whatever goes wrong with sound is said once in the log and kept in `state`, which the app reports to
the server; calls go on being shown, and the next one is tried again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Final

from msgspec import Struct

from lobby_display.voice.clips import Clips, NoClip
from lobby_display.voice.line import CallsToSpeak
from lobby_display.voice.pcm import wav
from lobby_display.voice.player import Player, PlayerFailed, seconds_of
from lobby_display.voice.sentences import CHIME, Segment, announcement, names_in
from lobby_display.voice.settings import VoiceSettings, volume_at
from shared.feeds import Bell
from shared.protocol import CallShown, DisplayView, VoiceState

log = logging.getLogger(__name__)

SPOKEN_MAX: Final = 200


class Spoken(Struct, frozen=True):
    """What was played: for the log, and for tests. Instants of the branch, in ms."""

    call: CallShown
    segments: tuple[Segment, ...]
    volume: int
    began: int
    ended: int


class Speaker:
    """`now` tells the branch's time (ms), `time_of_day` how it stands on its clocks ("09:41")."""

    def __init__(
        self,
        settings: VoiceSettings,
        clips: Clips,
        player: Player,
        *,
        now: Callable[[], int],
        time_of_day: Callable[[], str],
    ) -> None:
        self._settings = settings
        self._clips = clips
        self._player = player
        self._now = now
        self._time_of_day = time_of_day
        self._waiting = CallsToSpeak()
        self._bell = Bell()
        self.spoken: list[Spoken] = []
        self.state: VoiceState = "speaking" if player.is_there() else "no_sound"
        self._warned = ""

    def check(self, view: DisplayView) -> None:
        """Whether every counter and service of this branch can be spoken, before one is called."""
        if self.state == "no_sound" and not self.spoken:
            self._fail("no_sound", f"{self._settings.player[0]} is not there")
            return
        wanted = [
            name for counter in view.counters for name in names_in(self._said(_sample(counter.id)))
        ]
        missing = self._clips.missing(sorted(set(wanted)))
        if missing:
            self._fail("no_clips", f"clips are missing: {', '.join(missing[:5])}")
        elif self.state == "no_clips":
            self._become_well()

    def heard(self, view: DisplayView, news: Sequence[CallShown]) -> None:
        """News are to be spoken; what was taken back is not."""
        self._waiting.put(news)
        self._waiting.heard(view)
        self._bell.ring()

    async def run(self) -> None:
        """For ever."""
        while True:
            call = self._waiting.next(self._now())
            if call is None:
                await self._bell.wait()
                continue
            await self._speak(call)

    async def _speak(self, call: CallShown) -> None:
        volume = volume_at(self._settings, self._time_of_day())
        if not volume:
            return
        try:
            segments, sound = self._clips.spoken(self._said(call), volume)
        except NoClip as error:
            self._fail("no_clips", str(error))
            # The chime at least: whoever hears it looks up.
            segments, sound = self._clips.spoken(self._said(call)[:1], volume)
        began = self._now()
        try:
            await self._player.play(wav(sound), seconds_of(len(sound)))
        except PlayerFailed as error:
            self._fail("no_sound", str(error))
            return
        self._remember(Spoken(call, tuple(segments), volume, began, self._now()))
        if names_in(segments) != [CHIME]:
            self._become_well()

    def _said(self, call: CallShown) -> list[Segment]:
        return announcement(call, self._settings.languages, tail=self._settings.tail)

    def _remember(self, spoken: Spoken) -> None:
        self.spoken.append(spoken)
        del self.spoken[:-SPOKEN_MAX]

    def _fail(self, state: VoiceState, why: str) -> None:
        self.state = state
        if self._warned != state:
            self._warned = state
            log.warning("calls are not spoken: %s", why)

    def _become_well(self) -> None:
        if self.state != "speaking":
            log.info("calls are spoken again")
        self.state = "speaking"
        self._warned = ""


def _sample(counter: int) -> CallShown:
    """A call that has every digit; letters come with the series of tickets."""
    return CallShown(id=0, number="A0123456789", counter=counter, at=0)
