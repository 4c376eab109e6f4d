"""The tests' own random days, many more of them: on a real disk, with clocks that jump.

Each test draws its days from a seed and says what must hold on all of them; here they are only
asked for in large. Nothing is measured but how many there were and how long they took.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import sys
import time
from typing import Final

from msgspec import Struct

from bench.figures import Report, command_line, tell

EXAMPLES: Final = 1_000
QUICK_EXAMPLES: Final = 100


class Days(Struct, frozen=True):
    """Which tests, and how many days they play: some for each example, or always as many."""

    name: str
    path: str
    for_each: float = 0.0
    always: int = 0


DAYS: Final = (
    Days("days under audit, each replayed and compared", "tests/random_days", 1.0),
    Days("days on a real disk, restarted", "tests/server/test_random_days_on_disk.py", 0.05),
    Days("mornings with a clock that jumps", "tests/server/test_clock_jumps.py", 0.01, 9),
    Days("nights of a branch that never closes", "tests/server/test_turn_of_the_day.py", 0, 10),
)

_FAILED: Final = re.compile(r"^(?:FAILED|ERROR) (.*)$", re.MULTILINE)


async def play(path: str, examples: int) -> list[str]:
    """Run these tests in large; what failed."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "pytest", "-q", "-o", "faulthandler_timeout=0", path),
        stdout=asyncio.subprocess.PIPE,
        env=os.environ | {"LOBBY_EXAMPLES": str(examples)},
    )
    said, _ = await process.communicate()
    failed = _FAILED.findall(said.decode())
    return failed or ([] if process.returncode == 0 else [said.decode()[-500:]])


async def measure(options: argparse.Namespace, report: Report) -> None:
    """All of them."""
    examples = options.examples or (QUICK_EXAMPLES if options.quick else EXAMPLES)
    for days in DAYS:
        tell(f"days: {days.name}")
        began = time.perf_counter()
        failed = await play(days.path, examples)
        seconds = time.perf_counter() - began
        report.add(f"{days.name}: time taken", "s", [seconds])
        report.check(days.name, days.always + round(examples * days.for_each), failed)


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--examples", type=int, help=f"how many (default: {EXAMPLES:,})")


if __name__ == "__main__":
    sys.exit(command_line("days", __doc__, measure, _options))
