"""`python -m tests.server.phone.pictures`: a ticket's page in every state, a form, an appointment's
pages, of the real thing.

A server with the example branch, a teller who calls, and Chromium of a phone's size. Look at what
came of it: docs/pictures/phone/NAME.LANGUAGE.png.
"""

from __future__ import annotations

import asyncio
import base64
import sys
from pathlib import Path
from typing import Final

from docs.pictures.png import packed
from server.domain.known import Waits
from shared.free_times import free_at
from shared.i18n import LANGUAGES
from shared.protocol import (
    BookAppointment,
    DivertToMachine,
    EndStepBack,
    FindSlots,
    HoldSlot,
    Language,
    LeaveLine,
    MarkMissed,
    ParkTicket,
    RecallTicket,
    StepBack,
    WaitShown,
)
from tests.browser import Browser, chromium
from tests.server.one_branch import DAY, call, new_id, start
from tests.server.phone.one_phone import NARROW, PHONE, Branch, Phone, lobby
from tests.server.phone.test_a_form_on_the_phone import write
from tests.server.phone.test_a_number_before_coming import remote_config
from tests.server.test_bookings import TOMORROW

FOLDER: Final = Path(__file__).parents[3] / "docs" / "pictures" / "phone"
CALLS: Final = 3
"""So often somebody is called before the number is given up for missed."""

WAITS: Final = WaitShown(low=25, high=35, until=1_794_790_800_000 + 40 * 60_000)


async def main() -> None:
    """Take them in each language."""
    FOLDER.mkdir(exist_ok=True)
    async with chromium(size=PHONE) as browser:
        for language in LANGUAGES:
            album = Album()
            await _visit(browser, language, album)
            await _off_the_line(browser, language, album)
            await _appointment(browser, language, album)
            await album.keep(browser)


async def _visit(browser: Browser, language: Language, album: Album) -> None:
    async with lobby(remote_config(), public_url="http://127.0.0.1") as branch:
        for _ in range(6):
            await branch.take("F", language=language)
        runner = branch.server.running.runners["main"]
        shown = {"F": WaitShown(low=30, high=45)}
        runner._durable.known.waits = Waits(tickets={6: WAITS}, ordinary=shown)
        runner._publishing.to_everybody()
        home = f"http://127.0.0.1:{branch.server.running.port}/?lang={language}"
        await album.take(Phone(await browser.open(home, PHONE), language), "branch")
        phone = await branch.phone(browser, 6, lang=language)
        await phone.is_in("waiting")
        await album.take(phone, "waiting")
        await phone.press("#leave")
        await album.take(phone, "leaving")
        near = await branch.phone(browser, 3, lang=language)
        await near.is_in("soon")
        await album.take(near, "soon")
        narrow = await branch.phone(browser, 5, size=NARROW, lang=language)
        await narrow.page.evaluate("document.documentElement.style.fontSize = '200%'")
        await album.take(narrow, "twice-the-text")
        first = await branch.phone(browser, 1, lang=language)
        await branch.call()
        await first.is_in("called")
        await album.take(first, "called")
        await first.understood()
        await album.take(first, "called-seen")
        await branch.serve()
        await first.is_in("done")
        branch.clock.advance(seconds=25)
        await first.press("#rating input[name=score][value='2']")
        await album.take(first, "rating")
        leaver, _ = await branch.server.knock(ticket=branch.server.ticket(5))
        await leaver.order(LeaveLine(id=new_id(), day=DAY, visit=5))
        left = await branch.phone(browser, 5, lang=language)
        await left.is_in("left")
        await album.take(left, "left")
        await _step_back(browser, branch, language, album)
        await _on_the_way(browser, branch, language, album)
    await phone.page.until("document.body.dataset.fresh === 'no'")
    await phone.understood()
    await album.take(phone, "not-current")


async def _step_back(browser: Browser, branch: Branch, language: Language, album: Album) -> None:
    """Two lets the next two go first; then it is called in vain."""
    one, _ = await branch.server.knock(ticket=branch.server.ticket(2))
    await one.order(StepBack(id=new_id(), day=DAY, visit=2, places=2))
    phone = await branch.phone(browser, 2, lang=language)
    await phone.is_in("held")
    await album.take(phone, "held")
    await one.order(EndStepBack(id=new_id(), day=DAY, visit=2))


