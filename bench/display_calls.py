"""Two hundred displays and twenty boards while twenty calls a second are made: in time, and true?

Two displays are the real program on a screen, eight are its link with its stage behind it, the
others a bare connection that reads the calls of each view; the boards are played as in `board`.
One machine plays them all. Then the server is killed and started again. What each display was
shown is checked against the journal: no call left out, none at another counter than was called.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
import time
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct
from websockets.exceptions import WebSocketException

from bench.audit import rows_of
from bench.board import BOARDS, boards
from bench.branch import Terminals, furnish, hello
from bench.figures import Report, command_line, share, tell
from bench.process import ServerProcess, serving
from bench.slow_reader import TELLERS, Lobby
from bench.wire import welcomed, wire
from lobby_display.app import DisplayApp
from lobby_display.settings import Settings
from lobby_display.stage import Rules, Stage
from shared.link import Link
from shared.protocol import DisplayView

DISPLAYS: Final = 200
SCREENS: Final = 2
BOARDS_ON_SCREEN: Final = 1
KIOSKS: Final = 3
"""One alone may not take twenty numbers a second."""

LINKS: Final = 8
DISPLAY_VIEW: Final = b'{"type":"DisplayView"'
SECONDS: Final = 20.0
CALLS_A_SECOND: Final = 20.0
PAUSE_SECONDS: Final = TELLERS / CALLS_A_SECOND / 3
"""Between two keys of a teller: three keys are a customer."""

SHOWN_MS_MAX: Final = 500.0
BACK_SECONDS_MAX: Final = 10.0
LOOK_SECONDS: Final = 0.05
PATIENCE_SECONDS: Final = 60.0

CALLS: Final = ("TicketCalled", "TicketRecalled")


class Told(Struct):
    """A call as a view has it."""

    id: int
    number: str
    counter: int


class Call(Struct, frozen=True):
    """What the journal has of a call."""

    number: str
    counter: int


class CallsOnly(Struct):
    """All of a view that a bare display decodes."""

    calls: list[Told]


class Wall:
    """One display: when each call was first there and where it pointed, and its last view."""

    def __init__(self) -> None:
        self.at: dict[int, float] = {}
        self.calls: dict[int, Call] = {}
        self.viewed = 0.0
        self.newest = 0

    async def read(self, address: str, n: int) -> None:
        """Read views from a bare connection, and dial anew when it is cut, for ever."""
        decode, seen = msgspec.json.Decoder(CallsOnly).decode, 0
        while True:
            try:
                async with welcomed(address, hello(f"display-{n}")) as (socket, _):
                    while True:
                        data = await socket.recv(decode=False)
                        if not data.startswith(DISPLAY_VIEW):
                            continue
                        self.viewed = time.perf_counter()
                        for call in decode(data).calls:
                            if call.id <= seen:
                                break  # the newest is first
                            self.at.setdefault(call.id, self.viewed)
                            self.calls[call.id] = Call(call.number, call.counter)
                            self.newest = max(self.newest, call.id)
                        seen = max(self.newest, seen)
            except (OSError, WebSocketException, AssertionError):
                await asyncio.sleep(random.uniform(0.05, 1.0))

    async def look(self, link: Link) -> None:
        """Take in views as the program does, for ever."""
        stage, rules = Stage(), Rules(slots=3)
        async for view in link.views():
            if not isinstance(view, DisplayView):
                continue
            self.viewed = time.perf_counter()
            epoch = link.welcome.epoch if link.welcome else ""
            stage, news = stage.heard(view, epoch, round(self.viewed * 1000), rules)
            for call in news:
                self.at.setdefault(call.id, self.viewed)
                self.calls[call.id] = Call(call.number, call.counter)


class Seen(Struct, frozen=True):
    """What one run has shown."""

    shown_seconds: list[float]
    boards_seconds: list[float]
    back_seconds: list[float]
    problems: list[str]
    calls: int


async def one_run(count: int, seconds: float) -> Seen:
    """A fresh server, the displays, the calls, a kill."""
    with tempfile.TemporaryDirectory(prefix="lobby-bench-") as name:
        folder = Path(name) / "data"
        await furnish(folder, _terminals(count))
        walls = [Wall() for _ in range(count - SCREENS)]
        async with serving(ServerProcess(folder)) as server, AsyncExitStack() as stack:
            looking = []
            for n, wall in enumerate(walls, start=1):
                if n > LINKS:
                    looking.append(asyncio.create_task(wall.read(server.address, n)))
                    continue
                link = await stack.enter_async_context(_link(server, n))
                looking.append(asyncio.create_task(wall.look(link)))
            while any(not wall.viewed for wall in walls):  # noqa: ASYNC110 - nothing rings
                await asyncio.sleep(LOOK_SECONDS)
            apps = []
            for n in range(count - SCREENS + 1, count + 1):
                apps.append(DisplayApp(_link(server, n), Settings()))
                await stack.enter_async_context(apps[-1].run_test(size=(160, 45)))
            lobby = Lobby(server.day, PAUSE_SECONDS)
            seen = await stack.enter_async_context(boards(server.address, lobby, BOARDS_ON_SCREEN))
            await press(server, lobby, seconds)
            await asyncio.sleep(1.0)
            on_boards = [took for board in seen for took in board.shown_seconds]
            last = [app.stage.seen for app in apps]
            back = await _killed_and_back(server, walls, apps)
            for task in looking:
                task.cancel()
        called = _journalled(folder)
    ids = sorted(called)
    # A reply carries the last row of its command; the call is the last one up to there.
    known = {ids[bisect_right(ids, seq) - 1]: at for seq, at in lobby.watched.pressed.items()}
    problems = [p for wall in walls for p in _wrong(wall, called)]
    problems += [
        f"an app has seen calls up to {seen} of {ids[-1]}" for seen in last if seen < ids[-1]
    ]
    shown = [wall.at[n] - at for wall in walls for n, at in known.items() if n in wall.at]
    return Seen(shown, on_boards, back, problems, len(ids))


def _terminals(displays: int) -> Terminals:
    return Terminals(
        counters=TELLERS, kiosks=KIOSKS, displays=displays, assistants=BOARDS, skills=5
    )


def _link(server: ServerProcess, n: int) -> Link:
    return Link(server.address, hello(f"display-{n}"))


async def press(server: ServerProcess, lobby: Lobby, seconds: float) -> None:
    """So many calls a second by all tellers together; the lobby notes when each was pressed."""
    async with AsyncExitStack() as stack:
        tasks = []
        for n in range(1, KIOSKS + 1):
            kiosk = await stack.enter_async_context(wire(server.address, hello(f"kiosk-{n}")))
            tasks.append(asyncio.create_task(lobby.keep_line_filled(kiosk, n)))
        for n in range(1, TELLERS + 1):
            teller = await stack.enter_async_context(wire(server.address, hello(f"counter-{n}")))
            tasks.append(asyncio.create_task(lobby.serve(teller, n)))
        await asyncio.sleep(seconds)
        for task in tasks:
            task.cancel()
        for ended in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(ended, Exception):
                raise ended


async def _killed_and_back(
    server: ServerProcess, walls: Sequence[Wall], apps: Sequence[DisplayApp]
) -> list[float]:
    """How long after the kill each display was shown the whole state again."""
    killed = time.perf_counter()
    server.kill()
    await server.ended()
    await server.start()
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not _back(walls, apps, killed):  # noqa: ASYNC110 - nothing rings
            await asyncio.sleep(LOOK_SECONDS)
    return [wall.viewed - killed for wall in walls]


def _back(walls: Sequence[Wall], apps: Sequence[DisplayApp], killed: float) -> bool:
    viewed = all(wall.viewed > killed for wall in walls)
    return viewed and all(app.link_state == "live" for app in apps)


def _journalled(folder: Path) -> dict[int, Call]:
    rows = (row for row in rows_of(folder) if row.type in CALLS)
    return {row.seq: msgspec.json.decode(row.data, type=Call) for row in rows}


def _wrong(wall: Wall, called: Mapping[int, Call]) -> list[str]:
    """What a display was shown that was not so, or was not shown that was."""
    wrong = [f"call {n}: {call}" for n, call in wall.calls.items() if called.get(n) != call]
    return wrong + [f"call {n} was not shown" for n in called if n not in wall.calls]


async def measure(options: argparse.Namespace, report: Report) -> None:
    """So many times."""
    seconds, repetitions = (8.0, 1) if options.quick else (SECONDS, 3)
    runs = []
    for n in range(1, repetitions + 1):
        tell(f"display_calls: repetition {n} of {repetitions}")
        runs.append(await one_run(options.displays, seconds))
    problems = [problem for run in runs for problem in run.problems]
    report.check(
        "every display has every call, at its counter", sum(r.calls for r in runs), problems
    )
    report.add("calls a second", "", [run.calls / seconds for run in runs])
    for name, part in (("p50", 0.5), ("p99", 0.99)):
        took = [share(run.shown_seconds, part) * 1000 for run in runs]
        line = report.add(f"call pressed to shown, {name}", "ms", took)
        report.hold_to(line, at_most=SHOWN_MS_MAX)
        took = [share(run.boards_seconds, part) * 1000 for run in runs]
        line = report.add(f"call pressed to a board, {name}", "ms", took)
        report.hold_to(line, at_most=SHOWN_MS_MAX)
    latest = [max(run.back_seconds) for run in runs]
    back = report.add("killed to shown again, the last display", "s", latest)
    report.hold_to(back, at_most=BACK_SECONDS_MAX)


def _options(parser: argparse.ArgumentParser) -> None:
    about = f"how many, two of them on a screen (default: {DISPLAYS})"
    parser.add_argument("--displays", type=int, default=DISPLAYS, help=about)


if __name__ == "__main__":
    sys.exit(command_line("display_calls", __doc__, measure, _options))
