"""What every channel promises, and which one reaches whom.

A channel takes one message, whole, or says why not. It may be asked twice for the same message: the
message's id says so to whoever receives it. It knows nothing of appointments, outboxes or retries.
"""

from __future__ import annotations

from typing import Final, Protocol

from msgspec import Struct

from server.reminders.messages import Message

TIMEOUT_SECONDS: Final = 10.0
"""For each step of a conversation: a receiver that takes longer is asked again later."""


class NotDelivered(Exception):
    """Why not, in one word of ours: what the other side says may hold the number or the address.
    `for_good`: the receiver has looked at it and will never take it."""

    def __init__(self, reason: str, *, for_good: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.for_good = for_good


class Channel(Protocol):
    """A way to reach people."""

    def send(self, message: Message) -> None:
        """Hand it over; raises NotDelivered. Waits for the network: to be called in a thread."""

    def reach(self, patience_seconds: float = TIMEOUT_SECONDS) -> None:
        """See whether something could be handed over, and send nothing; raises NotDelivered."""


class Channels(Struct, frozen=True):
    """Those that are configured."""

    webhook: Channel | None = None
    smtp: Channel | None = None
    console: Channel | None = None

    def __bool__(self) -> bool:
        return any((self.webhook, self.smtp, self.console))

    def reaching(self, phone: str, mail: str) -> Channel | None:
        """The one over which a notice goes, and no other: the number comes first."""
        if phone and self.webhook is not None:
            return self.webhook
        if mail and self.smtp is not None:
            return self.smtp
        return self.console if phone or mail else None


NO_CHANNELS: Final = Channels()
