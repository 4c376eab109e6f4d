"""`lobby voice build` and `lobby voice list`: the clips of a branch, made by espeak-ng.

Recordings come first where there are some, and are never touched.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from lobby_display.voice import pcm
from lobby_display.voice.sentences import CHIME
from lobby_display.voice.words import COUNTERS_MAX, ClipWords, clip_words
from shared.arguments import FINE, REFUSED
from shared.i18n import LANGUAGES, text
from shared.protocol import Language, Words
from shared.speech.clips import MADE, RECORDED
from shared.speech.espeak import PROGRAM, VOICES, WORDS_A_MINUTE

SECONDS_MAX: Final = 20.0


class NotBuilt(Exception):
    """Why there are no clips, in a sentence."""


class _Counter(Struct):
    id: int
    name: Words


class _Branch(Struct):
    """What of a branch's file matters here; the server holds it to its rules."""

    counters: list[_Counter]


def run(options: argparse.Namespace) -> int:
    """Carry it out; the exit code."""
    languages: Sequence[Language] = options.languages or LANGUAGES
    try:
        counters = _counters(options.branch_file) if options.branch_file else None
        wanted = [one for lang in languages for one in clip_words(lang, counters)]
        if options.action == "list":
            _list(wanted)
            return FINE
        made = build(options.to, wanted)
    except NotBuilt as wrong:
        sys.stderr.write(f"lobby: {wrong}\n")
        return REFUSED
    lang = languages[0]
    sys.stdout.write(text(lang, "voice.built", n=made, folder=options.to / MADE) + "\n")
    sys.stdout.write(text(lang, "voice.replace", folder=options.to / RECORDED) + "\n")
    return FINE


def build(folder: Path, wanted: Sequence[ClipWords]) -> int:
    """Make every clip anew; how many."""
    if shutil.which(PROGRAM) is None:
        raise NotBuilt(f"{PROGRAM} is not installed: it makes the clips")
    made = folder / MADE
    try:
        _write(made / f"{CHIME}.wav", pcm.wav(pcm.chime()))
        for one in wanted:
            language: Language = "zh" if one.name.startswith("zh/") else "en"
            sound = pcm.trimmed(pcm.read(_say(one.aloud, language)))
            _write(made / f"{one.name}.wav", pcm.wav(sound))
    except OSError as error:
        raise NotBuilt(f"{error.filename or folder}: {error.strerror}") from error
    except pcm.NotASound as error:
        raise NotBuilt(f"{PROGRAM}: {error}") from error
    return len(wanted) + 1


def _say(aloud: str, language: Language) -> bytes:
    command = (PROGRAM, "-v", VOICES[language], "-s", str(WORDS_A_MINUTE), "--stdin", "--stdout")
    try:
        said = subprocess.run(  # noqa: S603 - a fixed command; the words go to its input
            command, input=aloud.encode(), capture_output=True, timeout=SECONDS_MAX, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise NotBuilt(f"{PROGRAM} did not end") from error
    if said.returncode:
        raise NotBuilt(f"{PROGRAM}: {said.stderr.decode(errors='replace').strip()[:200]}")
    return said.stdout


def _write(file: Path, data: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)


def _list(wanted: Sequence[ClipWords]) -> None:
    """The sheet for whoever records: a file, and what is said in it."""
    lines = (f"{RECORDED}/{one.name}.wav\t{one.words}\n" for one in wanted)
    sys.stdout.writelines([f"{RECORDED}/{CHIME}.wav\t-\n", *lines])


def _counters(file: Path) -> dict[int, Words]:
    try:
        values = tomllib.loads(file.read_text(encoding="utf-8"))
        branch = msgspec.convert(values, _Branch)
    except (OSError, ValueError, msgspec.ValidationError) as error:
        raise NotBuilt(f"{file}: {error}") from error
    return dict(_first((c.id, c.name) for c in branch.counters))


def _first(counters: Iterator[tuple[int, Words]]) -> Iterator[tuple[int, Words]]:
    for n, one in enumerate(counters):
        if n < COUNTERS_MAX:
            yield one
