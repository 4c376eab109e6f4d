"""A server, `lobby web` before it in this process, and a browser before both."""

import os
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from msgspec.structs import replace

from shared.pairing import StationKey, keep_key
from tests.browser import chromium
from tests.server.domain.story import a_branch
from tests.server.one_house import station_secret
from tests.server.one_server import serving as serving_lobby
from tests.web.window import Window
from web.pages import Look
from web.places import places
from web.server import Listen, address_of, serving

FULL_HD = (1920, 1080)


def keep_secret(folder, address, station="kiosk-1", kind="kiosk"):
    """The file that `lobby pair` would have written."""
    file = folder / f"{station}.json"
    secret = station_secret(station)
    key = StationKey(url=address, station=station, secret=secret, kind=kind, branch="main")
    keep_key(file, key)
    return file


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
