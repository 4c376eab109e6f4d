"""What the rating panel shows: from the view and what was touched to one page, in both languages.

The customer's language comes first and large, the other below it: nobody has to choose one here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, get_args

from msgspec import Struct

from counter.rating.faces import HUGE, LARGE, SMALL
from counter.rating.flow import Panel, asked
from shared.i18n import text
from shared.protocol import Language, PanelQuestion, PanelView, RatingReason, Words

OTHER: Final[dict[Language, Language]] = {"zh": "en", "en": "zh"}


class Tile(Struct, frozen=True):
    """What can be touched: its word, the key that does the same, and what stands on it."""

    touch: str
    key: str
    label: str
    also: str
    huge: tuple[str, ...] = ()
    face: tuple[str, ...] = ()
    small: str = ""
    chosen: bool = False


class Page(Struct, frozen=True):
    """One page: large words first, the same in the other language, tiles, and a line below."""

    name: str
    heading: str
    also: str = ""
    big: bool = False
    lines: tuple[str, ...] = ()
    tiles: tuple[Tile, ...] = ()
    language: Language = "zh"


def page_of(panel: Panel, view: PanelView | None, now: int, language: Language) -> Page:
    """The page at `now` (ms); `language` is the panel's own, where nobody is asked."""
    question = asked(panel, view, now)
    if question is not None:
        mine = panel if panel.question == question.id else Panel()
        return _reasons(question) if question.rated else _faces(question, mine)
    if now < panel.until and _still_there(panel, view):
        return _thanks(panel) if panel.step == "thanks" else _told(panel)
    return _idle(view, language)


def _still_there(panel: Panel, view: PanelView | None) -> bool:
    """Whether nobody else is asked meanwhile."""
    question = view.question if view else None
    return question is None or question.id == panel.question


def _faces(question: PanelQuestion, panel: Panel) -> Page:
    language = question.language
    return Page(
        name="question",
        heading=text(language, "rate.question"),
        also=text(OTHER[language], "rate.question"),
        lines=tuple(_both(language, "rate.how", number=question.number)),
        tiles=tuple(_face(score, language, panel.score == score) for score in (5, 4, 3, 2, 1)),
        language=language,
    )


def _face(score: int, language: Language, chosen: bool) -> Tile:
    label, also = _both(language, f"score.{score}")
    return Tile(
        touch=f"score:{score}",
        key=str(score),
        label=label,
        also=also,
        huge=HUGE[score],
        face=LARGE[score],
        small=SMALL[score],
        chosen=chosen,
    )


def _reasons(question: PanelQuestion) -> Page:
    language = question.language
    reasons = [
        Tile(f"reason:{reason}", str(n), *_both(language, f"rating_reason.{reason}"))
        for n, reason in enumerate(get_args(RatingReason), start=1)
    ]
    return Page(
        name="reason",
        heading=text(language, "rate.reason"),
        also=text(OTHER[language], "rate.reason"),
        lines=tuple(_both(language, "rate.why")),
        tiles=(*reasons, Tile("leave", "0", *_both(language, "rate.leave"))),
        language=language,
    )


def _thanks(panel: Panel) -> Page:
    heading, also = _both(panel.language, "rate.thanks")
    return Page(
        name="thanks",
        heading=heading,
        also=also,
        big=True,
        lines=tuple(_both(panel.language, "rate.unseen")),
        language=panel.language,
    )


def _told(panel: Panel) -> Page:
    return Page(name="told", heading=panel.told, language=panel.language)


def _idle(view: PanelView | None, language: Language) -> Page:
    name = view.name if view else Words()
    counter = view.counter_name if view else Words()
    return Page(
        name="idle",
        heading=_in(name, language),
        also=_in(name, OTHER[language]),
        big=True,
        lines=(_in(counter, language), _in(counter, OTHER[language])),
        language=language,
    )


def offline(view: PanelView | None, language: Language, why: str = "") -> Page:
    """Nothing is asked while no answer could arrive."""
    heading, also = _both(language, "rate.offline")
    counter = view.counter_name if view else Words()
    return Page(
        name="offline",
        heading=heading,
        also=also,
        lines=tuple(line for line in (why, _in(counter, language)) if line),
        language=language,
    )


def sentences(page: Page) -> Iterator[str]:
    """What is read aloud, in the customer's language: the question, and what each key means."""
    yield page.heading
    for tile in page.tiles:
        yield text(page.language, "rate.spoken", digit=tile.key, label=tile.label)


def _both(language: Language, key: str, **values: object) -> tuple[str, str]:
    return text(language, key, **values), text(OTHER[language], key, **values)


def _in(words: Words, language: Language) -> str:
    name: str = getattr(words, language)
    return name
