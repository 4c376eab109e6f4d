"""A customer's phone in a real Chromium, beside a server whose clock is moved by hand.

async with lobby() as branch, chromium(size=PHONE) as browser:
    await branch.take("A")
    phone = await branch.phone(browser, 1)
    await phone.is_in("waiting")
"""

import json
from contextlib import asynccontextmanager

from msgspec.structs import replace

from server.config import DEFAULT_BRANCH
from server.domain.configuration import BranchConfig
from server.reception import Deadlines
from shared.config import load
from shared.i18n import text
from shared.protocol import Accepted, OpenCounter, TakeTicket, Words
from shared.testing import ManualClock
from tests.server.one_branch import DAY, call, finish, new_id, start
from tests.server.one_server import serving

PHONE = (390, 844)
NARROW = (320, 640)
COMPLAINTS = "95588"

BEATING = Deadlines(heartbeat_seconds=1, phones_seconds=0)
"""A page that hears nothing for ten seconds says that it is not current."""


def phone_config(**changes):
    """The branch that ships with Lobby; its counters ask at no panel."""
    config = load(DEFAULT_BRANCH, BranchConfig)
    counters = tuple(replace(one, rating_panel=False) for one in config.counters)
    about = replace(
        config.about,
        complaint_phone=COMPLAINTS,
        facilities=(Words(zh="无障碍坡道", en="Ramp"), Words(zh="助听器", en="Hearing aid")),
    )
    return replace(config, counters=counters, duty_required=False, about=about, **changes)


class Branch:
    """A server, its kiosk, and a teller at counter 1."""

    def __init__(self, server, clock, kiosk, teller):
        self.server, self.clock, self.kiosk, self.teller = server, clock, kiosk, teller

    async def take(self, service="A", **fields):
        taken = await self.kiosk.order(
            TakeTicket(id=new_id(), day=DAY, service=service, **{"language": "en", **fields})
        )
        assert isinstance(taken, Accepted), taken
        return taken

    async def do(self, *commands):
        for command in commands:
            reply = await self.teller.order(command)
            assert isinstance(reply, Accepted), reply

    async def call(self):
        await self.do(call())

    async def serve(self):
        """Whoever is called, to the end."""
        await self.do(start(), finish())

    def address(self, visit, query=""):
        secret = self.server.ticket(visit)
        return f"http://127.0.0.1:{self.server.running.port}/t/{secret}{query}"

    async def phone(self, browser, visit, query="", size=PHONE, lang="en"):
        """The page that a ticket's QR code leads to, and live."""
        page = await browser.new_page(size)
        phone = Phone(page, lang)
        await page.go(self.address(visit, query))
        await page.until("window.phone?.line.view && !phone.line.stale")
        return phone


class Phone:
    """What somebody sees of it, and does with it. `lang`: what it is read in."""

    def __init__(self, page, lang):
        self.page, self.lang = page, lang

    def said(self, key, **values):
        return text(self.lang, key, **values)

    async def is_in(self, state):
        await self.page.until(f"document.body.dataset.state === {json.dumps(state)}")

    async def shows(self, key, **values):
        """Come back when that sentence stands somewhere on it."""
        await self.page.until(
            f"document.body.innerText.includes({quoted(self.said(key, **values))})"
        )

    async def does_not_show(self, key, **values):
        assert self.said(key, **values) not in await self.everything()

    async def everything(self):
        return await self.page.evaluate("document.body.innerText")

    async def one(self, selector):
        return await self.page.evaluate(f"document.querySelector({quoted(selector)}).innerText")

    async def title(self):
        return await self.page.evaluate("document.title")

    async def press(self, selector):
        """A finger on it, where it is."""
        await self.page.until(f"document.querySelector({quoted(selector)})?.checkVisibility()")
        await self.page.evaluate(
            f"document.querySelector({quoted(selector)}).scrollIntoView({{block: 'center'}})"
        )
        await self.page.click(selector)

    async def understood(self):
        """Whatever fills the screen has been seen."""
        await self.page.until("document.getElementById('notice').open")
        await self.press("#notice-seen")
        await self.page.until("!document.getElementById('notice').open")

    async def hears_no_news(self):
        """From here on only the answers to its own commands reach it."""
        await self.page.evaluate(
            "{const {line} = phone, take = line.take.bind(line);"
            " line.take = (message) => message.type === 'TicketView' || take(message)}"
        )

    async def wider_than_itself(self):
        """What stands out of the screen to the right, if anything does, and cannot be moved there
        by itself."""
        return await self.page.evaluate(
            "[...document.querySelectorAll('body *')].filter((e) => e.checkVisibility()"
            " && !e.closest('.wide *')"
            " && e.getBoundingClientRect().right > document.documentElement.clientWidth + 1)"
            ".map((e) => e.id || e.tagName)"
        )


def quoted(words):
    return json.dumps(words, ensure_ascii=False)


@asynccontextmanager
async def lobby(config=None, journal=None, clock=None, deadlines=BEATING, **server):
    """From its start to its stop, on Monday at nine."""
    clock = clock or ManualClock()
    branches = [config or phone_config()]
    async with serving(journal, clock, branches, deadlines, **server) as running:
        kiosk = await running.terminal("kiosk-1")
        teller = await running.terminal("counter-1")
        branch = Branch(running, clock, kiosk, teller)
        # After a restart it is open already.
        await teller.order(OpenCounter(id=new_id(), day=DAY, counter=1))
        yield branch


def complaints(page):
    """What the page itself found wrong: errors, and what a policy has refused."""
    return [said for said in page.console if said[0] in ("error", "exception", "warning")]
