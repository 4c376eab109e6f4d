"""Somebody who plays with the kiosk: random keys, touches, pastes, escape sequences, other sizes.

100,000 of them against a real server, in lives of some thousand each: at the end of a life the
power goes, and the next one has the same folder. Meanwhile the line is cut and mended, and the
kiosk's clock jumps ahead, so that people are asked whether they are still there. After every burst
it is looked at what is shown; at the end everything is held against the server's journal.

The kiosk runs in this process and without a terminal, so that every file that is opened for
writing can be seen. What goes in, goes in where Textual's driver would put it.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, cast

import msgspec
from msgspec import Struct, field
from msgspec.structs import replace
from textual import events
from textual._xterm_parser import XTermParser
from textual.drivers.headless_driver import HeadlessDriver
from textual.geometry import Size
from textual.message import Message
from textual.pilot import Pilot

import kiosk.recovered  # noqa: F401 - loaded before: the last life ends when its answer has come
from bench.audit import rows_of
from bench.figures import Report, command_line, tell
from bench.kiosk import pair, server
from kiosk.app import KioskApp
from kiosk.screen import KioskScreen, TileButton
from kiosk.settings import Settings
from shared.link import REAL_TIME, Link
from shared.pairing import read_key
from shared.protocol import Accepted
from shared.testing import TcpProxy
from shared.ui.staff_pin import StaffPin
from shared.ui.staff_screen import StaffScreen

ACTIONS: Final = 100_000
ACTIONS_QUICK: Final = 2_000
LIFE: Final = 2_500
BURST_MAX: Final = 20
SEED: Final = 20261116
PATIENCE_SECONDS: Final = 30.0

PIN: Final = "270941"

SIZES: Final = ((1, 1), (2, 80), (500, 200), (500, 1), (80, 24), (120, 40), (240, 67), (40, 12))

LARGE_CELLS: Final = 240 * 67
"""A terminal larger than any kiosk has is looked at once, then it shrinks: each of its draws takes
a second, and nothing else happens on it than on others."""

KEYS: Final = tuple(
    "up down left right enter space escape backspace tab shift+tab f1 f2 f5 f10 pageup pagedown "
    "home end insert delete ctrl+c ctrl+q ctrl+p ctrl+z ctrl+d ctrl+s ctrl+l ctrl+backslash "
    "ctrl+shift+c alt+f4 alt+tab question_mark asterisk number_sign r q a 1 9 slash colon".split()
)
OFTEN: Final = ("enter", "down", "up", "escape", "enter")

SEQUENCES: Final = (
    "\x1b]0;title\x07",
    "\x1b]52;c;aGVsbG8=\x07",
    "\x1b]8;;http://evil.example\x1b\\",
    "\x1b[6n",
    "\x1b[2J",
    "\x1b[?1049l",
    "\x1bP+q544e\x1b\\",
    "\x1b[24;80R",
    "\x1b[?2048;1$y",
    "\x1b[<0;5;5M\x1b[<0;5;5m",
    "\x1b[<64;999;999M",
    "\x1b[200~[@click=app.quit]x[/]\x1b]52;c;eA==\x07\x1b[201~",
    "\x9b31m",
    "\x00\x03\x04\x1a\x1c\x7f",
)

PASTES: Final = (
    "123456",
    "[@click=app.quit]x[/]",
    "[/]",
    "\x1b]52;c;aGVsbG8=\x07",
    "\u202e\u0000\ud800",
    "W" * 100_000,
)

PAGES: Final = frozenset(
    "starting welcome services needs confirm asking ticket told closed offline still_there "
    "staff appointments code digits working too_early yours cancel_sure book_service wishes days "
    "times taken kept amount privacy phone name mail booked".split()
)

FILES: Final = {"lobby-kiosk.json", "lobby-kiosk.outbox", "lobby-kiosk.pin"}

BRISK: Final = replace(REAL_TIME, base_seconds=0.02, cap_seconds=0.2)
"""A monkey does not wait for a line that was cut."""


class Watched(Link):
    """A link that remembers which numbers the server has confirmed here."""

    confirmed: set[int]

    async def send(self, command: Any, *, pursue: bool = True) -> Any:
        """See `Link`."""
        reply = await super().send(command, pursue=pursue)
        if isinstance(reply, Accepted) and reply.number is not None and reply.visit is not None:
            self.confirmed.add(reply.visit)
        return reply


class PlayedWith(KioskApp):
    """A kiosk that remembers which tickets were drawn on it."""

    drawn: set[int]

    async def _draw(self) -> None:
        await super()._draw()
        screen = self.screen
        ticket = self.kiosk.ticket
        if isinstance(screen, KioskScreen) and screen.page.name == "ticket" and ticket:
            self.drawn.add(ticket.visit)


class Monkey:
    """One life at the keys. `problems` is what was seen that must not be."""

    def __init__(self, proxy: TcpProxy, chance: random.Random, burst_max: int) -> None:
        self.proxy, self.chance, self.burst_max = proxy, chance, burst_max
        self.clock = 0.0
        self.app: PlayedWith
        self.pilot: Pilot[Any]
        self.problems: list[str] = []
        self.pages: Counter[str] = Counter()
        self._parser = XTermParser()

    async def play(self, actions: int) -> None:
        """So many of them, in bursts: looked at after each."""
        done = 0
        while done < actions and not self.problems:
            burst = min(actions - done, self.chance.randint(1, self.burst_max))
            for _ in range(burst):
                self._act()
            done += burst
            await self.settle()
            self._look()
            if self.app.size.width * self.app.size.height > LARGE_CELLS:
                self._become(80, 24)

    async def settle(self) -> None:
        """Until all that was done has been worked on, and drawn; the network takes its time."""
        for _ in range(self.chance.randint(2, 4)):
            reached = asyncio.Event()
            self.app.call_later(reached.set)
            await asyncio.wait_for(reached.wait(), PATIENCE_SECONDS)
            await self.pilot._wait_for_screen(PATIENCE_SECONDS)

    def _look(self) -> None:
        app = self.app
        if app._exception is not None or not app.is_running:
            self.problems.append(f"the program has ended: {app._exception!r}")
            return
        screen = app.screen
        if isinstance(screen, StaffScreen):
            self.pages["staff"] += 1
            if app._door is not None and app._door._door.step == "staff":
                self.problems.append("somebody without the PIN is where staff are")
        elif isinstance(screen, KioskScreen):
            self.pages[screen.page.name] += 1
        else:
            self.problems.append(f"another screen: {screen!r}")

    # --- What it does ------------------------------------------------------------------------

    def _act(self) -> None:
        chosen: Callable[[], None] = self.chance.choices(
            (
                self._key,
                self._repeat,
                self._touch,
                self._tap,
                self._drag,
                self._paste,
                self._bytes,
                self._resize,
                self._wait,
                self._cut,
                self._corner,
            ),
            (24, 6, 34, 10, 4, 2, 6, 2, 5, 1, 0.3),
        )[0]
        chosen()

    def _post(self, message: Message) -> None:
        driver = self.app._driver
        assert driver is not None
        driver.process_message(message)

    def _key(self) -> None:
        pool = OFTEN if self.chance.random() < 0.6 else KEYS
        self._post(events.Key(self.chance.choice(pool), None))

    def _repeat(self) -> None:
        key = self.chance.choice(OFTEN)
        for _ in range(self.chance.randint(2, 15)):
            self._post(events.Key(key, None))

    def _touch(self) -> None:
        """A tile that is there, once or twice; rather one that leads on."""
        tiles = [button for button in self.app.screen.query("TileButton, Key") if button.region]
        onward = [t for t in tiles if isinstance(t, TileButton) and t.tile.kind in ("main", "care")]
        if onward and self.chance.random() < 0.6:
            tiles = [tile for tile in onward if tile.tile.touch != "help"] or tiles
        if not tiles:
            return
        region = self.chance.choice(tiles).region
        for _ in range(self.chance.choice((1, 1, 2, 3))):
            self._press(region.x + region.width // 2, region.y + region.height // 2)

    def _tap(self) -> None:
        width, height = self.app.size
        self._press(self.chance.randint(-1, width), self.chance.randint(-1, height))

    def _corner(self) -> None:
        for _ in range(7):
            self._press(1, 1)

    def _drag(self) -> None:
        width, height = self.app.size
        points = [
            (self.chance.randrange(width or 1), self.chance.randrange(height or 1))
            for _ in range(4)
        ]
        self._mouse(events.MouseDown, *points[0], self.chance.choice((1, 2, 3)))
        for x, y in points:
            self._mouse(events.MouseMove, x, y, 1)
        if self.chance.random() < 0.8:
            self._mouse(events.MouseUp, *points[-1], 1)
        for kind in (events.MouseScrollDown, events.MouseScrollUp):
            self._mouse(kind, *points[0], 0)

    def _press(self, x: int, y: int) -> None:
        self._mouse(events.MouseDown, x, y, 1)
        self._mouse(events.MouseUp, x, y, 1)

    def _mouse(self, kind: type[events.MouseEvent], x: int, y: int, button: int) -> None:
        self._post(kind(None, x, y, 0, 0, button, False, False, False, x, y))

    def _paste(self) -> None:
        self._post(events.Paste(self.chance.choice(PASTES)))

    def _bytes(self) -> None:
        """As they come from a terminal: sequences whole, cut in two, or noise."""
        said = self.chance.choice(SEQUENCES)
        if self.chance.random() < 0.3:
            said = said[: self.chance.randint(1, len(said))]
        if self.chance.random() < 0.2:
            said = "".join(chr(self.chance.randrange(0x250)) for _ in range(20))
        # Whatever was begun is ended, or nothing would be understood ever after.
        for message in self._parser.feed(said + "\x1b\\\x07\x1b[201~"):
            self._post(message)

    def _resize(self) -> None:
        size = self.chance.choice(SIZES)
        if self.chance.random() < 0.5:
            size = self.chance.randint(1, 500), self.chance.randint(1, 200)
        if self.chance.random() < 0.5:
            size = 80, 24  # or a monkey would hardly ever see what it does
        self._become(*size)

    def _become(self, width: int, height: int) -> None:
        size = Size(width, height)
        cast(HeadlessDriver, self.app._driver)._size = (width, height)
        self.app.post_message(events.Resize(size, size))

    def _wait(self) -> None:
        self.clock += self.chance.choice((0.2, 1, 5, 31, 60))
        self.app.call_later(self.app._tick)

    def _cut(self) -> None:
        self.proxy.turn_away(self.chance.random() < 0.3)
        self.proxy.cut()


class Files:
    """What this process opens for writing; `allowed` may be written, nothing else."""

    def __init__(self, allowed: Path) -> None:
        self._allowed = str(allowed)
        self._watching = False
        self.written: set[str] = set()
        sys.addaudithook(self._heard)

    @contextmanager
    def watching(self) -> Iterator[set[str]]:
        """While the block runs. (An audit hook stays for ever, and is deaf outside.)"""
        self._watching = True
        try:
            yield self.written
        finally:
            self._watching = False

    def _heard(self, event: str, values: tuple[Any, ...]) -> None:
        if not self._watching or event not in ("open", "os.rename", "os.mkdir", "os.link"):
            return
        path, _, flags = (*values, 0, 0)[:3]
        if event == "open":
            writes = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
            if not isinstance(flags, int) or not flags & writes:
                return
        name = os.fsdecode(path) if isinstance(path, str | bytes) else ""
        if name and not name.startswith((self._allowed, "/dev/", "/proc/")):
            self.written.add(name)


class Seen(Struct):
    """What all lives have in common: what was drawn, what was confirmed, what was wrong."""

    drawn: set[int] = field(default_factory=set)
    confirmed: set[int] = field(default_factory=set)
    pages: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    actions: int = 0
    tickets: int = 0
    burst_max: int = BURST_MAX


async def one_life(file: Path, port: int, actions: int, chance: random.Random, seen: Seen) -> None:
    """A start of the kiosk, so much playing, and no more power."""
    async with TcpProxy(port) as proxy:
        monkey = Monkey(proxy, chance, seen.burst_max)
        key = read_key(file)
        link = Watched(
            f"ws://127.0.0.1:{proxy.port}/ws",
            key.hello("KioskView"),
            outbox=file.with_suffix(".outbox"),
            timing=BRISK,
        )
        link.confirmed = seen.confirmed
        app = PlayedWith(link, Settings(), monotonic=lambda: monkey.clock)
        app.drawn = seen.drawn
        app.guard(StaffPin(file.with_suffix(".pin")), now=lambda: monkey.clock)
        async with app.run_test(size=(80, 24)) as pilot:
            monkey.app, monkey.pilot = app, pilot
            await monkey.play(actions)
            if not actions:
                await _quiet(link)
                await monkey.settle()
    seen.actions += actions
    seen.pages += monkey.pages
    seen.problems += monkey.problems


async def _quiet(link: Link) -> None:
    """Until the answer that was under way has come."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while link.state != "live" or link._sender._errands:  # noqa: ASYNC110 - no bell is rung
            await asyncio.sleep(0.05)


