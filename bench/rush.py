"""A rush at all counters but one, in a process of its own: what it reads takes no time from the
terminal that is measured, as in a hall where every counter has a machine of its own.

The process is told over a pipe when the measured terminal has called somebody, and when to end; it
says then what it has done.
"""

from __future__ import annotations

import asyncio
import os
import random
import time
from contextlib import AsyncExitStack
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any, Final

from msgspec import Struct

from bench.branch import SERVICES, hello
from bench.figures import run
from bench.process import ServerProcess
from shared.link import Link
from shared.protocol import (
    Accepted,
    CallNext,
    Command,
    FinishService,
    OpenCounter,
    StartService,
    TakeTicket,
)

OTHERS: Final = 39
KIOSKS: Final = 4
PAUSE_SECONDS: Final = (0.5, 3.5)
"""Between two commands of one counter: some 20 a second in all, a rush by any count."""

LINE: Final = 120
NICE: Final = 19
"""In life every counter has a processor of its own; here they share the server's and the
teller's."""

LOOK_SECONDS: Final = 0.2
"""How often a kiosk looks whether the line is long enough."""


class Done(Struct):
    """How many commands were given within the span that was asked for, in all, a second; and how
    long each call took (ms)."""

    per_second: float
    calls_ms: list[float]


class Rush:
    """The process, from outside. `with` begins and ends it."""

    def __init__(self, server: ServerProcess, seed: int) -> None:
        context = get_context("spawn")
        self._pipe, other = context.Pipe()
        arguments = (other, server.address, server.day, seed)
        self._process = context.Process(target=_live, args=arguments, daemon=True)

    def __enter__(self) -> Rush:
        self._process.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.join()

    async def at_work(self) -> None:
        """Wait until every counter is open."""
        await asyncio.to_thread(self._pipe.recv)

    def called_one(self) -> None:
        """The measured terminal has called one of those who wait."""
        self._pipe.send("called")

    async def done(self) -> Done:
        """What has been done, from `at_work` on."""
        self._pipe.send("done")
        found: Done = await asyncio.to_thread(self._pipe.recv)
        return found


def _live(pipe: Connection, address: str, day: str, seed: int) -> None:
    os.nice(NICE)
    run(_Floor(pipe, address, day, seed).work())


class _Floor:
    """Everybody else."""

    def __init__(self, pipe: Connection, address: str, day: str, seed: int) -> None:
        self._pipe, self._address, self._day = pipe, address, day
        self._chance = random.Random(seed)
        self._waiting = 0
        self._commands = 0
        self._calls_ms: list[float] = []

    async def work(self) -> None:
        """Work until the end of the process; answer for it when asked."""
        async with AsyncExitStack() as stack, asyncio.TaskGroup() as tasks:
            links = [
                await stack.enter_async_context(Link(self._address, hello(station)))
                for station in (f"kiosk-{n}" for n in range(1, KIOSKS + 1))
            ]
            for link in links:
                tasks.create_task(self._fill(link))
            for counter in range(2, OTHERS + 2):
                link = Link(self._address, hello(f"counter-{counter}"))
                await stack.enter_async_context(link)
                await self._give(link, OpenCounter(id=link.new_id(), **self._at(counter)))
                tasks.create_task(self._serve(link, counter))
            await self._answer()

    async def _answer(self) -> None:
        began, self._commands = time.perf_counter(), 0
        self._calls_ms.clear()
        self._pipe.send("at work")
        while True:
            match await asyncio.to_thread(self._pipe.recv):
                case "called":
                    self._waiting -= 1
                case _:
                    span = time.perf_counter() - began
                    self._pipe.send(Done(self._commands / span, self._calls_ms))

    async def _fill(self, link: Link) -> None:
        while True:
            if self._waiting < LINE:
                service = self._chance.choice(SERVICES)
                self._waiting += 1  # before the answer: the other kiosks look here meanwhile
                taken = TakeTicket(id=link.new_id(), day=self._day, service=service)
                if not await self._give(link, taken):
                    self._waiting -= 1
            await asyncio.sleep(LOOK_SECONDS)

    async def _serve(self, link: Link, counter: int) -> None:
        fields = self._at(counter)
        while True:
            for kind in (CallNext, StartService, FinishService):
                await asyncio.sleep(self._chance.uniform(*PAUSE_SECONDS))
                accepted = await self._give(link, kind(id=link.new_id(), **fields))
                if kind is CallNext:
                    if not accepted:
                        break
                    self._waiting -= 1

    def _at(self, counter: int) -> dict[str, Any]:
        return {"day": self._day, "counter": counter}

    async def _give(self, link: Link, command: Command) -> bool:
        self._commands += 1
        began = time.perf_counter()
        reply = await link.send(command)
        if isinstance(command, CallNext):
            self._calls_ms.append((time.perf_counter() - began) * 1000)
        return isinstance(reply, Accepted)
