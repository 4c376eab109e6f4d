"""Two hundred terminals want the last place at a time, at the same instant, over real sockets.

python -m bench.slots [--rounds N] [--server stays | killed] [--quick] [--json]

Round after round one wins, and everybody else is told the nearest free times. In some rounds the
server is killed before it has answered, and everybody asks again. Afterwards the journal is read:
no time was ever given twice.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final

from websockets.exceptions import ConnectionClosed

from bench.audit import rows_of
from bench.branch import BRANCH, Terminals, branch_toml, furnish, hello
from bench.figures import Report, command_line, tell
from bench.process import ServerProcess, serving
from bench.wire import Wire, ids, wire
from shared.protocol import Accepted, BookAppointment, Hello, HoldSlot, Refused, Reply

CLIENTS: Final = 200
ROUNDS: Final = 1_000
QUICK_ROUNDS: Final = 40
KILL_EVERY: Final = 20
KILLED_EVERY: Final = {"stays": 0, "killed": KILL_EVERY}
"""In which rounds the server is killed, by what becomes of it; 0: in none."""

NAMES: Final = {"stays": "a server that stays", "killed": "a server that is killed"}
TOLD_EVERY: Final = 20
SLOT_MS: Final = 15 * 60_000
SERVICE: Final = "S"
RETRY_SECONDS: Final = 0.1
FIRST_MS: Final = 1_794_798_000_000
"""Eleven o'clock on the Monday that rehearsals begin with, in the branch's zone."""

BOOKABLE_TOML: Final = """
[[services]]
id = "S"
series = "S"
name = { zh = "预约", en = "Booked" }
usual_minutes = 15
booking = { share = 1.0, lead_minutes = 0 }

[[counters]]
id = 900
name = { zh = "预约窗口", en = "Booked counter" }
services = ["S"]

