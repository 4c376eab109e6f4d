"""For whoever cannot scan: number and code on the branch's page lead to the ticket's."""

import pytest
from msgspec.structs import replace

from tests.browser import assert_nothing_left_the_host, needs_browser
from tests.server.one_branch import branch_config, take
from tests.server.one_server import UNLIMITED, serving
from tests.server.phone.axe import violations
from tests.server.phone.one_phone import Phone, complaints, lobby

pytestmark = [needs_browser, pytest.mark.asyncio(loop_scope="module")]

PUBLIC = "http://127.0.0.1"
"""Where phones reach it; the page keeps to the port it came from."""


async def home(browser, running):
    return Phone(await browser.open(f"http://127.0.0.1:{running.port}/?lang=en"), "en")


async def write(phone, number, code):
    """As it is typed."""
    for field, typed in (("number", number), ("code", code)):
        await phone.page.evaluate(f"document.getElementById('find-{field}').value = ''")
        await phone.press(f"#find-{field}")
        await phone.page.type(typed)
    await phone.press("#find-go")


async def test_the_number_and_the_code_on_the_paper_lead_to_the_tickets_page(browser):
    async with lobby(public_url=PUBLIC) as branch:
        taken = await branch.take("F")
        phone = await home(browser, branch.server.running)

        await write(phone, "F001", "12")
        await phone.shows("home.find_wrong")
        assert await phone.page.evaluate("document.activeElement.id") == "find-code"
        assert await violations(phone.page) == []
        # Small letters, and a space between the halves.
        await write(phone, "f001", f"{taken.short_code[:3]} {taken.short_code[3:]}")
        await phone.page.until("window.phone?.line.view && !phone.line.stale")

        assert await phone.one("#number") == taken.number
        assert_nothing_left_the_host(phone.page)
        assert complaints(phone.page) == []


async def test_of_several_branches_one_is_named_and_who_guesses_has_to_wait(browser):
    limits = replace(UNLIMITED, wrong_short_codes_per_address=1, minutes_at_once=1.0)
    branches = [branch_config("east"), branch_config("west")]
    async with serving(branches=branches, public_url=PUBLIC, rate_limits=limits) as server:
        kiosk = await server.terminal("west-kiosk-1")
        taken = await kiosk.order(take())
        right = await home(browser, server.running)
        wrong = await home(browser, server.running)
        other = "000000" if taken.short_code != "000000" else "000001"

        await right.page.evaluate("document.getElementById('find-branch').value = 'west'")
        await write(right, taken.number, taken.short_code)
        await right.page.until("window.phone?.line.view")
        for page in (wrong, right):
            assert await violations(page.page) == []
        await wrong.page.evaluate("document.getElementById('find-branch').value = 'west'")
        await write(wrong, taken.number, other)
        await wrong.shows("home.find_wrong")
        await write(wrong, taken.number, other)
        await wrong.shows("refusal.RateLimited")
