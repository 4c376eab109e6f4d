"""Plays a sound to its end: by a program of the machine's, or, for tests, into files."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Protocol

from lobby_display.voice import pcm

GRACE_SECONDS: Final = 10.0
"""So much longer than the sound itself a player may take before it is taken for stuck."""

FILE: Final = "file:"


class PlayerFailed(Exception):
    """Nothing was heard, or not all; says why."""


class Player(Protocol):
    """Plays one sound at a time."""

    def is_there(self) -> bool:
        """Whether it can be tried at all."""

    async def play(self, wav: bytes, seconds: float, /) -> None:
        """Return when it has ended; raises PlayerFailed."""


class ProgramPlayer:
    """Hands the sound to a program such as aplay, and waits for its end."""

    def __init__(self, command: Sequence[str]) -> None:
        self._command = tuple(command)

    def is_there(self) -> bool:
        """Whether the program is installed."""
        return shutil.which(self._command[0]) is not None

    async def play(self, wav: bytes, seconds: float) -> None:
        """The program gets a WAV file on its input."""
        try:
            playing = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.PIPE,
            )
        except OSError as error:
            raise PlayerFailed(str(error)) from error
        try:
            async with asyncio.timeout(seconds + GRACE_SECONDS):
                _, wrong = await playing.communicate(wav)
        except TimeoutError:
            raise PlayerFailed(f"{self._command[0]} did not end") from None
        finally:
            if playing.returncode is None:
                playing.kill()
                await playing.wait()
        if playing.returncode:
            said = wrong.decode(errors="replace").strip()[:200]
            raise PlayerFailed(f"{self._command[0]}: {said or playing.returncode}")


class FilePlayer:
    """Keeps each sound as a file, numbered: for tests, and to listen to elsewhere."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._played = 0

    def is_there(self) -> bool:
        """A folder can be made."""
        return True

    async def play(self, wav: bytes, _seconds: float) -> None:
        """Written at once: it takes no time."""
        self._played += 1
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            (self._folder / f"{self._played:05d}.wav").write_bytes(wav)
        except OSError as error:
            raise PlayerFailed(str(error)) from error


def player_of(command: Sequence[str]) -> Player:
    """The one that the settings name."""
    if command[0].startswith(FILE):
        return FilePlayer(Path(command[0].removeprefix(FILE)))
    return ProgramPlayer(command)


def seconds_of(samples_count: int) -> float:
    """How long so many samples last."""
    return samples_count / pcm.RATE
