"""Twenty boards while twenty calls a second are made: does each show every call in time?

Two of them are the real program on a screen, two its link, the others a bare connection that reads:
one machine plays them all. From the press of
"call next" to the view that has the call (at a real one: to the screen drawn from it). Then the
server is killed and started again, and the time is taken until every board has the whole again.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Final

import msgspec
from websockets.exceptions import WebSocketException

from bench.branch import Terminals, furnish, hello
from bench.figures import Report, command_line, share, tell
from bench.process import ServerProcess, serving
from bench.slow_reader import TELLERS, Lobby, Seq
from bench.wire import welcomed, wire
from lobby_display.board.app import BoardApp
from lobby_display.board.settings import Settings
from shared.link import Link, LinkEndedError
from shared.protocol import BoardView

BOARDS: Final = 20
SCREENS: Final = 2
LINKS: Final = 2
BOARD_VIEW: Final = b'{"type":"BoardView"'
SECONDS: Final = 20.0
PAUSE_SECONDS: Final = 0.33
"""Between two presses of each of twenty tellers: twenty calls a second in all."""

WARM_UP_SECONDS: Final = 3.0
SHOWN_MS_MAX: Final = 500.0
BACK_SECONDS_MAX: Final = 10.0
LOOK_SECONDS: Final = 0.02


class Seen:
    """Which sequence a board shows since when."""

    def __init__(self, lobby: Lobby) -> None:
        self.seq = 0
        self.shown_seconds: list[float] = []
        self._lobby = lobby
        self._arrived: dict[int, float] = {}

    def show(self, seq: int) -> None:
        """That much is shown now. A press is known by its sequence only when its reply is in."""
        now = time.perf_counter()
        self._arrived |= dict.fromkeys(range(self.seq + 1, seq + 1), now)
        self.seq = max(self.seq, seq)
        pressed = self._lobby.watched.pressed
        for n in self._arrived.keys() & pressed.keys():
            self.shown_seconds.append(self._arrived.pop(n) - pressed[n])


class WatchedBoard(BoardApp):
    """The real program; what it has drawn is noted."""

    seen: Seen

    async def _draw(self) -> None:
        seq = self.shown.seq if self.shown else 0
        await super()._draw()
        self.seen.show(seq)


async def read(address: str, station: str, seen: Seen) -> None:
    """A board that is only looked at, and that does not come back."""
    decode = msgspec.json.Decoder(Seq).decode
    async with welcomed(address, hello(station, "BoardView")) as (socket, _):
        try:
            while True:
                data = await socket.recv(decode=False)
                if data.startswith(BOARD_VIEW):
                    seen.show(decode(data).seq)
        except WebSocketException:
            return


async def follow(link: Link, seen: Seen) -> None:
    """A board without its screen."""
    try:
        async for view in link.views():
            if isinstance(view, BoardView):
                seen.show(view.seq)
    except LinkEndedError:
        return


@asynccontextmanager
async def boards(address: str, lobby: Lobby, screens: int) -> AsyncIterator[list[Seen]]:
    """All of them, signed in, while the block runs."""
    seen = [Seen(lobby) for _ in range(BOARDS)]
    async with AsyncExitStack() as stack:
        for n, one in enumerate(seen, 1):
            if n > screens + LINKS:
                task = asyncio.create_task(read(address, f"assistant-{n}", one))
                stack.callback(task.cancel)
                continue
            link = Link(address, hello(f"assistant-{n}", "BoardView"))
            if n > screens:
                await stack.enter_async_context(link)
                task = asyncio.create_task(follow(link, one))
                stack.callback(task.cancel)
            else:
                app = WatchedBoard(link, Settings())
                app.seen = one
                await stack.enter_async_context(app.run_test(size=(160, 45)))
        yield seen


@asynccontextmanager
async def at_work(server: ServerProcess) -> AsyncIterator[Lobby]:
    """Tellers and a kiosk, while the block runs."""
    lobby = Lobby(server.day, PAUSE_SECONDS)
    async with AsyncExitStack() as stack:
        kiosk = await stack.enter_async_context(wire(server.address, hello("kiosk-1")))
        tasks = [asyncio.create_task(lobby.keep_line_filled(kiosk))]
        for n in range(1, TELLERS + 1):
            teller = await stack.enter_async_context(wire(server.address, hello(f"counter-{n}")))
            tasks.append(asyncio.create_task(lobby.serve(teller, n)))
        yield lobby
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def measure(options: argparse.Namespace, report: Report) -> None:
    """Calls, and a kill."""
    seconds = 6.0 if options.quick else options.seconds
    with tempfile.TemporaryDirectory(prefix="lobby-bench-") as name:
        folder = Path(name) / "data"
        terminals = Terminals(counters=TELLERS, kiosks=1, assistants=BOARDS, skills=5)
        await furnish(folder, terminals)
        async with serving(ServerProcess(folder)) as server:
            waiting = Lobby(server.day, PAUSE_SECONDS)
            async with boards(server.address, waiting, options.screens) as seen:
                async with at_work(server) as lobby:
                    waiting.watched = lobby.watched
                    await asyncio.sleep(WARM_UP_SECONDS)
                    for one in seen:
                        one.shown_seconds.clear()
                    calls = len(lobby.watched.pressed)
                    tell("board: calling")
                    await asyncio.sleep(seconds)
                    calls = len(lobby.watched.pressed) - calls
                await asyncio.sleep(1)
                missing = _missing(lobby, seen)
                kept = [list(one.shown_seconds) for one in seen]
                back = await _killed(server, seen[: options.screens + LINKS])
                for one, shown in zip(seen, kept, strict=True):
                    one.shown_seconds = shown  # what came back after the kill was shown before
    _tell(report, options.screens, calls / seconds, seen, missing, back)


def _missing(lobby: Lobby, seen: list[Seen]) -> int:
    """How many boards lack a call that was answered."""
    last = max(lobby.watched.pressed)
    return sum(one.seq < last for one in seen)


async def _killed(server: ServerProcess, seen: list[Seen]) -> list[float]:
    """How long after the kill each board has the whole again."""
    tell("board: killing the server")
    before = max(one.seq for one in seen)
    for one in seen:
        one.seq = 0
    began = time.perf_counter()
    server.kill()
    await server.start()
    back: dict[int, float] = {}
    while len(back) < len(seen) and time.perf_counter() - began < 3 * BACK_SECONDS_MAX:
        for n, one in enumerate(seen):
            if one.seq >= before and n not in back:
                back[n] = time.perf_counter() - began
        await asyncio.sleep(LOOK_SECONDS)
    return list(back.values())


def _tell(
    report: Report, screens: int, rate: float, seen: list[Seen], missing: int, back: list[float]
) -> None:
    report.check("every board has every call", len(seen), [f"{missing} lack"] if missing else [])
    report.add("calls a second", "/s", [rate])
    for name, some in (("on a screen", seen[:screens]), ("elsewhere", seen[screens:])):
        shown = [seconds for one in some for seconds in one.shown_seconds]
        if not shown:
            continue
        for label, part in (("p50", 0.5), ("p99", 0.99)):
            figure = report.add(
                f"call pressed to a board {name}, {label}", "ms", [share(shown, part) * 1000]
            )
        report.hold_to(figure, at_most=SHOWN_MS_MAX)
    lost = screens + LINKS - len(back)
    report.check("every board comes back", len(back), [f"{lost} do not"] if lost else [])
    if back:
        figure = report.add("the whole view again after a kill", "s", [max(back)])
        report.hold_to(figure, at_most=BACK_SECONDS_MAX)


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seconds", type=float, default=SECONDS, help="how long to call")
    parser.add_argument(
        "--screens", type=int, default=SCREENS, help="boards that are the real program"
    )


if __name__ == "__main__":
    sys.exit(command_line("board", __doc__, measure, _options))
