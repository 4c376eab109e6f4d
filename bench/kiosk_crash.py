"""From the end of the kiosk's program to its welcome again, under the unit file that ships.

A real program on a pseudo terminal, a real server, and a small service manager that obeys the unit
file. It is killed, crashes, is frozen (for the watchdog; found only after its time, which is not
counted), and is told that its settings are wrong. Nothing of it may be read by customers.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
from pathlib import Path
from typing import Final

from bench.figures import Report, command_line, tell
from bench.kiosk import OUT_OF_SERVICE, TRACEBACK, WELCOME, kiosk, pair, server
from bench.service import Service, now

ROUNDS: Final = 20
BACK_SECONDS_MAX: Final = 5.0
WATCHDOG_SECONDS: Final = 3.0

ENDS: Final = (signal.SIGKILL, signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS)


async def one_end(service: Service, life: int, end: signal.Signals) -> float:
    """Seconds from that signal to the next life's welcome."""
    await service.shows(WELCOME, life)
    os.kill(service.pid, end)
    began = now()
    await service.shows(WELCOME, life + 1)
    return now() - began


async def one_freeze(folder: Path) -> float:
    """Seconds from when the watchdog has noticed to the welcome."""
    async with kiosk(folder, watchdog_seconds=WATCHDOG_SECONDS) as service:
        await service.shows(WELCOME)
        await service.is_ready()
        os.kill(service.pid, signal.SIGSTOP)
        await service.has_ended()
        began = now()
        await service.shows(WELCOME, life=2)
        seconds = now() - began
    (folder / "notify").unlink()
    return seconds


async def one_wrong_setting(folder: Path) -> tuple[float, bool]:
    """Seconds until the page says that the machine is out of service; whether it recovers."""
    settings = folder / "lobby-kiosk.toml"
    settings.write_text('language = "z')
    async with kiosk(folder) as service:
        await service.shows(OUT_OF_SERVICE)
        seconds = now() - service.starts[0]
        settings.unlink()
        os.kill(service.pid, signal.SIGKILL)
        await service.shows(WELCOME, life=2)
        quiet = TRACEBACK not in service.console.words()
    (folder / "notify").unlink()
    return seconds, quiet


async def measure(options: argparse.Namespace, report: Report) -> None:
    """Kill it, again and again."""
    rounds = 4 if options.quick else ROUNDS
    problems = []
    with tempfile.TemporaryDirectory(prefix="lobby-bench-") as name:
        async with server(Path(name)) as running:
            folder = pair(Path(name) / "kiosk", running.address).parent
            back = []
            async with kiosk(folder) as service:
                for n in range(rounds):
                    tell(f"kiosk_crash: end {n + 1} of {rounds}")
                    back.append(await one_end(service, n + 1, ENDS[n % len(ENDS)]))
                if TRACEBACK in service.console.words():
                    problems.append("a traceback was drawn after a signal")
            (folder / "notify").unlink()
            frozen = [await one_freeze(folder) for _ in range(max(1, rounds // 5))]
            told, quiet = await one_wrong_setting(folder)
            if not quiet:
                problems.append("a traceback was drawn for a wrong setting")
    report.hold_to(report.add("killed: to the welcome again", "s", back), at_most=BACK_SECONDS_MAX)
    figure = report.add("frozen, and noticed: to the welcome again", "s", frozen)
    report.hold_to(figure, at_most=BACK_SECONDS_MAX)
    report.add("wrong setting: start to the page that says so", "s", [told])
    report.check("nobody in the hall reads what went wrong", rounds + len(frozen) + 1, problems)


if __name__ == "__main__":
    sys.exit(command_line("kiosk_crash", __doc__, measure))
