"""The hall of a branch and everyone in it, each at a terminal or a phone of their own.

    async with hall("2026-11-16T08:40", tmp_path) as lobby:
        await lobby.counters(1, 3)
        number = await lobby.kiosk.take("A")
        await lobby.at("09:00")
        assert await lobby.teller(1).call_next() == number

A real server on a journal on disk, the branch that ships with Lobby, and for every terminal the
link that real terminals use. Nothing is asked but what somebody can see: after every command, and
whenever time has passed, `settled` waits until every screen shows all there is to show.
"""

import asyncio
import json
import subprocess
import sys
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from server.config import DEFAULT_BRANCH
from server.domain.configuration import BranchConfig
from server.journal.sqlite import open_sqlite
from shared import protocol as p
from shared.config import load
from shared.link import REAL_TIME, Link
from shared.testing import ManualClock
from tests.journeys.people import (
    PATIENCE_SECONDS,
    Board,
    Display,
    Kiosk,
    Panel,
    Phone,
    Teller,
)
from tests.server.one_house import secret_of, station_secret
from tests.server.one_server import serving

ZONE = ZoneInfo("Asia/Shanghai")
PUBLIC_URL = "https://lobby.example"

# A tenth of a terminal's patience between two attempts to come back.
BRISK = replace(REAL_TIME, base_seconds=0.025, cap_seconds=0.5)

BOARDS = {
    "assistant": "zh",
    "manager": "zh",
    "supervisor": "en",
    "head": "zh",
    "auditor": "en",
}
"""Who stands at a board of their own, and the language they read."""

EVERYTHING = (
    "BoardView",
    "KioskView",
    "DisplayView",
    "CounterView:1",
    "CounterView:3",
    "HouseView",
)
"""What the auditor looks at."""


class Hall:
    """Everyone in it, and the clock on its wall. Without a clock it is the server that knows."""

    def __init__(self, address, folder, stack, clock=None):
        self.address, self.folder, self.clock = address, folder, clock
        self.tickets = {}
        self.secrets_typed = 0
        self._stack = stack
        self._terminals = []
        self._tellers, self._boards, self._phones = {}, {}, {}

    async def furnish(self):
        """What hangs and stands in the hall before anybody has come in."""
        display = await self._link("display-1", "zh")
        self.display = await self._arrived(Display(self, display, "DisplayView"))
        for role, language in BOARDS.items():
            views = EVERYTHING if role == "auditor" else ()
            link = await self._link(f"board-{role}", language, views)
            self._boards[role] = await self._signed_in(Board, link, role, "BoardView")

    async def put_up_kiosk(self, **files):
        """The machine that gives tickets."""
        kiosk = await self._link("kiosk-1", "zh", **files)
        self.kiosk = await self._arrived(Kiosk(self, kiosk, "KioskView"))

    async def give(self, service, *lanes, **fields):
        """The assistant gives a ticket, in a lane that is the staff's to give."""
        taken = await self.assistant.do(p.TakeTicket, service=service, lanes=lanes, **fields)
        self.tickets[taken.number] = taken
        return taken.number

    # --- Who is there ----------------------------------------------------------------------------

    async def counters(self, *counters):
        """At these counters a teller signs in (签到) and opens."""
        for counter in counters:
            await self.sign_in(counter)
            await self.teller(counter).press(p.OpenCounter)

    async def sign_in(self, counter, **files):
        """The teller of a counter signs in, or is still signed in, and does nothing yet."""
        link = await self._link(f"counter-{counter}", "zh", **files)
        feed = f"CounterView:{counter}"
        self._tellers[counter] = await self._signed_in(Teller, link, f"teller-{counter}", feed)
        self._tellers[counter].counter = counter

    async def panel(self, counter):
        """The rating panel of a counter."""
        link = await self._link(f"panel-{counter}", "zh")
        panel = Panel(self, link, f"PanelView:{counter}")
        panel.counter = counter
        return await self._arrived(panel)

    def teller(self, counter):
        return self._tellers[counter]

    @property
    def assistant(self):
        return self._boards["assistant"]

    @property
    def manager(self):
        return self._boards["manager"]

    @property
    def supervisor(self):
        return self._boards["supervisor"]

    @property
    def head(self):
        return self._boards["head"]

    @property
    def auditor(self):
        return self._boards["auditor"]

    async def replaced(self, staff):
        """Somebody's bare link goes: a real program comes to the station in its place."""
        board = self._boards.pop(staff)
        self._terminals.remove(board)
        await board.sign_out()
        await board.link.close()

    async def phone(self, number, language="zh"):
        """The phone of whoever has this number, on the page that its ticket leads to."""
        if number not in self._phones:
            ticket = self.tickets[number]
            secret = ticket.link.removeprefix(f"{PUBLIC_URL}/t/")
            hello = p.Hello(version=p.VERSION, ticket=secret, language=language)
            link = await self._connected(hello, {})
            self._phones[number] = await self._arrived(Phone(self, link, ticket.visit))
        return self._phones[number]

    async def _link(self, station, language, views=(), **files):
        secret = station_secret(station)
        hello = p.Hello(
            version=p.VERSION, station=station, secret=secret, language=language, views=views
        )
        return await self._connected(hello, files)

    async def _connected(self, hello, files):
        link = Link(self.address, hello, timing=BRISK, **files)
        await self._stack.enter_async_context(link)
        await live(link)
        return link

    async def _signed_in(self, kind, link, staff, feed):
        if link.staff is None:
            signed_in = await link.sign_in(staff, secret_of(staff))
            assert isinstance(signed_in, p.SignedIn), signed_in.text
            self.secrets_typed += 1
        return await self._arrived(kind(self, link, feed, secret_of(staff)))

    async def _arrived(self, terminal):
        await live(terminal.link)
        await terminal.knock()
        self._terminals.append(terminal)
        return terminal

    # --- Time ------------------------------------------------------------------------------------

    @property
    def date(self):
        now = self.clock.now_ms() if self.clock else self.display.link.now_ms()
        return datetime.fromtimestamp(now / 1000, tz=ZONE).date().isoformat()

    def moment(self, time):
        """The instant (ms) of "09:05", "09:05:30" or "2026-11-17T09:05" on the wall."""
        local = datetime.fromisoformat(time if "T" in time else f"{self.date}T{time}")
        return round(local.replace(tzinfo=ZONE).timestamp() * 1000)

    async def at(self, time):
        """It is now that time. The branch was woken whenever it wanted to be until then."""
        await self._until(self.moment(time))

    async def later(self, *, minutes=0.0, seconds=0.0):
        """So much later."""
        await self._until(self.clock.now_ms() + round(60_000 * minutes + 1000 * seconds))

    async def _until(self, at_ms):
        assert at_ms >= self.clock.now_ms(), "time does not go back"
        await self.clock.asleep()
        while self.clock.now_ms() + 1000 * self.clock.naps[0] <= at_ms:
            self.clock.advance(seconds=self.clock.naps[0])
            await self.clock.asleep()
        self.clock.advance(seconds=(at_ms - self.clock.now_ms()) / 1000)
        await self.settled()

    async def settled(self):
        """Come back when every screen shows all there is to show."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            if self.clock is not None:
                await self.clock.asleep()
            await asyncio.gather(*(terminal.knock() for terminal in self._terminals))

    # --- Power -----------------------------------------------------------------------------------

    async def lost(self):
        """Come back when everyone has noticed that the server is gone."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            for terminal in self._terminals:
                while terminal.link.state == "live":
                    await terminal.link.next_state("live")

    async def back(self):
        """Come back when everyone who was there is connected again, and shown everything."""
        for terminal in self._terminals:
            await live(terminal.link)
        await self.settled()

    # --- Afterwards ------------------------------------------------------------------------------

    async def report(self, *options):
        """What `lobby report day` says, as a program reads it."""
        return json.loads(await lobby_prints("report", "day", "--json", *options, data=self.folder))


