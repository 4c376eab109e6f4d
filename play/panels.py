"""The rating panels of a branch that is looked at: most customers answer, and most are content."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final

from play import draws
from play.house import Desk, Key, Post, enter
from shared.link import Link
from shared.protocol import ConfirmQuestion, Language, PanelView, RateService, Score

ANSWERS: Final[dict[Score | None, float]] = {5: 9, 4: 5, 3: 1, 2: 0.3, None: 4}
"""How often which score is given; None: the customer goes without a touch."""


RATED_RATE_MAX: Final = 180.0
"""At more times the speed of life nobody can answer: a question is over within a tenth of a
second, and a day that is measured has enough to do."""


async def furnish_panels(desk: Desk, keys: Sequence[Key]) -> list[Key]:
    """One for each counter that somebody works at."""
    counters = [key.post.counter for key in keys if key.post.kind == "counter"]
    return await desk.furnish([Post(kind="rating_panel", counter=one) for one in counters])


@asynccontextmanager
async def answering(keys: Sequence[Key], seed: int, language: Language) -> AsyncIterator[None]:
    """While the block runs they are there, and customers touch them."""
    async with AsyncExitStack() as stack:
        places = await enter(keys, language, stack)
        working = [
            asyncio.create_task(_answer(place.link, random.Random(seed + number)))
            for number, place in enumerate(places)
        ]
        try:
            yield
        finally:
            for task in working:
                task.cancel()
            await asyncio.gather(*working, return_exceptions=True)


async def _answer(panel: Link, chance: random.Random) -> None:
    asked = 0
    async for view in panel.views():
        if not isinstance(view, PanelView) or view.question is None or view.day is None:
            continue
        if view.question.id == asked or view.question.rated:
            continue
        asked = view.question.id
        about = {"counter": view.counter, "question": asked}
        # Or it would count as a panel that is switched off, and want somebody to look.
        await panel.send(ConfirmQuestion(id=panel.new_id(), day=view.day, **about))
        score = draws.one_of(chance, ANSWERS)
        if score is not None:
            await panel.send(RateService(id=panel.new_id(), day=view.day, score=score, **about))
