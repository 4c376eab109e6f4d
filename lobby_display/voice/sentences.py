"""What is said for a call, clip by clip, with its pauses. Pure.

A ticket is said sign by sign, one as yao; a counter by its spoken name. The number and the counter
are at least 300 ms apart, and Chinese is never faster than 200 signs a minute: where the clips are
quicker than that, the pauses are longer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, TypeAlias

from msgspec import Struct

from shared.protocol import CallShown, Language

CHIME: Final = "chime"

SIGN_PAUSE_MS: Final = 60
PART_PAUSE_MS: Final = 350
SENTENCE_PAUSE_MS: Final = 700
CHIME_PAUSE_MS: Final = 250

SIGNS_A_MINUTE_MAX: Final = 200
TIMES: Final = 2


class Clip(Struct, frozen=True):
    """A recording by its name, such as `zh/digit-7`, and how many Chinese signs it says."""

    name: str
    signs: int = 0


class Pause(Struct, frozen=True):
    """Silence."""

    ms: int


Segment: TypeAlias = Clip | Pause


def announcement(
    call: CallShown, languages: Sequence[Language], *, tail: bool = False
) -> list[Segment]:
    """The chime; the sentence twice in the first language, once in the second."""
    said: list[Segment] = [Clip(CHIME), Pause(CHIME_PAUSE_MS)]
    for n in range(TIMES):
        said += [*([Pause(SENTENCE_PAUSE_MS)] if n else []), *_sentence(call, languages[0], tail)]
    for language in languages[1:]:
        said += [Pause(SENTENCE_PAUSE_MS), *_sentence(call, language, tail)]
    return said


def names_in(segments: Sequence[Segment]) -> list[str]:
    """The clips, in their order."""
    return [one.name for one in segments if isinstance(one, Clip)]


def paced(segments: Sequence[Segment], ms_of: Mapping[str, int]) -> list[Segment]:
    """The same, with pauses long enough that no sentence is faster than is allowed."""
    paced: list[Segment] = []
    for sentence in _sentences(segments):
        signs = sum(one.signs for one in sentence if isinstance(one, Clip))
        wanted = -(-signs * 60_000 // SIGNS_A_MINUTE_MAX)
        missing = max(0, wanted - sum(_ms(one, ms_of) for one in sentence))
        pauses = sum(isinstance(one, Pause) for one in sentence)
        more = -(-missing // pauses) if pauses else 0
        paced += [Pause(one.ms + more) if isinstance(one, Pause) else one for one in sentence]
    return paced


def _sentence(call: CallShown, language: Language, tail: bool) -> Iterator[Segment]:
    parts = _chinese(call, tail) if language == "zh" else _english(call, tail)
    for n, part in enumerate(parts):
        if n:
            yield Pause(PART_PAUSE_MS)
        for m, clip in enumerate(part):
            if m:
                yield Pause(SIGN_PAUSE_MS)
            yield clip


def _chinese(call: CallShown, tail: bool) -> Iterator[list[Clip]]:
    yield [
        Clip("zh/before", 1),
        *(Clip(name, 1) for name in _signs("zh", call)),
        Clip("zh/after", 1),
    ]
    # The names of rooms differ by a sign or two: four is what most have.
    yield [Clip("zh/to", 1), Clip(f"zh/counter-{call.counter}", 4)]
    if tail:
        yield [Clip("zh/tail", 4)]


def _english(call: CallShown, tail: bool) -> Iterator[list[Clip]]:
    yield [Clip("en/before"), *(Clip(name) for name in _signs("en", call))]
    yield [Clip("en/to"), Clip(f"en/counter-{call.counter}")]
    if tail:
        yield [Clip("en/tail")]


def _signs(language: Language, call: CallShown) -> Iterator[str]:
    for sign in call.number:
        yield f"{language}/{'digit' if sign.isdecimal() else 'letter'}-{sign}"


def _sentences(segments: Sequence[Segment]) -> Iterator[list[Segment]]:
    """Cut before each long pause: what is between two of them is one sentence."""
    sentence: list[Segment] = []
    for one in segments:
        if isinstance(one, Pause) and one.ms in (SENTENCE_PAUSE_MS, CHIME_PAUSE_MS):
            yield from ([sentence] if sentence else [])
            yield [one]
            sentence = []
        else:
            sentence.append(one)
    yield sentence


def _ms(one: Segment, ms_of: Mapping[str, int]) -> int:
    return one.ms if isinstance(one, Pause) else ms_of[one.name]