[appointments]
slot_minutes = 15
horizon_days = 30
hold_minutes = 60
buffer_every = 0
overbooking = false
"""
"""One place at each time, round the clock."""


class Slots:
    """The terminals, and what they were told."""

    def __init__(self, address: str, day: str, hello_of: Callable[[str], Hello] = hello) -> None:
        self.problems: list[str] = []
        self.seconds: list[float] = []
        self.rounds = 0
        self._address = address
        self._day = day
        self._hello_of = hello_of
        self._ids = ids("slot")

    async def run(
        self,
        slots: Sequence[int],
        clients: int = CLIENTS,
        kill: Callable[[int], bool] | None = None,
        told: Callable[[str], None] = lambda _: None,
    ) -> None:
        """A round for each of these times. `kill` may end and start the server in a round; `told`
        hears now and then how far it has come."""
        async with AsyncExitStack() as stack:
            names = [f"kiosk-{n}" for n in range(1, clients + 1)]
            wires = [await self._connect(stack, name) for name in names]
            for n, slot in enumerate(slots):
                asked = [
                    HoldSlot(id=next(self._ids), day=self._day, service=SERVICE, slot=slot)
                    for _ in names
                ]
                began = time.perf_counter()
                pending = [
                    asyncio.create_task(self._ask(stack, wires, at, names[at], command))
                    for at, command in enumerate(asked)
                ]
                if kill is not None and kill(n):
                    await asyncio.sleep(0)
                replies = await asyncio.gather(*pending)
                self.seconds.append(time.perf_counter() - began)
                await self._look(stack, wires, names, slot, replies)
                self.rounds += 1
                if self.rounds % TOLD_EVERY == 0:
                    told(self._so_far(len(slots)))

    def _so_far(self, rounds: int) -> str:
        spent = sum(self.seconds)
        left = spent / self.rounds * (rounds - self.rounds) / 60
        wrong = len(self.problems)
        return f"slots: {self.rounds:,} of {rounds:,}, {wrong} wrong, some {left:.0f} min to go"

    async def _connect(self, stack: AsyncExitStack, name: str) -> Wire:
        return await stack.enter_async_context(wire(self._address, self._hello_of(name)))

    async def _ask(
        self,
        stack: AsyncExitStack,
        wires: list[Wire],
        at: int,
        name: str,
        command: HoldSlot | BookAppointment,
    ) -> Reply:
        """Until there is an answer: with the same id on the next connection."""
        while True:
            try:
                return await wires[at].ask(command)
            except (ConnectionClosed, OSError):
                await asyncio.sleep(RETRY_SECONDS)
            try:
                wires[at] = await self._connect(stack, name)
            except (ConnectionClosed, OSError):
                continue

    async def _look(
        self,
        stack: AsyncExitStack,
        wires: list[Wire],
        names: Sequence[str],
        slot: int,
        replies: Sequence[Reply],
    ) -> None:
        won = [at for at, reply in enumerate(replies) if isinstance(reply, Accepted)]
        if len(won) != 1:
            self.problems.append(f"{len(won)} won the time {slot}")
        for reply in replies:
            if isinstance(reply, Refused) and (problem := _problem(reply, slot)):
                self.problems.append(problem)
        for at in won:
            # Kept for good, or the next round would give it back.
            reply = replies[at]
            assert isinstance(reply, Accepted) and reply.appointment is not None
            command = BookAppointment(
                id=next(self._ids), day=self._day, appointment=reply.appointment
            )
            booked = await self._ask(stack, wires, at, names[at], command)
            if not isinstance(booked, Accepted):
                self.problems.append(f"what was held was not booked: {booked}")


def _problem(reply: Refused, slot: int) -> str:
    nearest = reply.values.get("nearest_at", ())
    if reply.code != "SlotTaken":
        return f"refused with {reply.code}: {reply.text}"
    if not nearest or slot in nearest:
        return f"told {nearest} instead of {slot}"
    return ""


def given_twice(rows: Sequence[tuple[str, bytes]]) -> list[str]:
    """Times that the journal, by types and contents, has for two appointments at once."""
    there: dict[int, int] = {}
    for kind, data in rows:
        said = json.loads(data)
        if kind == "AppointmentHeld":
            there[said["appointment"]] = said["slot"]
        elif kind in ("AppointmentReleased", "AppointmentCancelled"):
            there.pop(said["appointment"], None)
    return [f"{slot} was given {n} times" for slot, n in Counter(there.values()).items() if n > 1]


def times(first: int, rounds: int) -> list[int]:
    """So many times, a quarter of an hour apart."""
    return [first + n * SLOT_MS for n in range(rounds)]


async def measure(options: argparse.Namespace, report: Report) -> None:
    """So many rounds with a server that stays, and as many with one that is killed."""
    rounds = options.rounds or (QUICK_ROUNDS if options.quick else ROUNDS)
    for fate in (options.server,) if options.server else KILLED_EVERY:
        name, every = NAMES[fate], KILLED_EVERY[fate]
        tell(f"slots: {rounds:,} rounds, {name}")
        with tempfile.TemporaryDirectory(prefix="lobby-bench-") as folder_name:
            folder = Path(folder_name) / "data"
            terminals = Terminals(counters=1, kiosks=CLIENTS)
            await furnish(folder, terminals)
            file = folder / "branches" / f"{BRANCH}.toml"
            file.write_text(f"{branch_toml(terminals)}{BOOKABLE_TOML}")
            server = ServerProcess(folder)
            async with serving(server):
                race = Slots(server.address, server.day)
                restarts: set[asyncio.Task[None]] = set()
                killing = _killing(server, every, restarts)
                await race.run(times(FIRST_MS, rounds), kill=killing, told=tell)
                await asyncio.gather(*restarts)
            rows = [(row.type, row.data) for row in rows_of(folder)]
            report.add(f"a round, {name}", "ms", [s * 1000 for s in race.seconds])
            report.check(
                f"one of {CLIENTS} wins, {name}", race.rounds, race.problems + given_twice(rows)
            )


def _killing(
    server: ServerProcess, every: int, restarts: set[asyncio.Task[None]]
) -> Callable[[int], bool] | None:
    if not every:
        return None

    def kill(n: int) -> bool:
        if n % every != every - 1:
            return False
        restarts.add(asyncio.create_task(_restart(server)))
        return True

    return kill


async def _restart(server: ServerProcess) -> None:
    await asyncio.sleep(0.01)  # some are answered, others are not
    server.kill()
    await server.ended()
    await server.start()


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--server", choices=KILLED_EVERY, help="one of the two (default: both)")
    parser.add_argument("--rounds", type=int, help=f"how many of each (default: {ROUNDS:,})")


if __name__ == "__main__":
    sys.exit(command_line("slots", __doc__, measure, _options))
