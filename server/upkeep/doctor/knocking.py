"""Knocks at the doors of whoever is to carry customers' notices, and sends nothing.

A gateway is connected to and, over https, recognised; a mail server is greeted, with the password
where there is one. Whatever is asked of a gateway beyond that might reach a customer.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from msgspec import Struct

from server.config import Reminders, Webhook
from server.reminders.channels import TIMEOUT_SECONDS, Channel, NotDelivered
from server.reminders.setup import channels_of
from shared.config import ConfigError


class Knocked(Struct, frozen=True):
    """At which section's address, and why nobody opened: "" where somebody did."""

    section: str
    address: str
    reason: str = ""


def knock(
    config: Reminders, folder: Path, patience_seconds: float = TIMEOUT_SECONDS
) -> tuple[Knocked, ...]:
    """At each channel that is configured; at none whose secrets cannot be read, which
    `lobby check` finds, too. In a rehearsal as well: nobody gets anything from it."""
    try:
        channels = channels_of(
            config, folder, rehearsal=False, now_seconds=int, tell=_nothing, is_watched=False
        )
    except ConfigError:
        return ()
    return tuple(
        Knocked(f"reminders.{name}", address, _why_not(channel, patience_seconds))
        for name, address, channel in _doors(config, channels.webhook, channels.smtp)
    )


def _doors(
    config: Reminders, webhook: Channel | None, smtp: Channel | None
) -> Iterator[tuple[str, str, Channel]]:
    if config.webhook and webhook:
        yield "webhook", _gateway(config.webhook), webhook
    if config.smtp and smtp:
        yield "smtp", f"{config.smtp.host}:{config.smtp.port}", smtp


def _gateway(webhook: Webhook) -> str:
    # Its name and no more: robots of chats have their secret in the path.
    return urlsplit(webhook.url).netloc


def _why_not(channel: Channel, patience_seconds: float) -> str:
    try:
        channel.reach(patience_seconds)
    except NotDelivered as error:
        return error.reason
    return ""


def _nothing(_: str) -> None:
    """The console is not asked."""
