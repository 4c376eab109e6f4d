"""`python -m tests.server.display_page_picture`: the lobby display in a browser, of the real thing.

A server with the example branch, two tellers who call, and the page of a display that is paired;
nothing of it is lobby web's, so it has a program of its own. Look at what came of it.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Final

from docs.pictures.png import packed
from server.config import DEFAULT_BRANCH
from server.domain.configuration import BranchConfig
from shared.config import load
from shared.protocol import Command, Language, OpenCounter
from tests.browser import Browser, chromium
from tests.server.one_branch import DAY, call, new_id, take
from tests.server.one_house import station_secret
from tests.server.one_server import OneServer, serving

FOLDER: Final = Path(__file__).parents[2] / "docs" / "pictures" / "browser"
SIZE: Final = (1920, 1080)
LANGUAGES: Final[tuple[Language, ...]] = ("zh", "en")
SERVICES: Final = "AAAAAFFWAQ"
COUNTERS: Final = (1, 2, 5)


async def main() -> None:
    """Take one in each language."""
    branch = load(DEFAULT_BRANCH, BranchConfig)
    async with chromium(size=SIZE) as browser:
        for language in LANGUAGES:
            async with serving(branches=[branch]) as server:
                await _take(browser, server, language)


async def _take(browser: Browser, server: OneServer, language: Language) -> None:
    kiosk = await server.terminal("kiosk-1")
    for service in SERVICES:
        await kiosk.order(take(service))
    page = await browser.new_page()
    address = f"http://127.0.0.1:{server.running.port}/display/main?lang={language}&inches=55"
    key = json.dumps({"station": "display-1", "secret": station_secret("display-1")})
    await page.go(address)
    await page.evaluate(f"localStorage.setItem('lobby-display-main', {json.dumps(key)})")
    await page.reload()
    await page.until("lobby.view !== null")
    for counter in COUNTERS:
        teller = await server.terminal(f"counter-{counter}")
        wishes: list[Command] = [OpenCounter(id=new_id(), day=DAY, counter=counter), call(counter)]
        for wish in wishes:
            await teller.order(wish)
    await page.until(f"document.querySelectorAll('#last-calls li').length === {len(COUNTERS)}")
    await page.until("document.querySelectorAll('#calls li').length > 1")
    await page.until("document.querySelector('#calls li.lit') === null")
    picture = await packed(browser, await page.screenshot())
    file = FOLDER / f"display.{language}.png"
    file.write_bytes(picture)
    sys.stdout.write(f"{file.name}  {len(picture):,} bytes\n")


if __name__ == "__main__":
    asyncio.run(main())
