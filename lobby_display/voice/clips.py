"""The clips on disk: recordings where there are some, else what `lobby voice build` has made.

FOLDER/recorded/zh/digit-7.wav    somebody's voice; comes first, never touched by the build
FOLDER/made/zh/digit-7.wav        made by espeak-ng
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from pathlib import Path

from lobby_display.voice import pcm
from lobby_display.voice.sentences import CHIME, Pause, Segment, names_in, paced
from shared.speech.clips import file_of


class NoClip(Exception):
    """There is no such clip, or it is no sound; says which."""


class Clips:
    """Those of one folder. Each is read once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: dict[str, array[int]] = {}
        self._at: dict[tuple[str, int], array[int]] = {}

    def missing(self, names: Sequence[str]) -> list[str]:
        """Those of these names that cannot be played."""
        return [name for name in names if not self._has(name)]

    def spoken(self, segments: Sequence[Segment], volume: int) -> tuple[list[Segment], array[int]]:
        """The announcement as one sound, with the pauses it was given; raises NoClip."""
        ms = {name: pcm.ms_of(self._clip(name)) for name in names_in(segments)}
        said = paced(segments, ms)
        return said, pcm.joined(self._sound(one, volume) for one in said)

    def _sound(self, one: Segment, volume: int) -> array[int]:
        if isinstance(one, Pause):
            return pcm.silence(one.ms)
        key = (one.name, volume)
        if key not in self._at:
            self._at[key] = pcm.at_volume(self._clip(one.name), volume)
        return self._at[key]

    def _has(self, name: str) -> bool:
        try:
            self._clip(name)
        except NoClip:
            return False
        return True

    def _clip(self, name: str) -> array[int]:
        if name not in self._read:
            self._read[name] = self._load(name)
        return self._read[name]

    def _load(self, name: str) -> array[int]:
        file = file_of(self._folder, name)
        if file is None:
            if name == CHIME:
                return pcm.chime()
            raise NoClip(f"{self._folder}: no clip {name}")
        try:
            return pcm.read(file.read_bytes())
        except (OSError, pcm.NotASound) as error:
            raise NoClip(f"{file}: {error}") from error
