"""Counts what the server does, for `/metrics`. Knows numbers and names, nothing of the branch.

An own registry: tests run several servers in one process, each with its own figures.
"""

from __future__ import annotations

from typing import Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.exposition import CONTENT_TYPE_LATEST

# A time of birth beside each figure doubles the page for nobody.
disable_created_metrics()  # type: ignore[no-untyped-call]  # shipped without types

CONTENT_TYPE: Final = CONTENT_TYPE_LATEST

SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
"""Buckets round the promises: an answer within 0.1 s, and never a minute of waiting."""


class Metrics:
    """The figures of one server."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        self.commands = Counter(
            "lobby_commands", "Commands answered.", ["command", "result"], registry=registry
        )
        self.command_seconds = Histogram(
            "lobby_command_seconds",
            "From a command's arrival to its answer.",
            buckets=SECONDS,
            registry=registry,
        )
        self.connections = Gauge(
            "lobby_connections", "Open connections.", ["role"], registry=registry
        )
        self.kicked = Counter(
            "lobby_kicked_connections",
            "Connections the server ended, by close code.",
            ["code"],
            registry=registry,
        )
        self.too_often = Counter(
            "lobby_rate_limited",
            "Refused for coming too often, by whose limit it was.",
            ["limit"],
            registry=registry,
        )
        self.turned_away = Counter(
            "lobby_turned_away",
            "Handshakes refused for want of room, or because too many came at once.",
            ["limit"],
            registry=registry,
        )
        self.events = Counter(
            "lobby_events_appended", "Events made durable.", ["branch"], registry=registry
        )
        self.notices = Counter(
            "lobby_notices",
            "Notices to customers, by what they are about and what became of them.",
            ["branch", "kind", "outcome"],
            registry=registry,
        )
        self.read_only = Gauge(
            "lobby_read_only",
            "1 while the disk is too full for the branch to write.",
            ["branch"],
            registry=registry,
        )
        self.append_seconds = Histogram(
            "lobby_journal_append_seconds",
            "One write to the journal.",
            buckets=SECONDS,
            registry=registry,
        )
        self.loop_lag_seconds = Gauge(
            "lobby_loop_lag_seconds",
            "How late the event loop last woke up.",
            registry=registry,
        )

    def text(self) -> bytes:
        """The figures as a scraper reads them."""
        return generate_latest(self.registry)
