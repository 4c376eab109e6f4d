"""How the server's log lines look: JSON where a program reads them, plain on a terminal.

Never contents, secrets or ticket links: whoever logs names what happened, not what was said.
Should something from outside get in all the same (the text of an error, a file's name), it is
written so that it ends no line and steers no terminal.

Nobody waits for whoever reads it: a terminal that was stopped, or a pipe that nobody empties, would
otherwise stop every branch.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import threading
from collections import deque
from datetime import UTC, datetime
from typing import Final, NoReturn, TextIO

from shared.library_lines import is_worth_a_line

_NO_FACTS: Final = frozenset(vars(logging.makeLogRecord({}))) | {
    "message",
    "asctime",
    "taskName",
    "websocket",  # the library's own mark on its records
}

_STEERING: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)
"""Control characters, what ends a line or turns the direction of writing, and halves of signs
that cannot be written at all."""


LINES_MAX: Final = 10_000
"""So many wait for whoever reads them, about two megabytes; those beyond are counted and lost."""

GATHER_SECONDS: Final = 0.02
"""Lines are written together: under load the thread that writes is woken now and then, and not for
each of them."""

FLUSH_SECONDS: Final = 2.0
"""How long an end waits for the last lines to be taken."""


def set_up() -> None:
    """Log to standard error, for the whole process."""
    handler = Behind(sys.stderr)
    handler.setFormatter(Plain() if sys.stderr.isatty() else Json())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    # The library tells of every connection, also of those that never say a word.
    library = logging.getLogger("websockets")
    library.setLevel(logging.WARNING)
    # A filter of a logger does not see what its children log; that of a handler sees all.
    handler.addFilter(is_worth_a_line)


class Behind(logging.Handler):
    """Leaves its lines to a thread of its own to be written."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__()
        self._stream = stream
        self._lines: deque[str] = deque()
        self._lost = 0
        self._writing = False
        self._bell = threading.Event()
        self._pause = threading.Event()
        threading.Thread(target=self._write_for_ever, name="log", daemon=True).start()

    def emit(self, record: logging.LogRecord) -> None:
        """Never waits. The line is made here: what it tells of may be another thing a moment
        later."""
        if len(self._lines) >= LINES_MAX:
            self._lost += 1
            return
        try:
            self._lines.append(self.format(record))
        except Exception:  # noqa: BLE001 - as every handler of the library does
            self.handleError(record)
        self._bell.set()

    def flush(self) -> None:
        """Let what waits be written, for a while; the library asks for it at the end."""
        for _ in range(round(FLUSH_SECONDS / GATHER_SECONDS)):
            if not self._lines and not self._writing:
                return
            self._pause.wait(GATHER_SECONDS)

    def _write_for_ever(self) -> NoReturn:
        while True:
            self._bell.wait()
            self._pause.wait(GATHER_SECONDS)
            self._bell.clear()
            self._writing = True
            self._write()
            self._writing = False

    def _write(self) -> None:
        lines = [self._lines.popleft() for _ in range(len(self._lines))]
        lost, self._lost = self._lost, 0
        if lost:
            told = {"levelno": logging.WARNING, "levelname": "WARNING", "args": (lost,)}
            told["msg"] = "%d lines are lost: nobody took them"
            lines.append(self.format(logging.makeLogRecord(told)))
        try:
            self._stream.write("".join(f"{line}\n" for line in lines))
            self._stream.flush()
        except (OSError, ValueError):
            pass  # nobody is there any more to read it


class Json(logging.Formatter):
    """One object a line."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "at": _at(record),
            "level": record.levelname.lower(),
            "message": record.getMessage(),
            **_facts(record),
        }
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        # JSON lets most of them stand; its own escapes are none of them any more.
        return _inert(json.dumps(line, ensure_ascii=False, default=str))


class Plain(logging.Formatter):
    """`10:15:03 info command branch=main …`"""

    def format(self, record: logging.LogRecord) -> str:
        facts = "".join(f" {name}={value}" for name, value in _facts(record).items())
        line = f"{_at(record)[11:19]} {record.levelname.lower()} {record.getMessage()}{facts}"
        if not record.exc_info:
            return _inert(line)
        trace = self.formatException(record.exc_info).split("\n")
        # Set in, so that no line of it looks like a line of the log.
        return "\n  ".join(_inert(part) for part in (line, *trace))


def _at(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, tz=UTC).isoformat(timespec="milliseconds")


def _facts(record: logging.LogRecord) -> dict[str, object]:
    """What was given in `extra`."""
    given = {name: value for name, value in vars(record).items() if name not in _NO_FACTS}
    return {name: value for name, value in given.items() if value not in ("", None)}


def _inert(line: str) -> str:
    return _STEERING.sub(lambda found: f"\\u{ord(found[0]):04x}", line)