async def play(
    folder: Path, actions: int, seed: int, *, life: int = LIFE, burst_max: int = BURST_MAX
) -> Seen:
    """So many actions in as many lives as it takes, and one more to see what was under way."""
    chance, seen = random.Random(seed), Seen(burst_max=burst_max)
    async with server(folder) as running:
        file = pair(folder / "kiosk", running.address)
        StaffPin(file.with_suffix(".pin")).choose(PIN)
        with Files(folder).watching() as written:
            while seen.actions < actions and not seen.problems:
                tell(f"kiosk_monkey: {seen.actions:,} of {actions:,}, {len(seen.drawn)} tickets")
                await one_life(file, running.port, min(life, actions - seen.actions), chance, seen)
            await one_life(file, running.port, 0, chance, seen)
        taken = {
            msgspec.json.decode(row.data)["visit"]
            for row in rows_of(running.folder)
            if row.type == "TicketTaken"
        }
    seen.tickets = len(taken)
    seen.problems += [f"{file} was written" for file in sorted(written)]
    seen.problems += [f"visit {n} was shown and never taken" for n in seen.drawn - taken]
    seen.problems += [f"visit {n} was taken and never shown" for n in taken - seen.drawn]
    left = {path.name for path in (folder / "kiosk").iterdir()} - FILES
    seen.problems += [f"{name} lies in the kiosk's folder" for name in sorted(left)]
    seen.problems += [f"another page: {name}" for name in sorted(set(seen.pages) - PAGES)]
    return seen


async def measure(options: argparse.Namespace, report: Report) -> None:
    """Play, and say what was seen."""
    actions = options.actions or (ACTIONS_QUICK if options.quick else ACTIONS)
    tell(f"kiosk_monkey: seed {options.seed}")
    with tempfile.TemporaryDirectory(prefix="lobby-bench-") as folder:
        seen = await play(Path(folder), actions, options.seed)
    report.add("keys, touches, pastes, sequences and sizes", "", [seen.actions])
    report.add("tickets taken meanwhile", "", [seen.tickets])
    for page, looks in seen.pages.most_common():
        report.add(f"… looked at on the page {page}", "", [looks])
    report.check(
        "always an allowed page, no other file, no ticket lost", seen.actions, seen.problems
    )


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--actions", type=int, help=f"how many (default: {ACTIONS:,})")
    parser.add_argument("--seed", type=int, default=SEED, help="the same seed plays the same")


if __name__ == "__main__":
    sys.exit(command_line("kiosk_monkey", __doc__, measure, _options))
