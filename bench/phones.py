"""Phones beside the counters: 300 in each of ten branches, all following a line that moves.

The counters work alone and with a phone for each ticket, in turns: how much slower their answers
are, how soon every page shows what has changed, what a phone costs in memory beside a connection
of the bare library, and in bytes on the wire. Then the server is killed: how soon the stations,
and all phones, are back. The phones read and measure in a process of their own; they draw nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AsyncExitStack
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from bench.audit import rows_of
from bench.branch import DATABASE, SERVER_TOML, Terminals, branch_toml, hello, house
from bench.figures import Report, command_line, share, tell
from bench.phone_crowd import Crowd, Seen, back
from bench.phone_truth import differs, late_seconds, truths
from bench.process import BareProcess, ServerProcess, serving
from bench.wire import Wire, wire
from server.clock import SystemClock
from server.config import HOUSE_STREAM, load_data_folder
from server.domain.state import Actor, Stamp
from server.house.events import HouseEvent, StaffAdded, StationPaired
from server.journal.sqlite import open_sqlite
from server.journal.upcast import to_entry
from shared.link import REAL_TIME
from shared.protocol import (
    Accepted,
    CallNext,
    FinishService,
    OpenCounter,
    RoleAt,
    StartService,
    TakeTicket,
    decode_from_server,
)

BRANCHES: Final = 10
PHONES: Final = 300
TERMINALS: Final = Terminals(counters=4, skills=3, kiosks=1)
ROUNDS: Final = 4
WORK_SECONDS: Final = 40.0
PAUSE_SECONDS: Final = 2.0
"""Between two commands of one teller: forty tellers are quicker than a hundred in life."""

SEED: Final = 20261116
KB_MAX: Final = 20.0
CURRENT_SECONDS_MAX: Final = 2.0
SLOWER_MAX: Final = 1.1
BACK_SECONDS_MAX: Final = 60.0


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
    """One counter at work, a command every two seconds: and how long its answers took (ms)."""

    def __init__(self, branch: str, counter: int, terminal: Wire, day: str) -> None:
        self.branch, self._counter, self._wire, self._day = branch, counter, terminal, day
        self.answers: list[float] = []
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
        await self._wire.ask(kind(id=next(self._ids), day=self._day, counter=self._counter))
        self.answers.append(1000 * (time.perf_counter() - began))


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
        teller.answers = []
    await asyncio.gather(*(teller.work(seconds, chance) for teller in tellers))
    return [ms for teller in tellers for ms in teller.answers]


async def measure(options: argparse.Namespace, report: Report) -> None:
    """Alone, with phones, and after a kill."""
    branches = [f"b{n}" for n in range(1, (2 if options.quick else BRANCHES) + 1)]
    phones_each, seconds = (40, 8.0) if options.quick else (PHONES, WORK_SECONDS)
    rounds = 2 if options.quick else ROUNDS
    count = phones_each * len(branches)
    chance = random.Random(SEED)
    with tempfile.TemporaryDirectory(prefix="lobby-bench-") as name:
        library_kb = await bare_kb(Path(name), count)
        folder = Path(name) / "data"
        await furnish(folder, branches)
        async with serving(ServerProcess(folder)) as server, AsyncExitStack() as stack:
            crowd = stack.enter_context(Crowd())
            tell("phones: tickets")
            links = [
                (branch, secret)
                for branch in branches
                for secret in await tickets(server, branch, phones_each)
            ]
            tellers = await at_work(stack, server, branches)
            await tellers[0].work(1, chance)  # what is slow the first time is nobody's fault
            alone, beside, kb = [], [], []
            for n in range(1, rounds + 1):
                tell(f"phones: counters alone, {n} of {rounds}")
                alone.append(await worked(tellers, seconds, chance))
                before_mb = server.memory_mb()
                tell(f"phones: {count} phones come")
                await crowd.come(server.address, links)
                await asyncio.sleep(CURRENT_SECONDS_MAX)
                kb.append(1024 * (server.memory_mb() - before_mb) / count)
                began = {branch: last_seq(folder, branch) for branch in branches}
                await crowd.remember()
                tell("phones: counters beside them")
                beside.append(await worked(tellers, seconds, chance))
                await asyncio.sleep(CURRENT_SECONDS_MAX)
                seen = await crowd.seen()
                if n < rounds:
                    await crowd.leave()
            report_counters(report, alone, beside)
            report_pages(report, folder, seen, began)
            report_cost(report, kb[0], library_kb, seen, seconds)
            tell("phones: a kill")
            await measure_return(report, server, branches, crowd, 2 * count // 3)


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


def last_seq(folder: Path, branch: str) -> int:
    """Of the newest event of a branch."""
    return max(row.seq for row in rows_of(folder, stream=branch))


def report_counters(
    report: Report, alone: Sequence[Sequence[float]], beside: Sequence[Sequence[float]]
) -> None:
    """Whether tellers notice the phones: by all rounds together, since the p99 of one is made of a
    handful of answers."""
    for part, name in ((0.5, "p50"), (0.99, "p99")):
        report.add(f"an answer without phones, {name}", "ms", [share(one, part) for one in alone])
        report.add(f"an answer with phones, {name}", "ms", [share(one, part) for one in beside])
    without, with_ = (share([ms for one in all_ for ms in one], 0.99) for all_ in (alone, beside))
    slower = report.add("with phones by without, p99 of all rounds", "", [with_ / without])
    report.hold_to(slower, at_most=SLOWER_MAX)


def report_pages(
    report: Report, folder: Path, seen: Sequence[Seen], began: Mapping[str, int]
) -> None:
    """Whether the pages are current, by the journal."""
    late: list[float] = []
    problems: list[str] = []
    _, configs = load_data_folder(folder)
    for branch, seq in began.items():
        truth, ended = truths(folder, configs[branch], seq)
        for one in (one for one in seen if one.branch == branch):
            visit = decode_from_server(one.newest).visit
            late += late_seconds(one, truth[visit])
            if (problem := differs(one, ended)) is not None:
                problems.append(problem)
    report.add("changes of pages", "", [len(late)])
    figure = report.add("from a change to its page, p99", "s", [share(late, 0.99)])
    report.hold_to(figure, at_most=CURRENT_SECONDS_MAX)
    report.add("the longest", "s", [max(late)])
    report.check("every page is right in the end", len(seen), problems)


def report_cost(
    report: Report, phone_kb: float, library_kb: float, seen: Sequence[Seen], seconds: float
) -> None:
    """What a phone costs."""
    beside = "a phone's memory beside the bare library's connection"
    report.hold_to(report.add(beside, "kB", [phone_kb - library_kb]), at_most=KB_MAX)
    report.add("a connection of the bare library", "kB", [library_kb])
    wire_kb = [one.bytes / 1024 / (seconds + CURRENT_SECONDS_MAX) * 60 for one in seen]
    report.add("a phone on the wire, a minute of work", "kB", wire_kb)


def patience_of_stations(chance: random.Random) -> Iterator[float]:
    """What a terminal waits before its attempts (s)."""
    timing = replace(REAL_TIME, uniform=chance.uniform)
    return (timing.backoff(attempt) for attempt in count())


async def measure_return(
    report: Report, server: ServerProcess, branches: Sequence[str], crowd: Crowd, more: int
) -> None:
    """A kill, and everybody dials at once: each phone, more of their tickets, and the stations."""
    chance = random.Random(SEED)
    killed = time.perf_counter()
    server.kill()
    await server.ended()
    stations = [
        hello(f"{b}-counter-{n}") for b in branches for n in range(1, TERMINALS.counters + 1)
    ]
    of_phones = asyncio.create_task(crowd.back(server.address, killed, more, SEED))
    of_stations = [
        asyncio.create_task(back(server.address, one, killed, patience_of_stations(chance)))
        for one in stations
    ]
    await server.start()
    listening = time.perf_counter() - killed
    back_stations = await asyncio.gather(*of_stations)
    back_phones = await of_phones
    report.add("from the kill to listening again", "s", [listening])
    report.add(f"all {len(stations)} stations back", "s", [max(back_stations)])
    report.add("half of the phones back", "s", [share(back_phones, 0.5)])
    last = report.add(f"all of {len(back_phones)} phones back", "s", [max(back_phones)])
    report.hold_to(last, at_most=BACK_SECONDS_MAX)


if __name__ == "__main__":
    sys.exit(command_line("phones", __doc__, measure))
