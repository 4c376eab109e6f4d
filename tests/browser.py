"""A browser for tests: Debian's Chromium without a window, driven over its DevTools websocket.

    async with chromium() as browser:
        page = await browser.open("http://127.0.0.1:8470/")
        await page.until("document.title !== ''")
        await page.click("#done")
        assert_nothing_left_the_host(page)

Its profile is new and thrown away, and no name but that of this machine resolves in it: what a
page asks for elsewhere is written down in `page.requested`, and fails. Waiting is for events and
conditions, never for a time. Tests that need it are marked `@needs_browser`; `.ci/run` installs it.
"""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

PATIENCE_SECONDS = 30.0
LOOK_AGAIN_SECONDS = 0.03
MESSAGE_BYTES_MAX = 64 * 1024 * 1024
"""A picture of a whole screen is one message."""

HERE = ("127.0.0.1", "localhost", "[::1]")

_AIM = """(selector) => {
    const wanted = () => document.querySelector(selector);
    if (!wanted() || document.readyState !== "complete") return null;
    const box = wanted().getBoundingClientRect();
    const point = [box.x + box.width / 2, box.y + box.height / 2];
    if (!wanted().contains(document.elementFromPoint(...point))) return null;
    const kinds = ["pointerdown", "mousedown", "pointerup", "mouseup", "click"];
    const done = () => kinds.forEach((kind) => window.removeEventListener(kind, check, true));
    const check = (event) => {
        if (event.type === "click") done();
        if (wanted()?.contains(event.target)) return;
        window.aimed.missed = true;
        event.stopImmediatePropagation();
        event.preventDefault();
    };
    window.aimed?.done();
    window.aimed = {missed: false, done};
    kinds.forEach((kind) => window.addEventListener(kind, check, true));
    return point;
}"""
"""Where an element can be touched, in CSS pixels. Should it move before it is, whatever stands
there by then feels nothing of it."""

_MISSED = "(() => { window.aimed?.done(); return !!window.aimed?.missed; })()"

FLAGS = (
    "--headless",
    "--no-sandbox",  # its own sandbox does not start for root, and the pages are ours
    "--disable-gpu",
    "--disable-dev-shm-usage",  # 64 MB in most containers: a large page would crash
    "--disable-quic",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-domain-reliability",
    "--disable-extensions",
    "--disable-sync",
    "--metrics-recording-only",
    "--mute-audio",
    "--hide-scrollbars",
    "--force-color-profile=srgb",
    "--font-render-hinting=none",
    "--no-proxy-server",
    "--remote-debugging-port=0",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)

KEYS = {
    "Enter": (13, "\r"),
    "Escape": (27, ""),
    "Tab": (9, ""),
    "Backspace": (8, ""),
    "ArrowLeft": (37, ""),
    "ArrowUp": (38, ""),
    "ArrowRight": (39, ""),
    "ArrowDown": (40, ""),
    **{f"F{n}": (111 + n, "") for n in range(1, 13)},
}
"""What `press` knows beside single characters: the code of the key, and what it types."""


GREY = """async (picture, scale) => {
  const bytes = Uint8Array.from(atob(picture), (c) => c.charCodeAt(0));
  const image = await createImageBitmap(new Blob([bytes], {type: "image/png"}));
  const width = Math.round(image.width * scale), height = Math.round(image.height * scale);
  const context = new OffscreenCanvas(width, height).getContext("2d");
  context.imageSmoothingQuality = "high";
  context.drawImage(image, 0, 0, width, height);
  const dots = context.getImageData(0, 0, width, height).data;
  let grey = "";
  for (let at = 0; at < dots.length; at += 4) {
    grey += String.fromCharCode((dots[at] * 30 + dots[at + 1] * 59 + dots[at + 2] * 11) / 100);
  }
  return [btoa(grey), width, height];
}"""


