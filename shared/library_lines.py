"""Which lines of the websockets library are worth their room in a log."""

from __future__ import annotations

import logging
import traceback


def is_worth_a_line(record: logging.LogRecord) -> bool:
    """Whether anybody should read it. The library takes whatever follows the head of a request for
    a fault of its own: strangers could fill the disk with its tracebacks."""
    if not record.name.startswith("websockets") or not record.exc_info:
        return True
    _, error, trace = record.exc_info
    where = traceback.extract_tb(trace)
    return not (isinstance(error, AssertionError) and where and where[-1].name == "send_eof")
