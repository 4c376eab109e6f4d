"""The morning that the pictures show: a real server, real commands, one seed.

The example branch is played up to a quarter past ten, at a multiple of the speed of life, and left
as it is: some at the counters, some in the line. Then its server runs on at the speed of life, with
everybody at their terminals, and `lobby web` shows terminals of their own.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from play.branch_day import HOUR, branch_day
from play.branch_time import BranchTime
from play.hiring import hire
from play.house import Key, connected, enter, gone, sign_in
from play.own_server import DAY, OwnServer, begins_before
from play.panels import answering, furnish_panels
from play.plan import DayPlan, instant_ms
from play.player import cast_of, play
from play.windows import SPARE_COUNTER, Seen, furnish, in_browser, in_language
from shared.link import Link
from shared.protocol import (
    CallNext,
    Command,
    CounterView,
    FinishService,
    Language,
    OpenCounter,
    RecallTicket,
    StartService,
)

SEED: Final = 26
UNTIL: Final = 10.25 * HOUR
EVENING: Final = 18.5 * HOUR
RATE: Final = 240.0
BRANCH: Final = "main"


class Morning:
    """The branch at a quarter past ten, in a folder; `seen`: terminals to be looked at."""

    def __init__(self, own: OwnServer, keys: Sequence[Key], seen: Sequence[Seen]) -> None:
        self._own = own
        self._keys = keys
        self.seen = {one.program: one for one in seen}

    @asynccontextmanager
    async def serving(self, at: float = UNTIL) -> AsyncIterator[None]:
        """The server, from that time of the day on."""
        async with self._own.serving(at, 1), AsyncExitStack() as stack:
            await enter(self._keys, "zh", stack)
            yield

    @asynccontextmanager
    async def shown(self) -> AsyncIterator[dict[str, str]]:
        """Addresses by program, whether there is a server or not."""
        told: list[str] = []
        async with in_browser(list(self.seen.values()), "en", told.append):
            found = (line[line.index("http://") :].split()[0] for line in told)
            yield {address.rpartition("/")[2]: address for address in found}

    async def call(self) -> None:
        """Somebody is called to the spare counter, or called again."""
        async with self._at_spare_counter() as link:
            again = await _in_hand(link)
            await _order(link, *((RecallTicket,) if again else (OpenCounter, CallNext)))

    async def serve(self) -> None:
        """Somebody is served there, to the end."""
        async with self._at_spare_counter() as link:
            if not await _in_hand(link):
                await _order(link, OpenCounter, CallNext)
            await _order(link, StartService, FinishService)

    @asynccontextmanager
    async def _at_spare_counter(self) -> AsyncIterator[Link]:
        key = self.seen["counter"].key
        async with connected(key.station, "zh", key.token) as link:
            if link.staff is None:
                await sign_in(link, key.post.staff, key.secret)
            yield link

    def sign_in(self, program: str) -> tuple[str, str]:
        """What whoever looks on types there."""
        key = self.seen[program].key
        return key.post.staff, key.secret

    def speak(self, program: str, language: Language, **settings: object) -> None:
        """The settings with which the program is started next."""
        more = "".join(f"{name} = {value}\n" for name, value in settings.items())
        file = self.seen[program].file.with_suffix(".toml")
        file.write_text(in_language(program, language) + more, encoding="utf-8")


async def _order(link: Link, *wanted: Callable[..., Command]) -> None:
    for one in wanted:
        await link.send(one(id=link.new_id(), day=DAY, counter=SPARE_COUNTER))


async def _in_hand(link: Link) -> bool:
    """Whether somebody is at this counter."""
    async for view in link.views():
        if isinstance(view, CounterView):
            return view.current is not None
    raise gone(link)


async def morning(folder: Path) -> Morning:
    """Live it, as fast as it goes."""
    own, plan = OwnServer(folder), branch_day(SEED)
    own.furnish(None)
    begins = begins_before(plan.first_seconds, RATE)
    async with own.before(begins, BRANCH, "zh") as desk:
        keys = await hire(desk, plan)
        panels = await furnish_panels(desk, keys)
        seen = await furnish(desk, folder, "zh")
    async with own.serving(begins, RATE), answering(panels, SEED, "zh"):
        await _lived(plan, keys)
    return Morning(own, [*keys, *panels], seen)


async def _lived(plan: DayPlan, keys: Sequence[Key]) -> None:
    async with AsyncExitStack() as stack:
        cast = cast_of(keys, await enter(keys, "zh", stack))
        welcome = cast.supervisor.link.welcome
        assert welcome is not None, "it has entered"
        zone = ZoneInfo(welcome.time_zone)
        time = BranchTime(RATE, asyncio.get_running_loop().time)
        living = asyncio.create_task(play(plan, cast, time, zone))
        watching = asyncio.create_task(time.until(instant_ms(DAY, UNTIL, zone)))
        await asyncio.wait([living, watching], return_when=asyncio.FIRST_COMPLETED)
        living.cancel()
        with suppress(asyncio.CancelledError):
            await living
