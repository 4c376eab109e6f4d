"""The driver of the browser itself, against a page of a few lines."""

import asyncio
from contextlib import asynccontextmanager

import pytest

from tests.browser import (
    BrowserError,
    assert_nothing_left_the_host,
    chromium,
    elsewhere,
    needs_browser,
)

pytestmark = needs_browser

PAGE = """<!doctype html><title>one</title><input id=name autofocus>
<button id=go style="position:absolute;left:200px;top:200px;width:90px;height:40px">go</button>
<script>
  console.log("hello", 7);
  document.querySelector("#go").onclick = () => { document.title = "clicked"; };
  addEventListener("keydown", (e) => { if (e.key === "Enter") document.title = "entered"; });
  fetch("https://fonts.example/x.css").catch(() => { window.failed = true; });
</script>"""


@asynccontextmanager
async def a_site():
    """A server that knows one page; its address."""

    async def answer(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {len(PAGE)}\r\n"
        writer.write((head + "Connection: close\r\n\r\n" + PAGE).encode())
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"


async def test_a_page_is_opened_used_looked_at_and_listened_to():
    async with a_site() as address, chromium() as browser:
        page = await browser.open(address, size=(640, 400))

        await page.click("#name")
        await page.type("A001")
        typed = await page.evaluate("document.querySelector('#name').value")
        await page.press("Enter")
        await page.until("document.title === 'entered'")
        await page.click("#go")
        await page.until("document.title === 'clicked'")
        await page.until("window.failed")
        picture = await page.screenshot()
        await page.resize(320, 500, mobile=True)
        narrow = await page.evaluate("innerWidth <= 980 && screen.width")
        await page.speak("zh-CN")
        await page.offline()
        with pytest.raises(BrowserError, match="DISCONNECTED"):
            await page.go(address)
        await page.offline(gone=False)
        await page.go(address)

        assert typed == "A001"
        assert picture.startswith(b"\x89PNG")
        assert int.from_bytes(picture[16:20]) == 640
        assert narrow == 320
        assert await page.evaluate("navigator.language") == "zh-CN"
        assert ("log", "hello 7") in page.console
        assert address in page.requested


async def test_what_a_page_asks_for_elsewhere_is_told_and_fails():
    async with a_site() as address, chromium() as browser:
        page = await browser.open(address)
        await page.until("window.failed")

        with pytest.raises(AssertionError):
            assert_nothing_left_the_host(page)

        assert elsewhere(page.requested) == ["https://fonts.example/x.css"]


RUNS_AWAY = """(() => {
  const go = document.querySelector("#go"), other = go.cloneNode();
  other.id = "other";
  other.onpointerdown = other.onclick = () => { window.wrong = true; };
  go.before(other);
  go.getBoundingClientRect = () => {
    const box = Element.prototype.getBoundingClientRect.call(go);
    queueMicrotask(() => { go.style.top = "300px"; });
    return box;
  };
})()"""


async def test_what_moves_away_while_it_is_clicked_is_clicked_and_nothing_else_is():
    async with a_site() as address, chromium() as browser:
        page = await browser.open(address, size=(640, 400))
        await page.evaluate(RUNS_AWAY)

        await page.click("#go")

        assert await page.evaluate("[document.title, !!window.wrong]") == ["clicked", False]
        await page.click("#other")
        assert await page.evaluate("window.wrong")
