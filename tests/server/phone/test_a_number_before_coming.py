"""A number taken before coming: from the branch's page to the kiosk, in a real Chromium."""

from msgspec.structs import replace

from shared.protocol import CheckIn
from tests.browser import assert_nothing_left_the_host, chromium, needs_browser
from tests.server.one_branch import DAY, new_id
from tests.server.phone.axe import violations
from tests.server.phone.one_phone import NARROW, Phone, complaints, lobby, phone_config

pytestmark = needs_browser


def remote_config():
    """The branch that ships with Lobby; cash can be taken from afar."""
    config = phone_config()
    first, *others = config.services
    return replace(config, services=(replace(first, remote=True), *others))


async def test_taken_at_home_and_checked_in_in_the_branch():
    config = remote_config()
    public = "http://127.0.0.1"
    async with (
        chromium(size=NARROW) as browser,
        lobby(config, public_url=public) as branch,
    ):
        page = await browser.new_page(NARROW)
        phone = Phone(page, "en")
        home = f"http://127.0.0.1:{branch.server.running.port}/?lang=en"
        await page.go(home)
        await phone.shows("home.remote")
        assert await violations(page) == []

        # One touch, and the ticket's own page is there, with what to type at the kiosk.
        await phone.press("#remote button[data-service=A]")
        await page.until("window.phone?.line.view && !phone.line.stale")
        await phone.is_in("absent")
        await phone.shows("phone.arrive.how")
        code = await phone.one("#arrive .code")
        assert await violations(page) == []

        # Who comes back to the branch's page finds the same number.
        ticket = await page.evaluate("location.pathname")
        await page.go(home)
        await phone.press("#remote button[data-service=A]")
        await page.until(f"location.pathname === '{ticket}' && !!window.phone?.line.view")

        here = await branch.kiosk.order(CheckIn(id=new_id(), day=DAY, code=code.replace(" ", "")))
        assert here.number == "A001"
        await page.until("document.body.dataset.state !== 'absent'")

        # Who has left the line is not sent back to a number that is over.
        await phone.understood()
        await phone.press("#leave")
        await phone.press("#leave-yes")
        await phone.is_in("left")
        await page.go(home)
        await phone.press("#remote button[data-service=A]")
        await page.until("window.phone?.line.view && !phone.line.stale")
        await phone.is_in("absent")
        assert await phone.one("#number") == "A002"
        assert complaints(page) == []
        assert_nothing_left_the_host(page)
