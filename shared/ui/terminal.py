"""The terminal is for drawing alone: whatever else a program would write goes to its log.

Textual draws where standard error leads to. Here the terminal gets that place, in UTF-8 whatever
the locale says, and standard error itself becomes the log: the service manager's, or a file beside
the secret where somebody started the program by hand. So no warning of a library, no last word of
the interpreter and no traceback comes before customers.
"""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path
from typing import Final, TextIO

LOG_BYTES_MAX: Final = 1_000_000
"""Beyond it the log of a program started by hand begins anew; the last one is kept."""

OUTPUT, ERRORS = 1, 2


def is_there() -> bool:
    """Whether somebody sees what is drawn: a terminal, or a browser that stands for one."""
    return in_a_browser() or (os.isatty(0) and os.isatty(OUTPUT))


def in_a_browser() -> bool:
    """`lobby web` draws by a driver of its own, over pipes."""
    return "TEXTUAL_DRIVER" in os.environ


def is_served() -> bool:
    """Whether a service manager starts the program anew when it has ended."""
    return "NOTIFY_SOCKET" in os.environ


def claim(log_file: Path) -> TextIO:
    """Draw on the terminal, and nothing else; where to draw. What is logged goes elsewhere."""
    if in_a_browser() or not is_there():
        _log()
        return sys.stderr
    drawn = open(os.dup(OUTPUT), "w", encoding="utf-8", errors="replace")  # noqa: SIM115 - for good
    if os.isatty(ERRORS):
        _lead_errors_to(log_file)
    vars(sys)["__stderr__"] = drawn  # where Textual draws, and what it asks nobody for
    _log()
    return drawn


def _lead_errors_to(log_file: Path) -> None:
    """Also what C libraries and children write, which know nothing of Python's streams."""
    try:
        log_file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if log_file.exists() and log_file.stat().st_size > LOG_BYTES_MAX:
            log_file.replace(log_file.with_suffix(".log.1"))
        log = os.open(log_file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    except OSError:
        log = os.open(os.devnull, os.O_WRONLY)
    os.dup2(log, ERRORS)
    os.close(log)


def _log() -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    # Every frame and every retry: nobody reads that, and it fills disks.
    logging.getLogger("websockets").setLevel(logging.WARNING)
