"""The page of an appointment in a real browser: its empty forms are posted, its own
rules let them, and nothing is wider than the narrowest of phones."""

from tests.browser import assert_nothing_left_the_host, chromium, needs_browser
from tests.server.test_appointment_pages import action, own, state
from tests.server.test_bookings import TOMORROW, booked, house, slots

NARROW = (320, 1600)  # as long as the page, which scrolls elsewhere

BROKEN_TIMES = """[...document.querySelectorAll(".times > *")].filter((key) => {
  const words = document.createRange();
  words.selectNodeContents(key);
  return words.getClientRects().length > 1 || key.scrollWidth > key.clientWidth;
}).map((key) => key.innerText)"""
"""Keys of free times that do not stand in one line."""


@needs_browser
async def test_a_customer_confirms_and_then_cancels_on_a_narrow_phone():
    async with house() as server, chromium(size=NARROW) as browser:
        kiosk = await server.terminal("kiosk-1")
        await booked(kiosk, (await slots(kiosk, first_day=TOMORROW))[4])
        base = f"http://127.0.0.1:{server.running.port}"

        page = await browser.open(f"{base}{own(server)}?lang=en")
        wide = await page.evaluate("document.documentElement.scrollWidth")
        await page.follow("form button")
        await page.until("document.body.innerText.includes('said that you will come')")
        assert await state(server) == ("booked", True)

        await page.go(f"{base}{action('cancel')}?lang=en")
        await page.until("document.body.innerText.includes('Cancel this appointment?')")
        await page.follow("form button")
        await page.until("document.body.innerText.includes('is cancelled')")
        assert await state(server) == ("cancelled", True)

        assert wide == NARROW[0]
        assert_nothing_left_the_host(page)


@needs_browser
async def test_a_customer_moves_it_by_touch_on_a_narrow_phone():
    async with house() as server, chromium(size=NARROW) as browser:
        kiosk = await server.terminal("kiosk-1")
        first, last, *_ = await slots(kiosk, first_day=TOMORROW)
        await booked(kiosk, first)
        base = f"http://127.0.0.1:{server.running.port}{own(server)}"
        wide = []

        page = await browser.open(f"{base}?lang=en")
        for link in (f"{own(server)}/move?", f"/move/{TOMORROW}?", f"/move/{last}?"):
            wide.append(await page.evaluate("document.documentElement.scrollWidth"))
            assert await page.evaluate(BROKEN_TIMES) == []
            await page.follow(f'a[href*="{link}"]')
        wide.append(await page.evaluate("document.documentElement.scrollWidth"))
        await page.follow("form button")
        await page.until("document.body.innerText.includes('Booked')")

        assert server.running.runners["main"].appointment(1).slot == last
        assert set(wide) == {NARROW[0]}
        assert_nothing_left_the_host(page)
