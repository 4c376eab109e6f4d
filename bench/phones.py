"""Phones beside the counters: 300 in each of ten branches, all following a line that moves.

First the counters work alone, then with a phone for each ticket: how much slower their answers are,
how soon every page shows what a counter did, what a phone costs in memory beside a connection of
the bare library, and in bytes on the wire. Then the server is killed: how soon the stations, and
all phones, are back. The phones read and measure; they draw nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import re
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import msgspec
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from bench.branch import DATABASE, SERVER_TOML, Terminals, branch_toml, hello, house
from bench.figures import Report, command_line, share, tell
from bench.process import BareProcess, ServerProcess, serving
from bench.wire import Wire, welcomed, wire
from server.clock import SystemClock
from server.config import HOUSE_STREAM
from server.domain.state import Actor, Stamp
from server.house.events import HouseEvent, StaffAdded, StationPaired
from server.journal.sqlite import open_sqlite
from server.journal.upcast import to_entry
from shared.protocol import (
    VERSION,
    Accepted,
    CallNext,
    FinishService,
    Hello,
    OpenCounter,
    RoleAt,
    StartService,
    TakeTicket,
)

BRANCHES: Final = 10
PHONES: Final = 300
TERMINALS: Final = Terminals(counters=4, skills=3, kiosks=1)
WORK_SECONDS: Final = 60.0
PAUSE_SECONDS: Final = 2.0
"""Between two commands of one teller: forty tellers are quicker than a hundred in life."""

SEED: Final = 20261116
KB_MAX: Final = 20.0
CURRENT_SECONDS_MAX: Final = 2.0
SLOWER_MAX: Final = 1.1
BACK_SECONDS_MAX: Final = 60.0
BACK_OFF_SECONDS: Final = (0.5, 15.0)
"""As the page does it: at random within a span that grows to the second."""

SEQ: Final = re.compile(rb'"seq":(\d+)')


# --- The branches ----------------------------------------------------------------------------


def of_branch(event: HouseEvent, branch: str) -> HouseEvent:
    """The same station or person, in another branch: its secrets are of its new name."""
    changes: dict[str, Any] = {}
    for name in ("station", "staff"):
        if getattr(event, name, None):
            changes[name] = f"{branch}-{getattr(event, name)}"
    if isinstance(event, StationPaired):
        changes |= {"branch": branch, "secret_sha256": digest(hello(changes["station"]).secret)}
    if isinstance(event, StaffAdded):
        changes["roles"] = tuple(RoleAt(branch=branch, role=one.role) for one in event.roles)
    if hasattr(event, "token_sha256"):
        changes["token_sha256"] = digest(hello(changes["station"]).token)
    return msgspec.structs.replace(event, **changes)


def digest(secret: str) -> str:
    """As the server keeps it."""
    return sha256(secret.encode()).hexdigest()


async def furnish(folder: Path, branches: Sequence[str]) -> None:
    """A data folder of these branches, each with its terminals, and everybody signed in."""
    (folder / "branches").mkdir(parents=True)
    (folder / "lobby.toml").write_text(f'public_url = "https://lobby.example"\n{SERVER_TOML}')
    events: list[HouseEvent] = []
    for branch in branches:
        config = branch_toml(TERMINALS).replace('id = "main"', f'id = "{branch}"', 1)
        (folder / "branches" / f"{branch}.toml").write_text(config)
        events += [of_branch(event, branch) for event in house(TERMINALS)]
    stamp = Stamp(at=SystemClock().now_ms(), actor=Actor(role="stranger"))
    journal = await open_sqlite(folder / DATABASE)
    try:
        await journal.append(HOUSE_STREAM, 0, [to_entry(event, stamp, "") for event in events])
    finally:
        await journal.close()


def ids(prefix: str) -> Iterator[str]:
    """Ids of commands."""
    n = 0
    while True:
        n += 1
        yield f"{prefix}-{n:016d}"


async def tickets(server: ServerProcess, branch: str, count: int) -> list[str]:
    """So many people take a number; the secrets of their links."""
    secrets, new = [], ids(f"take-{branch}")
    async with wire(server.address, hello(f"{branch}-kiosk-1")) as kiosk:
        for n in range(count):
            service = "ABCDE"[n % 5]
            taken = await kiosk.ask(TakeTicket(id=next(new), day=server.day, service=service))
            assert isinstance(taken, Accepted), taken
            assert taken.link is not None
            secrets.append(taken.link.rpartition("/")[2])
    return secrets


# --- Who is there ----------------------------------------------------------------------------


class Teller:
    """One counter at work, a command every two seconds: the answers' times, and what they did."""

    def __init__(self, branch: str, counter: int, terminal: Wire, day: str) -> None:
        self.branch, self._counter, self._wire, self._day = branch, counter, terminal, day
        self.answers: list[float] = []
        self.done: list[tuple[int, float]] = []
        self._ids = ids(f"{branch}-{counter}-{time.time_ns()}")

    async def work(self, seconds: float, chance: random.Random) -> None:
        """Call, start, finish, again and again."""
        until = time.perf_counter() + seconds
        while time.perf_counter() < until:
            for kind in (CallNext, StartService, FinishService):
                await asyncio.sleep(chance.uniform(0.5, 1.5) * PAUSE_SECONDS)
                await self.give(kind)

    async def give(self, kind: Any) -> None:
        """One command, timed; nobody to call is an answer, too."""
        began = time.perf_counter()
        reply = await self._wire.ask(kind(id=next(self._ids), day=self._day, counter=self._counter))
        now = time.perf_counter()
        self.answers.append(1000 * (now - began))
        if isinstance(reply, Accepted):
            self.done.append((reply.seq, now))


