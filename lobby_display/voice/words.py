"""What each clip says: the list that `lobby voice build` makes and somebody may record. Pure."""

from __future__ import annotations

import string
from collections.abc import Iterator, Mapping
from typing import Final

from msgspec import Struct

from shared.i18n import text
from shared.protocol import Language, Words
from shared.speech.reading import ENGLISH_DIGITS, read_aloud, ticket_in_pinyin

COUNTERS_MAX: Final = 50
USUAL_COUNTERS: Final = 20
"""Without a branch's file: so many, by their numbers."""

PHRASES: Final[Mapping[Language, tuple[str, ...]]] = {
    "zh": ("before", "after", "to", "tail"),
    "en": ("before", "to", "tail"),
}


class ClipWords(Struct, frozen=True):
    """A clip's name, what it says, and what the machine is given to say it."""

    name: str
    words: str
    aloud: str


def clip_words(
    language: Language, counters: Mapping[int, Words] | None = None
) -> Iterator[ClipWords]:
    """All clips of a language."""
    for phrase in PHRASES[language]:
        said = text(language, f"voice.{phrase}")
        yield ClipWords(f"{language}/{phrase}", said, read_aloud(said, language))
    for sign in (*string.digits, *string.ascii_uppercase):
        kind = "digit" if sign.isdecimal() else "letter"
        yield ClipWords(f"{language}/{kind}-{sign}", sign, _sign(sign, language))
    for counter, name in sorted((counters or _usual(language)).items()):
        said = (name.zh or name.en) if language == "zh" else (name.en or name.zh)
        yield ClipWords(f"{language}/counter-{counter}", said, read_aloud(said, language))


def _usual(language: Language) -> dict[int, Words]:
    names = {n: text(language, "voice.counter", n=n) for n in range(1, USUAL_COUNTERS + 1)}
    return {n: Words(**{language: name}) for n, name in names.items()}


def _sign(sign: str, language: Language) -> str:
    if language == "zh":
        return ticket_in_pinyin(sign)
    return ENGLISH_DIGITS[int(sign)] if sign.isdecimal() else sign
