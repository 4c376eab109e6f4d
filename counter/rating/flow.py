"""What a touch means on the rating panel, and what becomes of an answer: values in, values out.

The panel remembers next to nothing: which question was touched here last and how it ended. What is
asked, and until when, is the server's to say: as soon as its view shows another question or none,
nothing of the one before is left.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from shared.protocol import (
    Accepted,
    Language,
    PanelQuestion,
    PanelView,
    RatingReason,
    Refused,
    Reply,
)

Step: TypeAlias = Literal["open", "sending", "thanks", "told"]

BAD_SCORE_MAX = 2
"""Such an answer is followed by the question why."""


class Panel(Struct, frozen=True):
    """What has happened here to the question of that id; `until` (ms) ends the thanks."""

    question: int = 0
    step: Step = "open"
    score: int = 0
    told: str = ""
    language: Language = "zh"
    until: int = 0


class Rate(Struct, frozen=True):
    """Send the score."""

    question: int
    score: int


class Explain(Struct, frozen=True):
    """Send the reason."""

    question: int
    reason: RatingReason


Effect: TypeAlias = Rate | Explain | None


def asked(panel: Panel, view: PanelView | None, now: int) -> PanelQuestion | None:
    """What is asked at `now` (ms), and not answered here already."""
    question = view.question if view else None
    if question is None or question.until <= now:
        return None
    done = panel.question == question.id and panel.step in ("thanks", "told")
    return None if done else question


def touched(
    panel: Panel, word: str, view: PanelView | None, now: int, thanks_seconds: int
) -> tuple[Panel, Effect]:
    """A face or a reason was touched: "score:5", "reason:skill", "leave". Anything that does not
    belong to what is asked now is nothing."""
    question = asked(panel, view, now)
    if question is None or (panel.question == question.id and panel.step == "sending"):
        return panel, None
    kind, _, chosen = word.partition(":")
    mine = Panel(question=question.id, step="sending", language=question.language)
    if kind == "score" and not question.rated:
        return replace(mine, score=int(chosen)), Rate(question.id, int(chosen))
    if kind == "reason" and question.rated:
        reason: RatingReason = chosen  # type: ignore[assignment]  # the word of a tile we made
        return mine, Explain(question.id, reason)
    if kind == "leave" and question.rated:
        return _thanks(mine, now, thanks_seconds), None
    return panel, None


def answered(panel: Panel, sent: Rate | Explain, reply: Reply | None, now: int, s: int) -> Panel:
    """The server's answer, or none. After a bad score it asks why, and that is shown first; `s`
    is how long thanks are said, in seconds."""
    if panel.question != sent.question:
        return panel  # the next customer's question stands there already
    if isinstance(reply, Refused):
        return replace(panel, step="told", told=reply.text, until=now + 1_000 * s)
    if not isinstance(reply, Accepted):
        return replace(panel, step="open")
    if isinstance(sent, Rate) and sent.score <= BAD_SCORE_MAX:
        return replace(panel, step="open")
    return _thanks(panel, now, s)


def _thanks(panel: Panel, now: int, seconds: int) -> Panel:
    return replace(panel, step="thanks", until=now + 1_000 * seconds)
