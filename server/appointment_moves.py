"""Moving an appointment without JavaScript: the days with a free time, the times of one of them,
and whether to move it there. Pure pages; what is done is left to `appointment_pages`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby
from typing import Final

from server.domain.state import Appointment
from server.markup import Markup, joined, tag
from server.moments import when
from shared.free_times import Free, day_in_words, free_at
from shared.i18n import text
from shared.protocol import CommandId, FindSlots, Language, SlotsFound

MOVE: Final = re.compile(
    r"/a/([0-9A-Za-z_-]{22})/move(?:/(?:([0-9]{4}-[0-9]{2}-[0-9]{2})|([0-9]{1,15})))?/?\Z"
)
"""The link of the page, and a day or an instant (ms) behind it."""

DAYS: Final = 31


def query(one: Appointment, query_id: CommandId) -> FindSlots:
    """Which times are free for the same service, at a counter like the one that was wished."""
    low = "low_counter" in one.needs
    return FindSlots(
        id=query_id, service=one.service, days=DAYS, low_counter=low, speaks=one.speaks
    )


def values(
    wanted: re.Match[str], one: Appointment, found: SlotsFound | None, zone: str, language: Language
) -> dict[str, str]:
    """What the page says: the gaps of its template."""
    free = [free_at(slot.at, zone) for slot in found.slots] if found else []
    own, day, at = f"/a/{wanted[1]}", wanted[2], wanted[3]
    if at is not None:
        kind, said, answer = _of_time(own, int(at), free, zone, language)
    elif day is not None and (times := [slot for slot in free if slot.day == day]):
        kind, said, answer = "move_time", day_in_words(day, language), _times(own, times, language)
    else:
        kind, said, answer = "move_day" if free else "move_none", "", _days(own, free, language)
    kept = when(one.slot, zone, language)
    return {
        "title": text(language, f"booked_page.{kind}.title", time=said),
        "about": "",
        "text": text(language, f"booked_page.{kind}.text", kept=kept),
        "answer": joined((answer, _key(own, text(language, "booked_page.back"), language))),
    }


def _of_time(
    own: str, at: int, free: Sequence[Free], zone: str, language: Language
) -> tuple[str, str, Markup]:
    """Whether to move it to that time, if it is still free."""
    if not any(slot.at == at for slot in free):
        others = text(language, "booked_page.other_times")
        return "move_taken", "", _key(f"{own}/move", others, language)
    yes = tag("button", text(language, "booked_page.ask_move.yes"), class_="first")
    row = tag("div", yes, class_="row")
    form = tag("form", row, method="post", action=f"{own}/move/{at}?lang={language}")
    return "ask_move", when(at, zone, language), form


def _days(own: str, free: Sequence[Free], language: Language) -> Markup:
    keys = (
        _link(
            f"{own}/move/{day}",
            f"{day_in_words(day, language)} · " + text(language, "kiosk.n_times", n=len([*those])),
            language,
        )
        for day, those in groupby(free, lambda one: one.day)
    )
    return tag("div", *keys, class_="days")


def _times(own: str, times: Sequence[Free], language: Language) -> Markup:
    keys = (_link(f"{own}/move/{one.at}", one.time, language) for one in times)
    return tag("div", *keys, class_="times")


def _key(path: str, label: str, language: Language) -> Markup:
    return tag("div", _link(path, label, language), class_="row")


def _link(path: str, label: str, language: Language) -> Markup:
    return tag("a", label, class_="key", href=f"{path}?lang={language}")