async def _on_the_way(browser: Browser, branch: Branch, language: Language, album: Album) -> None:
    """A number is taken on the branch's page, and its page says what to type at the kiosk."""
    home = f"http://127.0.0.1:{branch.server.running.port}"
    phone = Phone(await browser.open(f"{home}/?lang={language}", PHONE), language)
    await phone.press("#remote button[data-service=A]")
    await phone.page.until("window.phone?.line.view && !window.phone.line.stale")
    await phone.is_in("absent")
    await album.take(phone, "on-the-way")
    gone = Phone(await browser.open(f"{home}/t/{'x' * 22}?lang={language}", PHONE), language)
    await album.take(gone, "gone")


async def _off_the_line(browser: Browser, language: Language, album: Album) -> None:
    """Not there when called; sent for papers; at a machine; and a form, filled in wrongly."""
    async with lobby() as branch:
        for service in "AAAWW":
            await branch.take(service, language=language)
        await branch.do(call())
        for _ in range(CALLS - 1):
            branch.clock.advance(seconds=11)
            await branch.do(RecallTicket(id=new_id(), day=DAY, counter=1))
        branch.clock.advance(seconds=11)
        missed = MarkMissed(id=new_id(), day=DAY, counter=1)
        park = ParkTicket(id=new_id(), day=DAY, counter=1, reason="papers")
        await branch.do(missed, call(), start(), park)
        board = await branch.server.terminal("board-manager")
        await board.order(DivertToMachine(id=new_id(), day=DAY, visit=3, machine="M1"))
        for visit, state in ((1, "missed"), (2, "parked"), (3, "diverted")):
            phone = await branch.phone(browser, visit, lang=language)
            await phone.is_in(state)
            await album.take(phone, state)
        phone = await branch.phone(browser, 5, lang=language)
        await phone.understood()
        await phone.press("#form-begin")
        await write(phone.page, "amount", "5,000,000")
        await write(phone.page, "purpose", "Oslo")
        await phone.press("#form-asked button.first")
        await phone.page.until("!!document.getElementById('form-currency-fault')")
        await album.take(phone, "form")


async def _appointment(browser: Browser, language: Language, album: Album) -> None:
    """Booked for tomorrow at the kiosk; and its pages on the phone."""
    async with lobby(public_url="http://127.0.0.1") as branch:
        found = await branch.kiosk.order(
            FindSlots(id=new_id(), service="L", first_day=TOMORROW, days=7)
        )
        at = found.slots[2].at
        held = await branch.kiosk.order(
            HoldSlot(id=new_id(), day=DAY, service="L", slot=at, language=language)
        )
        await branch.kiosk.order(
            BookAppointment(id=new_id(), day=DAY, appointment=held.appointment)
        )
        own = f"http://127.0.0.1:{branch.server.running.port}/a/{branch.server.appointment(1)}"
        day = free_at(at, branch.server.running.runners["main"].published.config.time_zone).day
        pages = {"": "appointment", "/move": "move-days", f"/move/{day}": "move-times"}
        for path, name in {**pages, "/cancel": "cancel"}.items():
            page = await browser.open(f"{own}{path}?lang={language}", PHONE)
            await album.take(Phone(page, language), name)
            await page.close()


class Album:
    """Pictures as they were taken. Packing them takes the processor for so long that those who are
    connected meanwhile would be taken for gone: it is done when nobody is any more."""

    def __init__(self) -> None:
        self._shots: dict[str, bytes] = {}

    async def take(self, phone: Phone, name: str) -> None:
        """What is filled by a notice is of the size of the screen; else the whole page is seen."""
        await phone.page.call("Page.bringToFront")
        await phone.page.evaluate("window.scrollTo(0, 0)")
        whole = not await phone.page.evaluate("document.getElementById('notice')?.open")
        shot = await phone.page.call(
            "Page.captureScreenshot", format="png", captureBeyondViewport=whole
        )
        self._shots[f"{name}.{phone.lang}.png"] = base64.b64decode(shot["data"])

    async def keep(self, browser: Browser) -> None:
        """Pack them, and say how large each is."""
        for name, shot in self._shots.items():
            picture = await packed(browser, shot)
            (FOLDER / name).write_bytes(picture)
            sys.stdout.write(f"{name}  {len(picture):,} bytes\n")


if __name__ == "__main__":
    asyncio.run(main())
