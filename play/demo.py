"""`lobby demo`: half an hour of the branch, generated, to look at; nothing of it is left behind.

A day like any other that is played, only shorter and shown with more of a picture: see
`command.py`. With `--stay` it is the rest of a whole day, slow enough to take part in.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Final

from msgspec import Struct

from play import summary
from play.branch_day import HOUR, from_now_on, half_hour
from play.choice import Chosen
from play.command import Order, at_own_server, in_fast_loop
from play.errors import CannotPlay
from play.plan import DayPlan
from play.screen import Out, on_terminal
from shared.arguments import FINE, REFUSED
from shared.i18n import text
from shared.link import LinkError
from shared.pairing import NotPaired
from shared.protocol import Language

STAY_RATE: Final = 4.0
STAY_FROM: Final = 9.5 * HOUR
"""From half past nine, when there is a line, to the end of the day: two hours of looking on."""


class Plan(Struct, frozen=True, kw_only=True):
    """What to play: people within some minutes, at so many times the speed of life."""

    people: int = 36
    minutes: int = 30
    rate: float = 180.0
    seed: int = 17
    stay: bool = False
    language: Language = "zh"


def run(plan: Plan, out: Out = print) -> int:
    """Play it; 0 when the journal agrees with what was seen, 1 when not."""
    lang = plan.language
    order = _long(plan, out) if plan.stay else _short(plan, out)
    try:
        with tempfile.TemporaryDirectory(prefix="lobby-demo-") as folder:
            result = in_fast_loop(at_own_server(order, Path(folder)))
    except CannotPlay as error:
        sys.stderr.write(f"lobby: {error.says(lang)}\n")
        return REFUSED
    except (LinkError, NotPaired) as error:
        sys.stderr.write(f"lobby: {error}\n")
        return REFUSED
    return _verdict(result, lang, out)


def _short(plan: Plan, out: Out) -> Order:
    lang = plan.language
    out(text(lang, "demo.begin", people=plan.people, rate=f"{plan.rate:g}", seed=plan.seed))
    played = half_hour(plan.seed, plan.people, plan.minutes)
    return _order(plan, played, plan.rate, out)


def _long(plan: Plan, out: Out) -> Order:
    out(text(plan.language, "demo.stay", rate=f"{STAY_RATE:g}", seed=plan.seed))
    return _order(plan, from_now_on(plan.seed, STAY_FROM), STAY_RATE, out)


def _order(plan: Plan, played: DayPlan, rate: float, out: Out) -> Order:
    title = text(plan.language, "demo.title", seed=plan.seed)
    return Order(
        chosen=Chosen(plan=played, title=title, made=False),
        rate=rate,
        language=plan.language,
        show=on_terminal(otherwise="calls"),
        windows=True,
        out=out,
    )


def _verdict(result: summary.Result, language: Language, out: Out) -> int:
    """Whether the journal agrees with what was seen. How long services took is no matter here:
    a picture that is drawn beside may cost a moment."""
    findings = result.findings
    assert findings is not None, "the journal of its own server is at hand"
    right = result.comparison.counts_agree and not findings.wrong and result.verified is not False
    for finding in findings.wrong:
        out(finding)
    verdict = "demo.right" if right else "demo.wrong"
    out("")
    out(text(language, verdict, events=findings.events, tickets=findings.tickets))
    return FINE if right else REFUSED
