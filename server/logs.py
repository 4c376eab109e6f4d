"""How the server's log lines look: JSON where a program reads them, plain on a terminal.

Never contents, secrets or ticket links: whoever logs names what happened, not what was said.
Should something from outside get in all the same (the text of an error, a file's name), it is
written so that it ends no line and steers no terminal.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import traceback
from datetime import UTC, datetime
from typing import Final

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


def set_up() -> None:
    """Log to standard error, for the whole process."""
    handler = logging.StreamHandler()
    handler.setFormatter(Plain() if sys.stderr.isatty() else Json())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    # The library tells of every connection, also of those that never say a word.
    library = logging.getLogger("websockets")
    library.setLevel(logging.WARNING)
    # A filter of a logger does not see what its children log; that of a handler sees all.
    handler.addFilter(is_worth_a_line)


def is_worth_a_line(record: logging.LogRecord) -> bool:
    """Whether anybody should read it. The library takes whatever follows the head of a request for
    a fault of its own: strangers could fill the disk with its tracebacks."""
    if not record.name.startswith("websockets") or not record.exc_info:
        return True
    _, error, trace = record.exc_info
    where = traceback.extract_tb(trace)
    return not (isinstance(error, AssertionError) and where and where[-1].name == "send_eof")


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
