"""The page of a program that cannot go on: one calm sentence in both languages, where to go.

Drawn without Textual, which may be what has failed. What went wrong is in the log, for staff; the
page stays on the screen while the service manager starts the program anew.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from typing import Final, TextIO

from rich.cells import cell_len

from shared.i18n import text
from shared.printing.paper import broken
from shared.protocol import Language

CLEAR: Final = "\x1b[0m\x1b[?25l\x1b[2J"
"""Plain colours, no cursor, nothing else on the screen."""

CURSOR: Final = "\x1b[?25h"

HOLD_SECONDS: Final = 8
"""So long a program waits that would fail again at once: the page is to be read, not to flicker."""

LANGUAGES: Final[tuple[Language, ...]] = ("zh", "en")


def show(out: TextIO, *, for_good: bool = False) -> None:
    """Draw it, in the middle. `for_good`: nobody starts the program again, and whoever typed the
    command finds the terminal as it was."""
    if not for_good:
        _hush()
    cells, rows = _size(out)
    lines = list(_lines(cells))
    top = max(0, (rows - len(lines)) // 2)
    out.write(CLEAR)
    for row, line in enumerate(lines[:rows], top + 1):
        out.write(f"\x1b[{row};{max(0, cells - cell_len(line)) // 2 + 1}H{line}")
    if for_good:
        out.write(f"\x1b[{rows};1H{CURSOR}\r\n")
    out.flush()


def hold(seconds: float = HOLD_SECONDS) -> None:
    """Let it be read."""
    time.sleep(seconds)


def _lines(cells: int) -> Iterator[str]:
    for nth, language in enumerate(LANGUAGES):
        if nth:
            yield ""
        yield from broken(
            text(language, "screen.out_of_service"), lambda words: cell_len(words) <= cells
        )


def _size(out: TextIO) -> tuple[int, int]:
    try:
        size = os.get_terminal_size(out.fileno())
    except (OSError, ValueError):
        return 80, 24
    return size.columns or 80, size.lines or 24


def _hush() -> None:
    """What is typed appears nowhere and goes nowhere, also between this end and the next start."""
    if sys.platform == "win32":
        return
    import termios

    try:
        keys = termios.tcgetattr(0)
        keys[3] &= ~(termios.ECHO | termios.ICANON | termios.ISIG)
        termios.tcsetattr(0, termios.TCSAFLUSH, keys)
    except termios.error:
        pass  # no terminal, no echo
