"""Key press to the next ticket on a teller's screen, with 39 other counters busy.

    python -m bench.counter_keys [--quick] [--json]

A real server, a real `lobby counter` on a pseudo terminal: the clock starts when F2 is typed and
stops when the called ticket has been drawn. Meanwhile the other counters call, start and finish as
fast as tellers do in a rush, and kiosks fill the line (rush.py).
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import msgspec

from bench.branch import BRANCH, Terminals, furnish, hello
from bench.figures import Report, command_line, share, tell
from bench.process import ServerProcess, serving
from bench.rush import KIOSKS, OTHERS, Rush
from bench.service import Console
from shared.i18n import text
from shared.pairing import StationKey
from shared.sign_in_file import SignInFile

SIZE: Final = (100, 30)
STATION: Final = "counter-1"

F2, F4, F5 = b"\x1bOQ", b"\x1bOS", b"\x1b[15~"

CALLED: Final = text("en", "counter.called", n=1, time="0:")
"""Stands under the large number as soon as a ticket is called, and nowhere else."""

SERVING: Final = text("en", "counter.serving", time="0:")
NOBODY: Final = text("en", "counter.nobody.open")


@asynccontextmanager
async def terminal(server: ServerProcess, folder: Path) -> AsyncIterator[Console]:
    """A teller's terminal, signed in, on a screen of its own."""
    console = Console(SIZE)
    program = await started(signed_in(server, folder), console)
    try:
        yield console
    finally:
        program.terminate()
        await program.wait()
        console.close()


def signed_in(server: ServerProcess, folder: Path) -> Path:
    """The files of a terminal that is paired and at which a teller has signed in; its secret's."""
    said = hello(STATION)
    key = StationKey(
        url=server.address, station=STATION, secret=said.secret, kind="counter", branch=BRANCH
    )
    secret = folder / "lobby-counter.json"
    secret.write_bytes(msgspec.json.encode(key))
    secret.with_suffix(".toml").write_text('language = "en"\n')
    SignInFile(secret.with_suffix(".sign_in"), STATION).write(said.token)
    return secret


async def started(secret: Path, console: Console) -> asyncio.subprocess.Process:
    """The program of that terminal, on that screen."""
    with secret.with_suffix(".errors").open("ab") as log:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "lobby", "counter", "--secret-file", str(secret)),
            stdin=console.slave,
            stdout=console.slave,
            stderr=log,
            env={**os.environ, "TERM": "xterm-256color"},
        )


async def pressed(console: Console, key: bytes, shows: str, told: str) -> float:
    """From the key to what it brings, in ms; come back when the sentence below the keys is there
    too: until then the next key would be told to wait."""
    since = len(console.drawn)
    began = time.perf_counter()
    console.type(key)
    await console.shows(shows, since)
    took = (time.perf_counter() - began) * 1000
    await console.shows(told, since)
    return took


def told(command: str, key: str = "done_plain", **values: str) -> str:
    """What stands below the keys when it was carried out."""
    return text("en", f"counter.{key}", command=text("en", f"command.{command}"), **values)


async def repetition(folder: Path, seed: int, presses: int, report: Report) -> list[float]:
    """So many customers at one counter; the milliseconds from the key to each."""
    await furnish(folder / "server", Terminals(counters=OTHERS + 1, skills=5, kiosks=KIOSKS))
    (folder / "terminal").mkdir()
    async with serving(ServerProcess(folder / "server")) as server:
        with Rush(server, seed) as rush:
            await rush.at_work()
            async with terminal(server, folder / "terminal") as console:
                found = await calls(console, rush, presses)
            done = await rush.done()
    report.add("commands of the others, a second", "1/s", [done.per_second])
    links = "their own calls, by links without a screen"
    report.add(f"{links}, p50", "ms", [share(done.calls_ms, 0.5)])
    report.add(f"{links}, p99", "ms", [share(done.calls_ms, 0.99)])
    return found


async def calls(console: Console, rush: Rush, presses: int) -> list[float]:
    """The milliseconds from the key to each of so many customers."""
    await console.shows(text("en", "counter.nobody.closed"))
    await pressed(console, F2, NOBODY, told("OpenCounter"))
    await asyncio.sleep(2)
    found = []
    for _ in range(presses):
        found.append(await pressed(console, F2, CALLED, told("CallNext", "done", number="")))
        rush.called_one()
        await pressed(console, F4, SERVING, told("StartService"))
        await pressed(console, F5, NOBODY, told("FinishService"))
        await asyncio.sleep(0.45)  # a key again within 0.4 s is a trembling hand
    return found


async def measure(options: argparse.Namespace, report: Report) -> None:
    """Some repetitions, each on a server of its own."""
    repetitions, presses = (1, 30) if options.quick else (3, 200)
    middles, worst, everything = [], [], []
    for n in range(repetitions):
        tell(f"repetition {n + 1} of {repetitions}: {presses} customers")
        with tempfile.TemporaryDirectory() as folder:
            found = await repetition(Path(folder), 20261116 + n, presses, report)
        middles.append(share(found, 0.5))
        worst.append(share(found, 0.99))
        everything += found
    report.add("key to the next ticket on the screen, p50", "ms", middles)
    p99 = report.add("key to the next ticket on the screen, p99", "ms", worst)
    report.add("key to the next ticket on the screen, all", "ms", everything)
    report.hold_to(p99, at_most=100)


if __name__ == "__main__":
    sys.exit(command_line("counter_keys", __doc__, measure))
