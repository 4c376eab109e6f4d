"""`lobby demo`: a branch of its own for a minute, with people in it, and the end checked.

Starts a real server on an empty data folder as a rehearsal, connects a kiosk, tellers and the
lobby to it as they would in a branch, shows the line while it moves, and at the end holds the
journal against what the people saw. Nothing of it is left behind.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import sys
import tempfile
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from pathlib import Path

from msgspec import Struct

from play import painting
from play.checks import Findings, check
from play.day import MINUTE_MS, Customer, generate
from play.house import BRANCH, HouseError, set_up
from play.people import BranchTime, Crowd, Doorkeeper, Person, Teller, everyone_gone, sign_on
from shared.i18n import text
from shared.link import Link, LinkError
from shared.pairing import NotPaired, StationKey
from shared.protocol import (
    BoardView,
    CloseDay,
    KioskView,
    Language,
    Refused,
    StaffRole,
    StationKind,
)

START = "2026-11-16T08:55"
"""A Monday, five minutes before the doors open: tickets are given, nobody is called yet."""

ZONE = "Asia/Shanghai"
COUNTERS = (1, 2, 3, 5, 6, 7)
REPAINT_SECONDS = 0.25
SERVER_PATIENCE_SECONDS = 30


class Plan(Struct, frozen=True, kw_only=True):
    """What to play: people within some minutes, at so many times the speed of life."""

    people: int = 45
    minutes: int = 30
    rate: float = 90.0
    seed: int = 20261116
    language: Language = "zh"


class DemoError(Exception):
    """The demo could not be played; says why."""


def run(plan: Plan, out: Callable[[str], None] = print) -> int:
    """Play it; 0 when the journal agrees with what was seen, 1 when not."""
    try:
        findings = asyncio.run(play(plan, out))
    except (DemoError, HouseError, LinkError, NotPaired) as error:
        out(str(error))
        return 1
    for finding in findings.wrong:
        out(finding)
    out("")
    verdict = "demo.wrong" if findings.wrong else "demo.right"
    out(text(plan.language, verdict, events=findings.events, tickets=findings.tickets))
    return 1 if findings.wrong else 0


async def play(plan: Plan, out: Callable[[str], None]) -> Findings:
    """A server, a day, an end."""
    with tempfile.TemporaryDirectory(prefix="lobby-demo-") as folder:
        data = Path(folder)
        async with _server(data, plan.rate) as (url, code):
            out(text(plan.language, "demo.begin", people=plan.people, rate=f"{plan.rate:g}"))
            taken = await _play_day(url, code, data, plan, out)
        return check(await _journal(data), taken)


async def _play_day(url: str, code: str, data: Path, plan: Plan, out: Callable[[str], None]) -> int:
    """The day from the first ticket to the last customer; how many tickets people took."""
    async with contextlib.AsyncExitStack() as links:

        async def connect(key: StationKey) -> Link:
            outbox = data / f"{key.station}.outbox"
            link = await links.enter_async_context(Link(url, key.hello(), outbox=outbox))
            await _live(link)
            return link

        async def person(kind: StationKind, staff: str, role: StaffRole, n: int | None) -> Link:
            link = await connect(await desk.station(kind, n))
            await desk.sign_in(link, staff, role)
            return link

        desk = await set_up(url, code, connect)
        tellers_links = [await person("counter", f"teller{n}", "teller", n) for n in COUNTERS]
        board = await person("board", "zhao", "operations_supervisor", None)
        lobby = await person("board", "lin", "lobby_assistant", None)
        kiosk = await connect(await desk.station("kiosk"))
        first = await _first(kiosk)
        assert first.day is not None
        time, crowd = BranchTime(first.at, plan.rate), Crowd()
        tellers = [
            Teller(link, first.day, time, crowd, n)
            for link, n in zip(tellers_links, COUNTERS, strict=True)
        ]
        door = Doorkeeper(kiosk, first.day, time, crowd, lobby)
        await sign_on(Person(lobby, first.day, time), "lin")
        customers = _customers(plan, first)
        opens_at = min(s.opens for s in first.services if s.opens is not None)
        async with _at_work(tellers, opens_at, _paint(board, plan.language, out)):
            await door.let_in(customers)
            await everyone_gone(board)
        closed = await Person(board, first.day, time).ask(CloseDay, leftovers=True)
        if isinstance(closed, Refused):
            raise DemoError(closed.text)
        return door.taken


def _customers(plan: Plan, kiosk: KioskView) -> list[Customer]:
    starts_at = kiosk.at + MINUTE_MS // 2
    ends_at = starts_at + plan.minutes * MINUTE_MS
    return generate(plan.seed, kiosk.services, starts_at, ends_at, plan.people)


@contextlib.asynccontextmanager
async def _at_work(
    tellers: list[Teller], opens_at: int, painter: asyncio.Task[None]
) -> AsyncIterator[None]:
    """The tellers work from the opening on, and somebody watches, while the block runs."""
    tasks = [asyncio.create_task(teller.work(opens_at)) for teller in tellers]
    try:
        yield
    finally:
        for task in (*tasks, painter):
            task.cancel()
        ended = await asyncio.gather(*tasks, painter, return_exceptions=True)
    for error in ended:
        if isinstance(error, Exception):
            raise error


async def _live(link: Link) -> None:
    async for state in link.changed():
        if state == "live":
            return
    raise DemoError("the server refused the connection")


async def _first(link: Link) -> KioskView:
    async for view in link.views():
        if isinstance(view, KioskView) and view.day is not None:
            return view
    raise DemoError("the server refused the connection")


# --- The picture -----------------------------------------------------------------------------


def _paint(board: Link, language: Language, out: Callable[[str], None]) -> asyncio.Task[None]:
    """Redrawn in place on a terminal; elsewhere a line for every call."""
    draw = _redraw if sys.stdout.isatty() and out is print else _list_calls
    return asyncio.create_task(draw(board, language, out))


async def _redraw(board: Link, language: Language, out: Callable[[str], None]) -> None:
    height = 0
    async for view in board.views():
        if isinstance(view, BoardView):
            picture = painting.lines(view, language, ZONE)
            up = f"\x1b[{height}A" if height else ""
            out(up + "\n".join(f"\x1b[2K{line}" for line in picture))
            height = len(picture)
            await asyncio.sleep(REPAINT_SECONDS)


async def _list_calls(board: Link, language: Language, out: Callable[[str], None]) -> None:
    told: set[tuple[str, int | None]] = set()
    async for view in board.views():
        if not isinstance(view, BoardView):
            continue
        for counter in view.counters:
            ticket = counter.current
            if ticket is None or (ticket.number, counter.id) in told:
                continue
            told.add((ticket.number, counter.id))
            at = painting.clock(view.at, ZONE)
            waiting = text(language, "demo.line", waiting=view.line_count)
            out(f"{at}  {painting.counter_line(counter, language, view.at).strip()}  {waiting}")


# --- The server ------------------------------------------------------------------------------


@contextlib.asynccontextmanager
async def _server(data: Path, rate: float) -> AsyncIterator[tuple[str, str]]:
    """A server of its own, at any free port; its address for links, and its set-up code."""
    started = datetime.fromisoformat(START).isoformat()
    arguments = ["serve", "--data", str(data), "--port", "0", "--rehearsal"]
    arguments += ["--start", started, "--rate", f"{rate:g}"]
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "lobby",
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        yield await asyncio.wait_for(_address(process), SERVER_PATIENCE_SECONDS)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def _address(process: asyncio.subprocess.Process) -> tuple[str, str]:
    assert process.stdout is not None
    code = ""
    async for line in process.stdout:
        if printed := re.search(rb"code.*: ([A-Z-]+)$", line.strip()):
            code = printed[1].decode()
        found = re.search(rb"http://([0-9.]+:\d+)", line)
        if found:
            return f"ws://{found[1].decode()}/ws", code
    raise DemoError("the server ended before it listened")


async def _journal(data: Path) -> list[bytes]:
    """The journal as anyone can read it: one JSON object a line."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "lobby",
        "show",
        "--data",
        str(data),
        "--branch",
        BRANCH,
        "--json",
        stdout=asyncio.subprocess.PIPE,
    )
    shown, _ = await process.communicate()
    return shown.splitlines()