class Phone:
    """One page: reads what comes, and when."""

    def __init__(self, branch: str, secret: str) -> None:
        self.branch = branch
        self.first = Hello(version=VERSION, ticket=secret, language="en")
        self.bytes = 0
        self.seen: list[tuple[int, float]] = []
        self.socket: Any = None

    async def read(self) -> None:
        """Until the connection ends."""
        try:
            while True:
                data = await self.socket.recv(decode=False)
                self.bytes += len(data)
                if data.startswith(b'{"type":"TicketView"'):
                    found = SEQ.search(data)
                    self.seen.append((int(found[1]) if found else 0, time.perf_counter()))
        except ConnectionClosed:
            pass

    def lateness(self, done: Sequence[tuple[int, float]]) -> Iterator[float]:
        """How long after each answer this page showed it (s)."""
        at = 0
        for seq, answered in done:
            while at < len(self.seen) and self.seen[at][0] < seq:
                at += 1
            if at < len(self.seen):
                yield max(0.0, self.seen[at][1] - answered)

    def unseen(self, done: Sequence[tuple[int, float]], by: float) -> int:
        """How many answers older than the promise it has not shown at all."""
        last = self.seen[-1][0] if self.seen else 0
        return sum(seq > last and at < by - CURRENT_SECONDS_MAX for seq, at in done)


async def back(address: str, first: Hello, killed: float, chance: random.Random) -> float:
    """Dial until welcomed again, as patiently as the page does; seconds since the kill."""
    attempt, (base, cap) = 0, BACK_OFF_SECONDS
    while True:
        try:
            async with welcomed(address, first) as (socket, _):
                await socket.recv(decode=False)
                return time.perf_counter() - killed
        except (OSError, ConnectionClosed, InvalidHandshake, TimeoutError):
            attempt += 1
            await asyncio.sleep(chance.uniform(0, min(cap, base * 2**attempt)))


# --- The measurement -------------------------------------------------------------------------


async def bare_kb(folder: Path, count: int) -> float:
    """What one silent connection costs a server of the bare library (kB)."""
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(serving(BareProcess(folder, "echo")))
        before = server.memory_mb()
        from websockets.asyncio.client import connect

        for _ in range(count):
            await stack.enter_async_context(
                connect(server.address, compression=None, proxy=None, close_timeout=1)
            )
        return 1024 * (server.memory_mb() - before) / count


async def worked(tellers: Sequence[Teller], seconds: float, chance: random.Random) -> list[float]:
    """All tellers for a while; their answers' times (ms)."""
    for teller in tellers:
        teller.answers, teller.done = [], []
    await asyncio.gather(*(teller.work(seconds, chance) for teller in tellers))
    return [ms for teller in tellers for ms in teller.answers]


