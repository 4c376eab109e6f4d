"""Notices on the terminal where the server runs: to try out what customers would get.

Nothing leaves the machine. The number is masked; where nobody looks at a terminal, and what is
printed ends up in a log, the text is left out with its links.
"""

from __future__ import annotations

from collections.abc import Callable

from server.reminders.channels import TIMEOUT_SECONDS
from server.reminders.messages import Message
from server.vault.masking import mask
from server.vault.rows import MAIL, PHONE


class ConsoleChannel:
    """See above. `tell` prints a line."""

    def __init__(self, tell: Callable[[str], None], *, is_watched: bool) -> None:
        self._tell = tell
        self._is_watched = is_watched

    def send(self, message: Message) -> None:
        """Print it."""
        to = mask(PHONE, message.phone) or mask(MAIL, message.mail)
        self._tell(f"[{message.kind}] {to}")
        if self._is_watched:
            self._tell(message.text)

    def reach(self, _patience_seconds: float = TIMEOUT_SECONDS) -> None:
        """Always there."""
