"""Keeps a terminal's program from living on as a ghost: under a watchdog, with a terminal.

Textual spins when its input has ended, and its screen freezes when the terminal does not read.
The service manager restarts a program that does not say every few seconds that it is alive;
whoever has no terminal any more leaves by itself.
"""

from __future__ import annotations

import os
import select
import socket
from collections.abc import Callable
from typing import Final

GONE: Final = select.POLLHUP | select.POLLERR | select.POLLNVAL


class Life:
    """Feeds the watchdog; `leave` is called once when the input is gone for good."""

    def __init__(self, leave: Callable[[], None], input_fd: int = 0) -> None:
        self._leave = leave
        self._input_fd = input_fd
        self._left = False
        self._address = os.environ.get("NOTIFY_SOCKET", "")
        self._told_ready = False
        self.beats = 0

    def feed(self) -> None:
        """Say that the program lives, if it still has somebody to live for."""
        if self._left:
            return
        self.beats += 1
        if self._input_is_gone():
            self._left = True
            self._leave()
            return
        self._notify("WATCHDOG=1" if self._told_ready else "READY=1\nWATCHDOG=1")
        self._told_ready = True

    def _input_is_gone(self) -> bool:
        watched = select.poll()
        try:
            watched.register(self._input_fd, 0)
        except OSError:
            return True
        return any(happened & GONE for _, happened in watched.poll(0))

    def _notify(self, words: str) -> None:
        if not self._address:
            return
        # An abstract address begins with @ here, and with a zero byte on the socket.
        address = "\0" + self._address[1:] if self._address[0] == "@" else self._address
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sending:
            try:
                sending.sendto(words.encode(), address)
            except OSError:
                return  # a watchdog that is not there bites nobody
