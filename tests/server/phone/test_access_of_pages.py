"""Whoever sees little, or reads with the ears, on the pages that are no ticket's: an appointment's
in all that may become of it, branches', the record of waits, the display's; narrow and large."""

import pytest

from server.recording import FIGURES_SECONDS
from shared.i18n import LANGUAGES
from shared.protocol import CancelAppointment, CheckIn, MoveAppointment
from shared.testing import ManualClock
from tests.browser import needs_browser
from tests.server.one_branch import DAY, branch_config, new_id
from tests.server.one_server import serving
from tests.server.phone.axe import violations
from tests.server.phone.one_phone import NARROW, Phone, lobby
from tests.server.phone.test_a_number_before_coming import remote_config
from tests.server.test_appointment_pages import action, own
from tests.server.test_bookings import TOMORROW, booked, holder, house, slots
from tests.server.test_recording import a_house, a_record

pytestmark = [needs_browser, pytest.mark.asyncio(loop_scope="module")]

WALL = (1280, 720)
TWICE = "document.documentElement.style.fontSize = '200%'; true"


class Look:
    """Looks at one page after the other in one tab, and keeps what is wrong."""

    def __init__(self, page, server, language):
        self.page, self.lang, self.found = page, language, []
        self.base = f"http://127.0.0.1:{server.running.port}"

    async def at(self, name, path):
        """As it comes, and with twice the text."""
        await self.page.go(f"{self.base}{path}?lang={self.lang}")
        await self.once(name)

    async def once(self, name):
        """What is open now."""
        phone = Phone(self.page, self.lang)
        await self.page.evaluate(TWICE)
        self.found += [(name, *one) for one in await violations(self.page)]
        self.found += [(name, "too wide", one) for one in await phone.wider_than_itself()]


@pytest.mark.parametrize("lang", LANGUAGES)
async def test_no_page_of_an_appointment_breaks_wcag_at_320_pixels_and_twice_the_text(
    browser, lang
):
    clock = ManualClock()
    async with house(clock=clock) as server:
        kiosk = await server.terminal("kiosk-1")
        now, soon, *_ = await slots(kiosk)
        first, *_, last = await slots(kiosk, first_day=TOMORROW)
        for at in (first, now, now, soon, last):
            await booked(kiosk, at)
        look = Look(await browser.new_page(NARROW), server, lang)

        await look.at("booked", own(server))
        await look.at("to confirm", action("confirm"))
        await look.at("to cancel", f"{own(server)}/cancel")
        await look.at("days", f"{own(server)}/move")
        await look.at("times", f"{own(server)}/move/{TOMORROW}")
        await look.at("to move", f"{own(server)}/move/{last}")
        await look.at("taken", f"{own(server)}/move/{last + 1}")
        await look.at("nothing", f"/a/{'x' * 22}")
        phone = await holder(server)
        await phone.order(MoveAppointment(id=new_id(), day=DAY, slot=last))
        await look.at("an old link", action("confirm"))
        await phone.order(CancelAppointment(id=new_id(), day=DAY))
        await look.at("cancelled", own(server))
        came = await kiosk.order(CheckIn(id=new_id(), day=DAY, link=server.appointment(2)))
        await look.at("there", own(server, 2))
        clock.advance(minutes=5)
        await look.at("late", own(server, 3))

    assert came.number
    assert look.found == []


@pytest.mark.parametrize("lang", LANGUAGES)
async def test_no_page_of_a_branch_or_of_a_display_breaks_wcag(browser, lang):
    async with lobby(remote_config(), public_url="http://127.0.0.1") as branch:
        await branch.take("F")
        look = Look(await browser.new_page(NARROW), branch.server, lang)

        await look.at("a branch", "/b/main")
        await look.page.resize(*WALL)
        await look.page.go(f"{look.base}/display/main")
        await look.page.until("!document.getElementById('pair').hidden")
        look.found += [("a display", *one) for one in await violations(look.page)]
    async with serving(branches=[branch_config("east"), branch_config("west")]) as server:
        several = Look(await browser.new_page(NARROW), server, lang)

        await several.at("all branches", "/")

    assert look.found + several.found == []


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("colours", ["light", "dark"])
async def test_the_record_of_waits_breaks_no_rule_in_the_light_and_in_the_dark(
    browser, lang, colours
):
    async with a_record() as record, a_house(record) as here:
        await here.open()
        await here.tell()
        await here.take()
        await here.recording.look("main")
        here.clock.advance(minutes=2)
        await here.call()
        here.clock.advance(seconds=FIGURES_SECONDS + 1)
        await here.recording.look("main")
        html = here.pages.answer("/accuracy", f"branch=main&language={lang}", "").body.decode()
        look = Look(await browser.new_page(NARROW), here.server, lang)
        await look.page.emulate(prefers_color_scheme=colours)

        await look.at("nothing yet", "/accuracy")
        frame = (await look.page.call("Page.getFrameTree"))["frameTree"]["frame"]["id"]
        await look.page.call("Page.setDocumentContent", frameId=frame, html=html)
        await look.page.until(
            "document.styleSheets.length === 1 && !!document.querySelector('svg')"
        )
        await look.once("figures")

    assert look.found == []
