"""The kiosk as customers have it in a bank that runs it in a browser: real from end to end."""

import asyncio
import os
import signal

import zxingcpp

from shared.i18n import text
from tests.browser import assert_nothing_left_the_host, needs_browser
from tests.server.one_server import eventually
from tests.web.one_web import one_web, programs
from tests.web.window import PATIENCE_SECONDS, SCREEN

pytestmark = needs_browser

PUBLIC = "https://queue.example.com"


async def codes_in(browser, picture, scale=1.0):
    """What a decoder that is not ours reads on a picture, at that size."""
    pixels, width, height = await browser.grey(picture, scale)
    image = memoryview(pixels).cast("B", (height, width))
    return [code.text for code in zxingcpp.read_barcodes(image)]


async def picture_with_a_code(browser, page):
    """What the page looks like when a code can be read on it, and the codes: it is drawn some rows
    at a time."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not (codes := await codes_in(browser, picture := await page.screenshot())):
            pass
    return picture, codes


async def test_two_touches_give_a_number_whose_code_a_phone_can_read(tmp_path):
    async with one_web(tmp_path, public_url=PUBLIC) as web:
        window = await web.open()

        await window.touch("kiosk.start")
        await window.touch("kiosk.waiting", n=0)
        await window.shows("kiosk.your_number")
        picture, [code] = await picture_with_a_code(web.browser, window.page)

        assert code.startswith(f"{PUBLIC}/t/")
        assert await codes_in(web.browser, picture, scale=1 / 3) == [code]
        assert_nothing_left_the_host(window.page)
        assert [told for told in window.page.console if told[0] in ("error", "exception")] == []


async def test_a_kiosk_comes_back_by_itself_when_its_program_has_died(tmp_path):
    async with one_web(tmp_path) as web:
        window = await web.open()
        await window.shows("kiosk.start")
        [died] = programs()

        os.kill(died, signal.SIGKILL)
        await window.notice("away")
        window.page.received.clear()
        await window.shows("kiosk.start")
        await window.notice("nothing")

        assert len(programs()) == 1
        assert programs() != [died]


async def test_a_page_whose_server_has_gone_says_so_and_waits_for_it(tmp_path):
    async with one_web(tmp_path) as web:
        window = await web.open()
        await window.shows("kiosk.start")

        await web.stop()
        await window.notice("away")
        told = await window.page.evaluate("document.querySelector('.away').innerText")
        gone = programs()
        window.page.received.clear()
        await web.start()
        await window.shows("kiosk.start")
        await window.notice("nothing")

        assert gone == []
        assert text("zh", "screen.offline") in told
        assert text("en", "screen.offline") in told
        assert_nothing_left_the_host(window.page)


async def test_a_station_is_on_one_page_and_the_other_waits_until_it_is_free(tmp_path):
    async with one_web(tmp_path) as web:
        first = await web.open()
        await first.shows("kiosk.start")

        second = await web.open()
        await first.notice("elsewhere")
        await second.shows("kiosk.start")
        both = programs()
        first.page.received.clear()
        await first.page.click("#here")
        await second.notice("elsewhere")
        await first.shows("kiosk.start")
        second.page.received.clear()
        await first.page.close()
        await second.shows("kiosk.start")
        await second.page.close()
        await eventually(lambda: programs() == [])

        assert len(both) == 1


async def test_nobody_leaves_a_page_by_what_is_on_its_screen(tmp_path):
    async with one_web(tmp_path, public_url=PUBLIC) as web:
        window = await web.open()
        await window.shows("kiosk.start")

        menu = "new MouseEvent('contextmenu', {cancelable: true, bubbles: true})"
        stopped = await window.page.evaluate(f"!document.body.dispatchEvent({menu})")
        opened = await window.page.evaluate("window.open('/')")
        keyboard = await window.page.evaluate(
            "document.querySelector('.xterm-helper-textarea').inputMode"
        )

        assert stopped
        assert opened is None
        assert keyboard == "none"


async def test_chinese_is_two_cells_wide_and_half_blocks_are_nearly_square(tmp_path):
    async with one_web(tmp_path) as web:
        window = await web.open()
        await window.shows("kiosk.start")
        wide = """(() => {
          const c = document.createElement("canvas").getContext("2d");
          c.font = "32px 'Roboto Mono', monospace";
          return ["W", "\u6b22", "\u00b7"].map((one) => c.measureText(one).width);
        })()"""

        latin, chinese, dot = await window.page.evaluate(wide)
        _, _, width, height = await window.page.evaluate(SCREEN)
        columns, rows = window.size()

        assert chinese == 2 * latin
        assert dot <= latin
        assert columns == 120
        assert 1.0 <= (height / rows / 2) / (width / columns) <= 1.2