async def measure(options: argparse.Namespace, report: Report) -> None:
    """Alone, with phones, and after a kill."""
    branches = [f"b{n}" for n in range(1, (2 if options.quick else BRANCHES) + 1)]
    phones_each, seconds = (40, 15.0) if options.quick else (PHONES, WORK_SECONDS)
    chance = random.Random(SEED)
    with tempfile.TemporaryDirectory(prefix="lobby-bench-") as name:
        library_kb = await bare_kb(Path(name), phones_each * len(branches))
        folder = Path(name) / "data"
        await furnish(folder, branches)
        async with serving(ServerProcess(folder)) as server, AsyncExitStack() as stack:
            tell("phones: tickets")
            links = [
                Phone(branch, secret)
                for branch in branches
                for secret in await tickets(server, branch, phones_each)
            ]
            tellers = await at_work(stack, server, branches)
            tell("phones: counters alone")
            alone = await worked(tellers, seconds, chance)
            before_mb = server.memory_mb()
            tell(f"phones: {len(links)} phones come")
            readers = [await connected(stack, server, phone) for phone in links]
            await asyncio.sleep(2)
            phone_kb = 1024 * (server.memory_mb() - before_mb) / len(links)
            began_bytes = [phone.bytes for phone in links]
            tell("phones: counters beside them")
            beside = await worked(tellers, seconds, chance)
            await asyncio.sleep(CURRENT_SECONDS_MAX)
            report_work(report, tellers, links, alone, beside)
            report.add(
                "a phone's memory beside the bare library's connection",
                "kB",
                [phone_kb - library_kb],
            )
            report.hold_to(report.figures[-1], at_most=KB_MAX)
            report.add("a connection of the bare library", "kB", [library_kb])
            wire_kb = [
                (p.bytes - b) / 1024 / seconds * 60 for p, b in zip(links, began_bytes, strict=True)
            ]
            report.add("a phone on the wire, a minute of work", "kB", wire_kb)
            tell("phones: a kill")
            await measure_return(report, server, branches, links, chance)
            for reader in readers:
                reader.cancel()


async def at_work(
    stack: AsyncExitStack, server: ServerProcess, branches: Sequence[str]
) -> list[Teller]:
    """Every counter of every branch, open."""
    tellers = []
    for branch in branches:
        for counter in range(1, TERMINALS.counters + 1):
            first = hello(f"{branch}-counter-{counter}")
            terminal = await stack.enter_async_context(wire(server.address, first))
            teller = Teller(branch, counter, terminal, server.day)
            await teller.give(OpenCounter)
            tellers.append(teller)
    return tellers


async def connected(
    stack: AsyncExitStack, server: ServerProcess, phone: Phone
) -> asyncio.Task[None]:
    """The page of this phone, live."""
    phone.socket, _ = await stack.enter_async_context(welcomed(server.address, phone.first))
    return asyncio.create_task(phone.read())


def report_work(
    report: Report,
    tellers: Sequence[Teller],
    phones: Sequence[Phone],
    alone: Sequence[float],
    beside: Sequence[float],
) -> None:
    """Whether the counters notice, and whether the pages are current."""
    report.add("a counter's answer without phones, p99", "ms", [share(alone, 0.99)])
    report.add("a counter's answer with phones, p99", "ms", [share(beside, 0.99)])
    slower = report.add(
        "with phones by without, p99", "", [share(beside, 0.99) / share(alone, 0.99)]
    )
    report.hold_to(slower, at_most=SLOWER_MAX)
    late: list[float] = []
    problems: list[str] = []
    now = time.perf_counter()
    for branch in {phone.branch for phone in phones}:
        done = sorted(pair for t in tellers if t.branch == branch for pair in t.done)
        for phone in (one for one in phones if one.branch == branch):
            late += phone.lateness(done)
            if missing := phone.unseen(done, now):
                problems.append(f"{branch}: a page has not shown {missing} answers")
    figure = report.add("from an answer to every page, p99", "s", [share(late, 0.99)])
    report.hold_to(figure, at_most=CURRENT_SECONDS_MAX)
    report.check("every page shows the last answer", len(phones), problems)


async def measure_return(
    report: Report,
    server: ServerProcess,
    branches: Sequence[str],
    phones: Sequence[Phone],
    chance: random.Random,
) -> None:
    """A kill, and everybody dials at once: each phone, more of their tickets, and the stations."""
    killed = time.perf_counter()
    server.kill()
    await server.ended()
    crowd = [p.first for p in phones] + [p.first for p in phones[: 2 * len(phones) // 3]]
    stations = [
        hello(f"{b}-counter-{n}") for b in branches for n in range(1, TERMINALS.counters + 1)
    ]
    dialling = [asyncio.create_task(back(server.address, one, killed, chance)) for one in crowd]
    of_stations = [
        asyncio.create_task(back(server.address, one, killed, chance)) for one in stations
    ]
    await server.start()
    listening = time.perf_counter() - killed
    back_stations = await asyncio.gather(*of_stations)
    back_phones = await asyncio.gather(*dialling)
    report.add("from the kill to listening again", "s", [listening])
    report.add(f"all {len(stations)} stations back", "s", [max(back_stations)])
    last = report.add(f"all of {len(crowd)} phones back", "s", [max(back_phones)])
    report.hold_to(last, at_most=BACK_SECONDS_MAX)


if __name__ == "__main__":
    sys.exit(command_line("phones", __doc__, measure))
