"""`python -m tests.server.phone.pictures`: a ticket's page in every state, of the real thing.

A server with the example branch, a teller who calls, and Chromium of a phone's size. Look at what
came of it: docs/pictures/phone/NAME.LANGUAGE.png.
"""

from __future__ import annotations

import asyncio
import base64
import sys
from pathlib import Path
from typing import Final

from docs.pictures.png import packed
from shared.i18n import LANGUAGES
from shared.protocol import Language, LeaveLine, WaitShown
from tests.browser import Browser, chromium
from tests.server.one_branch import DAY, new_id
from tests.server.phone.one_phone import NARROW, PHONE, Phone, lobby

FOLDER: Final = Path(__file__).parents[3] / "docs" / "pictures" / "phone"
WAITS: Final = WaitShown(low=25, high=35, until=1_794_790_800_000 + 40 * 60_000)


async def main() -> None:
    """Take them in each language."""
    FOLDER.mkdir(exist_ok=True)
    async with chromium(size=PHONE) as browser:
        for language in LANGUAGES:
            await _visit(browser, language)


async def _visit(browser: Browser, language: Language) -> None:
    async with lobby() as branch:
        for _ in range(6):
            await branch.take("F", language=language)
        runner = branch.server.running.runners["main"]
        runner._durable.known.waits.tickets[6] = WAITS
        runner._publish()
        runner._durable.known.waits.ordinary["F"] = WaitShown(low=30, high=45)
        runner._publish()
        home = f"http://127.0.0.1:{branch.server.running.port}/?lang={language}"
        await _take(browser, Phone(await browser.open(home, PHONE), language), "branch")
        phone = await branch.phone(browser, 6, lang=language)
        await phone.is_in("waiting")
        await _take(browser, phone, "waiting")
        await phone.press("#leave")
        await _take(browser, phone, "leaving")
        near = await branch.phone(browser, 3, lang=language)
        await near.is_in("soon")
        await _take(browser, near, "soon")
        narrow = await branch.phone(browser, 5, size=NARROW, lang=language)
        await narrow.page.evaluate("document.documentElement.style.fontSize = '200%'")
        await _take(browser, narrow, "twice-the-text")
        first = await branch.phone(browser, 1, lang=language)
        await branch.call()
        await first.is_in("called")
        await _take(browser, first, "called")
        await first.understood()
        await _take(browser, first, "called-seen")
        await branch.serve()
        await first.is_in("done")
        branch.clock.advance(seconds=25)
        await first.press("#rating input[name=score][value='2']")
        await _take(browser, first, "rating")
        leaver, _ = await branch.server.knock(ticket=branch.server.ticket(5))
        await leaver.order(LeaveLine(id=new_id(), day=DAY, visit=5))
    await phone.page.until("document.body.dataset.fresh === 'no'")
    await phone.understood()
    await _take(browser, phone, "not-current")


async def _take(browser: Browser, phone: Phone, name: str) -> None:
    await phone.page.call("Page.bringToFront")
    await phone.page.evaluate("window.scrollTo(0, 0)")
    # What fills the screen is of the size of the screen; else the whole page is looked at.
    whole = not await phone.page.evaluate("document.getElementById('notice')?.open")
    shot = await phone.page.call(
        "Page.captureScreenshot", format="png", captureBeyondViewport=whole
    )

    picture = await packed(browser, base64.b64decode(shot["data"]))
    file = FOLDER / f"{name}.{phone.lang}.png"
    file.write_bytes(picture)
    sys.stdout.write(f"{file.name}  {len(picture):,} bytes\n")


if __name__ == "__main__":
    asyncio.run(main())
