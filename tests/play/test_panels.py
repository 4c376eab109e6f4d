"""Whoever is asked at a played panel: every question is shown, and most are answered."""

import asyncio
import random

from play.panels import _answer
from shared.protocol import ConfirmQuestion, PanelQuestion, PanelView, RateService, Words
from shared.testing import FakeLink


def view(question):
    """Counter 3 asks this."""
    asked = PanelQuestion(id=question, number="A001", language="zh", until=20_000)
    return PanelView(
        branch="main",
        seq=question,
        at=0,
        day="2026-11-16",
        name=Words(),
        counter=3,
        counter_name=Words(),
        state="open",
        seconds=20,
        question=asked,
    )


async def test_every_question_is_shown_once_and_most_are_answered_once():
    link = FakeLink()
    answering = asyncio.create_task(_answer(link, random.Random(7)))
    for question in range(1, 41):
        link.push(view(question))
        confirmed = await link.next_command()
        assert isinstance(confirmed, ConfirmQuestion)
        assert (confirmed.question, confirmed.counter) == (question, 3)
        link.push(view(question))  # the same again is nothing new
        for _ in range(10):
            await asyncio.sleep(0)
        while len(link.sent) > link._taken:
            await link.next_command()
    answering.cancel()

    shown = [c.question for c in link.sent if isinstance(c, ConfirmQuestion)]
    rated = [c.question for c in link.sent if isinstance(c, RateService)]
    assert shown == list(range(1, 41))
    assert 25 <= len(rated) == len(set(rated)) < 40
