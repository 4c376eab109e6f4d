"""The appointments of a service, or of a counter's services, as a calendar that follows them.

For tellers and managers who look at their own calendar: times and services and nobody's name. The
address is the secret: whoever has it can look, until the branch's `feed_links` is raised.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct

from server import ics
from server.domain.configuration import BranchConfig
from server.links import TicketLinks
from server.runner import BranchRunner
from shared.protocol import Language, Words

SERVICE, COUNTER = "service", "counter"


class Feed(Struct, frozen=True):
    """A calendar there is: what it is of, such as "service:Q", what that is called, and its
    services."""

    of: str
    name: Words
    services: tuple[str, ...]


def feeds(config: BranchConfig) -> Iterator[Feed]:
    """One for each service that can be booked, and for each counter with such a service."""
    bookable = {service.id for service in config.services if service.booking is not None}
    for service in config.services:
        if service.id in bookable:
            yield Feed(f"{SERVICE}:{service.id}", service.name, (service.id,))
    for counter in config.counters:
        theirs = tuple(id_ for id_ in counter.services if id_ in bookable)
        if theirs:
            yield Feed(f"{COUNTER}:{counter.id}", counter.name, theirs)


def path_of(links: TicketLinks, config: BranchConfig, feed: Feed) -> str:
    """Where it is, behind the server's address."""
    return f"/a/feed/{links.feed(config.id, feed.of, config.appointments.feed_links)}.ics"


def calendar(
    path: str, runners: Mapping[str, BranchRunner], links: TicketLinks, language: Language
) -> str | None:
    """The file at that path; None where there is none."""
    for runner in runners.values():
        config = runner.published.config
        for feed in feeds(config):
            if links.is_same(path, path_of(links, config, feed)):
                return _file(runner, feed, language)
    return None


def _file(runner: BranchRunner, feed: Feed, language: Language) -> str:
    name = feed.name.zh if language == "zh" else feed.name.en
    views = (runner.appointment_view(n) for n in runner.booked_for(feed.services))
    return ics.feed((view for view in views if view is not None), name, language)
