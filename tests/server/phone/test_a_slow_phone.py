"""AX-27: the page on a phone of five years ago and a line of the second generation."""

import pytest

from server.journal.memory import MemoryJournal
from tests.browser import needs_browser
from tests.server.one_branch import types
from tests.server.phone.one_phone import NARROW, Phone, lobby
from tests.server.phone.test_ticket_pages import BYTES_MAX

pytestmark = [needs_browser, pytest.mark.asyncio(loop_scope="module")]

SECOND_GENERATION = {"bits_a_second": 250_000, "latency_ms": 300}
FIVE_YEARS_OLD = 6
"""Times as slow as this machine: what DevTools itself calls a low-end phone."""

BEFORE_ANY_SCRIPT = """
document.addEventListener("readystatechange", () => {
  if (document.readyState === "interactive") window.first = document.body.innerText;
});
"""


async def slow_page(browser):
    page = await browser.new_page(NARROW)
    await page.slow(**SECOND_GENERATION, processor=FIVE_YEARS_OLD)
    await page.call("Page.addScriptToEvaluateOnNewDocument", source=BEFORE_ANY_SCRIPT)
    return page


async def test_a_visit_on_a_slow_phone_and_a_slow_line(browser):
    journal = MemoryJournal()
    async with lobby(journal=journal) as branch:
        for _ in range(6):
            await branch.take("F")
        page = await slow_page(browser)
        phone = Phone(page, "en")

        await page.go(branch.address(6))
        await page.until("window.phone?.line.view && !phone.line.stale")

        # Read before any of the scripts was there, and it all weighs no more than was promised.
        first = await page.evaluate("window.first")
        assert "F006" in first
        assert phone.said("phone.advice.waiting") in first
        assert 0 < page.loaded_bytes <= BYTES_MAX

        # Then it is live, and does what it does elsewhere.
        await phone.shows("phone.people", n=5)
        await branch.call()
        await phone.shows("phone.people", n=4)
        await phone.press("#leave")
        await phone.press("#leave-yes")
        await phone.is_in("left")
        assert (await types(journal))[-1] == "TicketLeft"


async def test_the_branchs_page_and_a_wrong_link_are_light_too(browser):
    async with lobby(public_url="http://127.0.0.1") as branch:
        page = await slow_page(browser)
        phone = Phone(page, "en")
        home = f"http://127.0.0.1:{branch.server.running.port}"

        await page.go(f"{home}/?lang=en")
        await phone.shows("home.find")
        branch_bytes, page.loaded_bytes = page.loaded_bytes, 0
        await page.go(f"{home}/t/{'x' * 22}?lang=en")
        await phone.shows("phone.gone.title")

        assert 0 < branch_bytes <= BYTES_MAX
        assert 0 < page.loaded_bytes <= BYTES_MAX
