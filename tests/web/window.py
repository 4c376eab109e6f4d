"""A page of `lobby web` as somebody uses it: what is drawn there, and touches on it.

What is drawn is read from what the page was sent, as a terminal reads it; the pictures of the
handbook are taken with it, too.
"""

from __future__ import annotations

import asyncio
from typing import Final

from shared.i18n import text
from shared.protocol import Language
from tests.browser import Page
from tests.web import drawn

PATIENCE_SECONDS: Final = 40

LOOK_AGAIN_SECONDS: Final = 0.03

SCREEN = """(() => {
  const screen = document.querySelector(".xterm-screen").getBoundingClientRect();
  return [screen.x, screen.y, screen.width, screen.height];
})()"""


QUIET_LOOKS: Final = 12
"""A screen that has not changed for so many looks is drawn to its end."""


class Window:
    """See above. `language`: that of the sentences it is asked for."""

    def __init__(self, page: Page, language: Language = "zh") -> None:
        self.page = page
        self.language = language

    async def shows(self, key: str, **values: object) -> tuple[int, int]:
        """Wait until a sentence of the catalogue has been drawn; row and column of its middle."""
        return await self.shows_words(text(self.language, key, **values))

    async def shows_words(self, words: str) -> tuple[int, int]:
        """The same for any words on one line."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while (place := drawn.place_of(self.page.received, words)) is None:  # noqa: ASYNC110 - others draw it
                    await asyncio.sleep(LOOK_AGAIN_SECONDS)
        except TimeoutError:
            raise AssertionError("\n".join([words, "is not in", *self.text()])) from None
        return place

    async def shows_first(self, *keys: str) -> str:
        """Which of these sentences has been drawn first."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                for key in keys:
                    if drawn.place_of(self.page.received, text(self.language, key)):
                        return key
                await asyncio.sleep(LOOK_AGAIN_SECONDS)

    def text(self) -> list[str]:
        """The screen as lines of text."""
        return drawn.lines(self.page.received)

    async def touch(self, key: str, **values: object) -> None:
        """Touch what carries a sentence of the catalogue."""
        await self.touch_words(text(self.language, key, **values))

    async def touch_words(self, words: str) -> None:
        """Touch what carries these words, once the terminal listens to touches: it is told so by
        what it was sent, and takes that up in its own time."""
        row, column = await self.shows_words(words)
        await self.page.until("document.querySelector('.xterm.enable-mouse-events') !== null")
        columns, rows = self.size()
        x, y, width, height = await self.page.evaluate(SCREEN)
        await self.page.click_at(
            x + (column + 0.5) * width / columns, y + (row + 0.5) * height / rows
        )

    async def notice(self, which: str) -> None:
        """Wait until the page says this, or nothing."""
        await self.page.until(f"document.querySelector('#notice').dataset.shows === '{which}'")

    async def drawn_to_the_end(self) -> None:
        """Until nothing new is drawn, and the terminal has painted what it was sent."""
        quiet, before = 0, -1
        while quiet < QUIET_LOOKS:
            quiet = quiet + 1 if len(self.page.received) == before else 0
            before = len(self.page.received)
            await asyncio.sleep(LOOK_AGAIN_SECONDS)
        await self.page.evaluate(
            "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
        )

    def size(self) -> tuple[int, int]:
        """Columns and rows."""
        asked = [url for url in self.page.requested if url.startswith("ws:")][-1]
        fields = dict(field.split("=") for field in asked.partition("?")[2].split("&"))
        return int(fields["width"]), int(fields["height"])
