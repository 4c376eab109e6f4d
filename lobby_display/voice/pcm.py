"""Sound as numbers: clips are read, made louder or softer, joined, and written as one WAV. Pure.

Everything is 16 bits, one channel, 22,050 a second: what espeak-ng writes, and enough for a voice.
A recording in another rate, or in stereo, is brought to that when it is read.
"""

from __future__ import annotations

import io
import math
import sys
import wave
from array import array
from collections.abc import Iterable
from typing import Final

RATE: Final = 22_050
LARGEST: Final = 32_767

QUIET: Final = 260
"""Below it is silence: what a synthesiser leaves before and behind its words."""

CHIME: Final = ((659.3, 0.0), (523.3, 0.35))
"""Two tones (Hz, begins at s), the second lower: heard, and startling nobody."""
CHIME_SECONDS: Final = 0.9


class NotASound(ValueError):
    """Not a WAV file of 16 bits; says what it is instead."""


def read(data: bytes) -> array[int]:
    """The samples of a WAV file."""
    try:
        with wave.open(io.BytesIO(data)) as file:
            width, channels, rate = file.getsampwidth(), file.getnchannels(), file.getframerate()
            frames = file.readframes(file.getnframes())
    except (wave.Error, EOFError) as error:
        raise NotASound(f"not a WAV file ({error})") from error
    if width != 2 or channels not in (1, 2):
        raise NotASound(f"{8 * width} bits in {channels} channels, not 16 bits in one or two")
    samples = array("h", frames[: len(frames) // (2 * channels) * 2 * channels])
    if sys.byteorder == "big":
        samples.byteswap()
    if channels == 2:
        samples = array(
            "h", ((a + b) // 2 for a, b in zip(samples[::2], samples[1::2], strict=True))
        )
    return samples if rate == RATE else _resampled(samples, rate)


def wav(samples: array[int]) -> bytes:
    """A WAV file of them."""
    if sys.byteorder == "big":
        samples = array("h", samples)
        samples.byteswap()
    file = io.BytesIO()
    with wave.open(file, "wb") as written:
        written.setnchannels(1)
        written.setsampwidth(2)
        written.setframerate(RATE)
        written.writeframes(samples.tobytes())
    return file.getvalue()


def joined(parts: Iterable[array[int]]) -> array[int]:
    """One after the other."""
    whole = array("h")
    for part in parts:
        whole.extend(part)
    return whole


def silence(ms: int) -> array[int]:
    """So much of nothing."""
    return array("h", bytes(2 * (RATE * ms // 1000)))


def at_volume(samples: array[int], volume: int) -> array[int]:
    """Softer, by percent of what was recorded."""
    if volume == 100:
        return samples
    return array("h", (sample * volume // 100 for sample in samples))


def ms_of(samples: array[int]) -> int:
    """How long it lasts."""
    return len(samples) * 1000 // RATE


def trimmed(samples: array[int]) -> array[int]:
    """Without the silence before and behind."""
    heard = [n for n in range(0, len(samples), 16) if abs(samples[n]) > QUIET]
    if not heard:
        return samples
    margin = RATE // 100
    return samples[max(0, heard[0] - margin) : heard[-1] + margin]


def chime() -> array[int]:
    """Two tones that fade."""
    samples = array("h")
    for n in range(round(RATE * CHIME_SECONDS)):
        level = 0.0
        for hertz, begins in CHIME:
            t = n / RATE - begins
            if t >= 0:
                rise = min(1.0, t / 0.01)
                level += rise * math.exp(-4.5 * t) * math.sin(2 * math.pi * hertz * t)
        left = min(1.0, (CHIME_SECONDS - n / RATE) / 0.05)
        samples.append(round(0.45 * left * LARGEST * max(-1.0, min(1.0, level))))
    return samples


def _resampled(samples: array[int], rate: int) -> array[int]:
    """In a straight line between two: good enough for speech."""
    if not samples or rate <= 0:
        return array("h")
    last = len(samples) - 1
    out = array("h")
    for n in range(len(samples) * RATE // rate):
        at = n * rate / RATE
        low = int(at)
        high = min(last, low + 1)
        out.append(round(samples[low] + (samples[high] - samples[low]) * (at - low)))
    return out
