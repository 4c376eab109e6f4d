"""The machine that reads: espeak-ng, one sentence after the other, stopped in a moment.

A program of its own, so that a screen never waits for it. Where it is not installed nothing is
read, and whoever asks can know that before.
"""

from __future__ import annotations

import asyncio
import logging
import shutil
from collections.abc import Sequence
from typing import Final

from shared.protocol import Language
from shared.speech.reading import read_aloud

log = logging.getLogger(__name__)

PROGRAM: Final = "espeak-ng"
VOICES: Final[dict[Language, str]] = {"zh": "cmn-latn-pinyin", "en": "en-us"}

WORDS_A_MINUTE: Final = 140
"""Slowly: whoever needs to hear it hears it for the first time."""

LOUDNESS: Final = (10, 100)
"""espeak's amplitude: as usual, and 20 dB louder (AX-06). The amplifier is set so that the first
is heard well where the customer stands; above the second, peaks would be cut off."""

SENTENCES_MAX: Final = 60


class Espeak:
    """Reads what it was told last."""

    def __init__(self, *arguments: str) -> None:
        self._arguments = arguments
        self._reading: asyncio.Task[None] | None = None

    @staticmethod
    def is_there() -> bool:
        """Whether the machine can speak at all."""
        return shutil.which(PROGRAM) is not None

    def say(self, sentences: Sequence[str], language: Language, *, loud: bool = False) -> None:
        """Read these, in place of what is being read."""
        self.stop()
        words = [read_aloud(one, language) for one in sentences[:SENTENCES_MAX] if one.strip()]
        self._reading = asyncio.create_task(self._read(words, language, LOUDNESS[loud]))

    def stop(self) -> None:
        """Be quiet at once."""
        if self._reading is not None:
            self._reading.cancel()
            self._reading = None

    async def finished(self) -> None:
        """Wait until all has been read."""
        if self._reading is not None:
            await asyncio.wait([self._reading])

    async def _read(self, words: Sequence[str], language: Language, loudness: int) -> None:
        # A sentence each: the pause between them is where people take a breath.
        for sentence in words:
            await self._speak(sentence, VOICES[language], loudness)

    async def _speak(self, sentence: str, voice: str, loudness: int) -> None:
        options = ("-v", voice, "-s", str(WORDS_A_MINUTE), "-a", str(loudness), "--stdin")
        try:
            speaking = await asyncio.create_subprocess_exec(
                PROGRAM,
                *options,
                *self._arguments,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.PIPE,
            )
        except OSError as error:
            log.warning("nothing is read aloud: %s", error)
            return
        try:
            _, wrong = await speaking.communicate(sentence.encode())
        except asyncio.CancelledError:
            speaking.kill()
            await speaking.wait()
            raise
        if speaking.returncode:
            log.warning("espeak-ng: %s", wrong.decode(errors="replace").strip()[:200])
