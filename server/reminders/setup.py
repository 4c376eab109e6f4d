"""The channels as `lobby.toml` has them, their secrets read from files.

A rehearsal sends nothing away: its days are not real, and its people may be.
"""

from __future__ import annotations

import logging
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from server.config import Reminders, Smtp, Webhook, is_loopback
from server.reminders.channels import Channels
from server.reminders.console import ConsoleChannel
from server.reminders.smtp import SmtpChannel
from server.reminders.webhook import WebhookChannel
from shared.config import ConfigError

log = logging.getLogger(__name__)

SECRET_CHARACTERS_MIN: Final = 24
"""Nobody tries all secrets of that length; `openssl rand -base64 32` makes one of 44."""


def channels_of(
    config: Reminders,
    folder: Path,
    *,
    rehearsal: bool,
    now_seconds: Callable[[], int],
    tell: Callable[[str], None],
    is_watched: bool,
) -> Channels:
    """The channels of a server. Raises ConfigError."""
    webhook = smtp = None
    if config.webhook and _allowed(urlsplit(config.webhook.url).hostname or "", rehearsal):
        webhook = _webhook(config.webhook, folder, now_seconds)
    if config.smtp and _allowed(config.smtp.host, rehearsal):
        smtp = _smtp(config.smtp, folder, now_seconds)
    console = ConsoleChannel(tell, is_watched=is_watched) if config.console else None
    return Channels(webhook, smtp, console)


def _allowed(host: str, rehearsal: bool) -> bool:
    if not rehearsal or is_loopback(host):
        return True
    log.warning("this is a rehearsal: nothing is sent to %s", host)
    return False


def _webhook(config: Webhook, folder: Path, now_seconds: Callable[[], int]) -> WebhookChannel:
    at = "reminders.webhook"
    secret = _content(folder, config.secret_file, f"{at}.secret_file")
    if len(secret) < SECRET_CHARACTERS_MIN:
        expected = f"a file with a secret of at least {SECRET_CHARACTERS_MIN} characters"
        raise ConfigError(folder / "lobby.toml", f"{at}.secret_file", expected)
    token = _content(folder, config.token_file, f"{at}.token_file")
    context = context_of(folder, config.ca_file, f"{at}.ca_file")
    return WebhookChannel(config, secret.encode(), token, context, now_seconds)


def _smtp(config: Smtp, folder: Path, now_seconds: Callable[[], int]) -> SmtpChannel:
    at = "reminders.smtp"
    password = _content(folder, config.password_file, f"{at}.password_file")
    context = context_of(folder, config.ca_file, f"{at}.ca_file")
    return SmtpChannel(config, password, context, now_seconds)


def context_of(folder: Path, ca_file: str, key: str) -> ssl.SSLContext:
    """Whom to trust: whom the system does, or an authority of the bank's own."""
    try:
        context = ssl.create_default_context(cafile=folder / ca_file if ca_file else None)
    except OSError as error:  # SSLError is one
        expected = f"the certificate of an authority, in PEM ({error.strerror})"
        raise ConfigError(folder / "lobby.toml", key, expected) from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _content(folder: Path, path: str, key: str) -> str:
    if not path:
        return ""
    try:
        content = (folder / path).read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        content = ""
    if not content.isprintable() or not content:
        expected = f"a file that can be read and holds one line of plain letters, not {path!r}"
        raise ConfigError(folder / "lobby.toml", key, expected)
    return content
