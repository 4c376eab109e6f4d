"""What stands on the papers: tickets in three layouts, the list of missing papers. Pure.

Never a lane, a need or a reason: a paper lies about, and is read by whoever finds it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from msgspec import Struct

from shared.addresses import short_address, spaced
from shared.i18n import LANGUAGES, text
from shared.printing.paper import Code, Layout, Line, Paper, Part, Rule, Space
from shared.protocol import Language, WaitShown, Words
from shared.waits import told

PAPERS_MAX: Final = 12
"""On a list of missing papers; the teller's words, so bounded."""


class Slip(Struct, frozen=True, kw_only=True):
    """What is known of a ticket when it is printed. `time`, and `until` by when it is promised, as
    the branch's clocks show them."""

    branch: Words
    number: str
    service: Words
    time: str
    ahead: int | None = None
    wait: WaitShown | None = None
    until: str = ""
    link: str = ""
    short_code: str = ""
    bring: tuple[Words, ...] = ()
    again: bool = False


class BookingSlip(Struct, frozen=True, kw_only=True):
    """What is known of an appointment when it is printed. `time` with its date, as the branch's
    clocks show it; `late_minutes`: so late it is still one."""

    branch: Words
    service: Words
    time: str
    code: str
    late_minutes: int
    link: str = ""
    bring: tuple[Words, ...] = ()


def ticket(slip: Slip, layout: Layout, language: Language) -> Paper:
    """A ticket in the customer's language, or in both."""
    languages = LANGUAGES if layout == "bilingual" else (language,)
    size = 2 if layout == "large" else 1
    return Paper(tuple(_ticket(slip, languages, size)))


def missing_papers(branch: Words, papers: Sequence[str], language: Language, time: str) -> Paper:
    """What to bring the next time, as the teller ticked it."""
    listed = [Line(f"· {paper}", align="left") for paper in papers[:PAPERS_MAX]]
    return Paper(
        (
            Line(_name(branch, language)),
            Rule(),
            Line(text(language, "paper.missing"), size=2, bold=True),
            Space(),
            *listed,
            Rule(),
            Line(time),
        )
    )


def appointment(slip: BookingSlip, layout: Layout, language: Language) -> Paper:
    """An appointment in the customer's language, or in both. No name, no telephone number."""
    languages = LANGUAGES if layout == "bilingual" else (language,)
    size = 2 if layout == "large" else 1
    return Paper(tuple(_appointment(slip, languages, size)))


def _appointment(slip: BookingSlip, languages: Sequence[Language], size: int) -> Iterator[Part]:
    yield from (Line(_name(slip.branch, lang), size) for lang in languages)
    yield Rule()
    for lang in languages:
        yield Line(text(lang, "paper.appointment"), size, bold=True)
        yield Line(_name(slip.service, lang), size)
        yield Line(text(lang, "paper.booked_for", time=slip.time), 2, bold=True)
    yield Space()
    yield Line(slip.code, size=4, bold=True)
    for lang in languages:
        yield from (Line(words, size) for words in _to_bring(slip.bring, lang))
    if slip.link:
        yield Space()
        yield Code(slip.link)
    for lang in languages:
        yield Line(text(lang, "paper.booked_scan"))
        yield Line(text(lang, "paper.booked_late", minutes=slip.late_minutes))


def test_page(station: str, time: str) -> Paper:
    """What a technician looks at: both languages, a rule across, a number as large as any."""
    both = [
        Line(text(language, key))
        for key in ("paper.test_page", "screen.ticket_foot")
        for language in LANGUAGES
    ]
    return Paper(
        (
            *both[:2],
            Rule(),
            Line(station, bold=True),
            Line("A083", size=4, bold=True),
            Line(time),
            Rule(),
            *both[2:],
        )
    )


def _ticket(slip: Slip, languages: Sequence[Language], size: int) -> Iterator[Part]:
    if slip.again:
        yield from (Line(text(lang, "paper.again"), bold=True) for lang in languages)
    yield from (Line(_name(slip.branch, lang), size) for lang in languages)
    yield Rule()
    yield Line(slip.number, size=4 * size if size == 1 else 6, bold=True)
    yield Space()
    for lang in languages:
        yield Line(_name(slip.service, lang), size, bold=True)
    for lang in languages:
        yield from (Line(words, size) for words in _facts(slip, lang))
    if slip.link:
        yield Space()
        yield Code(slip.link)
        yield from (Line(text(lang, "kiosk.scan")) for lang in languages)
        yield from _without_camera(slip, languages, size)
    yield Rule()
    for lang in languages:
        yield Line(text(lang, "screen.ticket_foot"), size)


def _without_camera(slip: Slip, languages: Sequence[Language], size: int) -> Iterator[Part]:
    """The address and the code on lines of their own: they are typed from here, digit by digit."""
    if slip.short_code:
        yield Space()
        yield from (Line(text(lang, "paper.no_camera")) for lang in languages)
        yield Line(short_address(slip.link))  # never so large that it is broken
        code = spaced(slip.short_code)
        yield from (Line(text(lang, "paper.code", code=code), size) for lang in languages)


def _facts(slip: Slip, lang: Language) -> Iterator[str]:
    yield text(lang, "paper.taken", time=slip.time)
    if slip.ahead is not None:
        yield text(lang, "kiosk.ahead", n=slip.ahead) if slip.ahead else text(lang, "kiosk.first")
    if slip.wait is not None:
        yield told(lang, slip.wait)
    if slip.until:
        yield text(lang, "wait.until", time=slip.until)
    yield from _to_bring(slip.bring, lang)


def _to_bring(bring: Sequence[Words], lang: Language) -> Iterator[str]:
    if bring:
        papers = text(lang, "word.and").join(_name(one, lang) for one in bring)
        yield text(lang, "kiosk.bring", papers=papers)


def _name(words: Words, language: Language) -> str:
    return (words.zh or words.en) if language == "zh" else (words.en or words.zh)