def browser_path() -> str | None:
    """Where Chromium is on this machine; None: nowhere."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


needs_browser = pytest.mark.skipif(browser_path() is None, reason="needs chromium")


class BrowserError(Exception):
    """The browser will not, or the page has thrown."""


class Browser:
    """One Chromium. `open` its pages."""

    def __init__(self, socket: ClientConnection, size: tuple[int, int]) -> None:
        self._socket = socket
        self._size = size
        self._numbers = itertools.count(1)
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._listeners: dict[str, Callable[[str, dict[str, Any]], None]] = {}

    async def open(self, url: str, size: tuple[int, int] | None = None, scale: float = 1) -> Page:
        """A new page of that size (CSS pixels), loaded."""
        page = await self.new_page(size, scale)
        await page.go(url)
        return page

    async def new_page(self, size: tuple[int, int] | None = None, scale: float = 1) -> Page:
        """An empty page: to listen to, or to prepare, before it goes anywhere."""
        made = await self.call("Target.createTarget", url="about:blank")
        target = made["targetId"]
        session = (await self.call("Target.attachToTarget", targetId=target, flatten=True))[
            "sessionId"
        ]
        page = Page(self, target, session)
        self._listeners[session] = page._heard
        for domain in ("Page", "Runtime", "Network", "Log"):
            await page.call(f"{domain}.enable")
        await page.resize(*(size or self._size), scale=scale)
        return page

    async def grey(self, picture: bytes, scale: float = 1) -> tuple[bytes, int, int]:
        """A PNG at another size: a byte for each dot, its width and height."""
        page = await self.new_page((100, 100))
        try:
            grey, width, height = await page.evaluate(
                f"({GREY})({json.dumps(base64.b64encode(picture).decode())}, {scale})"
            )
        finally:
            await page.close()
        return base64.b64decode(grey), width, height

    async def call(self, method: str, session: str = "", **fields: Any) -> dict[str, Any]:
        """One DevTools command; its answer."""
        number = next(self._numbers)
        answer = asyncio.get_running_loop().create_future()
        self._answers[number] = answer
        asked = {"id": number, "method": method, "params": fields}
        if session:
            asked["sessionId"] = session
        await self._socket.send(json.dumps(asked))
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                return await answer
        finally:
            self._answers.pop(number, None)

    async def _listen(self) -> None:
        with suppress(ConnectionClosed):
            async for message in self._socket:
                self._take(json.loads(message))
        for answer in self._answers.values():
            if not answer.done():
                answer.set_exception(BrowserError("the browser has gone"))

    def _take(self, message: dict[str, Any]) -> None:
        if "id" not in message:
            listener = self._listeners.get(message.get("sessionId", ""))
            if listener is not None:
                listener(message["method"], message["params"])
            return
        answer = self._answers.get(message["id"])
        if answer is None or answer.done():
            return
        if "error" in message:
            answer.set_exception(BrowserError(message["error"]["message"]))
        else:
            answer.set_result(message["result"])


class Page:
    """One page. `console`: what it said, as (level, text); `requested`: every address it asked
    for, websockets too; `received`: what came over its websockets, newest last; `loaded_bytes`: how
    much came otherwise, heads and all."""

    def __init__(self, browser: Browser, target: str, session: str) -> None:
        self._browser = browser
        self._target = target
        self._session = session
        self._loads = 0
        self.console: list[tuple[str, str]] = []
        self.requested: list[str] = []
        self.received: list[bytes] = []
        self.loaded_bytes = 0

    async def call(self, method: str, **fields: Any) -> dict[str, Any]:
        """One DevTools command to this page."""
        return await self._browser.call(method, self._session, **fields)

    async def go(self, url: str) -> None:
        """Load another address, to the event `load`."""
        loads = self._loads
        went = await self.call("Page.navigate", url=url)
        if went.get("errorText"):
            raise BrowserError(f"{url}: {went['errorText']}")
        await _until(lambda: self._loads > loads, f"{url} did not load")

    async def reload(self) -> None:
        """Load the same address again."""
        loads = self._loads
        await self.call("Page.reload")
        await _until(lambda: self._loads > loads, "the page did not load again")

    async def close(self) -> None:
        """Go away, as when somebody closes the window."""
        await self._browser.call("Target.closeTarget", targetId=self._target)

    async def evaluate(self, expression: str) -> Any:
        """The value of an expression of JavaScript; a promise is waited for."""
        answer = await self.call(
            "Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True
        )
        if "exceptionDetails" in answer:
            wrong = answer["exceptionDetails"]
            raise BrowserError(wrong.get("exception", {}).get("description", wrong["text"]))
        return answer["result"].get("value")

    async def until(self, condition: str, seconds: float = PATIENCE_SECONDS) -> Any:
        """Wait for an expression to become true, also over a reload; its value."""
        found: Any = None
        try:
            async with asyncio.timeout(seconds):
                while not found:
                    # A page on its way to another has nothing to evaluate anything in.
                    with suppress(BrowserError):
                        found = await self.evaluate(condition)
                    if not found:
                        await asyncio.sleep(LOOK_AGAIN_SECONDS)
        except TimeoutError:
            said = "; ".join(f"{level}: {text}" for level, text in self.console[-5:])
            raise AssertionError(f"not within {seconds} s: {condition} ({said})") from None
        return found

    # --- What a person does --------------------------------------------------------------------

    async def click(self, selector: str) -> None:
        """Click into the middle of an element, once its page is whole and it can be touched there:
        before its style has come, something else would stand in that place a moment later. Where
        it moves just then, it is clicked once more."""
        missed = True
        async with asyncio.timeout(PATIENCE_SECONDS):
            while missed:
                await self.click_at(*await self.until(f"({_AIM})({json.dumps(selector)})"))
                missed = False
                with suppress(BrowserError):  # it has led to another page
                    missed = await self.evaluate(_MISSED)

    async def follow(self, selector: str) -> None:
        """Click something that leads to another page, and come back when that one is loaded."""
        loads = self._loads
        await self.click(selector)
        await _until(lambda: self._loads > loads, f"{selector} led nowhere")

    async def click_at(self, x: float, y: float) -> None:
        """Click there, in CSS pixels from the upper left corner."""
        for kind in ("mousePressed", "mouseReleased"):
            await self.call(
                "Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1
            )

    async def tap_at(self, x: float, y: float) -> None:
        """Touch there with a finger."""
        await self.call(
            "Input.dispatchTouchEvent", type="touchStart", touchPoints=[{"x": x, "y": y}]
        )
        await self.call("Input.dispatchTouchEvent", type="touchEnd", touchPoints=[])

    async def type(self, text: str) -> None:
        """Put text in where the cursor is, at once, as a keyboard's own method would."""
        await self.call("Input.insertText", text=text)

    async def press(self, key: str) -> None:
        """Press a key: one of `KEYS`, or a character."""
        code, typed = KEYS.get(key, (ord(key[0].upper()), key))
        about = {"key": key, "code": key, "windowsVirtualKeyCode": code}
        down = {"text": typed} if typed else {}
        await self.call("Input.dispatchKeyEvent", type="keyDown", **about, **down)
        await self.call("Input.dispatchKeyEvent", type="keyUp", **about)

    # --- What it is shown on -------------------------------------------------------------------

    async def resize(
        self, width: int, height: int, scale: float = 1, *, mobile: bool = False
    ) -> None:
        """Another screen: CSS pixels, how many dots each has, and whether it is a phone's."""
        await self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=scale,
            mobile=mobile,
        )
        await self.call("Emulation.setTouchEmulationEnabled", enabled=mobile)

    async def emulate(self, **features: str) -> None:
        """Media features such as prefers_color_scheme="dark", prefers_reduced_motion="reduce"."""
        named = [
            {"name": name.replace("_", "-"), "value": value} for name, value in features.items()
        ]
        await self.call("Emulation.setEmulatedMedia", features=named)

    async def speak(self, language: str) -> None:
        """What the browser says its person reads, such as zh-CN or en-GB."""
        agent = await self.evaluate("navigator.userAgent")
        await self.call("Network.setUserAgentOverride", userAgent=agent, acceptLanguage=language)

    async def offline(self, gone: bool = True) -> None:
        """Cut the network for new requests, or give it back."""
        await self._network(offline=gone)

    async def slow(self, bits_a_second: int, latency_ms: int, processor: int) -> None:
        """A bad line with nothing kept from before, and a processor so many times as slow."""
        bytes_a_second = bits_a_second // 8
        await self._network(
            latency=latency_ms, downloadThroughput=bytes_a_second, uploadThroughput=bytes_a_second
        )
        await self.call("Network.setCacheDisabled", cacheDisabled=True)
        await self.call("Emulation.setCPUThrottlingRate", rate=processor)

    async def _network(self, **changes: Any) -> None:
        as_it_is = {
            "offline": False,
            "latency": 0,
            "downloadThroughput": -1,
            "uploadThroughput": -1,
        }
        await self.call("Network.emulateNetworkConditions", **as_it_is | changes)

    async def block(self, *patterns: str) -> None:
        """Let these addresses (with *) fail."""
        await self.call("Network.setBlockedURLs", urls=list(patterns))

    async def screenshot(self) -> bytes:
        """The page as it looks now: a PNG."""
        shot = await self.call("Page.captureScreenshot", format="png")
        return base64.b64decode(shot["data"])

    # --- What it told --------------------------------------------------------------------------

    def _heard(self, event: str, about: dict[str, Any]) -> None:
        match event:
            case "Page.loadEventFired":
                self._loads += 1
            case "Network.requestWillBeSent":
                self.requested.append(about["request"]["url"])
            case "Network.loadingFinished":
                self.loaded_bytes += int(about["encodedDataLength"])
            case "Network.webSocketCreated":
                self.requested.append(about["url"])
            case "Network.webSocketFrameReceived":
                self.received.append(_payload(about["response"]))
            case "Runtime.consoleAPICalled":
                words = [str(one.get("value", one.get("description"))) for one in about["args"]]
                self.console.append((about["type"], " ".join(words)))
            case "Runtime.exceptionThrown":
                wrong = about["exceptionDetails"]
                told = wrong.get("exception", {}).get("description", wrong["text"])
                self.console.append(("exception", told))
            case "Log.entryAdded":
                self.console.append((about["entry"]["level"], about["entry"]["text"]))
            case _:
                pass