async def live(link):
    """Come back when it is connected."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        async for state in link.changed():
            if state == "live":
                return
    raise AssertionError(link.refusal)


async def lobby_prints(*arguments, data):
    """What a `lobby` command prints that looks into a data folder."""
    done = await _run(*arguments, "--data", str(data))
    assert done.returncode == 0, done.stderr
    return done.stdout


async def lobby_fails(*arguments, data):
    """What it says when there is nothing to print."""
    done = await _run(*arguments, "--data", str(data))
    assert done.returncode == 1, done.stdout
    return done.stderr


async def _run(*arguments):
    command = [sys.executable, "-m", "lobby", *arguments]
    return await asyncio.to_thread(
        subprocess.run, command, capture_output=True, text=True, timeout=PATIENCE_SECONDS
    )


@asynccontextmanager
async def hall(start, folder, rehearsal=False, panels=(), configured=lambda config: config):
    """The branch from that moment on, on a clock moved by hand. These counters have a panel; what
    else is different about the branch, `configured` does."""
    clock = ManualClock(start)
    for _ in range(date.fromisoformat(start[:10]).toordinal() % 1000):
        clock.token()  # no day has the chance of another
    async with AsyncExitStack() as stack:
        journal = await open_sqlite(Path(folder) / "lobby.sqlite")
        stack.push_async_callback(journal.close)
        config = load(DEFAULT_BRANCH, BranchConfig)
        counters = tuple(replace(c, rating_panel=c.id in panels) for c in config.counters)
        config = configured(replace(config, counters=counters))
        server = await stack.enter_async_context(
            serving(journal, clock, [config], rehearsal=rehearsal, public_url=PUBLIC_URL)
        )
        opened = Hall(server.running.address, Path(folder), stack, clock)
        await opened.furnish()
        await opened.put_up_kiosk()
        yield opened
