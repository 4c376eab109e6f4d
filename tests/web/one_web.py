"""A server, `lobby web` before it in this process, and a browser before both."""

import asyncio
import os
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from msgspec.structs import replace

from shared.i18n import text
from shared.pairing import StationKey, keep_key
from tests.browser import chromium
from tests.server.domain.story import a_branch
from tests.server.one_house import station_secret
from tests.server.one_server import serving as serving_lobby
from tests.web import drawn
from web.pages import Look
from web.places import places
from web.server import Listen, address_of, serving

FULL_HD = (1920, 1080)
PATIENCE_SECONDS = 40

SCREEN = """(() => {
  const screen = document.querySelector(".xterm-screen").getBoundingClientRect();
  return [screen.x, screen.y, screen.width, screen.height];
})()"""


def keep_secret(folder, address, station="kiosk-1", kind="kiosk"):
    """The file that `lobby pair` would have written."""
    file = folder / f"{station}.json"
    secret = station_secret(station)
    key = StationKey(url=address, station=station, secret=secret, kind=kind, branch="main")
    keep_key(file, key)
    return file


class Window:
    """A page with a terminal in it: what is drawn there is read from what it was sent."""

    def __init__(self, page):
        self.page = page

    async def shows(self, key, **values):
        """Wait until a sentence of the catalogue has been drawn; row and column of its middle."""
        words = text("zh", key, **values)
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while (place := drawn.place_of(self.page.received, words)) is None:  # noqa: ASYNC110 - drawn by others
                    await asyncio.sleep(0.03)
        except TimeoutError:
            raise AssertionError("\n".join([words, "is not in", *self.text()])) from None
        return place

    def text(self):
        """The screen as lines of text."""
        return drawn.lines(self.page.received)

    async def touch(self, key, **values):
        """Touch what carries a sentence of the catalogue."""
        row, column = await self.shows(key, **values)
        columns, rows = await self.size()
        x, y, width, height = await self.page.evaluate(SCREEN)
        await self.page.click_at(
            x + (column + 0.5) * width / columns, y + (row + 0.5) * height / rows
        )

    async def notice(self, which):
        """Wait until the page says this, or nothing."""
        await self.page.until(f"document.querySelector('#notice').dataset.shows === '{which}'")

    async def drawn_to_the_end(self):
        """Until the terminal has painted what it was sent."""
        await self.page.evaluate(
            "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
        )

    async def size(self):
        """Columns and rows."""
        asked = [url for url in self.page.requested if url.startswith("ws:")][-1]
        fields = dict(field.split("=") for field in asked.partition("?")[2].split("&"))
        return int(fields["width"]), int(fields["height"])


class OneWeb:
    """What `one_web` runs."""

    def __init__(self, lobby, files, browser, listen, look):
        self.lobby = lobby
        self.files = files
        self.browser = browser
        self._places = places([f"kiosk={file}" for file in files], "en")
        self._listen = listen
        self._look = look
        self._running = AsyncExitStack()
        self.address = ""

    async def start(self):
        """Serve; again at the same address."""
        server = await self._running.enter_async_context(
            serving(self._places, self._listen, self._look)
        )
        self.address = address_of(server)
        port = server.sockets[0].getsockname()[1]
        self._listen = replace(self._listen, port=port)

    async def stop(self):
        """Every page is told, and every program has ended."""
        await self._running.aclose()

    async def open(self, path="/kiosk", size=FULL_HD):
        """A window at that page."""
        page = await self.browser.new_page(size)
        await page.go(self.address + path)
        return Window(page)


@asynccontextmanager
async def one_web(
    folder, *, look=None, stations=("kiosk-1",), with_browser=True, listen=None, **lobby
):
    """Everything from the journal to the screen, each of them real; at the example branch."""
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(serving_lobby(branches=[a_branch()], **lobby))
        files = [keep_secret(folder, server.running.address, name) for name in stations]
        browser = await stack.enter_async_context(chromium(FULL_HD)) if with_browser else None
        web = OneWeb(server, files, browser, listen or Listen(), look or Look())
        await web.start()
        stack.push_async_callback(web.stop)
        yield web


def programs():
    """The processes that run a kiosk for us."""
    ours = []
    for folder in Path("/proc").iterdir():
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
            parent = (folder / "stat").read_text().rpartition(")")[2].split()[1]
        except OSError:
            continue
        if b"kiosk" in words and int(parent) == os.getpid():
            ours.append(int(folder.name))
    return ours