def elsewhere(requested: Sequence[str]) -> list[str]:
    """Those of the addresses that are not on this machine."""
    inline = ("data", "blob", "about")
    split = [(url, urlsplit(url)) for url in requested]
    return [
        url
        for url, parts in split
        if parts.scheme not in inline and parts.netloc.rpartition(":")[0] not in HERE
    ]


def assert_nothing_left_the_host(page: Page) -> None:
    """Every address that the page asked for is on this machine."""
    assert page.requested, "it asked for itself, at least"
    assert elsewhere(page.requested) == []


@asynccontextmanager
async def chromium(
    size: tuple[int, int] = (1280, 800), flags: Sequence[str] = ()
) -> AsyncIterator[Browser]:
    """A browser with a new profile, from its start to its end."""
    path = browser_path()
    if path is None:
        raise BrowserError("there is no chromium here: apt-get install chromium")
    profile = Path(tempfile.mkdtemp(prefix="lobby-browser-"))
    window = f"--window-size={size[0]},{size[1]}"
    process = await asyncio.create_subprocess_exec(
        path,
        *FLAGS,
        window,
        f"--user-data-dir={profile}",
        *flags,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stderr is not None, "it was asked for"
    draining = None
    try:
        address = await _address(process.stderr)
        draining = asyncio.create_task(_drain(process.stderr))
        async with connect(
            address, proxy=None, compression=None, max_size=MESSAGE_BYTES_MAX, ping_interval=None
        ) as socket:
            browser = Browser(socket, size)
            listening = asyncio.create_task(browser._listen())
            try:
                yield browser
            finally:
                with suppress(BrowserError, ConnectionClosed):
                    await browser.call("Browser.close")
                await listening
    finally:
        await _end(process)
        if draining is not None:
            await draining
        # Its last children may still be writing when the first has gone.
        shutil.rmtree(profile, ignore_errors=True)


async def _address(errors: asyncio.StreamReader) -> str:
    """Where its DevTools listen: it says so among its complaints."""
    told = []
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            async for line in errors:
                told.append(line.decode(errors="replace").strip())
                if told[-1].startswith("DevTools listening on "):
                    return told[-1].rpartition(" ")[2]
    except TimeoutError:
        pass
    raise BrowserError("chromium did not start: " + " | ".join(told[-5:]))


async def _drain(errors: asyncio.StreamReader) -> None:
    """Its complaints about a machine without a desktop are many; a full pipe would stop it."""
    while await errors.read(65536):
        pass


async def _end(process: asyncio.subprocess.Process) -> None:
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


async def _until(holds: Callable[[], bool], otherwise: str) -> None:
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not holds():  # noqa: ASYNC110 - the event sets a number, and rings no bell
                await asyncio.sleep(LOOK_AGAIN_SECONDS)
    except TimeoutError:
        raise AssertionError(otherwise) from None


def _payload(frame: dict[str, Any]) -> bytes:
    data: str = frame["payloadData"]
    return data.encode() if frame["opcode"] == 1 else base64.b64decode(data)
