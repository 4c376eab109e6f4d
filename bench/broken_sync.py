"""A sync fails once, under load, again and again: the disk says that it may have lost something.

After that nothing a process has in memory proves anything, so the server ends by itself, in a
sentence, and whoever watches over it (here the bench) starts it again. What was on its way is
answered by the new one, from the file: as if the server had been killed (`kill.py`), with the same
terminals and the same checks.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from bench.figures import Report, command_line
from bench.kill import Killing, tell_times
from bench.process import ServerProcess
from bench.vfs import can_watch

FAILURES: Final = 60
ENDED: Final = 1
"""The exit code of a server that was refused something it needs."""


class BreakingServer(ServerProcess):
    """Instead of being killed it finds its disk broken."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.endings: list[str] = []

    def kill(self) -> None:
        """Let the next sync fail: the server will notice with its next write."""
        self._wish.touch()

    async def ended(self) -> int:
        code = await super().ended()
        said = self.log.read_text(errors="replace").splitlines()[-1]
        if code != ENDED or "could not be read or written" not in said:
            self.endings.append(f"ended with {code}: {said}")
        return code

    def _program(self) -> Sequence[str]:
        return ["bench.watched", "--break", str(self._wish)]

    @property
    def _wish(self) -> Path:
        return self.folder / "break"


async def measure(options: argparse.Namespace, report: Report) -> None:
    """So many failures."""
    if not can_watch():
        raise SystemExit("The SQLite of this Python cannot be watched; try the system's Python.")
    failures = options.failures or (6 if options.quick else FAILURES)
    with tempfile.TemporaryDirectory(prefix="lobby-bench-") as name:
        server = BreakingServer(Path(name) / "data")
        breaking = Killing(server, failures)
        await breaking.run()
    report.add("syncs that failed", "", [failures])
    report.add("events in the journal", "", [breaking.audit.seq])
    report.add("commands answered", "", [breaking.acknowledged])
    tell_times(breaking, report)
    report.check(
        "the server ends in a sentence; nothing acknowledged lost, nothing refused and done",
        breaking.acknowledged,
        [*server.endings, *breaking.problems],
    )


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--failures", type=int, help=f"how many (default: {FAILURES})")


if __name__ == "__main__":
    sys.exit(command_line("broken_sync", __doc__, measure, _options))
